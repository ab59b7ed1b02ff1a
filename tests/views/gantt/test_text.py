"""The Gantt chart in text: every state in its columns, within the width, whatever the names are."""

from __future__ import annotations

import asyncio
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag import InvocationError, Run, TaskManager
from async_dag.draw.run_draw import RunDraw
from async_dag.errors import WrongArgumentError, WrongTypeError
from async_dag.trace.columns import OUTSIDE, State
from async_dag.trace.trace import Trace
from async_dag.views.common.terminal import columns
from tests.support.made_traces import Bar, made_trace
from tests.support.virtual import VirtualLoop, run_virtual

#: Two columns of name, a blank, the edge, 40 columns of bar, a blank, six of seconds.
WIDTH = 51


def drawn(*bars: Bar, elapsed: float | None = None, **options: Any) -> list[str]:
    """The lines of a chart in which a bar has 40 columns, if the names have two characters."""
    trace = made_trace(*bars, elapsed=elapsed)
    return RunDraw(trace).text(WIDTH, **{"encoding": "utf-8", **options}).splitlines()


def bar_of(line: str) -> str:
    """The columns between the edge and the seconds."""
    return line.partition("│")[2][:40].rstrip()


def test_a_run_of_two() -> None:
    """The whole picture: names, bars in their places, seconds, axis, legend, sums."""
    lines = drawn(
        Bar("aa", 0, 0, 1.0),
        Bar("bb", 1.0, 1.5, 2.0, needs=(0,)),
    )
    assert lines == [
        "aa │" + "░" * 20 + " " * 20 + " 1.00 s",
        "bb │" + " " * 20 + "·" * 10 + "░" * 10 + " 0.50 s",
        "   └" + "─" * 20 + "┴" + "─" * 18 + "┴",
        "    0                   1                  2 s",
        "· ready, waiting to start  ░ awaiting",
        "2 tasks, all done",
        "makespan 2.00 s, work 1.50 s, speed-up 0.75×,",
        "at most 1 at once",
        "",
        "2.00 s: 0.8× as fast as one by one, 0.8× as fast as",
        "wave by wave",
        "one by one    ███████████▌█████ 1.50 s",
        "wave by wave  ███████████▌█████ 1.50 s · 1.0×",
        "as a DAG      ████████████     ██████ 2.00 s · 0.8×",
        "measured as a DAG, otherwise computed from this run",
    ]


def test_steps_that_hold_the_loop_are_dark_where_they_were() -> None:
    """A step over a millisecond stands in its own columns."""
    (line, *_) = drawn(Bar("aa", 0, 0, 4.0, steps=((1.0, 1.0), (3.0, 0.5))))
    assert bar_of(line) == "░" * 10 + "█" * 10 + "░" * 10 + "█" * 5 + "░" * 5


def test_short_steps_darken_the_bar_evenly() -> None:
    """Of steps below a millisecond only the sum is known: it is spread over the bar."""
    lines = drawn(Bar("aa", 0, 0, 4.0, held=1.0), Bar("bb", 0, 0, 4.0, held=3.0))
    assert [bar_of(line) for line in lines[:2]] == ["▒" * 40, "█" * 40]
    assert "▒ holding the event loop in part" in "\n".join(lines)
    assert "event loop held 4.00 s (100%)" in "\n".join(lines)


def test_failed_cancelled_and_never_started_differ_in_shape() -> None:
    """Each has a mark of its own at the end of its bar, or words; the error is told."""
    lines = drawn(
        Bar("aa", 0, 0, 2.0, "failed", error="OSError: no route"),
        Bar("bb", 0, 0, 2.0, "cancelled", cause=0),
        Bar("cc", state="skipped", cause=0, needs=(0,)),
        Bar("dd", 0, 0, 4.0),
    )
    assert bar_of(lines[0]) == "░" * 19 + "x failed"
    assert bar_of(lines[1]) == "░" * 19 + "/ cancelled: aa fail…"[:21]
    assert bar_of(lines[3]) == "never started: aa failed"  # in order of their starts
    assert lines[3].endswith("      -")
    text = "\n".join(lines)
    assert "x failed  / cancelled" in text
    assert "4 tasks, 1 done, 1 failed, 1 cancelled," in text
    assert "aa failed: OSError: no route" in text


