"""Each notebook as a reader runs it: opened in JupyterLab, 'Run All Cells'."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from scripts.run_notebooks import NOTEBOOKS, faults, outputs_of

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser
    from tests.support.jupyter import Jupyter

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))

#: Where to leave a picture of each screenful, for whoever wants to look: a folder.
PICTURES = os.environ.get("ASYNC_DAG_NOTEBOOK_PICTURES")

LOST_BY_KERNEL = re.compile(
    r"Task was destroyed but it is pending!\ntask: <Task .*/ipykernel/utils\.py:.*>\n?"
)

#: Seconds that all cells of a notebook may take together.
LONGEST = 60


@pytest.fixture(scope="module")
def shelf(jupyter: Jupyter) -> Path:
    """The notebooks and what lies beside them, in the folder that the server serves."""
    folder = jupyter.notebooks / "shelf"
    shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for path in folder.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in code_cells(notebook):
            cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, path)
    return folder


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_run_all_cells(jupyter: Jupyter, browser: Browser, shelf: Path, path: Path) -> None:
    """No error, no warning, and afterwards the pictures that were promised are in the file."""
    from tests.support.jupyter import open_notebook

    name = f"shelf/{path.name}"
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)

    async def look(page: Page) -> Any:
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        notebook = await open_notebook(jupyter, page, name)
        await page.get_by_role("menuitem", name="Run", exact=True).click()
        await page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        await until_all_ran(page, len(code_cells(nbformat.read(path, as_version=4))))
        if PICTURES:
            await photograph(page, Path(PICTURES), path.stem)
        return complaints, await notebook.save()

    with jupyter.closing(name):
        complaints, saved = browser.run(look, tab="lab", timeout=LONGEST + 60)
    assert complaints == []
    without_what_the_kernel_says(saved)
    assert list(faults(saved)) == []
    counts = [cell.execution_count for cell in code_cells(saved)]
    assert counts == list(range(1, len(counts) + 1))
    assert any("image/png" in output.get("data", {}) for _, output in outputs_of(saved))


def without_what_the_kernel_says(notebook: Any) -> None:
    """Drop what ipykernel's own tasks write into a cell.

    On a busy machine ipykernel 7.4 may lose tasks that hand on messages (zmq's stream keeps no
    reference to them), and Python says so in whichever cell runs. None of ours is of these.
    """
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                output.text = LOST_BY_KERNEL.sub("", output.text)
        cell.outputs = [output for output in cell.outputs if output.get("text") != ""]


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


#: Whether that many cells have a prompt, each with a number. (The kernel may say idle while a cell
#: awaits.) Their content, not what is shown: what is scrolled out of sight shows nothing.
ALL_RAN = """(cells) => {
  const prompts = [...document.querySelectorAll(".jp-Notebook .jp-CodeCell .jp-InputPrompt")];
  return prompts.length === cells && prompts.every((prompt) => /\\d/.test(prompt.textContent));
}"""


async def until_all_ran(page: Page, cells: int) -> None:
    """Wait in the page until all cells have run."""
    await page.wait_for_function(ALL_RAN, arg=cells, polling=100, timeout=LONGEST * 1000)


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
