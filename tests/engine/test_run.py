"""Scheduling: every node starts the moment its last dependency is done, and gives the right value."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import sys
import time
from typing import Any

import pytest
from hypothesis import given

from async_dag import (
    ExecutionResult,
    InvocationError,
    NodeCancelled,
    TaskManager,
    Trace,
    build_dag,
)
from async_dag.trace.columns import Step
from tests.support import needs
from tests.support.strategies import Spec, build, dags, expected_values
from tests.support.virtual import VirtualLoop, run_virtual


@given(dags())
def test_values_are_those_of_plain_evaluation(specs: list[Spec]) -> None:
    """Whatever the graph, each node's value is what calling the functions by hand gives."""

    async def main(loop: VirtualLoop) -> list[Any]:
        tm, nodes = build(specs, loop.time)
        result = await tm.invoke()
        return [node.extract_result(result) for node in nodes]

    assert run_virtual(main) == expected_values(specs)


@given(dags())
def test_every_node_starts_when_its_last_dependency_is_done(specs: list[Spec]) -> None:
    """On an exact clock: ready == started == the latest finish of the dependencies, with no gap."""

    async def main(loop: VirtualLoop) -> ExecutionResult[None]:
        tm, _ = build(specs, loop.time)
        return await tm.invoke()

    trace = run_virtual(main).trace
    for index, spec in enumerate(specs):
        ready = max((trace.finished[d] for d in spec.dependencies), default=0.0)
        assert trace.ready[index] == trace.started[index] == ready
        assert trace.finished[index] == ready + spec.duration
    assert trace.elapsed == max(trace.finished)
    assert set(trace.states) == {"done"}


def test_the_readme_graph_takes_its_critical_path() -> None:
    """2.0 s of work one by one take 1.2 s: fast_a, slow_b, end."""

    async def main(loop: VirtualLoop) -> float:
        async def task(seconds: float, *_: object) -> None:
            await asyncio.sleep(seconds)

        tm = TaskManager[None](clock=loop.time)
        fast_a = tm.add_node(task, 0.1)
        slow_b = tm.add_node(task, 1.0, fast_a)
        slow_a = tm.add_node(task, 0.5)
        fast_b = tm.add_node(task, 0.2)
        fast_c = tm.add_node(task, 0.1, slow_a, fast_b)
        tm.add_node(task, 0.1, slow_b, fast_c)
        tm.sort()
        return (await tm.invoke()).trace.elapsed

    assert run_virtual(main) == pytest.approx(1.2)


def test_one_manager_runs_many_invokes_at_once() -> None:
    """Invokes that overlap have values and traces of their own."""

    async def main(loop: VirtualLoop) -> list[int]:
        async def double(n: int) -> int:
            await asyncio.sleep(n)
            return 2 * n

        tm = TaskManager[int](clock=loop.time)
        node = tm.add_node(double, tm.parameter_node)
        tm.sort()
        results = await asyncio.gather(*(tm.invoke(n) for n in range(1, 6)))
        assert [result.trace.elapsed for result in results] == [1, 2, 3, 4, 5]
        return [result[node] for result in results]

    assert run_virtual(main) == [2, 4, 6, 8, 10]


def test_invoke_nested_in_a_node() -> None:
    """A node may invoke its own manager again."""

    async def main(loop: VirtualLoop) -> int:
        tm = TaskManager[int](clock=loop.time)

        async def factorial(n: int) -> int:
            await asyncio.sleep(1)
            return 1 if n == 0 else n * (await tm.invoke(n - 1))[node]

        node = tm.add_node(factorial, tm.parameter_node)
        tm.sort()
        return (await tm.invoke(5))[node]

    assert run_virtual(main) == 120


def test_one_manager_on_several_event_loops() -> None:
    """Nothing of an event loop stays in the manager."""

    async def one() -> int:
        await asyncio.sleep(0)
        return 1

    with build_dag() as tm:
        node = tm.add_node(one)
    assert [asyncio.run(tm.invoke())[node] for _ in range(3)] == [1, 1, 1]


