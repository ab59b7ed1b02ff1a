"""`watch`, the one hook, and `Run.cancel`, which it makes possible."""

from __future__ import annotations

import asyncio
import functools
import threading
from typing import Any

import pytest

import async_dag
from async_dag import OUTSIDE, Run, TaskManager, WrongTypeError, build_dag
from tests.support.virtual import VirtualLoop, run_virtual


async def one() -> int:
    return 1


def manager() -> TaskManager[None]:
    """A sorted manager of one quick node."""
    with build_dag() as tm:
        tm.add_node(one)
    return tm


def test_a_callback_gets_each_run_at_its_start() -> None:
    """Once per invoke, with the graph known and no node started, and with the run's own trace."""
    tm = manager()
    seen: list[tuple[Run, list[str], bool]] = []
    ending = tm.watch(lambda run: seen.append((run, run.trace.states, run.done)))
    results = [asyncio.run(tm.invoke()) for _ in range(2)]
    assert [(states, done) for _, states, done in seen] == [(["waiting"], False)] * 2
    assert [run.trace for run, _, _ in seen] == [result.trace for result in results]
    assert [run.result for run, _, _ in seen] == results
    assert all(run.done for run, _, _ in seen)
    assert "Trace of 1 node" in repr(seen[0][0])
    ending()


def test_watching_one_manager_and_watching_all() -> None:
    """`tm.watch` tells of that manager's runs alone, `async_dag.watch` of every manager's."""
    first, second = manager(), manager()
    of_first: list[Run] = []
    of_all: list[Run] = []
    with first.watch(of_first.append), async_dag.watch(of_all.append):
        asyncio.run(first.invoke())
        asyncio.run(second.invoke())
    assert [run.result.manager for run in of_first] == [first]
    assert [run.result.manager for run in of_all] == [first, second]


@pytest.mark.parametrize("of_all", [False, True])
def test_watching_ends(of_all: bool) -> None:
    """By a call, or with the block; a second end does nothing."""
    tm = manager()
    watch = async_dag.watch if of_all else tm.watch
    seen: list[Run] = []
    with watch(seen.append) as ending:
        asyncio.run(tm.invoke())
    asyncio.run(tm.invoke())
    ending()
    assert len(seen) == 1
    ending = watch(seen.append)
    ending()
    ending()
    asyncio.run(tm.invoke())
    assert len(seen) == 1


def test_the_same_function_may_watch_twice() -> None:
    """Who ends its watching ends its own alone, though another registered the same function."""
    tm = manager()
    seen: list[Run] = []

    def callback(run: Run) -> None:
        seen.append(run)

    first, second = tm.watch(callback), tm.watch(callback)
    asyncio.run(tm.invoke())
    assert len(seen) == 2
    first()
    first()
    asyncio.run(tm.invoke())
    assert len(seen) == 3
    second()
    asyncio.run(tm.invoke())
    assert len(seen) == 3


def test_a_callback_may_end_its_own_watching() -> None:
    """From within, once it has seen enough; those that come after it are told all the same."""
    tm = manager()
    seen: list[str] = []

    def first(run: Run) -> None:
        seen.append("first")
        ending()

    ending = tm.watch(first)
    with tm.watch(lambda run: seen.append("second")):
        asyncio.run(tm.invoke())
        asyncio.run(tm.invoke())
    assert seen == ["first", "second", "second"]


def test_a_callback_that_raises_does_not_disturb_the_run() -> None:
    """The event loop's exception handler is told; the other callbacks and the run go on."""
    tm = manager()
    error = OSError("mine")
    told: list[dict[str, Any]] = []
    seen: list[Run] = []

    def broken(run: Run) -> None:
        raise error

    async def main() -> int:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        return (await tm.invoke())[tm["one"]]

    with tm.watch(broken), tm.watch(seen.append):
        assert asyncio.run(main()) == 1
    assert [context["exception"] for context in told] == [error]
    assert "watch" in told[0]["message"]
    assert len(seen) == 1


