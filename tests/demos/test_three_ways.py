"""The three ways of running a graph, exact on the virtual clock, and how they are shown."""

from __future__ import annotations

import pytest

from async_dag import TaskManager
from async_dag.demos.readme import add_tasks
from async_dag.demos.three_ways import ThreeWays, run_three_ways, show
from tests.support.virtual import VirtualLoop, run_virtual


def run_example() -> ThreeWays:
    """The README's example on the virtual clock."""

    async def run(loop: VirtualLoop) -> ThreeWays:
        tm = TaskManager[int](clock=loop.time)
        add_tasks(tm)
        tm.sort()
        return await run_three_ways(tm, 0)

    return run_virtual(run)


def run_nothing() -> ThreeWays:
    """A graph without a task."""

    async def run(loop: VirtualLoop) -> ThreeWays:
        tm = TaskManager[None](clock=loop.time)
        tm.add_immediate_node(1)
        tm.sort()
        return await run_three_ways(tm)

    return run_virtual(run)


def test_makespans_are_those_that_the_readme_promises() -> None:
    """2.0 s one by one, 1.6 s wave by wave, 1.2 s as a DAG."""
    assert [way.timeline.makespan for way in run_example()] == pytest.approx([2.0, 1.6, 1.2])


def test_every_way_gives_the_same_values() -> None:
    """The ways differ in time alone."""
    for way in run_example():
        assert way[way.manager["end_task"]] == 15


def test_the_chart_and_the_three_ways_are_shown() -> None:
    """Each task's bar, then each way as long as it took, and the critical path; the same each time."""
    lines = "\n".join(show(run_example(), width=82)).splitlines()
    assert sum("│" in line for line in lines) == 6
    bands = lines[lines.index("") + 1 :]
    assert bands[0] == (
        "1.20 s instead of 2.00 s: 1.7× as fast as one by one, 1.3× as fast as wave by wave"
    )
    assert [line.split("  ")[0] for line in bands[1:] if line[:1] not in ("", " ")][:3] == [
        "one by one",
        "wave by wave",
        "as a DAG",
    ]
    assert bands[-3:] == [
        "all measured",
        "",
        "critical path: fast_task_a → slow_task_b → end_task",
    ]
    assert all(len(line) <= 82 for line in lines)


def test_an_ascii_terminal_gets_ascii() -> None:
    """Nothing is printed that the terminal can't show."""
    text = "\n".join(show(run_example(), width=80, encoding="ascii"))
    assert text.isascii()
    assert "fast_task_a -> slow_task_b -> end_task" in text


def test_nothing_to_run_is_shown_too() -> None:
    """No division by the zero seconds that it took."""
    assert list(show(run_nothing(), width=80)) == ["no tasks to run"]