def test_each_node_has_an_asyncio_task_of_its_own() -> None:
    """current_task differs from node to node and from the caller's, and stays the same in a node."""
    seen: list[asyncio.Task[Any] | None] = []

    async def note(wait: bool, *_: object) -> None:
        seen.append(asyncio.current_task())
        if wait:
            await asyncio.sleep(0)
            assert asyncio.current_task() is seen[-1]

    with build_dag() as tm:
        first = tm.add_node(note, True)
        second = tm.add_node(note, False, first)
        tm.add_node(note, False, second)

    async def main() -> None:
        seen.append(asyncio.current_task())
        await tm.invoke()

    asyncio.run(main())
    assert None not in seen
    assert len({id(task) for task in seen}) == 4


def test_asyncio_timeout_works_inside_a_node() -> None:
    """A timeout in a node ends that await and nothing else, as in hand-written code."""

    async def main(loop: VirtualLoop) -> str:
        async def impatient() -> str:
            try:
                async with asyncio.timeout(1):
                    await asyncio.sleep(5)
            except TimeoutError:
                return "gave up"
            return "waited"

        tm = TaskManager[None](clock=loop.time)
        node = tm.add_node(impatient)
        tm.add_node(asyncio.sleep, 2)
        tm.sort()
        result = await tm.invoke()
        assert result.trace.elapsed == 2
        return result[node]

    assert run_virtual(main) == "gave up"


variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


@pytest.mark.parametrize("wait", [False, True])
def test_context_variables_do_not_leak(wait: bool) -> None:
    """A node sees the caller's context; what it sets no dependent and no caller sees."""

    async def main(loop: VirtualLoop) -> list[str]:
        async def write(value: str) -> str:
            before = variable.get()
            variable.set(value)
            if wait:
                await asyncio.sleep(1)
            assert variable.get() == value
            return before

        async def read(*_: object) -> str:
            return variable.get()

        tm = TaskManager[None](clock=loop.time)
        writers = [tm.add_node(write, "a"), tm.add_node(write, "b")]
        reader = tm.add_node(read, *writers)
        tm.sort()
        variable.set("caller's")
        result = await tm.invoke()
        assert variable.get() == "caller's"
        return [result[node] for node in (*writers, reader)]

    assert run_virtual(main) == ["caller's"] * 3


def test_a_plain_function_that_returns_an_awaitable_runs_in_its_node() -> None:
    """The function itself is called within the node's task and context, not by whoever starts it."""
    seen: list[object] = []

    def start(n: int) -> asyncio.Future[int]:
        seen.append(asyncio.current_task())
        variable.set("inside")
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        future.set_result(n)
        return future

    async def main() -> int:
        with build_dag() as tm:
            node = tm.add_node(start, 5)
        result = await tm.invoke()
        assert variable.get() == "unset"
        seen.append(asyncio.current_task())
        return result[node]

    assert asyncio.run(main()) == 5
    assert seen[0] is not None
    assert seen[0] is not seen[1]


class _Awaitable:
    def __await__(self) -> Any:
        yield from asyncio.sleep(0).__await__()
        return "own"


def test_anything_awaitable_may_be_returned() -> None:
    """Futures, tasks, generator-based coroutines and objects with __await__ are awaited."""
    import types

    @types.coroutine
    def generator_based() -> Any:
        yield
        return "generator"

    async def text() -> str:
        await asyncio.sleep(0)
        return "task"

    with build_dag() as tm:
        nodes: list[Any] = [
            tm.add_node(_Awaitable),
            tm.add_node(generator_based),
            tm.add_node(lambda: asyncio.ensure_future(text())),
        ]
    result = asyncio.run(tm.invoke())
    assert [result[node] for node in nodes] == ["own", "generator", "task"]


def test_held_is_the_time_between_awaits() -> None:
    """A node that computes 1 s, waits 2 s and computes 3 s took 6 s and held the loop for 4 s."""

    async def main(loop: VirtualLoop) -> ExecutionResult[None]:
        async def work() -> None:
            loop.hold(1)
            await asyncio.sleep(2)
            loop.hold(3)

        async def instant() -> None:
            loop.hold(0.5)

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(work)
        tm.add_node(instant)
        tm.sort()
        return await tm.invoke()

    trace = run_virtual(main).trace
    assert list(trace.held) == [4, 0.5]
    assert trace.finished[0] - trace.started[0] == 6
    assert trace.ready[1] == 0
    assert trace.started[1] == 1  # it was ready, but the loop was held
    assert [step[:3] for step in trace.long_steps] == [(0, 0, 1), (1, 1, 0.5), (0, 3, 3)]


