"""An animated SVG: what it shows at each moment, in Chromium and as a plain image."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

pytest.importorskip("matplotlib")

from async_dag import WrongArgumentError, WrongTypeError
from async_dag.draw.run_draw import RunDraw
from tests.support import needs
from tests.support.hostile import HOSTILE
from tests.support.made_traces import Bar, made_trace
from tests.support.readme_example import README_BARS

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser

PLAYED = 3.0
"""Seconds in which the README's two are played."""

AT = """(seconds) => {
    const svg = document.documentElement;
    svg.pauseAnimations();
    svg.setCurrentTime(seconds);
    const shown = (group) => getComputedStyle(group).visibility === "visible" &&
        getComputedStyle(group).display !== "none";
    const clip = document.querySelector("#async-dag-now rect");
    const states = {};
    for (const group of document.querySelectorAll("[data-state]")) {
        const name = group.querySelector("text").textContent;
        if (shown(group)) (states[name] ??= []).push(group.dataset.state);
    }
    return { states, clip: clip && clip.width.animVal.value };
}"""


def written(tmp_path: Path, *bars: Bar) -> Path:
    return RunDraw(made_trace(*bars)).animation(tmp_path / "run.svg")


def state_at(bar: Bar, time: float) -> str:
    return "waiting" if time < bar.started else "running" if time < bar.finished else "done"


def test_each_moment_shows_the_states_of_then(tmp_path: Path, browser: Browser) -> None:
    """One state a box; the bands are clipped where the race is by then."""
    needs.graphviz()
    times = (0.05, 0.3, 0.55, 1.15, 1.9)
    path = written(tmp_path, *README_BARS)
    assert path.stat().st_size < 60_000

    async def look(tab: Page) -> list[Any]:
        await tab.goto(path.as_uri())
        return [await tab.evaluate(AT, PLAYED * time / 2.0) for time in times]

    seen = browser.run(look)
    tasks = [bar for bar in README_BARS if bar.kind == "task"]
    for time, moment in zip(times, seen, strict=True):
        assert moment["states"] == {bar.name: [state_at(bar, time)] for bar in tasks}
    widths = [moment["clip"] for moment in seen]
    assert [width / widths[-1] for width in widths] == pytest.approx(
        [time / times[-1] for time in times], abs=0.01
    )


def test_it_moves_as_a_plain_image_and_stands_still_for_who_prefers_that(
    tmp_path: Path, browser: Browser
) -> None:
    """Without any script; with reduced motion it shows the end from the start."""
    path = written(tmp_path, *README_BARS)
    assert "<script" not in path.read_text(encoding="utf-8")
    page = tmp_path / "page.html"
    page.write_text('<img src="run.svg" width="672">', encoding="utf-8")

    async def look(tab: Page) -> tuple[bool, bool]:
        await tab.goto(page.as_uri())
        first = await tab.screenshot()
        for _ in range(600):  # frames, at most: until another picture comes
            await tab.evaluate("new Promise((done) => requestAnimationFrame(done))")
            if moved := (await tab.screenshot() != first):
                break
        # Of the preferences of a page that a test sets its images hear nothing.
        await tab.emulate_media(reduced_motion="reduce")
        await tab.goto(path.as_uri())
        moments = []
        for seconds in (0.1, 1.5, 2.9):
            await tab.evaluate(AT, seconds)
            moments.append(await tab.screenshot())
        return moved, len(set(moments)) == 1

    assert browser.run(look) == (True, True)


def test_what_knows_no_animation_shows_the_end(tmp_path: Path) -> None:
    """Hidden is what was before, alone."""
    root = ElementTree.fromstring(written(tmp_path, *README_BARS).read_text(encoding="utf-8"))
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        state = group.get("data-state")
        assert (group.get("visibility") == "hidden") == (state in ("waiting", "running"))
    assert {group.get("data-way") for group in root.iter()} >= {"sequential", "waves", "dag"}


def test_a_failed_run_has_no_bands(tmp_path: Path) -> None:
    """Its graph alone moves; nothing is claimed of other ways."""
    bars = Bar("a", 0, 0, 1.0, "failed", error="OSError"), Bar("b", 0, 0, 2.0)
    assert "data-way=" not in written(tmp_path, *bars).read_text(encoding="utf-8")


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    """The file is well-formed, and has no element that a name made."""
    bars = [Bar(name, 0.0, 0.0, 1.0) for name in dict.fromkeys(HOSTILE)]
    svg = written(tmp_path, *bars).read_text(encoding="utf-8")
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}
    assert tags <= {
        *("svg", "g", "rect", "path", "text", "circle", "defs", "pattern"),
        *("clipPath", "style", "animate", "animateTransform"),
    }


def test_errors(tmp_path: Path) -> None:
    """What can't be animated, and where to write it."""
    with pytest.raises(WrongArgumentError, match="this one ran no task"):
        written(tmp_path)
    going_on = made_trace(Bar("a", 0, 0, state="running"), elapsed=1.0)
    with pytest.raises(WrongArgumentError, match="this one still goes on"):
        RunDraw(going_on).animation(tmp_path / "run.svg")
    with pytest.raises(WrongTypeError, match=re.escape("animation('run.svg')")):
        RunDraw(made_trace(*README_BARS)).animation(3)  # type: ignore[arg-type]
    with pytest.raises(WrongTypeError, match=re.escape("result.draw.animation('run.svg')")):
        RunDraw(made_trace(*README_BARS)).animation()  # type: ignore[call-arg]
