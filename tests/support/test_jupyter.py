"""The Jupyter server that other tests drive: up, isolated, with a kernel that takes cells."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser
    from tests.support.jupyter import Application, Jupyter


@pytest.mark.parametrize("application", ["lab", "notebook"])
def test_a_cell_runs_with_this_python(
    jupyter: Jupyter, browser: Browser, application: Application
) -> None:
    """What a cell prints comes from the Python that runs the tests, and is saved in the file."""
    from tests.support.jupyter import open_notebook

    path = jupyter.write(f"hello_{application}", ["import sys; print(sys.prefix)", "1 / 0"])

    async def look(page: Page) -> tuple[str, str, str]:
        notebook = await open_notebook(jupyter, page, path, application)
        said = await notebook.run(0)
        failed = await notebook.run(1)
        saved = await notebook.save()
        return said, failed, saved.cells[0].outputs[0].text

    with jupyter.closing(path):
        said, failed, saved = browser.run(look, tab=application)
    assert said.strip() == saved.strip() == sys.prefix
    assert "ZeroDivisionError" in failed
    assert jupyter.session(path) is None
