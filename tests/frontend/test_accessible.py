"""Whoever can't see colours, use a mouse or read small characters uses the page as others do."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from async_dag.views.common.palette import DARK, LIGHT, Palette
from async_dag.workbench.standalone import ShownRun
from async_dag.workbench.standalone import page as page_of
from tests.support.axe import violations
from tests.support.fed_page import show_trace
from tests.support.graphs import etl_trace, with_names
from tests.support.readme_page import watched
from tests.support.schedules import Job, made_trace

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

    from tests.support.browser import Browser

LOOKS = [
    pytest.param({"color_scheme": "light"}, id="light"),
    pytest.param({"color_scheme": "dark"}, id="dark"),
    pytest.param({"color_scheme": "light", "forced_colors": "active"}, id="forced, light"),
    pytest.param({"color_scheme": "dark", "forced_colors": "active"}, id="forced, dark"),
]


async def choose(page: Page) -> None:
    """A task in the middle, with the pointer elsewhere."""
    await page.click(".ad-label >> nth=5")
    await page.hover(".ad-chip")
    await page.wait_for_selector(".ad-box[data-kin=none]")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("at", [None, 3.5], ids=["over", "running"])
def test_axe_finds_nothing_in_the_live_view(
    browser: Browser, look: dict[str, Any], at: float | None
) -> None:
    """With a task chosen and with none."""

    async def see(page: Page) -> list[Any]:
        await page.emulate_media(**look)
        await show_trace(page, etl_trace(), at=at)
        found = [await violations(page, ".async-dag")]
        await choose(page)
        return [*found, await violations(page, ".async-dag")]

    assert watched(browser, see) == [[], []]


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_the_standalone_page(
    browser: Browser, tmp_path: Path, look: dict[str, Any]
) -> None:
    """With a task chosen and with none; the page as a whole, its landmarks and headings as well."""
    path = tmp_path / "run.html"
    path.write_text(page_of([ShownRun(etl_trace())]), encoding="utf-8")

    async def see(page: Page) -> list[Any]:
        await page.emulate_media(**look)
        await page.goto(path.as_uri())
        found = [await violations(page)]
        await choose(page)
        return [*found, await violations(page)]

    assert watched(browser, see) == [[], []]


def contrast(one: str, other: str) -> float:
    """As the Web Content Accessibility Guidelines define it."""

    def luminance(color: str) -> float:
        parts = (int(color[index : index + 2], 16) / 255 for index in (1, 3, 5))
        red, green, blue = (
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_contrast_where_axe_cannot_tell(palette: Palette) -> None:
    """In pictures: on the ground of the panels, and on what boxes are filled with."""
    grounds = ("ground", "panel", "done_fill", "running_fill", "failed_fill")
    pairs = [*product(("ink", "soft"), grounds), *product(["failed"], ("ground", "panel"))]
    ratios = {
        (text, ground): contrast(getattr(palette, text), getattr(palette, ground))
        for text, ground in pairs
    }
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


async def tab_stops(page: Page) -> list[str]:
    """What the focus goes through, from the first control of the view to the last."""
    stops: list[str] = []
    await page.evaluate("document.activeElement.blur()")
    while True:
        await page.keyboard.press("Tab")
        label = await page.evaluate(
            """() => {
                const { activeElement: here } = document;
                if (!here.closest(".async-dag")) return null;
                const label = here.getAttribute("aria-label") ?? here.labels?.[0]?.textContent;
                return label ?? here.textContent;
            }"""
        )
        if label is None:
            return stops
        stops.append(label)
        assert len(stops) < 60


def test_all_controls_are_reached_by_keyboard(browser: Browser) -> None:
    """In the order in which they stand, and nothing keeps the focus."""

    async def see(page: Page) -> list[str]:
        await page.set_viewport_size({"width": 1240, "height": 1200})
        await show_trace(page, etl_trace(), at=3.5)
        return await tab_stops(page)

    stops = watched(browser, see)
    graph = ["zoom out", "zoom in", "natural size", "Enlarge"]
    toolbar = ["search tasks by name", "order of the rows", "only critical", "only failed"]
    zoom = ["zoom out", "zoom in", "show the whole run"]
    assert stops[0] == "■ Cancel"
    assert stops[1].startswith("Graph of 43 tasks")
    assert [stop for stop in stops[2:] if stop in (*graph, *toolbar, *zoom)] == [
        *graph,
        *toolbar,
        *zoom,
    ]
    assert any(stop.startswith("Gantt chart") for stop in stops)


def test_targets_are_24_pixels(browser: Browser) -> None:
    """All but links within sentences."""

    async def see(page: Page) -> list[Any]:
        await show_trace(page, etl_trace(), at=3.5)
        await choose(page)
        return await page.eval_on_selector_all(
            ".async-dag :is(button:not(.ad-link, .ad-finding), input, select, .ad-box)",
            """all => all.map((one) => [one, one.getBoundingClientRect()])
                .filter(([, { width, height }]) => (width || height) && (width < 24 || height < 24))
                .map(([one, { width, height }]) => [one.outerHTML.slice(0, 80), width, height])""",
        )

    assert watched(browser, see) == []


ARCHIVE = [f"fetch page {number} of the archive" for number in range(1, 41)]


#: Names in controls, in rows, and everything in the header, the foot and the legend.
PARTS = ":is(button, input, select, .ad-name, .ad-head > *, .ad-foot *, .ad-legend li)"


@pytest.mark.parametrize("size", [(320, 900), (320, 225), (400, 800)])
def test_narrow_pages_need_no_sideways_scrolling(browser: Browser, size: tuple[int, int]) -> None:
    """320 pixels, which is also 1,280 at a zoom of 400 %: all is there, and names can be told apart."""
    trace = with_names(made_trace([Job("fetch", 1 + n / 10) for n in range(40)]), ARCHIVE)

    async def see(page: Page) -> dict[str, Any]:
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await show_trace(page, trace)
        await page.evaluate("document.body.style.margin = '0'")
        await page.evaluate("kernel.drawn()")
        return {
            "sideways": await page.evaluate("document.documentElement.scrollWidth > innerWidth"),
            "outside": await page.eval_on_selector_all(
                f".async-dag {PARTS}",
                """all => all.filter((one) => {
                    const { left, right, width } = one.getBoundingClientRect();
                    return width && (left < -1 || right > innerWidth + 1);
                }).map((one) => one.outerHTML.slice(0, 80))""",
            ),
            "names": await page.eval_on_selector_all(
                ".ad-label:not([hidden]) .ad-name", "all => all.map((one) => one.textContent)"
            ),
            "plot": await page.evaluate("document.querySelector('.ad-canvas').clientWidth"),
        }

    found = watched(browser, see)
    assert not found["sideways"]
    assert found["outside"] == []
    assert len(set(found["names"])) == len(found["names"]) == 40
    assert found["plot"] > 120
