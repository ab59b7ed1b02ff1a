"""The ways of running the same tasks, below the chart: bands of lanes that are true to scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.fed_page import columns, send, set_trait, show_trace, summary
from tests.support.graphs import fan
from tests.support.readme_page import README, open_readme, watched
from tests.support.schedules import made_trace
from tests.support.sizes import TRACES

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser

#: How far each band is drawn, in pixels, in order.
_LENGTHS = """() => [...document.querySelectorAll("[data-way]")].map((band) =>
    Math.max(...["known", "ahead"].map((part) =>
        band.querySelector(`.ad-ways-${part}`).getBBox()).map(({ x, width }) => width && x + width))
    - document.querySelector(".ad-ways-known, .ad-ways-ahead").ownerSVGElement
        .querySelector(".ad-ways-known:not([d='']), .ad-ways-ahead:not([d=''])").getBBox().x)"""

#: For each band how many segments are marked as what is pointed at.
_LIT = """() => [...document.querySelectorAll(".ad-ways-self")]
    .map((one) => one.getAttribute("d").split("M").length - 1)"""

#: The middle of the n-th segment of a band's path, in pixels of the window.
_MIDDLE = """([way, index]) => {
    const path = document.querySelector(`[data-way=${way}] .ad-ways-known`);
    const [, x, y, right, height] =
        /([\\d.]+),([\\d.]+)H([\\d.]+)v([\\d.]+)/.exec(path.getAttribute("d").split("z")[index]);
    const { left, top } = path.ownerSVGElement.getBoundingClientRect();
    return [left + (+x + +right) / 2, top + +y + height / 2];
}"""


@pytest.mark.parametrize("width", [600, 1240])
@pytest.mark.parametrize("at", [None, 0.5])
def test_lengths_are_times(browser: Browser, at: float | None, width: int) -> None:
    """The README's example: as a DAG it takes 60 % of one by one, over or expected."""

    async def look(page: Page) -> list[Any]:
        await page.set_viewport_size({"width": width, "height": 900})
        await show_trace(page, README, at=at)
        seconds = await page.eval_on_selector_all(
            "[data-way]", "all => all.map(({ dataset }) => [dataset.way, +dataset.seconds])"
        )
        return [seconds, await page.evaluate(_LENGTHS)]

    seconds, (sequential, waves, dag) = watched(browser, look)
    assert [way for way, _ in seconds] == ["sequential", "waves", "dag"]
    assert [each for _, each in seconds] == pytest.approx([2.0, 1.6, 1.2])
    assert sequential > 0.6 * (width - 150)
    assert waves / sequential == pytest.approx(0.8, abs=0.01)
    assert dag / sequential == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize("size", TRACES)
def test_bands_are_bounded_whatever_is_run(browser: Browser, size: int) -> None:
    """At most 320 pixels high with all words, a path a band, and nothing sticks out."""

    async def look(page: Page) -> list[Any]:
        await show_trace(page, TRACES[size]())
        seen = []
        for width in (600, 1240):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.evaluate("kernel.drawn()")
            seen.append(
                await page.evaluate(
                    """() => {
                        const ways = document.querySelector(".ad-ways");
                        const { right, height } = ways.getBoundingClientRect();
                        const texts = [...ways.querySelectorAll("text")];
                        return [
                            height,
                            ways.querySelectorAll("*").length,
                            Math.max(...texts.map((one) => one.getBoundingClientRect().right)) - right,
                        ];
                    }"""
                )
            )
        return seen

    for height, elements, beyond in watched(browser, look):
        assert 150 < height <= 320
        assert elements < 200
        assert beyond <= -8


def test_what_is_pointed_at_is_lit_in_all_bands(browser: Browser) -> None:
    """With its tooltip, in rows and in the graph; a click chooses it everywhere."""

    async def look(page: Page) -> dict[str, Any]:
        await show_trace(page, README)
        before = await page.evaluate(_LIT)
        await page.mouse.move(*await page.evaluate(_MIDDLE, ["sequential", 1]))
        await page.evaluate("kernel.drawn()")
        found = {
            "before": before,
            "lit": await page.evaluate(_LIT),
            "tip": await page.inner_text(".ad-tip b"),
            "box": await page.get_attribute('.ad-box[data-kin="self"]', "data-node"),
            "label": await page.get_attribute('.ad-label[data-node="4"]', "data-kin"),
        }
        await page.mouse.move(*await page.evaluate(_MIDDLE, ["dag", 0]))
        await page.mouse.down()
        await page.mouse.up()
        await page.mouse.move(5, 5)
        await page.evaluate("kernel.drawn()")
        chosen = '.ad-label[aria-selected="true"]'
        found["chosen"] = await page.get_attribute(chosen, "data-node")
        found["still lit"] = await page.evaluate(_LIT)
        return found

    found = watched(browser, look)
    assert found["before"] == [0, 0, 0]
    assert found["lit"] == found["still lit"] == [1, 1, 1]
    assert (found["tip"], found["box"], found["label"]) == ("slow_task_b_1", "1", "none")
    assert found["chosen"] in ("0", "2", "3")


def test_thin_lanes_are_lit_as_well(browser: Browser) -> None:
    """Where bands show how many run at once, what is chosen in a row is marked in them."""

    async def look(page: Page) -> Any:
        await show_trace(page, made_trace(fan(35, 6), slots=24))
        await page.fill(".ad-search", "step_1")
        await page.hover(".ad-box[data-node], .ad-box[data-bundle]")
        await page.evaluate("kernel.drawn()")
        return await page.evaluate(_LIT)

    assert all(lit > 0 for lit in watched(browser, look))


def test_the_race_is_seen_while_it_runs(browser: Browser) -> None:
    """The run's own band fills up to now, and a mark is where one by one would be."""

    async def look(page: Page) -> list[Any]:
        seen = []
        for at in (0.3, 0.9):
            await show_trace(page, README, at=at)
            seen.append(
                await page.evaluate(
                    """() => {
                        const box = (way, part) =>
                            document.querySelector(`[data-way=${way}] .ad-${part}`).getBBox();
                        const start = box("sequential", "ways-ahead");
                        const whole = box("dag", "ways-known");
                        const second = start.width / 2;
                        return [
                            whole.width / second,
                            (box("sequential", "now").x - start.x) / second,
                            document.querySelector(".ad-ways-headline").textContent,
                        ];
                    }"""
                )
            )
            await page.evaluate("kernel.close(); kernel.hide()")
        return seen

    early, late = watched(browser, look)
    # The page's own clock goes on between two frames.
    assert 0.28 <= early[0] < late[0] <= 1.21
    assert 0.78 <= early[1] < late[1] <= 2.01
    assert early[2].startswith("expected: 1.20 s instead of 2.00 s")


def test_where_nothing_is_known_nothing_is_drawn(browser: Browser) -> None:
    """A run that goes on without any before it, and one that was cut short, have no bands."""

    async def look(page: Page) -> list[bool]:
        await open_readme(page)
        await send(page, *columns(README, "k", 1, at=0.55))
        seen = [await page.is_visible(".ad-ways")]
        await send(page, *columns(README, "k", 2, over=True))
        await set_trait(page, "runs", [summary("k", README, number=3, state="failed")])
        await page.evaluate("kernel.drawn()")
        return [*seen, await page.is_visible(".ad-ways")]

    assert watched(browser, look) == [False, False]
