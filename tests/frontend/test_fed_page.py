"""The front end in Chromium, the test being the kernel: what it shows, and how one uses it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.fed_page import (
    analysis,
    columns,
    expected,
    graph_json,
    open_fed_page,
    send,
    set_trait,
    summary,
)
from tests.support.readme_page import (
    PATH,
    README,
    SLACK,
    finish_readme,
    ink_in_row,
    open_readme,
    watched,
)
from tests.support.schedules import Job, made_trace, mosaic

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser


async def states_of(page: Page, what: str = ".ad-label[data-node]") -> list[str]:
    """In the order of the graph."""
    return await page.eval_on_selector_all(
        what,
        "all => all.sort((a, b) => a.dataset.node - b.dataset.node).map(one => one.dataset.state)",
    )


def test_states_follow_the_frames(browser: Browser) -> None:
    """Rows and boxes change with each frame, and the header counts along."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        seen = []
        since = -1.0
        for number, at in enumerate((0.05, 0.15, 0.55, 0.86), 1):
            await send(page, *columns(README, "k", number, at=at, since=since))
            since = at
            seen.append(
                (
                    await states_of(page),
                    await states_of(page, ".ad-box"),
                    await page.inner_text(".ad-count"),
                )
            )
        return seen

    seen = watched(browser, look)
    running, done, waiting = "running", "done", "waiting"
    wanted = [
        [running, waiting, running, running, waiting, waiting],
        [done, running, running, running, waiting, waiting],
        [done, running, done, done, running, waiting],
        [done, running, done, done, done, waiting],
    ]
    assert [rows for rows, _, _ in seen] == wanted
    assert [boxes for _, boxes, _ in seen] == wanted
    assert [count for _, _, count in seen] == [f"{n} / 6 nodes" for n in (0, 1, 3, 4)]


def test_the_end_has_the_figures_of_the_trace(browser: Browser) -> None:
    """What stays in the DOM are the trace's own numbers, to the last digit."""

    async def look(page: Page) -> tuple[list[Any], str, str, str]:
        await open_readme(page)
        await finish_readme(page)
        rows = await page.eval_on_selector_all(
            ".ad-label[data-node]",
            "all => all.sort((a, b) => a.dataset.node - b.dataset.node)"
            ".map(one => [+one.dataset.started, +one.dataset.finished])",
        )
        return (
            rows,
            await page.inner_text(".ad-chip"),
            await page.inner_text(".ad-times"),
            await page.inner_text(".ad-parallel"),
        )

    rows, chip, times, parallel = watched(browser, look)
    assert rows == [list(pair) for pair in zip(README.started, README.finished, strict=True)]
    assert (chip, times, parallel) == ("✓ done", "1.20 s", "parallel peak 3")


def test_expected_rest_is_told_and_drawn(browser: Browser) -> None:
    """With expected ends there is a countdown, and a dashed bar where one is expected."""

    async def look(page: Page) -> tuple[str, int, int]:
        await open_readme(page)
        await send(page, *columns(README, "k", 1, at=0.86))
        before = await ink_in_row(page, 5)
        await send(page, *expected(README, "k", 0.86, PATH))
        return await page.inner_text(".ad-times"), before, await ink_in_row(page, 5)

    times, before, after = watched(browser, look)
    found = re.fullmatch(r"(\S+) s elapsed · about (\S+) s left", times)
    assert found
    # The page's own clock goes on between frames.
    elapsed, left = map(float, found.groups())
    assert 0.86 <= elapsed < 1.2
    assert elapsed + left == pytest.approx(1.2, abs=0.011)
    assert after > before + 50


def test_what_holds_the_loop_grows_dark_while_it_does(browser: Browser) -> None:
    """Frames that only say who holds the loop, and until when, darken its bar."""

    async def look(page: Page) -> list[int]:
        await open_readme(page)
        # The page's own clock, which goes on between frames that are late, stands still here.
        await page.evaluate("performance.now = () => 0")
        dark = []
        message, rows = columns(README, "k", 1, at=0.15)
        for number, elapsed in enumerate((0.2, 0.22, 0.28), 1):
            message |= {"frame": number, "elapsed": elapsed}
            message["holding"] = {"node": 2, "since": 0.2}
            await send(page, message, rows)
            dark.append(await ink_in_row(page, 2, "holding"))
        return dark

    first, second, third = watched(browser, look)
    assert first < 60
    assert second > first + 200
    assert third > second + 500