@pytest.mark.parametrize("what", [None, 3, "print"])
def test_only_functions_can_watch(what: Any) -> None:
    """What can't be called is refused when it is given."""
    for watch in (manager().watch, async_dag.watch):
        with pytest.raises(WrongTypeError, match="watch takes a function of one argument"):
            watch(what)


def test_async_functions_cannot_watch() -> None:
    """Nobody would await an async callback, so it is refused when it is given."""

    async def callback(run: Run) -> None:
        pass

    for what in (callback, functools.partial(callback)):
        with pytest.raises(WrongTypeError, match="plain function"):
            manager().watch(what)


def slow_manager(cleaned: list[str], clock: Any = None) -> TaskManager[None]:
    """A node that sleeps for an hour and notes its clean-up, and one that waits for it."""

    async def sleep() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            cleaned.append("cleaned")

    tm = TaskManager[None]() if clock is None else TaskManager[None](clock=clock)
    first = tm.add_node(sleep)
    tm.collect([first])
    tm.add_node(one)
    tm.sort()
    return tm


def assert_cancelled(tm: TaskManager[None], cleaned: list[str]) -> None:
    assert cleaned == ["cleaned"]
    unfinished = tm.last_unfinished
    assert unfinished is not None
    assert unfinished.trace.states == ["cancelled", "skipped", "done"]
    assert unfinished.trace.causes == {0: OUTSIDE, 1: OUTSIDE}
    with pytest.raises(ValueError, match="was cancelled, because the invoke was cancelled"):
        unfinished[tm["sleep"]]


def test_cancel_from_another_thread() -> None:
    """`run.cancel()` from a thread wakes the loop, cancels the nodes and waits for their clean-up."""
    cleaned: list[str] = []
    tm = slow_manager(cleaned)
    threads: list[threading.Thread] = []

    def cancel_soon(run: Run) -> None:
        def wait_and_cancel() -> None:
            while run.trace.snapshot().states[2] != "done":
                pass
            run.cancel()

        threads.append(threading.Thread(target=wait_and_cancel))
        threads[0].start()

    with tm.watch(cancel_soon), pytest.raises(asyncio.CancelledError):
        asyncio.run(asyncio.wait_for(tm.invoke(), 60))
    threads[0].join()
    assert_cancelled(tm, cleaned)


def test_cancel_from_the_same_loop() -> None:
    """Called by other code on the loop, it takes effect in the next turn, at no loss of time."""
    cleaned: list[str] = []

    async def main(loop: VirtualLoop) -> TaskManager[None]:
        tm = slow_manager(cleaned, loop.time)
        runs: list[Run] = []
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(1)
        runs[0].cancel()
        runs[0].cancel()
        with pytest.raises(asyncio.CancelledError, match=r"Run\.cancel"):
            await invoke
        assert loop.time() == 1.0
        return tm

    assert_cancelled(run_virtual(main), cleaned)


def test_cancel_from_the_callback() -> None:
    """A watcher may refuse a run right at its start."""
    cleaned: list[str] = []

    async def main(loop: VirtualLoop) -> TaskManager[None]:
        tm = slow_manager(cleaned, loop.time)
        with tm.watch(lambda run: run.cancel()), pytest.raises(asyncio.CancelledError):
            await tm.invoke()
        return tm

    tm = run_virtual(main)
    assert tm.last_unfinished is not None
    assert set(tm.last_unfinished.trace.states[:2]) <= {"cancelled", "skipped"}


def test_cancel_from_a_node() -> None:
    """A node may cancel the run that it belongs to."""

    async def main(loop: VirtualLoop) -> list[str]:
        runs: list[Run] = []

        async def suicide() -> None:
            runs[0].cancel()
            await asyncio.sleep(1)

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(suicide)
        tm.sort()
        with tm.watch(runs.append), pytest.raises(asyncio.CancelledError):
            await tm.invoke()
        assert tm.last_unfinished is not None
        return list(tm.last_unfinished.trace.states)

    assert run_virtual(main) == ["cancelled"]


