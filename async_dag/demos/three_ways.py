"""Really runs the same nodes one by one, wave by wave and as a DAG, and compares the runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, TextIO

from async_dag import ExecutionResult, TaskManager, Trace
from async_dag._common.units import unit_for
from async_dag.baselines.strategies import run_sequential, run_waves
from async_dag.engine.result import MISSING
from async_dag.graph.strategies import STRATEGIES
from async_dag.views.common.terminal import Terminal, columns, padded
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
    """The lines to print: three charts on one time axis, then a table.

    `width` (columns of the terminal), `rows` (of a chart) and `encoding` are as for
    `result.draw.text`.
    """
    traces: dict[str, Trace] = {title: way.trace for title, way in zip(_TITLES, ways, strict=True)}
    until = max(trace.timeline.makespan for trace in traces.values())
    for title, trace in traces.items():
        yield f"{title}:"
        yield trace.draw.text(width, rows=rows, until=until, encoding=encoding)
        yield ""
    yield from _table(traces, Terminal(width, encoding))


def save_ways(path: str, ways: ThreeWays) -> None:
    """Write all three runs to one page, to switch between them or compare them."""
    from async_dag.workbench.standalone import ShownRun, save_page

    save_page(path, [ShownRun(way, title) for title, way in zip(_TITLES, ways, strict=True)])


_TITLES: Final = tuple(STRATEGIES.values())


def _table(traces: dict[str, Trace], terminal: Terminal) -> Iterator[str]:
    """How long each way took, compared to the first, and the critical path of the last one."""
    seconds = {title: trace.timeline.makespan for title, trace in traces.items()}
    unit = unit_for(max(seconds.values()))
    slowest = seconds[_TITLES[0]]
    width = max(map(columns, _TITLES))
    yield f"{padded('measured', width)}  makespan  speed-up"
    for title, took in seconds.items():
        # Where there is nothing to run no way is faster than another.
        speedup = slowest / took if took > 0 else 1.0
        gain = f"{speedup:.2f}{terminal.characters.times}"
        yield f"{padded(title, width)}  {unit.text(took):>8}  {gain:>8}"
    path = traces[_TITLES[-1]].timeline.critical_path
    names = [terminal.harmless(name, 60) for name in path]
    if names:
        yield ""
        yield from terminal.fill(
            ["critical path: " + names[0], *names[1:]],
            f" {terminal.characters.leads_to} ",
            indent="  ",
        )
