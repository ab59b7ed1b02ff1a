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


def test_charts_share_one_axis_and_the_table_compares() -> None:
    """Three charts as wide as the slowest, then makespans, speed-ups and the critical path."""
    lines = "\n".join(show(run_example(), width=80)).splitlines()
    axes = [line.split() for line in lines if line.strip().startswith("0.0 ")]
    assert len(axes) == 3
    assert all(axis == axes[0] for axis in axes)
    assert lines[-6:] == [
        "measured      makespan  speed-up",
        "one by one      2.00 s     1.00×",
        "wave by wave    1.60 s     1.25×",
        "as a DAG        1.20 s     1.67×",
        "",
        "critical path: fast_task_a → slow_task_b → end_task",
    ]
    assert all(len(line) <= 80 for line in lines)


def test_an_ascii_terminal_gets_ascii() -> None:
    """Nothing is printed that the terminal can't show."""
    text = "\n".join(show(run_example(), width=80, encoding="ascii"))
    assert text.isascii()
    assert "fast_task_a -> slow_task_b -> end_task" in text


def test_nothing_to_run_is_shown_too() -> None:
    """No division by the zero seconds that it took."""
    lines = "\n".join(show(run_nothing(), width=80)).splitlines()
    assert lines[-3:] == [
        "one by one      0.00 s     1.00×",
        "wave by wave    0.00 s     1.00×",
        "as a DAG        0.00 s     1.00×",
    ]
