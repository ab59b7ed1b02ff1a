"""What runs a sorted manager: `invoke`, `stream` and `watch`."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import Any, Generic, TypeVar, overload

from async_dag._common.durations import Durations
from async_dag.engine.policy import Control, OnError, work_out
from async_dag.engine.policy_run import ControlledRun
from async_dag.engine.result import MISSING, ExecutionResult
from async_dag.engine.run import Run
from async_dag.engine.watch import Callback, Watching, notify, watch_in
from async_dag.errors import LifecycleError, MissingParameterError
from async_dag.graph.graph import Graph
from async_dag.manager.stream import Stream
from async_dag.nodes.node import TaskNode, needed_by
from async_dag.nodes.plan import Plan
from async_dag.trace.trace import Trace

P = TypeVar("P")


class Invoking(Generic[P]):
    """The part of a `TaskManager` that runs it."""

    # Made by the manager.
    _clock: Callable[[], float]
    _constants: list[object]
    _nodes: list[TaskNode[P, Any]]
    _parameter: TaskNode[P, P] | None
    _plan: Plan | None
    _with_attempts: list[int]
    _watchers: list[Callback]
    _last_unfinished: ExecutionResult[P] | None

    @property
    def graph(self) -> Graph:
        """The nodes as an immutable `Graph`."""
        raise NotImplementedError

    @property
    def last_unfinished(self) -> ExecutionResult[P] | None:
        """What the latest invoke that failed or was cancelled had got to; None once one succeeds."""
        return self._last_unfinished

    def watch(self, callback: Callback) -> Watching:
        """Call `callback(run)` at the start of every invoke of this manager; see `async_dag.watch`.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def one() -> int:
        ...     return 1
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(one)
        >>> stop_watching = tm.watch(lambda run: print("a run begins"))
        >>> _ = asyncio.run(tm.invoke())
        a run begins
        >>> stop_watching()
        >>> _ = asyncio.run(tm.invoke())
        """
        return watch_in(self._watchers, callback)

    @overload
    async def invoke(
        self: Invoking[None],
        *,
        max_concurrency: int | None = None,
        durations: Durations | None = None,
        on_error: OnError = "cancel",
        targets: Iterable[TaskNode[None, Any]] | None = None,
        reuse: ExecutionResult[None] | None = None,
    ) -> ExecutionResult[None]: ...
    @overload
    async def invoke(
        self,
        parameter: P,
        *,
        max_concurrency: int | None = None,
        durations: Durations | None = None,
        on_error: OnError = "cancel",
        targets: Iterable[TaskNode[P, Any]] | None = None,
        reuse: ExecutionResult[P] | None = None,
    ) -> ExecutionResult[P]: ...
    async def invoke(
        self,
        parameter: Any = MISSING,
        *,
        max_concurrency: int | None = None,
        durations: Durations | None = None,
        on_error: OnError = "cancel",
        targets: Iterable[TaskNode[Any, Any]] | None = None,
        reuse: ExecutionResult[Any] | None = None,
    ) -> ExecutionResult[Any]:
        """Run all nodes, each the moment its last dependency is done, and return the result.

        Args:
            parameter: the value of `parameter_node`; may be left out if no node takes that.
            max_concurrency: how many nodes may run at once; by default as many as are ready. When a
                slot gets free, the node with the longest remaining path starts first.
            durations: how long nodes take, for the remaining path: a mapping from their names to
                seconds, or `timeline` of an earlier result. What is not known is taken as the mean of
                what is, if possible of the same task. Without it the path is counted in hops. Matters
                only with `max_concurrency`.
            on_error: when a node fails, `"cancel"` the others, or `"continue"`: only what depends on it
                is skipped, all else finishes before `InvocationError` is raised.
            targets: run only these nodes and what they need; the rest is skipped.
            reuse: an earlier result of this manager, such as `last_unfinished`. Nodes that finished in
                it are not run again, their values are carried over (state `reused`). With another
                parameter (neither the same object nor equal), nodes that depend on it run again.

        Returns:
            The `ExecutionResult`: `result[node]` or `node.extract_result(result)` is a node's value,
            `result.trace` says what happened when.

        Raises:
            LifecycleError: before `sort` (a `ValueError`).
            MissingParameterError: without a parameter that a node takes (a `ValueError`).
            WrongTypeError, WrongArgumentError, ForeignNodeError: an argument can't be used (a
                `TypeError` or `ValueError`).
            WrongLoopError: a node's limit belongs to another event loop (a `RuntimeError`).
            InvocationError: if nodes failed: an `ExceptionGroup` of their exceptions. The other nodes
                are cancelled and waited for first.
            asyncio.CancelledError: if the invoke was cancelled; every node is cancelled and waited
                for first.

        Whatever it raises once it has begun, `last_unfinished` has what was done until then.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> attempts = []
        >>> async def number(n: int) -> int:
        ...     return n
        >>> async def flaky(n: int) -> int:
        ...     attempts.append(n)
        ...     if len(attempts) == 1:
        ...         raise OSError("try again")
        ...     return n + 1
        >>> with build_dag() as tm:
        ...     first, other = tm.add_node(number, 1), tm.add_node(number, 2)
        ...     last = tm.add_node(flaky, first)
        >>> try:
        ...     _ = asyncio.run(tm.invoke(max_concurrency=1, on_error="continue"))
        ... except ExceptionGroup as error:
        ...     print(error.exceptions)
        (OSError('try again'),)
        >>> result = asyncio.run(tm.invoke(reuse=tm.last_unfinished))
        >>> result[last], result.trace.states
        (2, ['reused', 'reused', 'done'])
        """
        plan = self._plan or self._sorted_plan("invoke")
        if (
            max_concurrency is None
            and durations is None
            and on_error == "cancel"
            and targets is None
            and reuse is None
            and not self._with_attempts
        ):
            run = Run(plan, self._new_result(plan, parameter))
        else:
            control = work_out(
                self, plan, parameter, max_concurrency, durations, on_error, targets, reuse
            )
            run = self._controlled_run(control, parameter)
        # As `_carry_out`, spelt out: another coroutine around it is felt by a graph of six nodes.
        notify(run, self._watchers)
        try:
            await run.execute()
        except BaseException:
            self._last_unfinished = run.result
            raise
        self._last_unfinished = None
        return run.result

    @overload
    def stream(
        self: Invoking[None],
        *,
        max_concurrency: int | None = None,
        durations: Durations | None = None,
        on_error: OnError = "cancel",
        targets: Iterable[TaskNode[None, Any]] | None = None,
        reuse: ExecutionResult[None] | None = None,
    ) -> Stream[None]: ...
    @overload
    def stream(
        self,
        parameter: P,
        *,
        max_concurrency: int | None = None,
        durations: Durations | None = None,
        on_error: OnError = "cancel",
        targets: Iterable[TaskNode[P, Any]] | None = None,
        reuse: ExecutionResult[P] | None = None,
    ) -> Stream[P]: ...
    def stream(
        self,
        parameter: Any = MISSING,
        *,
        max_concurrency: int | None = None,
        durations: Durations | None = None,
        on_error: OnError = "cancel",
        targets: Iterable[TaskNode[Any, Any]] | None = None,
        reuse: ExecutionResult[Any] | None = None,
    ) -> Stream[Any]:
        """The same as `invoke`, as a `Stream` that yields each node with its value once it is done.

        Arguments are those of `invoke`, and so are errors: those about arguments are raised here, the
        others where the loop over the stream ends.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def nap(seconds: float) -> float:
        ...     await asyncio.sleep(seconds)
        ...     return seconds
        >>> with build_dag() as tm:
        ...     long = tm.options(name="long").add_node(nap, 0.05)
        ...     short = tm.options(name="short").add_node(nap, 0.01)
        >>> async def main() -> None:
        ...     async with tm.stream() as stream:
        ...         async for node, value in stream:
        ...             print(node.name, value)
        ...     print(stream.result[long])
        >>> asyncio.run(main())
        short 0.01
        long 0.05
        0.05
        """
        plan = self._sorted_plan("stream")
        control = work_out(
            self, plan, parameter, max_concurrency, durations, on_error, targets, reuse
        )
        if self._parameter is not None and parameter is MISSING:
            self._refuse_missing_parameter(plan, control.runs)
        return Stream(self, control, parameter)

    def _sorted_plan(self, what: str) -> Plan:
        if self._plan is None:
            raise LifecycleError(
                f"{what} came before sort: call sort() after the last add_node, or build the manager "
                "in a 'with build_dag()' block"
            )
        return self._plan

    def _controlled_run(
        self, control: Control, parameter: Any, deliver: Callable[[int], object] | None = None
    ) -> Run:
        result = self._new_result(control.plan, parameter, control.runs)
        return ControlledRun(control, result, self._with_attempts, deliver)

    async def _carry_out(self, run: Run) -> None:
        notify(run, self._watchers)
        try:
            await run.execute()
        except BaseException:
            self._last_unfinished = run.result
            raise
        self._last_unfinished = None

    def _new_result(
        self, plan: Plan, parameter: Any, runs: Container[int] | None = None
    ) -> ExecutionResult[Any]:
        values: list[Any] = [MISSING] * len(plan.nodes)
        values += reversed(self._constants)
        for index in plan.given:
            node = plan.nodes[index]
            if node._slots:
                values[index] = values[node._slots[0]]
        if self._parameter is not None:
            if parameter is MISSING:
                self._refuse_missing_parameter(plan, runs)
            values[self._parameter._index] = parameter
        manager: Any = self  # it is a TaskManager
        return ExecutionResult(manager, parameter, Trace(self.graph, self._clock), values, {})

    def _refuse_missing_parameter(self, plan: Plan, runs: Container[int] | None) -> None:
        parameter = self._parameter
        assert parameter is not None
        for node in plan.nodes:
            if parameter._index in needed_by(node) and (runs is None or node._index in runs):
                raise MissingParameterError(
                    f"invoke() was called without a parameter, but node {node.name!r} takes "
                    "parameter_node: call invoke(value); invoke(None) passes None"
                )