def test_steps_waits_attempts_and_progress_are_drawn(browser: Browser) -> None:
    """Each of them paints its row in a colour of its own, and the details say it in words."""

    async def look(page: Page) -> dict[str, Any]:
        await open_readme(page)
        await send(page, *columns(README, "k", 1, at=0.55))
        plain = [await ink_in_row(page, row) for row in range(6)]
        events = {
            "steps": [[2, 0.1, 0.2]],
            "waits": [[0, 1, "slot", 0.02, 0.1]],
            "attempts": [[0, 3, 0.0, 0.05, "Timeout()"], [1, 3, 0.1, 0.2, None]],
            "progress": [[4, 3, 10, "pages"]],
        }
        message = columns(README, "k", 2, at=0.55, since=0.55, events=events)
        await send(page, *message)
        words = {}
        for node in (1, 3, 4):
            await page.click(f'.ad-label[data-node="{node}"]')
            await page.evaluate("kernel.drawn()")
            words[node] = await page.inner_text(".ad-details")
        await page.keyboard.press("Escape")
        await page.evaluate("kernel.drawn()")
        return {
            "plain": plain,
            "held": await ink_in_row(page, 2, "holding"),
            "failed": await ink_in_row(page, 3, "failed"),
            "progress": await ink_in_row(page, 4, "done"),
            "words": words,
        }

    found = watched(browser, look)
    assert found["held"] > 500
    assert found["failed"] > 20  # an outline: it was tried again
    assert found["progress"] > 5
    assert "waited for a slot 0.08 s" in found["words"][1]
    assert "attempt 1 at 0.00 s, 0.05 s, Timeout()" in found["words"][3].replace("\n", " ")
    assert "3 / 10 pages" in found["words"][4]


def test_frames_are_answered_and_gaps_asked_for(browser: Browser) -> None:
    """Each drawn frame is acknowledged; when one is missing the page asks for all of the run."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        await send(page, *columns(README, "k", 1, at=0.1))
        await send(page, *columns(README, "k", 5, at=0.5))
        await send(page, *columns(README, "k", 6, at=0.55, full=True))
        sent = await page.evaluate("kernel.sent")
        return [sent, await states_of(page)]

    sent, states = watched(browser, look)
    assert sent[0] == {"kind": "shown", "shown": True}
    assert sent[1] == {"kind": "open", "run": "k"}  # nothing of it was there when it was shown
    assert [one for one in sent[1:] if one["kind"] == "ack"] == [
        {"kind": "ack", "run": "k", "frame": frame} for frame in (1, 5, 6)
    ]
    assert sent.count({"kind": "open", "run": "k"}) == 2
    assert states[4] == "running"


def test_choosing_marks_kin_in_both_panels(browser: Browser) -> None:
    """Ancestors and descendants stay, the rest fades, whether one points or chooses."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        await finish_readme(page)
        find = """() => ["box", "label"].map((kind) =>
            [...document.querySelectorAll(`.ad-${kind}[data-node]`)]
                .sort((a, b) => a.dataset.node - b.dataset.node)
                .map((one) => one.dataset.kin ?? null))"""
        found = []
        await page.hover('.ad-label[data-node="4"]')
        await page.evaluate("kernel.drawn()")
        found.append(await page.evaluate(find))
        await page.hover(".ad-head")
        await page.evaluate("kernel.drawn()")
        found.append(await page.evaluate(find))
        await page.click('.ad-box[data-node="4"]')
        await page.hover(".ad-head")
        await page.evaluate("kernel.drawn()")
        found.append(await page.evaluate(find))
        return found

    hovered, left, chosen = watched(browser, look)
    kin = [
        ["none", "none", "up", "up", "self", "down"],
        ["none", "none", "near", "near", "near", "near"],
    ]
    assert hovered == chosen == kin
    assert left == [[None] * 6, [None] * 6]