def test_a_cancelled_wait_that_is_caught_counts_as_a_step() -> None:
    """What is thrown into a node reaches its coroutine, and its later steps are timed as well."""

    async def main(loop: VirtualLoop) -> ExecutionResult[None]:
        async def stubborn() -> str:
            try:
                async with asyncio.timeout(1):
                    await asyncio.sleep(9)
            except TimeoutError:
                loop.hold(0.25)
            return "done"

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(stubborn)
        tm.sort()
        return await tm.invoke()

    assert list(run_virtual(main).trace.held) == [0.25]


@pytest.mark.parametrize("shape", ["chain", "independent", "behind nodes that wake up together"])
def test_nodes_that_never_await_let_the_loop_breathe(shape: str) -> None:
    """While nodes that never wait take 120 ms, the loop gets a turn at least every 10 ms."""

    async def busy(*_: object) -> None:
        end = time.perf_counter() + 0.001
        while time.perf_counter() < end:
            pass

    with build_dag() as tm:
        node = tm.add_node(busy)
        for _ in range(120):
            if shape == "chain":
                node = tm.add_node(busy, node)
            elif shape == "independent":
                tm.add_node(busy)
            else:
                tm.add_node(busy, tm.add_node(asyncio.sleep, 0))

    async def main() -> int:
        turns = 0

        async def tick() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        ticker = asyncio.ensure_future(tick())
        await tm.invoke()
        ticker.cancel()
        return turns

    # Counted, not timed, so that a slow machine does not matter: 121 ms of work, a turn every 10 ms.
    assert asyncio.run(main()) >= 12


def test_nodes_that_never_await_cost_no_turn_of_the_loop() -> None:
    """Eager tasks: a chain of ten instant nodes is done before anything else gets a turn."""
    order: list[str] = []

    async def note(name: str, *_: object) -> None:
        order.append(name)

    with build_dag() as tm:
        node = tm.add_node(note, "node")
        for _ in range(9):
            node = tm.add_node(note, "node", node)

    async def main() -> None:
        asyncio.get_running_loop().call_soon(order.append, "turn")
        await tm.invoke()
        await asyncio.sleep(0)

    asyncio.run(main())
    assert order == ["node"] * 10 + ["turn"]


@pytest.mark.parametrize("eager_factory", [False, True])
@pytest.mark.parametrize("wait", [False, True])
def test_a_long_chain(eager_factory: bool, wait: bool) -> None:
    """A chain of 20,000 nodes needs no recursion, with an eager task factory of the user's as well."""

    async def add_one(n: int) -> int:
        if wait:
            await asyncio.sleep(0)
        return n + 1

    with build_dag(int) as tm:
        node = tm.add_node(add_one, tm.parameter_node)
        for _ in range(19_999):
            node = tm.add_node(add_one, node)

    async def main() -> int:
        if eager_factory:
            factory = getattr(asyncio, "eager_task_factory", None)
            if factory is None:
                pytest.skip(needs.NO_EAGER_TASKS)
            asyncio.get_running_loop().set_task_factory(factory)
        return (await tm.invoke(0))[node]

    assert asyncio.run(main()) == 20_000


