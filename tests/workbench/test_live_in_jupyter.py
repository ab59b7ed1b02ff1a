"""The view under a cell, in JupyterLab and in Notebook 7: live, when it ends, saved and reopened."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from async_dag import Trace
from tests.jupyter import APPLICATIONS, CELL, Application, open_notebook
from tests.workbench.live_pages import (
    LOAD,
    README_GRAPH,
    VIEW,
    chip,
    record,
    recorded,
    states,
    times,
    until,
    view_of,
)

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser import Browser
    from tests.jupyter import Jupyter

pytestmark = pytest.mark.parametrize("application", APPLICATIONS)


def time_of(trace: Trace, node: int, state: str) -> float:
    """When a node came into a state, by its trace."""
    column = {"ready": trace.ready, "running": trace.started, "waiting": [0.0] * len(trace)}
    return column.get(state, trace.finished)[node]


def test_a_run_is_seen_while_it_goes_on_and_leaves_a_picture(
    jupyter: Jupyter, browser: Browser, application: Application, tmp_path: Path
) -> None:
    """From the first bar to the notebook reopened: the README's graph in one cell.

    Bars and states change while the prompt shows [*], in the order of the trace; at the end the page
    holds the trace's figures; saved, converted without a network and reopened with another kernel the
    picture is there.
    """
    path = jupyter.write(
        f"readme_{application}",
        [
            LOAD,
            README_GRAPH,
            "result = await tm.invoke(0)",
            "open('trace.json', 'w').write(result.trace.to_json())",
        ],
    )

    async def look(page: Page) -> None:
        notebook = await open_notebook(jupyter, page, path, application)
        for cell in (0, 1):
            assert await notebook.run(cell) == ""
        await record(page, CELL.format(2))
        await notebook.start(2)
        view = view_of(notebook, 2)
        await until(view.count, "the view")
        await asyncio.sleep(0.6)
        await page.screenshot(path=tmp_path / "live.png")
        await notebook.finish(2)
        await until(notebook.output(2).locator(".async-dag-still").count, "the picture")
        await notebook.run(3)
        trace = Trace.from_json((jupyter.notebooks / "trace.json").read_text())

        sights = [one for one in await recorded(page) if one.changes]
        live = [one for one in sights if one.prompt == "[*]:"]
        assert len(live) >= 4
        assert live[0].bars < live[-1].bars
        tasks = [n for n, kind in enumerate(trace.graph.kinds) if kind == "task"]
        last = -1.0
        for sight in sights[1:]:
            seen = [time_of(trace, n, state) for n, state in sight.changes if state != "waiting"]
            assert min(seen, default=last) >= last, sights
            last = max([last, *seen])
        ways = {n: [s for one in sights for m, s in one.changes if m == n] for n in tasks}
        for way in ways.values():
            order = ["waiting", "ready", "running", "done"]
            assert way == [state for state in order if state in way]

        # The view has come back in the place of its picture, with the last state.
        view = notebook.output(2).locator(f".async-dag-still {VIEW}")
        await until(view.count, "the picture to be explorable")
        shown = await times(view)
        assert shown == {n: (trace.started[n], trace.finished[n]) for n in tasks}
        assert set((await states(view)).values()) == {"done"}
        assert await chip(view) == "✓ done"
        await page.screenshot(path=tmp_path / "done.png")
        saved = await notebook.save()
        (output,) = saved.cells[2].outputs
        assert set(output.data) == {"text/html", "image/png", "text/plain"}
        assert "<script" not in output.data["text/html"]

    async def look_again(page: Page) -> None:
        """With a kernel that knows nothing of the run."""
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        notebook = await open_notebook(jupyter, page, path, application)
        await assert_picture(page, application)
        assert await notebook.output(2).locator(VIEW).count() == 0
        assert "model not found" not in (await page.inner_text("body")).lower()
        await page.screenshot(path=tmp_path / "reopened.png")

    async def look_at_html(page: Page) -> None:
        await page.set_viewport_size({"width": 1100, "height": 900})
        await page.goto((tmp_path / "converted.html").as_uri())
        await assert_picture(page, None)
        await page.screenshot(path=tmp_path / "converted.png")

    with jupyter.closing(path):
        browser.run(look)
    convert(jupyter.notebooks / path, tmp_path / "converted.html")
    browser.run(look_at_html)
    with jupyter.closing(path):
        browser.run(look_again)


async def assert_picture(page: Page, application: Application | None) -> None:
    """The picture is there, has a size, and is the only thing that shows the run."""
    picture = page.locator(".async-dag-still img")
    await picture.wait_for()
    size = await picture.evaluate("img => [img.complete, img.naturalWidth, img.width]")
    assert size[0] and size[1] > 500 and size[2] > 400, (application, size)
    assert re.search("6 tasks, all done", await picture.get_attribute("alt") or "")


def convert(notebook: Path, target: Path) -> None:
    """What nbconvert makes of a notebook, as it is."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "nbconvert",
            "--to=html",
            f"--output={target}",
            str(notebook),
        ],
        check=True,
        capture_output=True,
    )