def test_cancelled_from_outside_is_said() -> None:
    """Nobody failed: somebody cancelled the invoke."""
    lines = drawn(
        Bar("aa", 0, 0, 1.0, "cancelled", cause=OUTSIDE),
        Bar("bb", state="skipped", cause=OUTSIDE),
        Bar("cc", 0, 0, 4.0),
    )
    assert bar_of(lines[0]) == "░" * 9 + "/ cancelled from outside"
    assert bar_of(lines[2]) == "never started: the run was cancelled"


def test_a_snapshot_shows_what_goes_on() -> None:
    """Running to the end of the trace, ready and waiting to start, and what has to wait yet."""
    lines = drawn(
        Bar("aa", 0, 0, nan),
        Bar("bb", 2.0, nan, nan),
        Bar("cc", nan, nan, nan),
        elapsed=4.0,
    )
    assert bar_of(lines[0]) == "░" * 39 + ">"
    assert bar_of(lines[1]).strip() == "ready " + "·" * 20
    assert bar_of(lines[2]) == "waiting"
    assert "so far 4.00 s, work 4.00 s" in "\n".join(lines)
    assert "makespan" not in "\n".join(lines)


def test_the_legend_has_only_what_occurs() -> None:
    """A run without incident is explained in two words."""
    lines = drawn(Bar("aa", 0, 0, 1.0))
    assert "░ awaiting" in lines
    assert not any("failed" in line or "holding" in line for line in lines)


def test_charts_can_share_an_axis() -> None:
    """With `until=` the same time lies in the same column; an axis never cuts a run off."""
    assert bar_of(drawn(Bar("aa", 0, 0, 1.0), until=4.0)[0]) == "░" * 10
    assert bar_of(drawn(Bar("aa", 0, 0, 1.0), until=0.5)[0]) == "░" * 40


def test_a_task_in_no_time_has_a_column() -> None:
    """However short, wherever it lies, what ran is seen."""
    lines = drawn(Bar("aa", 0, 0, 0), Bar("bb", 4.0, 4.0, 4.0), Bar("cc", 0, 0, 4.0))
    assert bar_of(lines[0]) == "░"
    assert bar_of(lines[2]) == " " * 39 + "░"


def test_what_never_runs_has_no_row() -> None:
    """Parameters, immediates and collects are no tasks."""
    lines = drawn(
        Bar("pp", 0, 0, 0, kind="parameter"),
        Bar("ii", 0, 0, 0, kind="immediate"),
        Bar("aa", 0, 0, 1.0),
        Bar("cc", 1.0, 1.0, 1.0, kind="collect", needs=(2,)),
    )
    assert [line[:2] for line in lines if "│" in line] == ["aa"]
    assert "1 task, done" in lines


@pytest.mark.parametrize(
    "bars",
    [[], [Bar("pp", 0, 0, 0, kind="parameter")]],
)
def test_nothing_to_run_is_said(bars: list[Bar]) -> None:
    """No chart, but a sentence."""
    assert drawn(*bars) == ["no tasks to run"]


def test_nothing_started_is_said() -> None:
    """A run that was cancelled before its first task."""
    assert drawn(Bar("aa", state="skipped", cause=OUTSIDE)) == [
        "nothing started",
        "1 task, 1 never started",
    ]


def test_a_large_run_is_grouped_by_function() -> None:
    """One row for the tasks of a function: how many at once, their work, and what went wrong."""
    fetches = [
        Bar(f"fetch_{n}", 0, 0, 2.0 if n < 50 else 1.0, task="mod.fetch", group=None)
        for n in range(100)
    ]
    fetches[7] = Bar("fetch_7", 0, 0, 2.0, "failed", task="mod.fetch", error="OSError: no")
    lines = drawn(*fetches, Bar("end", 2.0, 2.0, 4.0))
    rows = [line for line in lines if "│" in line]
    assert len(rows) == 12
    assert rows[0].startswith("fetch ×100 │███")
    assert "▅▅▅ peak 100" in rows[0]
    # The one that failed and the longest follow with bars of their own.
    assert [row.split()[0] for row in rows[1:]] == [*(f"fetch_{n}" for n in range(10)), "end"]
    assert rows[1].startswith("  fetch_0  │░")
    assert "x" in rows[8].partition("│")[2]
    text = "\n".join(lines)
    assert "▁ to █ in rows of several" in text
    assert "101 tasks, 100 done, 1 failed" in text
    assert "fetch_7 failed: OSError: no" in text


