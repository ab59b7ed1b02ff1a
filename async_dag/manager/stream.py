"""`Stream`: the values of an invoke, as nodes finish."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from async_dag._common.misuse import missing_attribute, refuse
from async_dag.engine.failures import is_a
from async_dag.engine.policy import Policy
from async_dag.engine.report import is_within
from async_dag.engine.result import ExecutionResult
from async_dag.engine.run import Run
from async_dag.engine.runs import policy_run
from async_dag.errors import LifecycleError
from async_dag.nodes.node import TaskNode

P = TypeVar("P")


class Stream(Generic[P]):
    """An invoke as an async iterator of (node, value) pairs; see `tm.stream`.

    It yields every task that runs once, in the order in which they finish. Values that are not computed
    by this invoke (`reuse=`), and those of `collect`, are only in `result`.

    The invoke begins with the `async with` block, or with the loop if there is none, and runs in a task
    of its own, so a slow loop body slows no node. Leaving the block early, or `aclose`, cancels it and
    waits until every node has cleaned up. Leaving a loop without a block does so a moment later, so
    prefer the block. If nodes fail, the loop first yields the values known before, then raises
    `InvocationError`. A stream can be used only once.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def nap(seconds: float) -> float:
    ...     await asyncio.sleep(seconds)
    ...     return seconds
    >>> with build_dag() as tm:
    ...     nodes = [tm.add_node(nap, 0.03), tm.add_node(nap, 0.01)]
    >>> async def main() -> list[float]:
    ...     return [value async for node, value in tm.stream()]
    >>> asyncio.run(main())
    [0.01, 0.03]
    """

    def __init__(
        self, policy: Policy, parameter: Any, carry_out: Callable[[Run], Awaitable[None]]
    ) -> None:
        self._policy = policy
        self._parameter = parameter
        self._carry_out = carry_out
        self._run: Run | None = None
        self._task: asyncio.Task[None] | None = None
        self._done: deque[int] = deque()
        self._news = asyncio.Semaphore(0)  # one for each value, and one for the end, which stays
        self._error: BaseException | None = None
        self._in_block = False

    @property
    def result(self) -> ExecutionResult[P]:
        """The result; complete once the loop has ended, partial before.

        Raises `LifecycleError` (a `ValueError`) if the invoke has not begun.
        """
        if self._run is None:
            raise LifecycleError(
                "the result of a stream is there once it has begun: with 'async with tm.stream() as "
                "stream', or with the first step of 'async for'"
            )
        return self._run.result

    async def __aenter__(self) -> Stream[P]:
        self._begin()
        self._in_block = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[tuple[TaskNode[P, Any], Any]]:
        return self if self._in_block else self._to_its_end()

    async def _to_its_end(self) -> AsyncIterator[tuple[TaskNode[P, Any], Any]]:
        # Python closes a generator whose loop is left early, which closes the stream.
        self._begin()
        try:
            while True:
                try:
                    pair = await self.__anext__()
                except StopAsyncIteration:
                    return
                yield pair
        finally:
            await self.aclose()

    if not TYPE_CHECKING:  # type checkers find these mistakes by themselves

        def __getattr__(self, name: str) -> NoReturn:
            instead = (
                "it is read: async for node, value in stream; the values so far: stream.result"
            )
            missing_attribute(self, name, called="a stream", instead=instead)

    async def __anext__(self) -> tuple[TaskNode[P, Any], Any]:
        """The next node that is done, with its value."""
        task, run = self._task, self._run
        if task is None or run is None:
            raise LifecycleError(
                "a stream is read with 'async for', or begins with 'async with tm.stream() as stream'"
            )
        await self._news.acquire()  # who has waited longest is first
        if not self._done:
            self._news.release()  # the other readers come to the end too
            error, self._error = self._error, None
            if error is None:
                raise StopAsyncIteration
            try:
                raise error
            finally:
                del error  # its traceback holds this frame: a cycle
        index = self._done.popleft()
        node: TaskNode[P, Any] = run.result.node_of(index)
        return node, run.result[node]

    async def aclose(self) -> None:
        """Cancel what still runs and wait until it has cleaned up. Does nothing once all is over.

        Called by a node of this stream, which can't wait for its own end, it only cancels.
        """
        task = self._task
        if task is None:
            return
        cancelled: asyncio.CancelledError | None = None
        if not task.done():
            task.cancel()
        while not task.done():
            if is_within(self.result.trace):
                return
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as error:
                # Cancelled again: cancel the nodes again, like `invoke`.
                cancelled = error
                task.cancel()
        self._done.clear()
        left, self._error = self._error, None
        if left is not None and (is_a(left, Exception) or is_a(left, asyncio.CancelledError)):
            left = None  # but a KeyboardInterrupt must not be dropped
        raised = left or cancelled
        if raised is not None:
            try:
                raise raised
            finally:
                del left, cancelled, raised  # their tracebacks hold this frame: a cycle

    def __repr__(self) -> str:
        if self._task is None:
            return "<Stream, not begun: async for node, value in tm.stream(...)>"
        return f"<Stream, {'over' if self._task.done() else 'running'}>"

    def _begin(self) -> None:
        if self._task is not None:
            raise LifecycleError(
                "a stream can be used once: call tm.stream() again for another run"
            )
        run = policy_run(self._policy, self._parameter, self._deliver)
        carried_out = self._keep_error(run)
        self._run = run
        try:
            self._task = asyncio.create_task(carried_out)
        except BaseException:  # the user's task factory raised
            carried_out.close()
            self._run = None
            raise
        self._task.add_done_callback(lambda _: self._news.release())

    async def _keep_error(self, run: Run) -> None:
        try:
            await self._carry_out(run)
        except BaseException as error:  # noqa: BLE001 - it is raised where the loop ends
            # In a task of its own, a KeyboardInterrupt would end the event loop.
            self._error = error

    def _deliver(self, index: int) -> None:
        self._done.append(index)
        self._news.release()


_READ = (
    "a stream is read: async for node, value in tm.stream(...), or its result: await tm.invoke(...)"
)
_BLOCK = "a stream needs an async block: async with tm.stream(...) as stream"
refuse(Stream, await_=_READ, iter=_READ, getitem=_READ, enter=_BLOCK, exit=_BLOCK)