def test_details_tell_of_the_chosen_node(browser: Browser) -> None:
    """File and line, neighbours as links, times, slack; value and traceback on request."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        await finish_readme(page)
        await page.click('.ad-box[data-node="4"]')
        await page.evaluate("kernel.drawn()")
        asked = await page.evaluate("kernel.sent.filter((one) => one.kind === 'details')")
        answer = {"kind": "details", "run": "k", "node": 4, "value": "<b>7</b>", "traceback": None}
        await send(page, answer)
        text = await page.inner_text(".ad-details")
        await page.click(".ad-details .ad-link >> nth=0")
        await page.evaluate("kernel.drawn()")
        return [asked, text, await page.inner_text(".ad-details b")]

    asked, text, after = watched(browser, look)
    assert asked == [{"kind": "details", "run": "k", "node": 4}]
    for part in (
        "fast_task_c_4 fast_task_c.py:12",
        "depends on slow_task_a_2, fast_task_b_3",
        "needed by end_task_5",
        "ready 0.50 s · started 0.50 s · finished 0.60 s",
        "slack 0.50 s",
        "<b>7</b>",
    ):
        assert part in text
    assert after == "slow_task_a_2"


def test_keyboard_reaches_everything(browser: Browser) -> None:
    """Arrow keys go through rows and boxes, Escape lets go, plus and minus zoom, 0 shows all."""

    async def look(page: Page) -> dict[str, Any]:
        await open_readme(page)
        await finish_readme(page)
        found: dict[str, Any] = {}

        async def press(*keys: str) -> None:
            for key in keys:
                await page.keyboard.press(key)
                await page.evaluate("kernel.drawn()")

        async def chosen() -> list[str]:
            return await page.eval_on_selector_all(
                "[aria-selected=true]", "all => all.map((one) => one.dataset.node)"
            )

        order = []
        await page.evaluate("document.activeElement.blur()")
        for _ in range(16):
            await page.keyboard.press("Tab")
            order.append(
                await page.evaluate(
                    "(document.activeElement.closest('[role=group]') || document.activeElement)"
                    ".getAttribute('aria-label') || String(document.activeElement.type)"
                )
            )
        found["order"] = order
        await page.focus(".ad-rows")
        await press("ArrowDown", "ArrowDown", "ArrowDown")
        found["rows"] = await chosen()
        active = await page.get_attribute(".ad-rows", "aria-activedescendant")
        found["spoken"] = await page.get_attribute(f"[id='{active}']", "aria-label")
        await press("End")
        found["end"] = await chosen()
        await press("Escape")
        found["escaped"] = await chosen()
        axis = "[...document.querySelectorAll('.ad-axis text')].map((one) => one.textContent)"
        found["all"] = await page.evaluate(axis)
        await press("+", "+", "+")
        found["zoomed"] = await page.evaluate(axis)
        await press("ArrowRight")
        found["moved"] = await page.evaluate(axis)
        await press("0")
        found["back"] = await page.evaluate(axis)
        await page.focus(".ad-graph-svg")
        await press("ArrowDown", "ArrowDown")
        found["boxes"] = await chosen()
        return found

    found = watched(browser, look)
    assert found["rows"] == ["3", "3"]  # in the graph and in the chart
    assert found["end"] == ["5", "5"]
    assert found["spoken"] == "fast_task_b_3, done, started at 0.00 s, took 0.20 s"
    assert found["escaped"] == []
    assert found["zoomed"] != found["all"]
    assert found["moved"] != found["zoomed"]
    assert found["back"] == found["all"]
    assert found["boxes"] == ["1", "1"]
    labels = " | ".join(found["order"])
    parts = (
        "Graph of 6 tasks",
        "search tasks by name",
        "order of the rows",
        "replay",
        "Gantt chart;",
    )
    for part in parts:
        assert part in labels


def test_the_wheel_scrolls_the_page_and_zooms_with_ctrl(browser: Browser) -> None:
    """A plain wheel over the chart is the page's; with ctrl it zooms where the pointer is."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        await finish_readme(page)
        await page.evaluate("document.body.style.height = '5000px'")
        axis = "[...document.querySelectorAll('.ad-axis text')].map((one) => one.textContent)"
        before = await page.evaluate(axis)
        found = []
        for panel in (".ad-canvas", ".ad-graph-svg"):
            await page.evaluate("scrollTo(0, 0)")
            await page.hover(panel)
            await page.mouse.wheel(0, 60)
            await page.wait_for_function("scrollY === 60")
            found.append(await page.evaluate(axis) == before)
        await page.hover(".ad-canvas")
        await page.keyboard.down("Control")
        await page.mouse.wheel(0, -300)
        await page.keyboard.up("Control")
        await page.evaluate("kernel.drawn()")
        found += [await page.evaluate("scrollY"), await page.evaluate(axis) == before]
        # Zoomed out as far as it goes, the wheel must not go on to zoom the whole page.
        return found + await page.evaluate(
            """() => [".ad-rows", ".ad-graph-svg"].map((panel) => {
                const given = { deltaY: 9000, ctrlKey: true, bubbles: true, cancelable: true };
                const event = () => new WheelEvent("wheel", given);
                document.querySelector(panel).dispatchEvent(event());
                return !document.querySelector(panel).dispatchEvent(event());
            })"""
        )

    assert watched(browser, look) == [True, True, 60, False, True, True]