def test_of_a_run_that_goes_on_what_runs_has_rows() -> None:
    """However much longer than these took what is over: single tasks, and whole functions."""
    over = [Bar(f"fetch_{n}", 0, 0, 2.0, task="mod.fetch") for n in range(90)]
    running = [Bar(f"fetch_{n}", 2.9, 2.9, nan, task="mod.fetch") for n in range(90, 95)]
    rows = [line.split()[0] for line in drawn(*over, *running, elapsed=3.0) if "│" in line]
    assert rows[0] == "fetch"
    assert {f"fetch_{n}" for n in range(90, 95)} < set(rows)
    many = [Bar(f"task{n:03}x", 0, 0, 2.0) for n in range(100)]
    many[7] = Bar("task007x", 2.9, 2.9, nan)
    lines = drawn(*many, elapsed=3.0, rows=3)
    assert any(line.startswith("task007x") for line in lines)


def test_an_area_is_as_high_as_many_run_at_once() -> None:
    """Half as many at once, half as high; a user's group is a row as well."""
    work = [Bar(f"{c}", 0, 0, 2.0 if c < "e" else 1.0, group="gg") for c in "abcdefgh"]
    lines = RunDraw(made_trace(*work)).text(58, rows=1, encoding="utf-8").splitlines()
    area = lines[0].partition("│")[2].split()[0]
    half = len(area) // 2
    assert lines[0].startswith("gg ×8 │")
    assert set(area[: half - 1]) == {"█"}
    assert set(area[half + 1 :]) == {"▅"}


def test_more_functions_than_rows_leave_out_the_least() -> None:
    """What failed stays, then what took longest; the others share a row."""
    bars = [Bar(f"task{n:03}x", 0, 0, 1 + n / 100) for n in range(200)]
    bars[3] = Bar("task003x", 0, 0, 0.5, "failed", error="OSError: no")
    lines = drawn(*bars)
    rows = [line.split()[0] for line in lines if "│" in line]
    assert rows == ["task003x", *(f"task{n:03}x" for n in range(142, 200)), "others"]
    assert any(line.startswith("others ×141 ") for line in lines)


def test_ascii_stands_in_where_blocks_are_missing() -> None:
    """A terminal of another encoding gets a chart as well, of the same columns."""
    bars = (
        Bar("aa", 0, 0, 4.0, steps=((1.0, 1.0),)),
        Bar("任务", 0, 1.0, 4.0, "failed", error="OSError: ü"),
    )
    text = "\n".join(drawn(*bars, encoding="ascii"))
    assert text.isascii()
    assert "..." in text
    assert "###" in text
    assert "\\u4efb\\u52a1" in text


names = st.text(min_size=1, max_size=60) | st.sampled_from(
    [
        "\x1b[31mred",
        "a\nb",
        "\u202ereversed",
        "任务任务任务任务任务任务",
        "שלום",
        "🚀" * 40,
        "│",
        "x" * 500,
    ]
)
moments = st.floats(0, 10)


@st.composite
def bars(draw: st.DrawFn) -> list[Bar]:
    """Nodes with any name, in any state, at any time."""
    made: list[Bar] = []
    for _ in range(draw(st.integers(0, 12))):
        ready, started, finished = sorted(draw(st.tuples(moments, moments, moments)))
        state: State = draw(
            st.sampled_from(["waiting", "ready", "running", "done", "failed", "skipped"])
        )
        never = nan if state in ("waiting", "skipped") else ready
        begun = started if state in ("running", "done", "failed") else nan
        ended = finished if state in ("done", "failed") else nan
        held = draw(st.floats(0, 1)) * (finished - started) if ended == ended else 0.0
        name, error = draw(names), draw(st.none() | names)
        made.append(Bar(name, never, begun, ended, state, held=held, error=error))
    return made