def test_a_task_factory_of_the_user_is_honoured() -> None:
    """Whoever traces tasks by a factory sees the nodes' tasks, and the values are the same."""
    made: list[object] = []

    async def add_one(n: int) -> int:
        await asyncio.sleep(0)
        return n + 1

    with build_dag(int) as tm:
        first = tm.add_node(add_one, tm.parameter_node)
        second = tm.add_node(add_one, first)

    def factory(loop: Any, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        made.append(coroutine)
        return asyncio.Task(coroutine, loop=loop, **options)

    async def main() -> int:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(factory)
        result = await tm.invoke(0)
        loop.set_task_factory(None)
        return result[second]

    assert asyncio.run(main()) == 2
    assert len(made) == 2


def test_parameter_and_immediates_are_rows_that_never_run() -> None:
    """They have a row that is done from the start, take no time and start no task."""

    async def add(a: int, b: int) -> int:
        return a + b

    with build_dag(int) as tm:
        parameter = tm.parameter_node
        seven = tm.add_immediate_node(7)
        total = tm.add_node(add, parameter, seven)
        both = tm.collect([total, seven])
        nothing = tm.collect([])
    result = asyncio.run(tm.invoke(1))
    assert (result[parameter], result[seven], result[total]) == (1, 7, 8)
    assert (result[both], result[nothing]) == ([8, 7], [])
    assert [node.kind for node in tm.nodes] == [
        "parameter",
        "immediate",
        "task",
        "collect",
        "collect",
    ]
    trace = result.trace
    assert trace.states == ["done"] * 5
    assert trace.ready[0] == trace.finished[0] == trace.ready[1] == trace.finished[1] == 0.0
    assert trace.started[3] == trace.finished[3] == trace.finished[2]


def test_an_empty_dag_runs() -> None:
    """No nodes, no work, no error."""
    with build_dag() as tm:
        pass
    assert len(asyncio.run(tm.invoke()).trace) == 0


def test_a_function_whose_parameters_changed_fails_its_node() -> None:
    """A call that no longer fits is the failure of the node, not of the engine."""

    async def one(a: int) -> int:
        return a

    async def none() -> int:
        return 0

    with build_dag() as tm:
        tm.add_node(one, 1)
    one.__code__ = none.__code__
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    assert [type(error) for error in caught.value.exceptions] == [TypeError]


def test_long_first_steps_are_recorded_after_a_failure() -> None:
    """Of nodes that start once another has failed, in the step that ends them and in one that waits."""

    async def main(loop: VirtualLoop) -> list[Step]:
        async def broken() -> None:
            raise ValueError("no")

        async def hold(wait: bool) -> None:
            loop.hold(0.25)
            if wait:
                await asyncio.sleep(1)

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(broken)
        tm.add_node(hold, True)
        tm.add_node(hold, False)
        tm.sort()
        with pytest.raises(InvocationError) as caught:
            await tm.invoke(on_error="continue")
        return caught.value.result.trace.long_steps

    steps = run_virtual(main)
    assert [(step.node, step.length) for step in steps] == [(1, 0.25), (2, 0.25)]


def test_a_factory_of_the_user_may_wrap_the_coroutine() -> None:
    """A tracer's factory awaits the node's coroutine in one of its own: the values are the same."""

    async def one() -> int:
        return 1

    async def add_one(n: int) -> int:
        await asyncio.sleep(0)
        return n + 1

    def factory(loop: Any, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        async def traced() -> Any:
            return await coroutine

        return asyncio.Task(traced(), loop=loop, **options)

    async def main(loop: VirtualLoop) -> None:
        with build_dag() as tm:
            last = tm.add_node(add_one, tm.add_node(one))
        loop.set_task_factory(factory)
        result = await tm.invoke()
        loop.set_task_factory(None)
        assert result[last] == 2

    run_virtual(main)


def test_a_factory_whose_tasks_fail_before_they_begin() -> None:
    """A node whose task never came to it has failed; nobody waits for it for ever."""

    async def one() -> int:
        return 1

    def factory(loop: Any, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        async def broken() -> Any:
            raise OSError("no tracer")

        return asyncio.Task(broken(), loop=loop, **options)

    async def main(loop: VirtualLoop) -> None:
        with build_dag() as tm:
            tm.add_node(one)
        loop.set_task_factory(factory)
        with pytest.raises(InvocationError, match="OSError: no tracer"):
            await tm.invoke()
        loop.set_task_factory(None)

    run_virtual(main)


@pytest.mark.skipif(sys.version_info < (3, 12), reason=needs.NO_EAGER_TASKS)
def test_a_factory_of_the_user_that_starts_eagerly() -> None:
    """Nodes that end while a foreign factory still makes their task are not waited for again."""

    async def one() -> int:
        return 1

    with build_dag() as tm:
        node = tm.add_node(one)

    async def main() -> int:
        loop = asyncio.get_running_loop()
        make: Any = asyncio.Task
        loop.set_task_factory(
            lambda loop, coro, **options: make(coro, loop=loop, eager_start=True, **options)
        )
        running = asyncio.ensure_future(tm.invoke())
        done, _ = await asyncio.wait([running], timeout=2)
        assert done
        return node.extract_result(running.result())

    assert asyncio.run(main()) == 1


@pytest.mark.filterwarnings("ignore:Assigning a code object")
def test_a_function_that_is_no_async_function_any_more_fails_its_node() -> None:
    """Code that a reloader exchanged after sort fails the node, not the engine."""

    async def task(number: int) -> int:
        return number

    def plain(number: int) -> int:
        return number

    with build_dag() as tm:
        tm.add_node(task, 1)
    task.__code__ = plain.__code__
    with pytest.raises(InvocationError, match="can't be awaited") as caught:
        asyncio.run(tm.invoke())
    (error,) = caught.value.exceptions
    assert error.__context__ is None  # nothing of how the engine found out


async def _length_later(calls: list[int]) -> int:
    await asyncio.sleep(0.01)
    return len(calls)


@pytest.mark.filterwarnings("ignore:Assigning a code object")
def test_a_function_that_returns_an_awaitable_now_is_called_once() -> None:
    """What a function gives that was an async one when the graph was sorted is awaited, and timed."""

    async def task(calls: list[int]) -> int:
        return len(calls)

    def plain(calls: list[int]) -> Any:
        calls.append(1)
        return asyncio.ensure_future(_length_later(calls))

    with build_dag() as tm:
        node = tm.add_node(task, [])
    task.__code__ = plain.__code__
    result = asyncio.run(tm.invoke())
    assert result[node] == 1
    assert result.timeline.durations["task"] > 0.009


@pytest.mark.parametrize("ends", ["returns", "raises", "is cancelled"])
def test_code_that_waits_once_it_was_exchanged(ends: str) -> None:
    """A function that could not wait when the graph was sorted may wait now, like any other."""

    async def task(n: int) -> int:
        return n if ends else 0  # code with as many cells can be exchanged

    async def waits(n: int) -> int:
        await asyncio.sleep(0.01)
        if ends == "raises":
            raise ValueError("late")
        return n + 1

    async def total(first: int, second: int) -> int:
        return first + second

    with build_dag() as tm:
        node = tm.add_node(total, tm.add_node(task, 1), tm.add_node(task, 2))
    task.__code__ = waits.__code__

    async def main() -> None:
        invoke = asyncio.ensure_future(tm.invoke())
        await asyncio.sleep(0.001)
        if ends == "is cancelled":
            invoke.cancel()
            with pytest.raises(asyncio.CancelledError):
                await invoke
            assert tm.last_unfinished is not None
            assert tm.last_unfinished.trace.states == ["cancelled", "cancelled", "skipped"]
        elif ends == "raises":
            with pytest.raises(InvocationError) as caught:
                await invoke
            assert set(caught.value.result.trace.states) <= {"failed", "cancelled", "skipped"}
        else:
            result = await invoke
            assert result[node] == 5
            assert (
                min(result.timeline.durations["task"], result.timeline.durations["task_2"]) > 0.009
            )

    asyncio.run(main())


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, asyncio.CancelledError, OSError])
def test_what_a_function_raises_that_cannot_wait(error: type[BaseException]) -> None:
    """It is recorded as of any other node, and its traceback begins in the function."""

    async def raises() -> None:
        raise error("mine")

    async def slow() -> None:
        await asyncio.sleep(10)

    with build_dag() as tm:
        tm.add_node(slow)
        tm.add_node(raises)

    raised: BaseException | None = None
    try:
        asyncio.run(tm.invoke())
    except BaseException as caught:  # noqa: BLE001 - two of them are no `Exception`
        raised = caught
    result = tm.last_unfinished
    assert result is not None
    assert result.trace.states == ["cancelled", "failed"]
    failure = result.errors[1]
    if error is asyncio.CancelledError:
        assert isinstance(failure, NodeCancelled)
        assert isinstance(failure.__cause__, error)
        failure = failure.__cause__
    assert str(failure) == "mine"
    if error in (KeyboardInterrupt, SystemExit):
        assert raised is failure
    else:
        assert failure.__traceback__ is not None
        assert failure.__traceback__.tb_frame.f_code is raises.__code__


def test_a_list_that_is_collected_late_is_done_then() -> None:
    """What takes it, and another node that ended meanwhile, was not ready before that had."""
    ticks = itertools.count()

    async def number(*_: object) -> int:
        return 1

    tm = TaskManager[None](clock=lambda: float(next(ticks)) / 1000)
    first = tm.add_node(number)
    other = tm.add_node(number, first)
    together = tm.collect([first])
    tm.add_node(number, other, together)
    tm.sort()
    trace = asyncio.run(tm.invoke()).trace
    assert trace.ready[3] >= max(trace.finished[other.index], trace.finished[together.index])
    Trace.from_json(trace.to_json())  # which refuses a trace that contradicts itself