def test_search_order_and_filters(browser: Browser) -> None:
    """Rows are found by name, ordered by figures, and left out unless critical or failed."""

    async def look(page: Page) -> dict[str, Any]:
        await open_readme(page)
        await finish_readme(page)
        found: dict[str, Any] = {}

        async def rows() -> list[str]:
            await page.evaluate("kernel.drawn()")
            return await page.eval_on_selector_all(
                ".ad-label",
                "all => all.filter((one) => !one.hidden).map((one) => one.dataset.node)",
            )

        await page.fill(".ad-search", "SLOW")
        found["slow"] = await rows()
        found["count"] = await page.inner_text(".ad-found")
        found["marked"] = await page.eval_on_selector_all(
            ".ad-box[data-kin=found]", "all => all.map((one) => one.dataset.node)"
        )
        await page.press(".ad-search", "Enter")
        await page.evaluate("kernel.drawn()")
        found["entered"] = await page.inner_text(".ad-details b")
        await page.focus(".ad-rows")
        await page.keyboard.press("Escape")
        await page.fill(".ad-search", "no such task")
        found["none"] = await rows()
        found["empty"] = await page.inner_text(".ad-empty")
        await page.fill(".ad-search", "")
        for order in ("start", "duration", "slack", "name"):
            await page.select_option(".ad-order", order)
            found[order] = await rows()
        await page.select_option(".ad-order", "graph")
        await page.check("text=only critical")
        found["critical"] = await rows()
        await page.uncheck("text=only critical")
        await page.check("text=only failed")
        found["failed"] = await rows()
        return found

    found = watched(browser, look)
    assert found["slow"] == ["2", "1"]
    assert found["count"] == "2 found"
    assert sorted(found["marked"]) == ["1", "2"]
    assert found["entered"] == "slow_task_a_2"
    assert found["none"] == []
    assert found["empty"] == "No task matches."
    assert found["start"] == ["0", "2", "3", "1", "4", "5"]
    assert found["duration"][:3] == ["1", "2", "3"]
    assert found["slack"][-1] == "3"
    assert found["name"] == ["5", "0", "3", "4", "2", "1"]
    assert found["critical"] == ["0", "1", "5"]
    assert found["failed"] == []


