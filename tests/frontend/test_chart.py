"""The Gantt chart: what is in sight, where its axis ends, and what it says of bars."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.fed_page import columns, expected, send, set_trait, show_trace, summary
from tests.support.graphs import etl_trace, fan
from tests.support.readme_page import (
    PATH,
    README,
    finish_readme,
    ink_in_row,
    open_readme,
    watched,
)
from tests.support.schedules import Job, made_trace

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser

_ROWS = """() => [...document.querySelectorAll(".ad-label[data-node]:not([hidden])")]
    .map((one) => [one.getBoundingClientRect().top, Number(one.dataset.node)])
    .sort((a, b) => a[0] - b[0]).map((one) => one[1])"""


def test_rows_stand_by_start_from_the_outset(browser: Browser) -> None:
    """What has not started stands below, in the order in which it is expected to."""
    trace = etl_trace()
    order = sorted(range(len(trace)), key=lambda node: trace.started[node])

    async def look(page: Page) -> list[Any]:
        seen = []
        for at in (2.0, 5.0, None):
            await show_trace(page, trace, at=at)
            seen.append(await page.evaluate(_ROWS))
            await page.evaluate("kernel.close(); kernel.hide()")
        return seen

    for rows in watched(browser, look):
        assert [trace.started[node] for node in rows] == [trace.started[node] for node in order]


def test_forty_rows_are_in_sight_and_more_are_announced(browser: Browser) -> None:
    """A button says how many rows lie below, and leads to them."""

    async def look(page: Page) -> list[Any]:
        await show_trace(page, made_trace([Job("task", 1 + n / 10) for n in range(40)]))
        seen: list[Any] = [
            await page.evaluate(
                "(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight)"
                "(document.querySelector('.ad-rows'))"
            ),
            await page.is_visible(".ad-more"),
        ]
        await page.evaluate("kernel.close(); kernel.hide()")
        await show_trace(page, made_trace([Job("task", 1 + n / 10) for n in range(70)]))
        seen.append(await page.inner_text(".ad-more"))
        await page.click(".ad-more")
        await page.evaluate("kernel.drawn()")
        rows = await page.evaluate(_ROWS)
        return [*seen, await page.is_visible(".ad-more"), rows[-1]]

    scrolls, announced, text, still, last = watched(browser, look)
    assert (scrolls, announced) == (False, False)
    assert text.endswith(" more rows")
    assert 20 < int(text.split()[1]) < 30
    assert (still, last) == (False, 69)


def test_names_have_the_width_that_they_need(browser: Browser) -> None:
    """Up to about a third of the chart."""

    async def look(page: Page) -> str:
        name = "download_the_stations_of_one_country"
        await show_trace(page, made_trace([Job(name, 1.0), Job("parse", 1.0)]))
        return await page.inner_text('.ad-label[data-node="0"] .ad-name')

    assert watched(browser, look) == "download_the_stations_of_one_country_0"


def test_rows_that_run_are_followed_until_the_user_scrolls(browser: Browser) -> None:
    """A run of more rows than fit shows those that run now."""
    trace = made_trace([Job(f"task_{n}", 1.0, needs=(n - 1,) if n else ()) for n in range(70)])

    async def look(page: Page) -> list[Any]:
        await show_trace(page, trace, at=60.5)
        followed = await page.evaluate(_ROWS)
        await page.hover(".ad-canvas")
        await page.mouse.wheel(0, -5000)
        await page.wait_for_function("document.querySelector('.ad-rows').scrollTop === 0")
        await send(page, *columns(trace, "k", 2, at=62.5, since=60.5))
        return [60 in followed, await page.evaluate("document.querySelector('.ad-rows').scrollTop")]

    assert watched(browser, look) == [True, 0]


def test_the_axis_ends_with_the_run(browser: Browser) -> None:
    """However long other ways take: bars have the whole width."""

    async def look(page: Page) -> float:
        await show_trace(page, made_trace([Job("task", 1.0) for _ in range(12)]))
        return await page.evaluate(
            """() => {
                const width = (name) => document.querySelector(name).getBoundingClientRect().width;
                return width(".ad-area") / (width(".ad-canvas") - 14);
            }"""
        )

    assert 0.97 < watched(browser, look) <= 1


ERROR = "HTTPStatusError: 503"


def test_a_bar_has_a_tooltip(browser: Browser) -> None:
    """State, times, parts, attempts, waits and errors; it goes with the pointer."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        events = {
            "attempts": [[0, 1, 0.1, 0.3, ERROR, None, 5], [1, 1, 0.5, None, None, None, 5]],
            "waits": [[0, 1, "slot", 0.02, 0.1]],
        }
        await send(page, *columns(README, "k", 1, at=0.55, events=events))
        chart = await page.locator(".ad-canvas").bounding_box()
        row = await page.locator('.ad-label[data-node="1"]').bounding_box()
        assert chart
        assert row
        await page.mouse.move(chart["x"] + 60, row["y"] + row["height"] / 2)
        await page.evaluate("kernel.drawn()")
        text = await page.inner_text(".ad-tip")
        box = await page.locator(".ad-tip").bounding_box()
        view = await page.locator(".async-dag").bounding_box()
        assert box
        assert view
        inside = box["x"] >= view["x"] and box["x"] + box["width"] <= view["x"] + view["width"]
        await page.hover(".ad-chip")
        await page.evaluate("kernel.drawn()")
        return [text.replace("\n", " "), inside, await page.is_visible(".ad-tip")]

    text, inside, still = watched(browser, look)
    for part in (
        "slow_task_b_1",
        "▶ running",
        "ready 0.10 s · started 0.10 s",
        "awaiting",
        "holding the loop 0.00 s",
        "waited for a slot 0.08 s",
        "2 attempts: HTTPStatusError once",
        "attempt 2 of 5",
        "slow_task_b.py:12",
    ):
        assert part in text
    assert (inside, still) == (True, False)


