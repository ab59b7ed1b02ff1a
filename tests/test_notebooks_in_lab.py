"""Each notebook as a reader runs it: opened in JupyterLab, 'Run All Cells'."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scripts.run_notebooks import NOTEBOOKS, faults, outputs_of

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser import Browser
    from tests.jupyter import Jupyter, Notebook

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))

#: Where to leave a picture of each screenful, for whoever wants to look: a folder.
PICTURES = os.environ.get("ASYNC_DAG_NOTEBOOK_PICTURES")

#: Seconds that all cells of a notebook may take together.
LONGEST = 120


@pytest.fixture(scope="module")
def shelf(jupyter: Jupyter) -> Path:
    """The notebooks and what lies beside them, in the folder that the server serves."""
    folder = jupyter.notebooks / "shelf"
    shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    return folder


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_run_all_cells(jupyter: Jupyter, browser: Browser, shelf: Path, path: Path) -> None:
    """No error, no warning, and afterwards the pictures that were promised are in the file."""
    from tests.jupyter import open_notebook

    name = f"shelf/{path.name}"
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)

    async def look(page: Page) -> Any:
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        notebook = await open_notebook(jupyter, page, name)
        await page.get_by_role("menuitem", name="Run", exact=True).click()
        await page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        await until_all_ran(jupyter, notebook, name)
        if PICTURES:
            await photograph(page, Path(PICTURES), path.stem)
        return complaints, await notebook.save()

    with jupyter.closing(name):
        complaints, saved = browser.run(look, timeout=LONGEST + 60)
    assert complaints == []
    assert list(faults(saved)) == []
    cells = [cell for cell in saved.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert any("image/png" in output.get("data", {}) for _, output in outputs_of(saved))


async def until_all_ran(jupyter: Jupyter, notebook: Notebook, name: str) -> None:
    """Wait until the kernel has had nothing to do for a second."""
    limit = time.monotonic() + LONGEST
    idle_since = time.monotonic()
    while time.monotonic() - idle_since < 1:
        assert time.monotonic() < limit, f"{name} is not through after {LONGEST} s"
        session = await asyncio.to_thread(jupyter.session, name)
        if session is None or session["kernel"]["execution_state"] != "idle":
            idle_since = time.monotonic()
        await asyncio.sleep(0.1)


async def photograph(page: Page, folder: Path, stem: str) -> None:
    """A picture of each screenful of the notebook."""
    view = page.locator(".jp-WindowedPanel-outer").first
    await view.evaluate("element => element.scrollTop = 0")
    for number in range(20):
        await page.wait_for_timeout(300)
        await page.screenshot(path=folder / f"{stem}_{number}.png")
        at_end = await view.evaluate(
            "element => { const before = element.scrollTop;"
            "element.scrollTop += element.clientHeight - 80;"
            "return element.scrollTop === before; }"
        )
        if at_end:
            return
