"""Graphs, results and runs in a real marimo notebook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.marimo import marimo

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser

APP = """
import marimo

app = marimo.App(width="compact")


@app.cell
def _():
    from asyncio import sleep
    from async_dag import build_dag, show_runs
    from async_dag.demos.readme import add_tasks

    with build_dag(int) as tm:
        add_tasks(tm)
    stop = show_runs()
    tm
    return build_dag, sleep, tm


@app.cell
def _(tm):
    tm.draw.mermaid()
    return


@app.cell
async def _(tm):
    result = await tm.invoke(0)
    result
    return (result,)


@app.cell
async def _(build_dag, result, sleep):
    with build_dag() as slow:
        first = slow.options(name="first").add_node(sleep, result.timeline.makespan * 0 + 0.1)
        slow.options(after=[first], name="never_over").add_node(sleep, 3600)
    await slow.invoke()
    return


if __name__ == "__main__":
    app.run()
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_shows_itself(browser: Browser, theme: str, tmp_path: Path) -> None:
    """The graph, its Mermaid diagram, the result and a run that goes on, in the notebook's theme."""
    with marimo(tmp_path, APP, theme) as url:
        seen = browser.run(lambda page: look(page, url, tmp_path))
    other = "dark" if theme == "light" else "light"
    assert seen["pictures"][theme] == 2
    assert seen["pictures"][other] == 0
    assert "slow_task_b" in seen["mermaid"]
    assert "first" in seen["live"]
    assert "never_over" in seen["live"]
    assert "● running" in seen["live"]
    assert (seen["ground"] > 0.8) == (theme == "light")
    assert "Interrupt the kernel" in seen["not heard"]


async def look(page: Page, url: str, folder: Path) -> dict[str, Any]:
    await page.set_viewport_size({"width": 1200, "height": 2200})
    await page.goto(url)
    seen: dict[str, Any] = {}
    # marimo draws Mermaid and widgets in shadow roots; Playwright looks into them.
    await page.locator(".ad-bar").first.wait_for(timeout=60_000)
    await page.locator("text=never_over").first.wait_for(timeout=60_000)
    await page.locator("svg[aria-roledescription^=flowchart]").wait_for(timeout=60_000)
    seen["mermaid"] = await page.locator("svg[aria-roledescription^=flowchart]").text_content()
    seen["pictures"] = {
        theme: await page.locator(f"img.async-dag-{theme}").evaluate_all(
            "images => images.filter(image => image.getBoundingClientRect().width > 100).length"
        )
        for theme in ("light", "dark")
    }
    view = page.locator(".async-dag").last
    seen["live"] = await view.inner_text()
    seen["ground"] = await view.evaluate(
        "element => getComputedStyle(element).backgroundColor.match(/[0-9]+/g)"
        ".slice(0, 3).reduce((sum, part) => sum + part / 765, 0)"
    )
    await page.get_by_role("button", name="Cancel").click()
    note = page.locator(".ad-not-heard")
    await note.wait_for(timeout=10_000)
    seen["not heard"] = await note.inner_text()
    await page.screenshot(path=folder / "marimo.png")
    return seen