@given(bars(), st.integers(20, 200), st.integers(1, 12), st.sampled_from(["utf-8", "ascii"]))
def test_any_run_fits_its_width(made: list[Bar], width: int, rows: int, encoding: str) -> None:
    """Never a line too long, never a control character, always encodable, the edges in one column."""
    trace = made_trace(*made, elapsed=10.0)
    text = RunDraw(trace).text(width, rows=rows, encoding=encoding)
    text.encode(encoding)
    lines = text.split("\n")
    assert all(line.replace("\u200e", "").isprintable() for line in lines)
    assert max(map(columns, lines)) <= width
    edge, corner = ("│", "└") if encoding == "utf-8" else ("|", "+-")
    axis = [number for number, line in enumerate(lines) if line.lstrip().startswith(corner)]
    if axis:
        indent = columns(lines[axis[0]].partition(corner)[0])
        assert 1 <= axis[0] <= rows
        for line in lines[: axis[0]]:
            at = 0
            while columns(line[:at]) < indent or line[at] == "\u200e":
                at += 1
            assert line[at] == edge


@pytest.mark.parametrize("until", [-1.0, inf, nan])
def test_an_axis_without_an_end_is_refused(until: float) -> None:
    """The message says what was given."""
    with pytest.raises(
        WrongArgumentError, match="until= takes seconds, a finite number of at least 0"
    ):
        drawn(Bar("aa", 0, 0, 1.0), until=until)


def test_wrong_types_are_refused() -> None:
    """Seconds are a number, rows an int."""
    with pytest.raises(WrongTypeError, match="until="):
        drawn(Bar("aa", 0, 0, 1.0), until="1 s")
    with pytest.raises(
        WrongArgumentError, match="rows= takes a whole number of at least 1; given was 0"
    ):
        drawn(Bar("aa", 0, 0, 1.0), rows=0)


def test_a_real_run_draws_as_its_saved_trace_does() -> None:
    """`result.draw`, `trace.draw` and a trace read from JSON give the same picture."""

    async def main(loop: VirtualLoop) -> InvocationError:
        async def nap(seconds: float, *_: object) -> float:
            await asyncio.sleep(seconds)
            loop.hold(0.25)
            return seconds

        async def broken(_: object) -> None:
            await asyncio.sleep(1)
            raise OSError("no route")

        tm = TaskManager[None](clock=loop.time)
        first = tm.add_node(nap, 0.5)
        tm.add_node(nap, 9, first)
        tm.add_node(nap, 1, tm.add_node(broken, first))
        tm.sort()
        with pytest.raises(InvocationError) as caught:
            await tm.invoke()
        return caught.value

    result = run_virtual(main).result
    text = result.draw.text(80, encoding="utf-8")
    assert result.trace.draw.text(80, encoding="utf-8") == text
    assert Trace.from_json(result.trace.to_json()).draw.text(80, encoding="utf-8") == text
    lines = text.splitlines()
    assert "░▒█" in lines[0]
    assert "x" in lines[2]
    assert "makespan 1.75 s" in text
    assert "broken failed: OSError: no route" in text


def test_a_run_that_goes_on_can_be_drawn() -> None:
    """From within the run, while a node runs and holds the loop."""

    async def main(loop: VirtualLoop) -> str:
        runs: list[Run] = []
        seen: list[str] = []

        async def look() -> None:
            await asyncio.sleep(1)
            loop.hold(1)
            seen.append(runs[0].trace.draw.text(50, encoding="utf-8"))

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(look)
        tm.sort()
        with tm.watch(runs.append):
            await tm.invoke()
        return seen[0]

    line, *rest = run_virtual(main).splitlines()
    assert line.startswith("look │░")
    assert "█" in line
    assert ">" in line
    assert "1 task, 1 running" in rest


def test_a_repr_never_raises() -> None:
    """It says what it is of and what to call."""
    assert "result.draw.text()" in repr(RunDraw(made_trace()))
    assert "tm.draw.text()" in repr(TaskManager[None]().draw)
