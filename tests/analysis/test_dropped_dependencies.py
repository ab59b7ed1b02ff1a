"""What dropping a dependency is said to save, against runs in which it is really dropped."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_dag import TaskManager, Trace
from async_dag.analysis.critical_path import NodeTimes
from async_dag.analysis.simulation.simulate import Simulator
from tests.support.drawn_bytes import Choices
from tests.support.strategies import TICK
from tests.support.virtual import VirtualLoop, run_virtual


@dataclass(frozen=True)
class Step:
    """A task that takes others, or a choice between two of them by a third one."""

    ticks: int
    needed: tuple[int, ...]
    sides: tuple[int, int] | None = None


@st.composite
def dags_with_choices(draw: st.DrawFn) -> list[Step]:
    """Of up to nine steps, each of which takes up to three before it."""
    says = Choices(draw(st.binary(min_size=80, max_size=80)))
    steps: list[Step] = []
    for number in range(says.number(3, 9)):
        before = list(range(number))
        some = [says.one_of(before) for _ in range(says.number(0, min(3, number)))]
        ticks = says.number(1, 8)
        if number > 1 and says.number(0, 2) == 0:
            sides = (says.one_of(before), says.one_of(before))
            steps.append(Step(ticks, (says.one_of(before),), sides))
        else:
            steps.append(Step(ticks, tuple(dict.fromkeys(some))))
    return steps


def run(steps: list[Step]) -> tuple[Trace, dict[int, int]]:
    """The trace, and by step the index of its node."""

    async def main(loop: VirtualLoop) -> tuple[Trace, dict[int, int]]:
        tm = TaskManager[None](clock=loop.time)
        nodes: list[Any] = []

        def task(number: int) -> Any:
            async def step(*_: object) -> int:
                await asyncio.sleep(steps[number].ticks * TICK)
                return steps[number].ticks % 2

            step.__name__ = f"step{number}"
            return step

        for number, step in enumerate(steps):
            needed = [nodes[one] for one in step.needed]
            if step.sides is None:
                nodes.append(tm.add_node(task(number), *needed))
            else:
                then, other = (nodes[side] for side in step.sides)
                nodes.append(tm.choose(needed[0], then, other))
        tm.sort()
        trace = (await asyncio.wait_for(tm.invoke(), 1000)).trace
        return trace, {number: node.index for number, node in enumerate(nodes)}

    return run_virtual(main)


def dropped(steps: list[Step], number: int, needed: int) -> list[Step]:
    """The same steps, of which one does not take another."""
    step = steps[number]
    others = tuple(one for one in step.needed if one != needed)
    return [*steps[:number], Step(step.ticks, others), *steps[number + 1 :]]


@settings(max_examples=300, deadline=None)
@given(dags_with_choices())
def test_each_dependency_of_a_task_dropped(steps: list[Step]) -> None:
    """The makespan told is the one really had, whatever choices then need it later, sooner or never."""
    trace, index = run(steps)
    simulator = Simulator(NodeTimes(trace))
    for number, step in enumerate(steps):
        if step.sides is not None or index[number] in trace.causes:
            continue
        for needed in step.needed:
            told = simulator.run(without=(index[number], index[needed])).elapsed
            really = run(dropped(steps, number, needed))[0].timeline.makespan
            assert told == pytest.approx(really), (number, needed)


async def after(seconds: float, *_: object) -> bool:
    """Takes what it is given, and looks at none of it."""
    await asyncio.sleep(seconds)
    return True


def chosen_late(is_dropped: bool) -> Trace:
    """`send` takes `slow`, but would wait until it is chosen anyway."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        flag = tm.options(name="flag").add_node(after, 2.0)
        slow = tm.options(name="slow").add_node(after, 3.0)
        needed = () if is_dropped else (slow,)
        tm.choose(flag, tm.options(name="send").add_node(after, 2.0, *needed), None)
        tm.add_node(after, 0.1, slow)
        tm.sort()
        return (await tm.invoke()).trace

    return run_virtual(main)


def test_what_is_chosen_later_anyway() -> None:
    """The gain told is the one second that dropping it really saves, not the two of the other task."""
    trace = chosen_late(is_dropped=False)
    [finding] = [one for one in trace.timeline.findings() if one.kind == "dependency"]
    assert finding.nodes == ("send", "slow")
    really = trace.timeline.makespan - chosen_late(is_dropped=True).timeline.makespan
    assert finding.gain == pytest.approx((really, really))
    assert really == pytest.approx(1.0)
