"""Draws the pictures that the README and the site show, into docs/pictures.

Run it from the project's folder: `python scripts/make_pictures.py`. It needs the extra `test`.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import stamina

import async_dag
from async_dag import (
    ExecutionResult,
    InvocationError,
    Profile,
    RunFigure,
    TaskManager,
    profile,
)
from async_dag.draw.graph_draw import GraphDraw
from async_dag.draw.run_draw import RunDraw
from async_dag.views.graph.dot_program import run_dot
from async_dag.views.graph.dot_source import dot_source
from async_dag.views.graph.svg_text import centred

ROOT = Path(__file__).parent.parent
if str(ROOT) not in sys.path:  # as it is not when this is run as a program
    sys.path.insert(0, str(ROOT))

from tests.support.virtual import VirtualLoop, run_virtual  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"

Clock = Callable[[], float]


def readme_graph(clock: Clock) -> TaskManager[int]:
    """The six tasks of the README."""

    async def fast_task_a(n: int) -> int:
        await asyncio.sleep(0.1)
        return n + 1

    async def slow_task_a(n: int) -> int:
        await asyncio.sleep(0.5)
        return n + 2

    async def fast_task_b(n: int) -> int:
        await asyncio.sleep(0.2)
        return n + 3

    async def slow_task_b(a: int) -> int:
        await asyncio.sleep(1.0)
        return a * 10

    async def fast_task_c(a: int, b: int) -> int:
        await asyncio.sleep(0.1)
        return a + b

    async def end_task(b: int, c: int) -> int:
        await asyncio.sleep(0.1)
        return b + c

    tm = TaskManager[int](clock=clock)
    fast_a = tm.add_node(fast_task_a, tm.parameter_node)
    slow_b = tm.add_node(slow_task_b, fast_a)
    slow_a = tm.add_node(slow_task_a, tm.parameter_node)
    fast_b = tm.add_node(fast_task_b, tm.parameter_node)
    fast_c = tm.add_node(fast_task_c, slow_a, fast_b)
    tm.add_node(end_task, slow_b, fast_c)
    tm.sort()
    return tm


def report_graph(
    clock: Clock, *, broken: bool = False, factor: Callable[[], float] = lambda: 1.0
) -> TaskManager[str]:
    """A weekly report: groups, options, the parameter, immediates and a collect."""

    async def fetch(path: str, session: str, *, page: int = 1) -> str:
        await asyncio.sleep(factor() * (0.2 + 0.1 * page))
        if broken and path == "/orders":
            raise ConnectionError("no route to shop.example")
        return path

    async def clean(rows: str, *, drop: tuple[str, ...] = ()) -> str:
        await asyncio.sleep(factor() * 0.15)
        return rows

    async def join(left: str, right: str, *, on: str) -> str:
        await asyncio.sleep(factor() * 0.4)
        return left + right

    async def forecast(rows: str, weeks: str, model: str) -> str:
        await asyncio.sleep(factor() * 0.9)
        return rows

    async def summarize(tables: list[str]) -> str:
        await asyncio.sleep(factor() * 0.2)
        return ""

    async def publish(channel: str, *parts: str) -> str:
        await asyncio.sleep(factor() * 0.1)
        return channel

    tm = TaskManager[str](clock=clock)
    session = tm.add_immediate_node("session of the shop")
    sources = tm.options(group="sources", limit=asyncio.Semaphore(2), timeout=5.0)
    cleaning = tm.options(group="preparation")
    analysis = tm.options(group="analysis")
    users = sources.options(name="users").add_node(fetch, "/users", session, page=2)
    orders = sources.options(name="orders").add_node(fetch, "/orders", session, page=4)
    prices = sources.options(name="prices").add_node(fetch, "/prices", session)
    clean_users = cleaning.add_node(clean, users, drop=("email", "phone"))
    clean_orders = cleaning.add_node(clean, orders)
    joined = tm.add_node(join, clean_users, clean_orders, on="user_id")
    expected = analysis.add_node(forecast, joined, tm.parameter_node, "holt-winters")
    summary = analysis.add_node(summarize, tm.collect([joined, prices]))
    tm.add_node(publish, "#sales", expected, summary)
    tm.sort()
    return tm


def survey_graph(clock: Clock, *, broken: bool = False) -> TaskManager[None]:
    """A survey of the sky, made up: 2,005 tasks of seven functions."""
    chance = random.Random(7)
    tm = TaskManager[None](clock=clock)

    def task(name: str, least: float, most: float) -> Callable[..., Any]:
        async def call(*inputs: object) -> str:
            await asyncio.sleep(chance.uniform(least, most))
            if broken and name == "calibrate" and chance.random() < 0.003:
                raise ValueError("no stars in this frame")
            return name

        call.__name__ = call.__qualname__ = name
        return call

    read, dark = task("read_frame", 0.2, 0.9), tm.add_node(task("dark_frame", 1.0, 1.1))
    calibrate, align = task("calibrate", 0.5, 2.5), task("align", 0.3, 0.8)
    frames = [tm.add_node(read) for _ in range(500)]
    calibrated = [tm.add_node(calibrate, frame, dark) for frame in frames]
    stars = [tm.add_node(task("find_stars", 0.4, 4.0), frame) for frame in calibrated]
    aligned = [
        tm.add_node(align, frame, found) for frame, found in zip(calibrated, stars, strict=True)
    ]
    stacks = [tm.add_node(task("stack", 2.0, 3.0), *aligned[n::3]) for n in range(3)]
    tm.add_node(task("mosaic", 1.5, 1.6), *stacks)
    tm.sort()
    return tm


def shop_graph(loop: VirtualLoop) -> TaskManager[None]:
    """One of everything that a chart shows of a run that succeeds."""
    api = async_dag.limit("api", 2)
    calls = 0

    async def fetch(page: int) -> int:
        await asyncio.sleep(0.3 + 0.1 * page)
        return page

    async def rates() -> float:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0.15)
        if calls < 3:
            raise ConnectionError("HTTP 503")
        return 1.1

    async def parse(page: int) -> int:
        await asyncio.sleep(0.05)
        loop.hold(0.25)  # computes, without an await
        return page

    async def convert(pages: list[int], rate: float) -> float:
        await asyncio.sleep(0.2)
        return sum(pages) * rate

    three_attempts = partial(
        stamina.retry_context, on=ConnectionError, attempts=3, wait_initial=0.1, wait_jitter=0
    )
    tm = TaskManager[None](clock=loop.time)
    web = tm.options(limit=api)
    pages = [web.options(name=f"fetch {n}").add_node(fetch, n) for n in range(1, 4)]
    parsed = [
        tm.options(name=f"parse {n}").add_node(parse, page) for n, page in enumerate(pages, start=1)
    ]
    rate = tm.options(retry=three_attempts).add_node(rates)
    tm.add_node(convert, tm.collect(parsed), rate)
    tm.sort()
    return tm


def invoked(make: Callable[[Clock], TaskManager[Any]], *parameter: object) -> ExecutionResult[Any]:
    """A run on a clock that needs no time and gives the same times whenever this is run."""
    return in_virtual_time(lambda loop: make(loop.time), *parameter)


def in_virtual_time(
    make: Callable[[VirtualLoop], TaskManager[Any]], *parameter: object
) -> ExecutionResult[Any]:
    """The same for a graph whose tasks hold the loop."""

    async def main(loop: VirtualLoop) -> ExecutionResult[Any]:
        try:
            return await make(loop).invoke(*parameter)
        except InvocationError as error:
            return error.result

    return run_virtual(main)


def diagrams() -> dict[str, GraphDraw | RunDraw]:
    """The diagrams, by the name of their file."""

    def no_clock() -> float:
        return 0.0

    return {
        "readme-graph": readme_graph(no_clock).draw,
        "report-graph": report_graph(no_clock).draw,
        "report-failed-run": invoked(lambda clock: report_graph(clock, broken=True), "4").draw,
        "survey-graph": survey_graph(no_clock).draw,
        "survey-failed-run": invoked(lambda clock: survey_graph(clock, broken=True)).draw,
    }


def charts() -> dict[str, RunFigure]:
    """The charts, by the name of their file."""
    failed = invoked(lambda clock: report_graph(clock, broken=True), "4")
    survey = invoked(survey_graph)
    return {
        "readme-chart": invoked(readme_graph, 0).draw.gantt(theme="light"),
        "shop-chart": in_virtual_time(shop_graph).draw.gantt(theme="light"),
        "report-failed-chart": failed.draw.gantt(theme="light"),
        "survey-chart": survey.draw.gantt(theme="light"),
        "profile-chart": many_runs().draw.gantt(theme="light"),
    }


def many_runs() -> Profile:
    """Forty runs of the report, in which tasks take between 0.8 and 1.6 of their time."""
    chance = random.Random(3)

    def varied(clock: Clock) -> TaskManager[str]:
        return report_graph(clock, factor=lambda: chance.uniform(0.8, 1.6))

    runs = profile([invoked(varied, "4") for _ in range(40)])
    runs.title = "report"  # not this file, in which its functions happen to be
    return runs


def main() -> None:
    """Write them all."""
    # graphviz-pure reckons with the characters that most readers have, and draws alike on every
    # machine.
    os.environ["PATH"] = ""
    stamina.instrumentation.set_on_retry_hooks([])  # no log
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in diagrams().items():
        svg = run_dot(dot_source(draw.diagram()), "svg", timeout=60).decode()
        write(name, centred(svg))
    for name, figure in charts().items():
        write(name, figure.as_svg())
    path = invoked(readme_graph, 0).draw.animation(FOLDER / "three-ways.svg", theme="light")
    told(path)


def write(name: str, svg: str) -> None:
    """Save a picture and say so."""
    path = FOLDER / f"{name}.svg"
    path.write_text(svg, encoding="utf-8", newline="\n")
    told(path)


def told(path: Path) -> None:
    """Say what was written."""
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