def test_attempts_are_told_as_they_happen(browser: Browser) -> None:
    """A pause with its number, its length so far and the error: in the box, and beside the bar."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        events = {"attempts": [[0, 1, 0.1, 0.3, ERROR, None, 5]]}
        await send(page, *columns(README, "k", 1, at=0.5, events=events))
        box = await page.text_content('.ad-box[data-node="1"]')
        red = await ink_in_row(page, 1, "failed")
        now = await page.inner_text(".ad-parallel")
        events = {"attempts": [[1, 1, 0.55, None, None, None, 5]]}
        await send(page, *columns(README, "k", 2, at=0.58, since=0.5, events=events))
        again = await page.inner_text(".ad-parallel")
        return [box, red, now, again, await page.inner_text(".ad-findings li")]

    box, red, now, again, finding = watched(browser, look)
    assert box is not None
    assert "↻ attempt 1 of 5" in box
    assert red > 300
    # fast_task_c runs; slow_task_b waits for its next attempt, and does not count.
    assert now == "parallel now 1 · peak 3"
    assert again == "parallel now 2 · peak 3"
    assert finding == f"slow_task_b_1 has failed 1 time, last with {ERROR}."


def test_the_head_says_first_what_failed(browser: Browser) -> None:
    """The task and its error, in words."""

    async def look(page: Page) -> str:
        await open_readme(page)
        await send(page, *columns(README, "k", 1, at=0.5, events={"errors": [[1, ERROR]]}))
        return await page.inner_text(".ad-head-error")

    assert watched(browser, look) == f"slow_task_b_1: {ERROR}"


def test_nothing_is_expected_before_now(browser: Browser) -> None:
    """A run that is late moves what is expected of it, by frames or by the page's own clock."""

    async def look(page: Page) -> tuple[str, int, int]:
        await open_readme(page)
        await send(page, *columns(README, "k", 1, at=0.05))
        await send(page, *expected(README, "k", 0.05, PATH))
        before = await ink_in_row(page, 5, "critical")
        message, rows = columns(README, "k", 2, at=1.15, since=0.05)
        # Nothing has come of it: the last task has not started, although it should have.
        rows[2] = rows[3] = bytes(len(rows[2]))
        await send(page, {**message, "elapsed": 1.9}, [b""] * 6)
        left = await page.evaluate(
            """() => {
                const canvas = document.querySelector(".ad-canvas");
                const now = document.querySelector(".ad-now-text").getBoundingClientRect();
                const place = canvas.getBoundingClientRect();
                const ratio = canvas.width / canvas.clientWidth;
                const label = document.querySelector('.ad-label[data-node="5"]');
                const top = label.getBoundingClientRect().top - place.top;
                const x = now.left + now.width / 2 - place.left - 2;
                const { data } = canvas.getContext("2d")
                    .getImageData(0, (top + 2) * ratio, x * ratio, 20 * ratio);
                const [r, g, b] = [0xd1, 0x49, 0x5b];
                let red = 0;
                for (let at = 0; at < data.length; at += 4) {
                    if (data[at] === r && data[at + 1] === g && data[at + 2] === b) red++;
                }
                return red;
            }"""
        )
        return await page.inner_text(".ad-times"), before, left

    times, before, left = watched(browser, look)
    assert float(times.split()[0]) >= 1.9
    assert before > 0
    assert left == 0


