"""In JupyterLab each run is shown once: nested ones in the box of their node, others in one view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.jupyter import open_notebook
from tests.support.live_pages import LOAD, chip, until, view_of

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

    from tests.support.browser import Browser
    from tests.support.jupyter import Jupyter

GRAPHS = """
import asyncio
from async_dag import build_dag
go_on = asyncio.Event()
async def fetch(url): await go_on.wait(); return url
async def parse(page): return page
with build_dag(str) as sub:
    parsed = sub.add_node(parse, sub.add_node(fetch, sub.parameter_node))
async def one_site(url): return (await sub.invoke(url))[parsed]
async def nap(): await asyncio.sleep(0)
with build_dag() as tm:
    tm.add_node(one_site, "a")
    tm.add_node(nap)
"""

RUNNING = """
task = asyncio.create_task(tm.invoke())
await asyncio.sleep(0.2)
"""

NAME = ".ad-label:not([hidden])"


async def names(view: Any) -> list[str]:
    """The rows of the chart, as they are called, from top to bottom."""
    found: list[str] = await view.locator(NAME).evaluate_all(
        "all => all.sort((a, b) => a.ariaPosInSet - b.ariaPosInSet)"
        ".map(one => one.textContent.trim() + ' ' + one.dataset.state)"
    )
    return found


def test_each_run_is_shown_once(jupyter: Jupyter, browser: Browser, tmp_path: Path) -> None:
    """A nested invoke is a node that opens, while it goes on and afterwards; `draw.live()` is enough.

    The numbers of runs count those that nothing has shown.
    """
    path = jupyter.write(
        "once",
        [
            GRAPHS + "go_on.set(); await tm.invoke(); go_on.clear()",
            LOAD,
            RUNNING,
            "go_on.set(); await task",
            "follows = tm.draw.live()\nfollows",
            "await tm.invoke()",
            "follows.close()",
            "await tm.invoke()",
            "result = await sub.invoke('b')",
        ],
    )

    async def look(page: Page) -> None:
        await page.set_viewport_size({"width": 1200, "height": 1400})
        notebook = await open_notebook(jupyter, page, path, "lab")
        for cell in (0, 1, 2):
            await notebook.run(cell)
        view = view_of(notebook, 2)
        await until(view.count, "the view")
        assert await view.count() == 1
        row = view.locator(f"{NAME}[data-node='0'][aria-expanded=false]")
        await until(row.count, "the node to be one that opens")
        await row.click()
        opened = ["▾ one_site running", "fetch running", "parse waiting", "nap done"]
        await until(lambda: has_rows(view, opened), "the rows within it")
        await page.screenshot(path=tmp_path / "nested.png")
        await page.keyboard.press("ArrowDown")
        await until(lambda: tells(view, "in an invoke within one_site"), "its details")

        await notebook.run(3)
        picture = notebook.output(2).locator(".async-dag-still .async-dag")
        await until(picture.count, "the picture, which can be explored")
        await until(lambda: is_done(picture), "the end of the run")
        await until(lambda: is_titled(picture, "invoke #2"), "the number of the run")
        await picture.locator(f"{NAME}[data-node='0']").click()
        rows = ["▾ one_site done", "fetch done", "parse done", "nap done"]
        await until(lambda: has_rows(picture, rows), "the rows within it")

        await notebook.run(4)
        live = view_of(notebook, 4)
        await until(live.count, "the view of draw.live()")
        await notebook.run(5)
        await until(lambda: is_titled(live, "invoke #3"), "the run in it")
        assert await view_of(notebook, 5).count() == 0

        await notebook.run(6)
        await notebook.run(7)
        below = view_of(notebook, 7)
        await until(lambda: is_titled(below, "invoke #4"), "the run below its cell")
        await notebook.run(8)
        await until(view_of(notebook, 8).count, "the run of the other manager")

    with jupyter.closing(path):
        browser.run(look, tab="lab")


async def has_rows(view: Any, expected: list[str]) -> bool:
    return await names(view) == expected


async def is_done(view: Any) -> bool:
    return await chip(view) == "✓ done"


async def tells(view: Any, text: str) -> bool:
    return text in (await view.locator(".ad-details").text_content() or "")


async def is_titled(view: Any, title: str) -> bool:
    titles: list[str] = await view.locator(".ad-title").all_text_contents()
    return titles == [title]
