"""`in_thread`: plain functions in threads; and what `in_process` refuses before any process starts."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import pytest

from async_dag import (
    InvocationError,
    MissingExtraError,
    TaskManager,
    WrongTaskError,
    build_dag,
    in_process,
    in_thread,
)


def value_of(task: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The value of a DAG of one node."""
    with build_dag() as tm:
        node = tm.add_node(task, *args, **kwargs)
    return asyncio.run(tm.invoke())[node]


def failure_of(task: Callable[..., Any], *args: Any) -> Exception:
    """The exception of the only node of a DAG."""
    with pytest.raises(InvocationError) as caught:
        value_of(task, *args)
    [error] = caught.value.exceptions
    return error


def test_a_hundred_nodes_run_at_once() -> None:
    """None of them gets past the barrier before all hundred are at it, so none waits for another."""
    barrier = threading.Barrier(100)

    def meet() -> int:
        return barrier.wait(timeout=60)

    with build_dag() as tm:
        nodes = [tm.add_node(in_thread(meet)) for _ in range(100)]
    result = asyncio.run(tm.invoke())
    assert sorted(result[node] for node in nodes) == list(range(100))
    # Each of them was running when the last one came.
    assert max(result.trace.started) <= min(result.trace.finished)


def test_the_loop_is_free_meanwhile() -> None:
    """Other nodes go on while a thread blocks: here one that lets it go on."""
    released = threading.Event()

    def block() -> str:
        assert released.wait(timeout=60)
        return "released"

    async def release() -> None:
        await asyncio.sleep(0)
        released.set()

    with build_dag() as tm:
        node = tm.add_node(in_thread(block))
        tm.add_node(release)
    result = asyncio.run(tm.invoke())
    assert result[node] == "released"


def test_the_thread_is_another_one() -> None:
    """The function runs in a thread of our pool, named so that a profiler's user knows whose it is."""
    name = value_of(in_thread(lambda: threading.current_thread().name))
    assert name.startswith("async_dag")


def test_context_variables_are_copied() -> None:
    """The function sees those of the caller of `invoke`; what it sets, nobody else sees."""
    variable = contextvars.ContextVar("variable", default="default")

    def read_and_set() -> str:
        seen = variable.get()
        variable.set("set in a thread")
        return seen

    with build_dag() as tm:
        first = tm.add_node(in_thread(read_and_set))
        second = tm.add_node(in_thread(lambda _: variable.get()), first)

    async def main() -> list[str]:
        variable.set("of the caller")
        result = await tm.invoke()
        return [result[first], result[second], variable.get()]

    assert asyncio.run(main()) == ["of the caller"] * 3


def test_a_pool_of_the_users() -> None:
    """`pool=` is used in place of ours, and it queues what is more than its threads."""
    running: list[int] = []
    most: list[int] = []

    def work() -> str:
        running.append(1)
        most.append(len(running))
        running.pop()
        return threading.current_thread().name

    with ThreadPoolExecutor(1, thread_name_prefix="mine") as pool:
        task = in_thread(work, pool=pool)
        with build_dag() as tm:
            nodes = [tm.add_node(task) for _ in range(10)]
        result = asyncio.run(tm.invoke())
    assert {result[node] for node in nodes} == {"mine_0"}
    assert max(most) == 1


async def invoke_and_cancel(tm: TaskManager[None], began: threading.Event) -> None:
    """Cancel an invoke once `began` is set, and wait for its end."""
    invoke = asyncio.create_task(tm.invoke())
    while not began.is_set():
        await asyncio.sleep(0.001)
    invoke.cancel()
    with pytest.raises(asyncio.CancelledError):
        await invoke


def test_cancelling_ends_the_waiting() -> None:
    """`invoke` ends at once; the thread runs to its end, and its result is dropped without a word."""
    began, released, ended = threading.Event(), threading.Event(), threading.Event()

    def block() -> None:
        began.set()
        assert released.wait(timeout=60)
        ended.set()

    with build_dag() as tm:
        tm.add_node(in_thread(block))

    async def main() -> None:
        await invoke_and_cancel(tm, began)
        assert not ended.is_set()
        released.set()
        while not ended.is_set():
            await asyncio.sleep(0.001)
        await asyncio.sleep(0)

    asyncio.run(main())
    assert tm.last_unfinished is not None
    assert tm.last_unfinished.trace.states == ["cancelled"]


def test_a_call_that_waits_for_a_thread_is_never_begun_once_cancelled() -> None:
    """What still queues in a pool when the node is cancelled does not run at all."""
    began, released = threading.Event(), threading.Event()
    second_ran = threading.Event()

    def block() -> None:
        began.set()
        assert released.wait(timeout=60)

    with ThreadPoolExecutor(1) as pool:
        with build_dag() as tm:
            tm.add_node(in_thread(block, pool=pool))
            tm.add_node(in_thread(second_ran.set, pool=pool))

        async def main() -> None:
            await invoke_and_cancel(tm, began)
            released.set()

        asyncio.run(main())
    assert not second_ran.is_set()