def test_cancel_reaches_one_run_alone() -> None:
    """Other invokes of the same manager go on."""

    async def main(loop: VirtualLoop) -> None:
        tm = TaskManager[None](clock=loop.time)
        node = tm.add_node(asyncio.sleep, 2, "x")
        tm.sort()
        runs: list[Run] = []
        with tm.watch(runs.append):
            invokes = [asyncio.create_task(tm.invoke()) for _ in range(2)]
            await asyncio.sleep(1)
        runs[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await invokes[0]
        assert (await invokes[1])[node] == "x"

    run_virtual(main)


def test_cancel_after_the_end_does_nothing() -> None:
    """On the running loop, after it was closed, and from a thread: no error, no change."""
    runs: list[Run] = []
    tm = manager()

    async def main() -> None:
        await tm.invoke()
        runs[0].cancel()
        await asyncio.sleep(0)

    with tm.watch(runs.append):
        asyncio.run(main())
    runs[0].cancel()
    thread = threading.Thread(target=runs[0].cancel)
    thread.start()
    thread.join()
    assert runs[0].trace.states == ["done"]
    assert tm.last_unfinished is None


@pytest.mark.parametrize("of_all", [False, True])
def test_the_end_of_every_run_is_told_once(of_all: bool) -> None:
    """With the trace closed, before `invoke` returns; the end of watching ends that as well."""
    tm = manager()
    told: list[tuple[Run, bool]] = []
    watch = async_dag.watch if of_all else tm.watch
    with watch(over=lambda run: told.append((run, run.trace.over))):
        result = asyncio.run(tm.invoke())
    asyncio.run(tm.invoke())
    assert [(run.result, over) for run, over in told] == [(result, True)]


def test_the_end_is_told_however_a_run_ends() -> None:
    """Of a run that failed, one that was cancelled, and a stream that was left."""

    async def fail() -> None:
        raise OSError("no route")

    with build_dag() as tm:
        tm.add_node(fail)
        slow = tm.add_node(asyncio.sleep, 60)

    async def main(_: VirtualLoop) -> None:
        with pytest.raises(async_dag.InvocationError):
            await tm.invoke()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await tm.invoke(targets=[slow])
        async with tm.stream(targets=[slow]):
            await asyncio.sleep(1)

    told: list[set[str]] = []
    with tm.watch(over=lambda run: told.append(set(run.trace.states))):
        run_virtual(main)
    assert told == [{"failed", "skipped"}, {"skipped", "cancelled"}, {"skipped", "cancelled"}]


def test_a_callback_at_the_end_that_raises_harms_no_run() -> None:
    """The loop's exception handler gets it, and the result is returned."""
    tm = manager()
    contexts: list[dict[str, Any]] = []

    async def main() -> int:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: contexts.append(context)
        )
        return (await tm.invoke())[tm.nodes[0]]

    with tm.watch(over=lambda _: 1 / 0):
        assert asyncio.run(main()) == 1
    assert [type(context["exception"]) for context in contexts] == [ZeroDivisionError]


@pytest.mark.parametrize("streamed", [False, True])
def test_the_clock_starts_after_those_who_watch_were_told(streamed: bool) -> None:
    """However long a callback takes: the run is no longer for it."""

    async def main(loop: VirtualLoop) -> None:
        tm = TaskManager[None](clock=loop.time)
        tm.add_node(asyncio.sleep, 1.0)
        tm.sort()
        with tm.watch(lambda _: loop.hold(5.0)):
            if streamed:
                async with tm.stream() as stream:
                    async for _ in stream:
                        pass
                trace = stream.result.trace
            else:
                trace = (await tm.invoke()).trace
        assert (trace.started[0], trace.finished[0], trace.elapsed) == (0.0, 1.0, 1.0)

    run_virtual(main)
