"""Everything can be read, however large the graph and however narrow the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.fed_page import columns, send, show_trace
from tests.support.graphs import etl_trace
from tests.support.readme_page import watched
from tests.support.schedules import made_trace, mosaic
from tests.support.sizes import TRACES

if TYPE_CHECKING:
    from playwright.async_api import Page

    from async_dag.trace.trace import Trace
    from tests.support.browser import Browser

SMALLEST = 11

#: Notes the size of each text that is written on a canvas, in pixels of the page.
_HEAR_CANVAS = """() => {
    const { fillText } = CanvasRenderingContext2D.prototype;
    window.written = [];
    CanvasRenderingContext2D.prototype.fillText = function (...given) {
        const size = parseFloat(/([\\d.]+)px/.exec(this.font)[1]);
        written.push([given[0], size * this.getTransform().a / devicePixelRatio]);
        fillText.apply(this, given);
    };
}"""

#: The texts of the page that are seen, each with its size in pixels; SVG by how it is scaled.
_TEXTS = """() => {
    const seen = [];
    for (const element of document.querySelectorAll(".async-dag, .async-dag *")) {
        const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
        const text = own.map((node) => node.data).join("").trim();
        if (!text || element.closest("title, defs, .ad-spoken") || !element.checkVisibility()) continue;
        const scale = element instanceof SVGElement ? element.getScreenCTM().a : 1;
        seen.push([text, parseFloat(getComputedStyle(element).fontSize) * scale]);
    }
    return seen;
}"""

#: Texts of boxes and frames that stick out of them.
_TOO_WIDE = """() => [...document.querySelectorAll(".ad-box")].filter((box) => {
    const frame = box.querySelector("rect").getBoundingClientRect();
    return [...box.querySelectorAll("text")].some((text) => {
        const { left, right } = text.getBoundingClientRect();
        return text.textContent && (left < frame.left || right > frame.right);
    });
}).map((box) => box.textContent)"""


#: Texts of the chart that come too close to the right edge.
_AT_THE_EDGE = """() => {
    const { right } = document.querySelector(".async-dag").getBoundingClientRect();
    return [...document.querySelectorAll(".ad-axis .ad-end-text, .ad-running text, .ad-ways text")]
        .filter((text) => text.getBoundingClientRect().right > right - 8)
        .map((text) => text.textContent);
}"""
#: Whether the buttons of the head stand alone at its left.
_ALONE = """() => {
    const head = document.querySelector(".ad-head").getBoundingClientRect();
    const { left, right } = document.querySelector(".ad-head-right").getBoundingClientRect();
    return right < head.right - 20 || left < head.left + 10;
}"""


async def look_at(page: Page, trace: Trace) -> dict[str, Any]:
    """What is too small, sticks out, or is cut off."""
    await page.evaluate("kernel.drawn()")
    texts = await page.evaluate(_TEXTS) + await page.evaluate("written.splice(0)")
    boxes = await page.locator(".ad-box").count()
    small = [text for text in texts if text[1] < SMALLEST - 0.01]
    assert len(texts) > 10
    assert 5 <= boxes <= min(len(trace), 150)
    return {
        "small": small,
        "at the edge": await page.evaluate(_AT_THE_EDGE),
        "alone": await page.evaluate(_ALONE),
        "too wide": await page.evaluate(_TOO_WIDE),
        "sideways": await page.evaluate("document.documentElement.scrollWidth > innerWidth"),
    }


@pytest.mark.parametrize("size", TRACES)
def test_no_text_is_smaller_than_11_pixels(browser: Browser, size: int) -> None:
    """At three widths, light and dark, in the middle of a run and after it; and nothing sticks out."""
    trace = TRACES[size]()
    assert len(trace) == size
    fine = {"small": [], "at the edge": [], "alone": False, "too wide": [], "sideways": False}

    async def look(page: Page) -> list[Any]:
        wrong = []
        for at in (0.5 * trace.elapsed, None):
            await show_trace(page, trace, at=at)
            await page.evaluate(_HEAR_CANVAS)
            for width in (600, 900, 1200):
                await page.set_viewport_size({"width": width, "height": 900})
                for theme in ("light", "dark"):
                    await page.emulate_media(color_scheme=theme)
                    found = await look_at(page, trace)
                    if found != fine:
                        wrong.append((at, width, theme, found))
            await page.evaluate("kernel.close(); kernel.hide()")
        return wrong

    assert watched(browser, look) == []


def test_zoomed_out_the_graph_keeps_its_size(browser: Browser) -> None:
    """What does not fit is scrolled, not shrunk: by buttons, keys and the wheel alike."""

    async def look(page: Page) -> list[Any]:
        await show_trace(page, etl_trace())
        scale = "document.querySelector('.ad-graph-svg').getScreenCTM().a"
        seen = [await page.evaluate(scale)]
        await page.click("[aria-label='zoom the graph'] [aria-label='zoom out']")
        seen.append(await page.evaluate(scale))
        await page.focus(".ad-graph-svg")
        await page.keyboard.press("-")
        await page.keyboard.press("0")
        seen.append(await page.evaluate(scale))
        await page.hover(".ad-graph-svg")
        await page.keyboard.down("Control")
        await page.mouse.wheel(0, 900)
        seen.append(await page.evaluate(scale))
        await page.mouse.wheel(0, -300)
        await page.keyboard.up("Control")
        await page.evaluate("kernel.drawn()")
        return [*seen, await page.evaluate(scale)]

    *same, larger = watched(browser, look)
    assert same == [1, 1, 1, 1]
    assert larger == pytest.approx(1.2, abs=0.01)  # a notch, however far it reaches


def test_names_of_lanes_are_written_in_their_bars(browser: Browser) -> None:
    """Of an open bundle each lane has a name, and each bar with room for it what tells it apart."""
    trace = made_trace(mosaic(120), slots=96)

    async def look(page: Page) -> tuple[list[str], list[str]]:
        await show_trace(page, trace)
        await page.evaluate(_HEAR_CANVAS)
        await page.click(".ad-label[data-bundle]:has-text('project') .ad-name")
        await page.evaluate("kernel.drawn()")
        lanes = await page.eval_on_selector_all(
            ".ad-label[data-kind=lane]:not([hidden])", "all => all.map((one) => one.textContent)"
        )
        return lanes, [text for text, _ in await page.evaluate("written")]

    lanes, written = watched(browser, look)
    assert lanes[:3] == ["lane 1", "lane 2", "lane 3"]
    assert set(written) & {"project_0", "_0", "0"}


def test_a_frame_of_a_large_run_writes_no_more_than_is_in_sight(browser: Browser) -> None:
    """5,000 rows have as many labels as fit, not 5,000."""
    trace = made_trace(mosaic(270), slots=200)

    async def look(page: Page) -> int:
        await show_trace(page, trace)
        await page.check("text=a row a task")
        await send(page, *columns(trace, "k", 2))
        return await page.locator(".ad-label").count()

    assert watched(browser, look) < 60