def test_errors_arrive_as_they_are() -> None:
    """The very exception, with the note that names the node and a traceback into the function."""
    error = OSError("mine")

    def broken() -> None:
        raise error

    assert failure_of(in_thread(broken)) is error
    assert error.__notes__ == ["in node 'broken'"]
    traceback = error.__traceback__
    assert traceback is not None
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    assert traceback.tb_frame.f_code.co_name == "broken"


def test_stop_iteration_becomes_a_runtime_error() -> None:
    """As in an async function: asyncio could not hand it on, and the node would wait for ever."""

    def exhausted() -> int:
        return next(iter(()))

    error = failure_of(in_thread(exhausted))
    assert type(error) is RuntimeError
    assert isinstance(error.__cause__, StopIteration)


def read(path: str, *, limit: int = 10) -> bytes:
    """Read it."""
    return path.encode()[:limit]


@pytest.mark.parametrize("wrap", [in_thread, in_process])
def test_signature_name_and_docstring_stay(wrap: Callable[..., Any]) -> None:
    """The wrapped function is called and checked like the function itself, and named after it."""
    task = wrap(read)
    assert inspect.signature(task) == inspect.signature(read)
    assert (task.__name__, task.__doc__) == ("read", "Read it.")
    assert inspect.iscoroutinefunction(task)
    with build_dag() as tm:
        assert tm.add_node(task, "a").name == "read"
        with pytest.raises(WrongTaskError, match="unexpected keyword argument 'limits'"):
            tm.add_node(task, "a", limits=3)
        with pytest.raises(WrongTaskError, match="missing a required argument: 'path'"):
            tm.add_node(task)
    assert tm.graph.origins[0] == ("read", __file__, read.__code__.co_firstlineno)


def test_what_else_can_be_called() -> None:
    """Partials, methods, built-ins, classes and callable objects, keywords and nodes included."""

    class Reader:
        def read(self, path: str) -> str:
            return path + "!"

        def __call__(self, path: str) -> str:
            return path + "?"

    assert value_of(in_thread(functools.partial(read, limit=2)), "abc") == b"ab"
    assert value_of(in_thread(Reader().read), "a") == "a!"
    assert value_of(in_thread(Reader()), "a") == "a?"
    assert value_of(in_thread(sum), [1, 2]) == 3
    assert value_of(in_thread(int), "12") == 12
    with build_dag() as tm:
        node = tm.add_node(in_thread(read), "abc", limit=1)
        length = tm.add_node(in_thread(len), node)
    result = asyncio.run(tm.invoke())
    assert (result[node], result[length]) == (b"a", 1)


def test_nodes_are_named_after_what_is_called() -> None:
    """Also where that has no `__name__` of its own: a partial's function, an object's class."""

    class Reader:
        def __call__(self) -> None:
            pass

    with build_dag() as tm:
        of_partial = tm.add_node(in_thread(functools.partial(read, "a")))
        of_object = tm.add_node(in_thread(Reader()))
    assert (of_partial.name, of_object.name) == ("read", "Reader")


@pytest.mark.parametrize("wrap", [in_thread, in_process])
def test_what_cannot_be_called_is_refused(wrap: Callable[..., Any]) -> None:
    """When it is wrapped, not when it runs; a function that was called by mistake is the usual case."""
    for what in (None, 3, read("a")):
        with pytest.raises(WrongTaskError, match="not callable") as caught:
            wrap(what)
        assert f"add_node({wrap.__name__}(function), ...)" in str(caught.value)


@pytest.mark.parametrize("wrap", [in_thread, in_process])
def test_async_functions_are_refused(wrap: Callable[..., Any]) -> None:
    """They need no thread; partials, methods and objects with an async `__call__` are seen through."""

    async def fetch() -> None:
        pass

    class Fetcher:
        async def fetch(self) -> None:
            pass

        async def __call__(self) -> None:
            pass

    for what in (fetch, functools.partial(fetch), Fetcher().fetch, Fetcher(), wrap(read)):
        with pytest.raises(WrongTaskError, match="async already"):
            wrap(what)


@pytest.fixture
def no_loky(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Python without loky."""
    monkeypatch.setitem(sys.modules, "loky", None)
    return


@pytest.mark.usefixtures("no_loky")
def test_in_process_without_loky() -> None:
    """The node fails with one error and one cure; it is an `ImportError`, too."""
    error = failure_of(in_process(read), "a")
    assert type(error) is MissingExtraError
    assert isinstance(error, ImportError)
    assert str(error) == "in_process needs loky: pip install loky"


@pytest.mark.usefixtures("no_loky")
def test_in_process_with_a_pool_needs_no_loky() -> None:
    """With `pool=`, loky is not asked for; any executor will do."""

    class HereAndNow(Executor):
        """Runs what it is given at once."""

        def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
            from concurrent.futures import Future

            future: Future[Any] = Future()
            future.set_result(function(*args, **kwargs))
            return future

    assert value_of(in_process(read, pool=HereAndNow()), "abc", limit=2) == b"ab"
