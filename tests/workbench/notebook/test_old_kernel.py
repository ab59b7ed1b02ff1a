"""JupyterLab and Notebook 7 with a kernel as old as Colab's, which hears the page only after the cell.

`nox -s old_kernel` makes an environment with such a kernel, and names its Python to this test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import needs
from tests.support.jupyter import APPLICATIONS, Application, Jupyter, open_notebook
from tests.support.live_pages import LOAD, README_GRAPH, VIEW, chip, until, view_of

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser

SLEEPER = """
import asyncio
async def nap(*_): await asyncio.sleep(600)
with build_dag() as slow:
    slow.options(name="sleeper").add_node(nap)
await slow.invoke()
"""


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Jupyter]:
    """A server whose kernels are old."""
    with Jupyter(tmp_path_factory.mktemp("old") / "server", needs.old_python()) as running:
        yield running


@pytest.mark.parametrize("application", APPLICATIONS)
def test_all_is_seen_and_a_cancel_says_that_it_is_not_heard(
    old: Jupyter, browser: Browser, application: Application
) -> None:
    """The graph, a run from its beginning, its result; Cancel names what does stop the run."""
    cells = [
        f"{LOAD}\nimport ipykernel; ipykernel.version_info[0]",
        f"{README_GRAPH}\ntm",
        "result = await tm.invoke(0)",
        "result",
        SLEEPER,
    ]
    path = old.write(f"old_{application}", cells)

    async def look(page: Page) -> dict[str, Any]:
        notebook = await open_notebook(old, page, path, application)
        seen: dict[str, Any] = {"version": await notebook.run(0)}
        await notebook.run(1)
        await notebook.start(2)
        view = view_of(notebook, 2)
        counts: list[str] = []
        while await notebook.prompt(2) == "[*]:":
            if await view.count() == 1:
                counts += await view.locator(".ad-count").all_inner_texts()
            await asyncio.sleep(0.05)
        seen["counts"] = list(dict.fromkeys(counts))
        still = notebook.output(2).locator(f".async-dag-still {VIEW}")
        await until(still.count, "the picture to be explorable")
        seen["end"] = await chip(still)
        await notebook.run(3)
        seen["pictures"] = [
            await notebook.output(cell).locator("img.async-dag-light").count() for cell in (1, 3)
        ]
        await notebook.start(4)
        await until(view_of(notebook, 4).count, "the view")
        await view_of(notebook, 4).locator(".ad-cancel").click()
        note = view_of(notebook, 4).locator(".ad-not-heard:visible")
        await until(note.count, "what the page says")
        seen["note"] = await note.inner_text()
        old.interrupt(path)
        await notebook.finish(4)
        seen["stopped"] = await notebook.text(4)
        return seen

    with old.closing(path):
        seen = browser.run(look, tab=f"old {application}")
    assert seen["version"].endswith("6")
    assert len(seen["counts"]) >= 2, "the run is seen while it goes on"
    assert seen["counts"][0] != "6 / 6 nodes"
    assert seen["end"] == "✓ done"
    assert seen["pictures"] == [1, 1]
    assert "Interrupt the kernel to stop the run." in seen["note"]
    assert "CancelledError" in seen["stopped"]
