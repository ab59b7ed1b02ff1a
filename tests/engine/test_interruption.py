"""Ctrl-C that comes while the engine itself runs: nothing hangs, and the interrupt is not lost."""

from __future__ import annotations

import asyncio
import gc
import itertools

import pytest

from async_dag import InvocationError, Run, TaskManager
from tests.support.fuzz_cases import FuzzLoop
from tests.support.interrupting import InterruptAt

STRIDE = 11
"""Every so many-th line of the engine is interrupted: a prime, so that no part is always skipped."""


async def at_once(*_: int) -> int:
    return 1


async def nap(*_: int) -> int:
    await asyncio.sleep(0.01)
    return 1


async def clean_up_slowly() -> int:
    try:
        await asyncio.sleep(0.02)
    finally:
        await asyncio.sleep(0.01)
    return 1


async def fail(_: int) -> None:
    await asyncio.sleep(0.01)
    raise OSError("mine")


def make(*, fails: bool, with_policy: bool) -> TaskManager[None]:
    """Six or seven nodes. Their clock counts looks, so that each run takes the same lines."""
    looks = itertools.count()
    tm = TaskManager[None](clock=lambda: next(looks) * 1e-9)
    first = tm.add_node(at_once)
    second = tm.add_node(nap)
    slow = tm.add_node(clean_up_slowly)
    both = tm.add_node(at_once, first, second)
    tm.add_node(nap, both, slow)
    if fails:
        tm.add_node(fail, first)
    if with_policy:
        tm.options(timeout=5).add_node(nap, first)
    tm.sort()
    return tm


def run(
    interrupt: InterruptAt, *, fails: bool, with_policy: bool
) -> tuple[Run | None, BaseException | None]:
    """The run, if it began, and what the program was ended by."""
    tm = make(fails=fails, with_policy=with_policy)
    runs: list[Run] = []

    async def main() -> None:
        # An eager task that Ctrl-C ends is reported as one whose exception nobody retrieved.
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        with tm.watch(runs.append), interrupt:
            await tm.invoke(max_concurrency=2 if with_policy else None)

    raised: BaseException | None = None
    try:
        with asyncio.Runner(loop_factory=FuzzLoop) as runner:  # where it hangs the loop says so
            runner.run(main())
    except BaseException as error:  # noqa: BLE001 - of any kind, it is looked at
        raised = error
    return (runs[0] if runs else None), raised


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("with_policy", [False, True])
# A node whose step Ctrl-C ended in the middle is closed by the collector, as asyncio's own tasks are.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_at_any_line_of_the_engine(fails: bool, with_policy: bool) -> None:
    """It arrives, the nodes have ended, and the trace is over."""
    try:
        interrupt_at_each_line(fails=fails, with_policy=with_policy)
    finally:
        gc.collect()  # here, where what is closed unfinished is expected


def interrupt_at_each_line(*, fails: bool, with_policy: bool) -> None:
    run(
        InterruptAt(0), fails=fails, with_policy=with_policy
    )  # what is imported on use has lines, too
    whole = InterruptAt(0)
    _, raised = run(whole, fails=fails, with_policy=with_policy)
    assert (type(raised) is InvocationError) == fails
    for number in range(1, whole.lines + 1, STRIDE):
        interrupt = InterruptAt(number)
        made, raised = run(interrupt, fails=fails, with_policy=with_policy)
        assert type(raised) is KeyboardInterrupt, (number, interrupt.function, raised)
        # Before it begins, or in the few lines that end it, nobody is there to end it.
        if made is not None and interrupt.function not in {
            "start_clock",
            "notify",
            "execute",
            "_close",
        }:
            assert made.done, (number, interrupt.function)


def test_the_helper_counts_the_lines_of_the_engine() -> None:
    """Without an interrupt a run goes through hundreds of lines, and is done."""
    whole = InterruptAt(0)
    made, raised = run(whole, fails=False, with_policy=False)
    assert raised is None
    assert made is not None
    assert made.done
    assert whole.lines > 200
    assert not made.result.errors