def test_cancel_is_sent_once_and_goes_when_the_run_is_over(browser: Browser) -> None:
    """The button asks the kernel to cancel this run, and is there only while it goes on."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        await send(page, *columns(README, "k", 1, at=0.3))
        await page.click(".ad-cancel")
        text = await page.inner_text(".ad-cancel")
        disabled = await page.is_disabled(".ad-cancel")
        sent = await page.evaluate("kernel.sent.filter((one) => one.kind === 'cancel')")
        await finish_readme(page, 2)
        return [text, disabled, sent, await page.is_visible(".ad-cancel")]

    assert watched(browser, look) == [
        "■ Cancelling",
        True,
        [{"kind": "cancel", "run": "k"}],
        False,
    ]


def test_runs_are_switched_and_laid_over_each_other(browser: Browser) -> None:
    """An earlier run is opened on demand; compared, its bars and the difference show."""

    async def look(page: Page) -> dict[str, Any]:
        await open_readme(page)
        await finish_readme(page)
        both = [
            summary("a", README, number=2, state="failed"),
            summary("k", README, number=3, state="done"),
        ]
        await set_trait(page, "runs", both)
        await page.evaluate("kernel.drawn()")
        found: dict[str, Any] = {"plain": await ink_in_row(page, 0)}
        await page.select_option(".ad-compare", "a")
        await send(page, *columns(README, "a", 1, at=0.15, elapsed=0.15, over=True))
        found["compared"] = await ink_in_row(page, 0)
        found["times"] = await page.inner_text(".ad-times")
        await page.select_option(".ad-pick", "a")
        await page.evaluate("kernel.drawn()")
        found["title"] = await page.inner_text(".ad-title")
        found["chip"] = await page.inner_text(".ad-chip")
        found["opened"] = await page.evaluate(
            "kernel.sent.filter((one) => one.kind === 'open').map((one) => one.run)"
        )
        return found

    found = watched(browser, look)
    assert found["compared"] > found["plain"] + 50
    assert found["times"] == "1.20 s · 1.05 s longer"
    assert (found["title"], found["chip"]) == ("invoke #2", "✗ failed")
    assert found["opened"] == ["k", "a"]


HOSTILE = (
    '<script>window.hacked = "name"</script>',
    "<img src=x onerror=\"window.hacked = 'image'\">",
    "\u202egnal right to left \u05d0\u05d1",
    "two\nlines\tand `ticks` and \\N {} %",
    "</style></script></svg>&lt;",
    "x" * 100_000,
)


def test_hostile_texts_stay_texts(browser: Browser) -> None:
    """Names, files, errors, values and findings made of markup add no element and run nothing."""

    async def look(page: Page) -> dict[str, Any]:
        names = list(HOSTILE)
        files = [[f"{name}!", f"/tmp/{name}.py", 1] for name in names]
        count = "document.querySelectorAll('*').length"
        tags = (
            "[...new Set([...document.querySelectorAll('.async-dag *')].map((e) => e.localName))]"
        )
        found: dict[str, Any] = {}
        for kind, given in (("plain", {}), ("hostile", {"names": names, "origins": files})):
            await open_readme(page, **given)
            texts = names if given else ["plain"] * 6
            errors = [[1, texts[0]], [3, texts[1]]]
            waits = [[0, 2, texts[3][:4] if given else "slot", 0.0, None]]
            progress = [[4, 1, 2, texts[1]]]
            events = {"errors": errors, "waits": waits, "progress": progress, "causes": [[5, 1]]}
            await send(page, *columns(README, "k", 1, events=events))
            findings = [{"text": f"`{texts[0]}` {texts[1]}", "nodes": [1], "seconds": 1.0}]
            await send(page, *analysis(README, "k", PATH, SLACK, findings=findings))
            for node in range(6):
                await page.click(f'.ad-label[data-node="{node}"]')
                value = {"value": texts[0], "traceback": texts[5] * 10}
                await send(page, {"kind": "details", "run": "k", "node": node, **value})
            found[kind] = (await page.evaluate(count), sorted(await page.evaluate(tags)))
        found["hacked"] = await page.evaluate("window.hacked ?? null")
        found["shown"] = await page.inner_text(".ad-findings")
        found["longest"] = await page.evaluate(
            "Math.max(...[...document.querySelectorAll('.async-dag text, .async-dag span, "
            ".async-dag pre')].map((e) => e.textContent.length))"
        )
        return found

    found = watched(browser, look)
    assert found["hacked"] is None
    assert found["hostile"] == found["plain"]
    assert '<script>window.hacked = "name"</script>' in found["shown"]
    assert found["longest"] < 5_000


def test_two_views_share_what_is_known(browser: Browser) -> None:
    """A second view shows the same run at once, asks for nothing, and is used on its own."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        await send(page, *columns(README, "k", 1, at=0.55))
        asked = await page.evaluate("kernel.sent.length")
        await page.evaluate("() => { kernel.second = kernel.show(); return kernel.drawn(); }")
        counts = await page.eval_on_selector_all(
            ".ad-count", "all => all.map((e) => e.textContent)"
        )
        await page.click(".ad-box >> nth=0")
        await page.evaluate("kernel.drawn()")
        chosen = await page.eval_on_selector_all(
            ".async-dag", "all => all.map((e) => e.querySelectorAll('[aria-selected=true]').length)"
        )
        await page.evaluate("kernel.second()")
        await send(page, *columns(README, "k", 2, at=0.65, since=0.55))
        new = await page.evaluate(f"kernel.sent.slice({asked})")
        return [counts, chosen, [one["kind"] for one in new], await page.inner_text(".ad-count")]

    counts, chosen, kinds, after = watched(browser, look)
    assert counts == ["3 / 6 nodes"] * 2
    assert chosen == [2, 0]
    assert kinds == ["details", "ack"]
    assert after == "4 / 6 nodes"


