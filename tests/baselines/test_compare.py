"""`compare` on the virtual clock, and what a `Comparison` says."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from async_dag import (
    InvocationError,
    LifecycleError,
    MissingParameterError,
    TaskManager,
    WrongArgumentError,
    WrongTypeError,
    compare,
)
from tests.support.comparing import compared, failing
from tests.support.made_traces import Bar, made_trace
from tests.support.readme_example import README_BARS, readme_manager
from tests.support.virtual import VirtualLoop, run_virtual


def test_the_readme_example() -> None:
    """2.0 s one by one, 1.6 s wave by wave, 1.2 s as a DAG; all measured."""
    comparison = compared(readme_manager, 0)
    assert [row["strategy"] for row in comparison.rows] == ["sequential", "waves", "dag"]
    assert [row["makespan"] for row in comparison.rows] == pytest.approx([2.0, 1.6, 1.2])
    assert [row["speedup"] for row in comparison.rows] == pytest.approx([1.0, 1.25, 2.0 / 1.2])
    assert all(row["measured"] for row in comparison.rows)
    assert all(
        set(row) == {"strategy", "makespan", "speedup", "measured"} for row in comparison.rows
    )
    assert repr(comparison) == (
        "<Comparison, measured: sequential 2.000 s, waves 1.600 s, dag 1.200 s>"
    )
    assert comparison.timelines["waves"].strategy == "waves"
    assert not comparison.timelines["waves"].computed


def test_only_the_ways_that_were_asked_for() -> None:
    """In that order; without a one-by-one run the speed-up is against the sum of the durations."""
    comparison = compared(readme_manager, 0, strategies=["dag", "waves"])
    assert [row["strategy"] for row in comparison.rows] == ["dag", "waves"]
    assert comparison.rows[0]["speedup"] == pytest.approx(2.0 / 1.2)


def test_one_run_computes_the_same() -> None:
    """Labelled as computed, but for the run itself."""
    computed = made_trace(*README_BARS).timeline.comparison()
    assert [row["makespan"] for row in computed.rows] == pytest.approx([2.0, 1.6, 1.2])
    assert [row["measured"] for row in computed.rows] == [False, False, True]
    assert repr(computed).startswith("<Comparison, computed and measured: ")
    broken = made_trace(Bar("never", state="skipped", cause=-1)).timeline
    with pytest.raises(WrongArgumentError, match="durations="):
        broken.comparison()
    given = broken.comparison(["dag"], durations={"never": 2.0})
    assert given.rows == [{"strategy": "dag", "makespan": 2.0, "speedup": 1.0, "measured": False}]


def test_repeated_runs_take_turns_and_the_median_counts() -> None:
    """Each way runs so many times; the row and the timeline are those of the middle one."""
    order: list[int] = []

    def made(loop: VirtualLoop) -> TaskManager[Any]:
        async def slower_each_time() -> None:
            order.append(len(order))
            await asyncio.sleep([1.0, 10.0, 3.0, 30.0, 2.0, 20.0][len(order) - 1])

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(slower_each_time)
        tm.sort()
        return tm

    comparison = compared(made, strategies=["dag", "waves"], repeat=3)
    assert comparison.makespans == {"dag": (1.0, 3.0, 2.0), "waves": (10.0, 30.0, 20.0)}
    assert [row["makespan"] for row in comparison.rows] == [2.0, 20.0]
    assert comparison.timelines["waves"].makespan == 20.0


def test_a_way_that_failed_once_is_not_run_again() -> None:
    """With `repeat`: it has no figures, the others have all of theirs."""
    comparison = compared(failing(1), strategies=["waves", "dag"], repeat=3)
    assert set(comparison.failures) == {"waves"}
    assert comparison.makespans == {"waves": (), "dag": (1.0, 1.0, 1.0)}


def test_if_every_way_fails_it_raises() -> None:
    """The first failure, with a note on the way it was run."""
    with pytest.raises(InvocationError, match="no route") as caught:
        compared(failing(1, 2, 3))
    assert caught.value.__notes__ == ["while compare ran the nodes one by one"]


def test_what_is_wrong_before_anything_runs_is_raised() -> None:
    """A missing parameter, a manager that is not sorted; and cancelling ends it all."""
    with pytest.raises(MissingParameterError):
        compared(readme_manager)
    with pytest.raises(LifecycleError):
        compared(lambda loop: TaskManager[None](clock=loop.time))

    async def main(loop: VirtualLoop) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.5):
                await compare(readme_manager(loop), 0)
        assert loop.time() == pytest.approx(2.5)

    run_virtual(main)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"strategies": "dag"}, WrongTypeError, "a list of some of 'sequential', 'waves', 'dag'"),
        ({"strategies": ["dag", "fast"]}, WrongArgumentError, "among them was 'fast'"),
        ({"strategies": []}, WrongArgumentError, "one or more"),
        ({"strategies": ["dag", "dag"]}, WrongArgumentError, "each once"),
        ({"repeat": 0}, WrongArgumentError, "at least 1; given was 0"),
        ({"repeat": 1.5}, WrongTypeError, "whole number"),
    ],
)
def test_wrong_arguments_are_refused(options: Any, error: type[Exception], message: str) -> None:
    """Before anything runs."""
    with pytest.raises(error, match=message):
        compared(readme_manager, 0, **options)


def test_a_graph_of_nothing() -> None:
    """Takes no time each way, and no way is faster."""

    def made(loop: VirtualLoop) -> TaskManager[Any]:
        tm = TaskManager[None](clock=loop.time)
        tm.sort()
        return tm

    comparison = compared(made)
    assert [(row["makespan"], row["speedup"]) for row in comparison.rows] == [(0.0, 1.0)] * 3


def test_the_bands_in_plain_text() -> None:
    """A band a way; what is measured is said once, and how far repeated runs differ."""
    lines = made_trace(*README_BARS).timeline.comparison().text(90, encoding="ascii").splitlines()
    assert lines[0].startswith("1.20 s instead of 2.00 s: 1.7x as fast as one by one")
    assert [line[:12].strip() for line in lines if "s" in line.partition("#")[2]] == [
        "one by one",
        "wave by wave",
        "as a DAG",
    ]
    assert lines[-1].startswith("measured as a DAG, otherwise computed")
    twice = compared(readme_manager, 0, strategies=["dag"], repeat=2).text(80, encoding="ascii")
    assert "(1.20 s)" in twice
    assert "measured; each the median of 2 runs" in twice