def test_time_passes_while_nothing_changes(browser: Browser) -> None:
    """Between two frames the clock goes on, and after some seconds it says that nothing is heard."""

    async def look(page: Page) -> list[str]:
        await open_readme(page)
        await send(page, *columns(README, "k", 1, at=0.15))
        first = await page.inner_text(".ad-times")
        await page.wait_for_function(
            "parseFloat(document.querySelector('.ad-times').textContent) > 0.6"
        )
        await page.wait_for_function(
            "document.querySelector('.ad-times').textContent.includes('nothing heard')",
            timeout=15_000,
        )
        return [first, await page.inner_text(".ad-times")]

    first, silent = watched(browser, look)
    assert 0.15 <= float(first.split()[0]) < 5.15
    # The clock has stopped: nobody knows whether the run goes on.
    assert silent.startswith("5.15 s elapsed · nothing heard for 5.")


def test_a_cancelled_run_has_no_full_green_bar(browser: Browser) -> None:
    """What is done is green; what was cancelled or never started is told in words."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        message, rows = columns(README, "k", 1, at=0.3)
        states = bytearray(rows[5])
        nodes = memoryview(rows[0]).cast("I").tolist()
        for place, node in enumerate(nodes):
            if states[place] == 2:  # running
                states[place] = 5  # cancelled
            assert node < 6
        rows[5] = bytes(states)
        await send(page, {**message, "over": True}, rows)
        await set_trait(page, "runs", [summary("k", README, number=3, state="cancelled")])
        await page.evaluate("kernel.drawn()")
        return [
            await page.inner_text(".ad-count"),
            await page.evaluate("parseFloat(document.querySelector('.ad-fill-done').style.width)"),
            await page.inner_text(".ad-chip"),
        ]

    count, share, chip = watched(browser, look)
    assert count == "2 / 6 nodes · 2 cancelled"
    assert share == pytest.approx(100 * 2 / 6, abs=0.1)
    assert chip == "⊘ cancelled"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_legend_has_what_is_drawn_in_its_colours(browser: Browser, theme: str) -> None:
    """Samples in the colours of the theme, and an entry for what only some runs have."""

    async def look(page: Page) -> list[Any]:
        await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        await open_readme(page)
        await finish_readme(page)
        entries = "all => all.map((one) => one.textContent)"
        plain = await page.eval_on_selector_all(".ad-legend li", entries)
        painted = await ink_in_row(page, 2, "holding")
        same = await page.evaluate(
            """() => {
                const view = document.querySelector(".async-dag");
                const probe = document.createElement("i");
                probe.style.background = "var(--ad-holding)";
                view.append(probe);
                const wanted = getComputedStyle(probe).backgroundColor;
                probe.remove();
                return getComputedStyle(document.querySelector(".ad-swatch-holding"))
                    .backgroundColor === wanted;
            }"""
        )
        await page.evaluate("kernel.close(); kernel.hide()")
        await show_trace(
            page,
            made_trace(fan(3, 2)),
            at=0.9,
            attempts=[[0, 1, 0.4, 0.5, ERROR, None, 5], [1, 1, 0.6, None, None, None, 5]],
            progress=[[2, 1, 3, ""]],
        )
        return [
            plain,
            painted > 100,
            same,
            await page.eval_on_selector_all(".ad-legend li", entries),
        ]

    plain, painted, same, rich = watched(browser, look)
    assert plain == [
        "awaiting",
        "holding the event loop",
        "ready, waiting to start",
        "critical path",
    ]
    assert (painted, same) == (True, True)
    for words in (
        "failed, and tried again",
        "pause between attempts",
        "expected, by an earlier run",
    ):
        assert words in rich
    assert "critical path, as expected" in rich


def test_many_earlier_runs_give_the_expected_end_a_band(browser: Browser) -> None:
    """In the axis, the header and the legend; and what a task took in them, in its tooltip."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        await page.evaluate("performance.now = () => 0")  # the page's own clock stands still
        await send(page, *columns(README, "k", 1, at=0.55))
        band = {"band": (1.1, 1.4), "share": 0.8, "runs": 40}
        await send(page, *expected(README, "k", 0.55, PATH, **band))
        low, high = bytes(array("f", [0.2] * 6)), bytes(array("f", [0.25] * 6))
        await send(page, {"kind": "earlier", "run": "k", "runs": 40, "share": 0.8}, [low, high])
        chart = await page.locator(".ad-canvas").bounding_box()
        row = await page.locator('.ad-label[data-node="3"]').bounding_box()
        assert chart
        assert row
        await page.mouse.move(chart["x"] + 20, row["y"] + row["height"] / 2)
        await page.evaluate("kernel.drawn()")
        tip = await page.inner_text(".ad-tip")
        return [
            await page.text_content(".ad-end-text"),
            await page.inner_text(".ad-times"),
            await page.inner_text(".ad-legend"),
            await ink_in_row(page, 5, "done-fill"),
            tip.replace("\n", " "),
            await page.inner_text(".ad-findings"),
        ]

    axis, times, legend, ink, tip, findings = watched(browser, look)
    assert axis == "expected end 1.20 s · 80%: 1.10–1.40 s"
    assert "about 0.65 s left (0.55–0.85)" in times
    assert "80% band of the expected end" in legend
    assert "expected, by 40 earlier runs" in legend
    assert ink > 300
    assert "80% of 40 earlier runs 0.20 s to 0.25 s" in tip
    assert "so far, with what 40 earlier runs took" in findings


def test_while_a_run_goes_on_what_limits_it_is_told(browser: Browser) -> None:
    """The critical path so far, in red and in words, once an earlier run is known."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        await page.evaluate("performance.now = () => 0")  # the page's own clock stands still
        await send(page, *columns(README, "k", 1, at=0.55))
        before = await page.inner_text(".ad-findings")
        await send(page, *expected(README, "k", 0.55, PATH))
        critical = await page.eval_on_selector_all(
            ".ad-box[data-critical]", "all => all.map((one) => Number(one.dataset.node))"
        )
        dashed = await page.eval_on_selector_all(
            ".ad-edges path.ad-critical", "all => all.map((one) => one.dataset.state ?? null)"
        )
        return [before, critical, dashed, await page.inner_text(".ad-findings")]

    before, critical, dashed, after = watched(browser, look)
    assert "Known when the run is over." in before
    assert sorted(critical) == list(PATH)
    assert sorted(map(str, dashed)) == ["None", "waiting"]
    assert "The critical path so far is fast_task_a_0 → slow_task_b_1" in after
    assert "slow_task_b_1 is expected to take 83% of the whole 1.20\N{NO-BREAK SPACE}s." in after