#: Counts what stays behind: listeners on what outlives a view, observers, frames to come.
_COUNTING = """
() => {
  const count = window.alive = { listeners: 0, observers: 0, frames: 0 };
  const patch = (target) => {
    const { addEventListener: add, removeEventListener: remove } = target;
    target.addEventListener = function (...given) { count.listeners++; add.apply(this, given); };
    target.removeEventListener = function (...given) { count.listeners--; remove.apply(this, given); };
  };
  for (const target of [MediaQueryList.prototype, document, document.body, window]) patch(target);
  for (const kind of [MutationObserver, ResizeObserver, IntersectionObserver]) {
    const { observe, disconnect } = kind.prototype;
    kind.prototype.observe = function (...given) { count.observers++; observe.apply(this, given); };
    kind.prototype.disconnect = function () { count.observers--; disconnect.apply(this); };
  }
  const ask = window.requestAnimationFrame;
  window.requestAnimationFrame = (callback) => { count.frames++; return ask(callback); };
}
"""


def test_views_leave_nothing_behind(browser: Browser) -> None:
    """After 50 views have come and gone there is no listener, observer, element or frame more."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        await page.evaluate("kernel.hide()")
        await page.evaluate(_COUNTING)
        own = await page.evaluate("kernel.listeners")
        elements = await page.evaluate("document.querySelectorAll('*').length")
        for number in range(1, 51):
            await page.evaluate("() => { kernel.hide = kernel.show(); }")
            await send(page, *columns(README, "k", number, at=number / 50, since=(number - 1) / 50))
            await page.evaluate("kernel.hide()")
        await page.evaluate("kernel.drawn()")
        alive = await page.evaluate("() => { alive.frames = 0; return alive; }")
        await page.wait_for_timeout(200)
        return [
            alive["listeners"],
            alive["observers"],
            await page.evaluate("alive.frames"),
            await page.evaluate("kernel.listeners") - own,
            await page.evaluate("document.querySelectorAll('*').length") - elements,
        ]

    assert watched(browser, look) == [0, 0, 0, 0, 0]


def test_nothing_is_drawn_while_nothing_happens(browser: Browser) -> None:
    """A view at rest asks for no animation frame and has no timer."""

    async def look(page: Page) -> int:
        await open_readme(page)
        await finish_readme(page)
        await page.evaluate(_COUNTING)
        await page.wait_for_timeout(300)
        return await page.evaluate("alive.frames")

    assert watched(browser, look) == 0


STILL = """
(key) => {
  const still = document.createElement("div");
  still.className = "async-dag-still";
  still.dataset.asyncDagRun = key;
  still.innerHTML = "<p id=picture>a picture</p>";
  document.body.append(still);
  return kernel.drawn();
}
"""


@pytest.mark.parametrize("first", ["close", "still"])
def test_a_still_comes_alive_in_place(browser: Browser, first: str) -> None:
    """When the widget has gone, the picture that took its place is a view of the same run.

    Whichever comes first, and again when the notebook takes the element out and puts it back. The
    still of a run that nobody knows stays a picture.
    """

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        await finish_readme(page)
        close = "() => { kernel.hide(); kernel.close(); }"
        if first == "close":
            await page.evaluate(close)
        await page.evaluate(STILL, "k")
        if first == "still":
            await page.evaluate(close)
            await page.evaluate("kernel.drawn()")
        await page.evaluate("kernel.drawn()")
        asked = await page.evaluate("kernel.sent.length")
        seen: list[Any] = [
            await page.inner_text(".async-dag-still .ad-chip"),
            await page.is_visible("#picture"),
        ]
        await page.click(".async-dag-still .ad-box >> nth=4")
        await page.evaluate("kernel.drawn()")
        seen.append(await page.inner_text(".async-dag-still .ad-details b"))
        await page.evaluate(
            "() => { window.still = document.querySelector('.async-dag-still'); still.remove(); "
            "return kernel.drawn(); }"
        )
        seen.append(await page.evaluate("still.querySelectorAll('.async-dag').length"))
        await page.evaluate("() => { document.body.append(still); return kernel.drawn(); }")
        seen.append(await page.inner_text(".async-dag-still .ad-chip"))
        await page.evaluate(STILL, "of another day")
        seen.append(await page.locator(".async-dag-still").nth(1).inner_text())
        seen.append(await page.evaluate("kernel.sent.length") - asked)
        return seen

    assert watched(browser, look) == [
        "✓ done",
        False,
        "fast_task_c_4",
        0,
        "✓ done",
        "a picture",
        0,
    ]


def test_the_page_keeps_the_last_twenty_runs_alone(browser: Browser) -> None:
    """A cell that runs again and again fills the page's memory with 20 runs at most."""

    async def look(page: Page) -> Any:
        await open_fed_page(page)
        for number in range(30):
            await page.evaluate("kernel.open()")
            await set_trait(page, "graph", graph_json(README.graph))
            await set_trait(page, "runs", [summary(f"run {number}", README)])
            await send(page, *columns(README, f"run {number}", 1))
            await page.evaluate("kernel.close()")
        return await page.evaluate("globalThis[Symbol.for('async-dag-workbench/1')].held")

    assert watched(browser, look) == {"runs": 20, "stills": 0, "isWatching": True}


