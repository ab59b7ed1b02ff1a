"""Pictures in pages that are printed, and in narrow ones: nothing of them is cut off."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest

from async_dag.workbench.layout.picture import Picture
from async_dag.workbench.still.still import Still
from tests.support.sizes import TRACES

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser

#: Of each picture that is seen how wide it is, and whether all of it can be seen or scrolled to.
_PICTURES = """() => [...document.querySelectorAll("img")]
    .filter((img) => img.getBoundingClientRect().width > 0)
    .map((img) => {
        const { left, right, width } = img.getBoundingClientRect();
        let scrolls = false;
        for (let at = img.parentElement; at; at = at.parentElement) {
            scrolls ||= at !== document.body && getComputedStyle(at).overflowX === "auto";
        }
        return { isIn: left >= 0 && right <= innerWidth + 1, scrolls, width };
    })"""


@functools.cache
def cells_of(size: int) -> str:
    """What a notebook holds: the picture of the view, the chart, and the diagram."""
    trace = TRACES[size]()
    picture = Picture.of(trace.graph)
    still = Still(trace, picture.placement(30), picture.bundling, title="invoke #1", state="done")
    parts = [
        still.bundle("k")["text/html"],
        trace.draw.gantt(findings=True)._repr_mimebundle_(include=["text/html"])[0]["text/html"],
        trace.draw.graphviz()._repr_mimebundle_(include=["text/html"])[0]["text/html"],
    ]
    return "".join(f'<div class="cell">{part}</div>' for part in parts)


async def show(page: Page, html: str, width: int) -> list[dict[str, Any]]:
    await page.set_viewport_size({"width": width, "height": 900})
    await page.set_content(f"<!doctype html><body style='margin:16px'>{html}</body>")
    await page.wait_for_function("[...document.images].every((image) => image.complete)")
    found: list[dict[str, Any]] = await page.evaluate(_PICTURES)
    return found


@pytest.mark.parametrize("size", [6, 26, 43, 212])
def test_on_paper_nothing_is_cut_off(browser: Browser, size: int) -> None:
    """A page of A4 can't be scrolled: what is wider is made to fit."""
    html = cells_of(size)

    async def look(page: Page) -> list[dict[str, Any]]:
        await page.emulate_media(media="print")
        return await show(page, html, 718)

    pictures = browser.run(look)
    assert len(pictures) == 4
    assert [one for one in pictures if not one["isIn"]] == []


@pytest.mark.parametrize("size", [6, 26, 43, 212])
@pytest.mark.parametrize("width", [320, 600])
def test_in_a_narrow_page_what_does_not_fit_scrolls(
    browser: Browser, size: int, width: int
) -> None:
    """In its own cell: the page as a whole never scrolls sideways.

    Charts and small diagrams fit into 600 px.
    """
    html = cells_of(size)

    async def look(page: Page) -> tuple[list[dict[str, Any]], bool]:
        pictures = await show(page, html, width)
        sideways = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        return pictures, sideways

    pictures, sideways = browser.run(look)
    assert len(pictures) == 4
    assert [one for one in pictures if not one["isIn"] and not one["scrolls"]] == []
    chart_of_view, _, chart, diagram = pictures
    assert width < 600 or (chart_of_view["isIn"] and chart["isIn"])
    assert width < 600 or size > 26 or diagram["isIn"]
    assert not sideways
