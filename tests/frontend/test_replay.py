"""A run that is over is played again: at each moment the page shows what was then."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.fed_page import show_trace
from tests.support.readme_page import README, watched
from tests.support.sizes import TRACES

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser

HANDLE = ".ad-replay input"

#: What is said of the moment that is shown.
_SEEN = """() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const known = (way) => document.querySelector(`[data-way=${way}] .ad-ways-known`).getBBox();
    return {
        chip: document.querySelector(".ad-chip").textContent,
        count: document.querySelector(".ad-count").textContent,
        parallel: document.querySelector(".ad-parallel").textContent,
        lengths: ["sequential", "waves", "dag"].map((way) => known(way).width),
        value: document.querySelector(".ad-replay input").getAttribute("aria-valuetext"),
        height: document.querySelector(".async-dag").getBoundingClientRect().height,
        rows: all(".ad-row-name, .ad-label").map((one) => one.textContent).join(),
    };
}"""


async def at(page: Page, seconds: float) -> Any:
    """What the page shows when the handle is at that moment of the README's 1.2 seconds."""
    await page.eval_on_selector(
        HANDLE,
        """(handle, value) => {
            handle.value = value;
            handle.dispatchEvent(new Event("input"));
        }""",
        round(10_000 * seconds / 1.2),
    )
    await page.evaluate("kernel.drawn()")
    return await page.evaluate(_SEEN)


def test_each_moment_shows_what_was_then(browser: Browser) -> None:
    """Counts, states and the bands, which race; nothing moves, and the end is as it was."""

    async def look(page: Page) -> list[Any]:
        await show_trace(page, README)
        before = await page.evaluate(_SEEN)
        moments = [await at(page, seconds) for seconds in (0.05, 0.3, 0.55)]
        if folder := os.environ.get("ASYNC_DAG_PICTURES"):
            await page.screenshot(path=f"{folder}/replay.png", full_page=True)
        return [before, *moments, await at(page, 1.2)]

    before, *moments, after = watched(browser, look)
    assert before == after
    assert [moment["count"] for moment in moments] == ["0 / 6 nodes", "2 / 6 nodes", "3 / 6 nodes"]
    assert ["now 3" in moments[0]["parallel"], "now 2" in moments[1]["parallel"]] == [True, True]
    assert all("running" in moment["chip"] for moment in moments)
    assert {moment["height"] for moment in moments} == {before["height"]}
    assert {moment["rows"] for moment in moments} == {before["rows"]}
    second = before["lengths"][0] / 2.0
    for seconds, moment in zip((0.05, 0.3, 0.55), moments, strict=True):
        # In waves nothing runs from 0.2 to 0.5 s but the longest of the first wave.
        assert moment["lengths"] == pytest.approx([second * seconds] * 3, abs=1.5)
    assert moments[1]["value"] == "0.30 s of 1.20 s"


def test_arrow_keys_go_from_one_start_or_end_to_the_next(browser: Browser) -> None:
    """Back from the end, and on again."""

    async def look(page: Page) -> list[Any]:
        await show_trace(page, README)
        await page.focus(HANDLE)
        said = []
        for key in (
            "ArrowLeft",
            "ArrowLeft",
            "ArrowLeft",
            "ArrowRight",
            "ArrowRight",
            "ArrowRight",
        ):
            await page.keyboard.press(key)
            await page.evaluate("kernel.drawn()")
            said.append(await page.get_attribute(HANDLE, "aria-valuetext"))
        return said

    assert watched(browser, look) == [
        f"{seconds} s of 1.20 s" for seconds in ("1.10", "0.60", "0.50", "0.60", "1.10", "1.20")
    ]


def test_it_plays_to_the_end_and_stops(browser: Browser) -> None:
    """By the clock of the page, at four times its speed."""

    async def look(page: Page) -> list[Any]:
        await show_trace(page, README)
        await page.select_option(".ad-replay select", "4")
        # What the button says is noted as it changes: it may be over before one asks.
        await page.evaluate(
            """() => {
                const button = document.querySelector(".ad-replay button");
                globalThis.titles = [];
                new MutationObserver(() => titles.push(button.title))
                    .observe(button, { attributes: true, attributeFilter: ["title"] });
            }"""
        )
        await page.click(".ad-replay button")
        await page.wait_for_function("titles.at(-1) === 'replay the run'")
        return [await page.evaluate("titles"), await page.evaluate(_SEEN)]

    titles, seen = watched(browser, look)
    assert titles == ["pause", "replay the run"]
    assert (seen["count"], seen["value"]) == ("6 / 6 nodes", "1.20 s of 1.20 s")


def test_while_a_run_goes_on_there_is_nothing_to_replay(browser: Browser) -> None:
    """The controls are there, so that nothing jumps at the end, but off."""

    async def look(page: Page) -> Any:
        await show_trace(page, README, at=0.5)
        return await page.eval_on_selector_all(
            ".ad-replay :is(button, input, select)", "all => all.map((one) => one.disabled)"
        )

    assert watched(browser, look) == [True, True, True]


@pytest.mark.parametrize("size", TRACES)
def test_a_moment_of_a_large_run_is_quickly_drawn(browser: Browser, size: int) -> None:
    """All moments of a replay are shown, and no count is beyond what there is."""

    async def look(page: Page) -> list[Any]:
        await show_trace(page, TRACES[size]())
        counts = []
        for share in (0.1, 0.5, 0.9):
            await page.eval_on_selector(
                HANDLE,
                "(one, v) => { one.value = v; one.dispatchEvent(new Event('input')); }",
                round(10_000 * share),
            )
            await page.evaluate("kernel.drawn()")
            text = await page.text_content(".ad-count") or ""
            counts.append(int(text.split()[0].replace(",", "")))
        return counts

    counts = watched(browser, look)
    assert counts == sorted(counts)
    assert counts[-1] <= size