def test_themes(browser: Browser) -> None:
    """JupyterLab's theme decides where there is one, at once; else what the system asks for."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        ground = "getComputedStyle(document.querySelector('.async-dag')).backgroundColor"
        seen = []
        for change in (
            "1",
            "document.body.dataset.jpThemeLight = 'false'",
            "document.body.dataset.jpThemeLight = 'true'",
        ):
            await page.evaluate(change)
            seen.append(await page.evaluate(ground))
        await page.evaluate("delete document.body.dataset.jpThemeLight")
        await page.emulate_media(color_scheme="dark")
        await page.wait_for_selector(".async-dag[data-theme=dark]")
        seen.append(await page.evaluate(ground))
        await set_trait(page, "options", {"theme": "light", "live": True})
        seen.append(await page.evaluate(ground))
        return seen

    light, dark = "rgb(255, 255, 255)", "rgb(22, 25, 29)"
    assert watched(browser, look) == [light, dark, light, dark, light]


@pytest.mark.parametrize("width", [320, 600, 1240])
def test_it_fits_narrow_cells(browser: Browser, width: int) -> None:
    """Nothing sticks out; below 700 pixels the panels stand above each other."""

    async def look(page: Page) -> list[Any]:
        await page.set_viewport_size({"width": width, "height": 900})
        await open_readme(page)
        await page.evaluate("document.body.style.margin = '0'")
        await finish_readme(page)
        return await page.evaluate(
            """async () => {
                await kernel.drawn();
                const box = (name) => document.querySelector(name).getBoundingClientRect();
                return [
                    document.documentElement.scrollWidth <= innerWidth,
                    box(".ad-graph").bottom <= box(".ad-timepane").top,
                    box(".ad-canvas").right <= innerWidth,
                ];
            }"""
        )

    assert watched(browser, look) == [True, width < 700, True]


def test_the_live_region_says_little(browser: Browser) -> None:
    """A listener hears that a run goes on and how it ended, not each frame."""

    async def look(page: Page) -> list[str]:
        await open_readme(page)
        await page.evaluate(
            """() => {
                window.heard = [];
                const region = document.querySelector("[role=status]");
                heard.push(region.textContent);
                new MutationObserver(() => heard.push(region.textContent)).observe(
                    region, { childList: true, characterData: true, subtree: true });
            }"""
        )
        for number in range(1, 20):
            at = number / 20
            await send(page, *columns(README, "k", number, at=at, since=at - 0.05))
        await finish_readme(page, 20, since=0.95)
        return await page.evaluate("heard")

    assert watched(browser, look) == [
        "invoke #3 is running",
        "invoke #3: done after 1.20 s",
    ]


def test_bundles_open_into_lanes(browser: Browser) -> None:
    """A bundle is one box and one row; opened, its nodes are bars in lanes that can be chosen."""
    trace = made_trace(
        [
            *(Job("load", 1.0 + n % 3) for n in range(30)),
            Job("join", 1.0, tuple(range(30))),
        ],
        slots=10,
    )

    async def look(page: Page) -> dict[str, Any]:
        await open_fed_page(page)
        await page.evaluate("kernel.open()")
        await set_trait(page, "graph", graph_json(trace.graph, [list(range(30)), [30]]))
        await set_trait(page, "runs", [summary("k", trace)])
        await page.evaluate("() => { kernel.hide = kernel.show(); return kernel.drawn(); }")
        await send(page, *columns(trace, "k", 1, at=1.5))
        found: dict[str, Any] = {"box": await page.get_attribute(".ad-bundle", "aria-label")}
        found["row"] = await page.inner_text(".ad-label >> nth=0")
        await page.click(".ad-label >> nth=0")
        await page.evaluate("kernel.drawn()")
        found["kinds"] = await page.eval_on_selector_all(
            ".ad-label", "all => all.map((one) => one.dataset.kind)"
        )
        chart = await page.locator(".ad-canvas").bounding_box()
        lane = await page.locator(".ad-label >> nth=1").bounding_box()
        assert chart
        assert lane
        await page.mouse.click(chart["x"] + 20, lane["y"] + lane["height"] / 2)
        await page.evaluate("kernel.drawn()")
        found["chosen"] = await page.inner_text(".ad-details b")
        await page.focus(".ad-rows")
        await page.keyboard.press("Home")
        await page.keyboard.press("ArrowLeft")
        await page.evaluate("kernel.drawn()")
        found["closed"] = await page.locator(".ad-label:visible").count()
        await page.check("text=a row a task")
        await page.evaluate("kernel.drawn()")
        found["single"] = await page.get_attribute(".ad-label >> nth=0", "aria-setsize")
        return found

    found = watched(browser, look)
    assert found["box"] == "load ×30 4 done · 10 running"
    assert found["row"].split("\n") == ["▸ load ×30", "4 done, 10 run · peak 10"]
    assert found["kinds"] == ["bundle", *["lane"] * 10, "node"]
    assert found["chosen"] == "load_0"
    assert found["closed"] == 2
    assert found["single"] == "31"


@pytest.mark.parametrize("bundled", [True, False])
def test_five_thousand_nodes_stay_smooth(browser: Browser, bundled: bool) -> None:
    """All frames are drawn, none keeps the page busy for 100 ms, and twenty a second leave it time."""
    jobs = mosaic(270)
    trace = made_trace(jobs, slots=200)
    assert len(trace) > 4_900
    groups: dict[str, list[int]] = {}
    for node, job in enumerate(jobs):
        groups.setdefault(job.label, []).append(node)
    frames = 60

    async def look(page: Page) -> dict[str, Any]:
        await open_fed_page(page)
        await page.evaluate("kernel.open()")
        await set_trait(
            page, "graph", graph_json(trace.graph, list(groups.values()) if bundled else None)
        )
        await set_trait(page, "runs", [summary("k", trace)])
        await page.evaluate("() => { kernel.hide = kernel.show(); return kernel.drawn(); }")
        if bundled:
            for name in ("project", "fit_difference"):
                await page.click(f".ad-label:has-text('{name}')")
        await page.evaluate("kernel.drawn()")
        devtools = await page.context.new_cdp_session(page)
        # Of the processor, not of the clock: however busy the machine is, it is the same.
        await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

        async def busy() -> float:
            """Milliseconds of a processor that the page has taken so far."""
            told = await devtools.send("Performance.getMetrics")
            return 1000 * next(
                one["value"] for one in told["metrics"] if one["name"] == "TaskDuration"
            )

        since = -1.0
        took = []
        for number in range(1, frames + 1):
            at = trace.elapsed * number / frames
            before = await busy()
            await send(page, *columns(trace, "k", number, at=at, since=since))
            took.append(await busy() - before)
            since = at
        await devtools.detach()
        return {
            "took": sorted(took),
            "acknowledged": await page.evaluate(
                "kernel.sent.filter((m) => m.kind === 'ack').length"
            ),
            "count": await page.inner_text(".ad-count"),
        }

    found = watched(browser, look)
    assert found["acknowledged"] == frames
    assert found["count"] == f"{len(trace):,} / {len(trace):,} nodes"
    assert found["took"][-1] <= 100
    assert found["took"][frames // 2] < 50
