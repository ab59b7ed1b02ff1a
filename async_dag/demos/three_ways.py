"""Really runs the same nodes one by one, wave by wave and as a DAG, and compares the runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TextIO

from async_dag import ExecutionResult, TaskManager
from async_dag.baselines.strategies import run_sequential, run_waves
from async_dag.engine.result import MISSING
from async_dag.graph.strategies import STRATEGIES
from async_dag.views.common.terminal import Terminal
from async_dag.views.gantt.text import gantt_text
from async_dag.views.ways.text import ways_text
from async_dag.views.ways.ways import Way, ways_of
from async_dag.workbench.terminal.live_terminal import LiveTerminal, can_draw


@contextmanager
def seen_live(tm: TaskManager[Any], out: TextIO, width: int | None = None) -> Iterator[None]:
    """A context in which each invoke is drawn live, if `out` is a terminal and rich is installed."""
    if not can_draw(out):
        yield
        return
    with LiveTerminal(out, transient=True, width=width).following(tm):
        yield


class ThreeWays(NamedTuple):
    """A result of each way of running the same manager."""

    one_by_one: ExecutionResult[Any]
    wave_by_wave: ExecutionResult[Any]
    dag: ExecutionResult[Any]


async def run_three_ways(tm: TaskManager[Any], parameter: Any = MISSING) -> ThreeWays:
    """Run a sorted manager each way, one after the other. So its tasks run three times.

    Raises what `TaskManager.invoke` raises.
    """
    return ThreeWays(
        await run_sequential(tm, parameter),
        await run_waves(tm, parameter),
        await tm.invoke(parameter),
    )


def show(
    ways: ThreeWays, *, width: int | None = None, rows: int = 60, encoding: str | None = None
) -> Iterator[str]:
    """The lines to print: the chart of the DAG, the three ways on one axis, and the critical path.

    `width` (columns of the terminal), `rows` (of a chart) and `encoding` are as for
    `result.draw.text`.
    """
    terminal = Terminal(width, encoding)
    dag = ways.dag.trace
    yield gantt_text(dag, width=width, rows=rows, encoding=encoding, ways=False)
    measured = (
        Way(strategy, label, way.timeline, "measured")
        for (strategy, label), way in zip(STRATEGIES.items(), ways, strict=True)
    )
    bands = ways_of(list(measured))
    if bands is not None:
        yield ""
        yield from ways_text(bands, terminal)
    names = [terminal.harmless(name, 60) for name in dag.timeline.critical_path]
    if names:
        yield ""
        yield from terminal.fill(
            ["critical path: " + names[0], *names[1:]],
            f" {terminal.characters.leads_to} ",
            indent="  ",
        )


def save_ways(path: str, ways: ThreeWays) -> None:
    """Write all three runs to one page, to switch between them or compare them."""
    from async_dag.workbench.standalone import ShownRun, save_page

    save_page(
        path, [ShownRun(way, title) for title, way in zip(STRATEGIES.values(), ways, strict=True)]
    )
