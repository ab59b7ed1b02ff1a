"""`TaskManager` and `build_dag`: building a DAG and invoking it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from async_dag._common.durations import Durations
from async_dag._common.extras import extra
from async_dag._common.loading import load
from async_dag._common.misuse import explains_wrong_calls, missing_attribute
from async_dag._common.plural import plural
from async_dag._common.shortening import short_repr
from async_dag.engine.result import MISSING, ExecutionResult, refuse_missing_parameter
from async_dag.engine.run import Run
from async_dag.engine.watch import (
    Callback,
    Callbacks,
    Watching,
    notify,
    of_every_manager,
    watch_in,
)
from async_dag.errors import LifecycleError, WrongTypeError
from async_dag.graph.graph import Graph
from async_dag.manager.adding import Adds
from async_dag.manager.build_block import BuildBlock
from async_dag.manager.collecting import collected
from async_dag.manager.invocation import Invocation, mark_coroutine_function
from async_dag.manager.misused import (
    EXPLAINS_INVOKE,
    INSTEAD,
    OF_A_RUN,
    no_name,
    refuse_misuse,
    refuse_no_type,
)
from async_dag.manager.options import OptionsBuilder, checked_after, explains_options
from async_dag.manager.recent_runs import RecentRuns
from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.limits import LimitOption
from async_dag.nodes.node import TaskNode
from async_dag.nodes.options import NodeOptions, Retry
from async_dag.nodes.selection import Selection
from async_dag.nodes.shared_limit import as_limit

if TYPE_CHECKING:
    import networkx
    from distributed import Client

    from async_dag.cluster.dask import Dask
    from async_dag.cluster.result import ClusterResult
    from async_dag.draw.graph_draw import GraphDraw
    from async_dag.engine.policy import OnError
    from async_dag.engine.saved_result import SavedResult
    from async_dag.manager.stream import Stream

P = TypeVar("P")
T = TypeVar("T")


class TaskManager(Adds[P]):
    """Builds a DAG of async tasks and runs it with all the parallelism its dependencies allow.

    `P` is the type of the parameter that `invoke` passes to the nodes that take `parameter_node`.
    Add nodes, call `sort` once (`build_dag` does it for you), then `invoke` as often as you like, also
    concurrently and on different event loops.

    Args:
        clock: a monotonic clock in seconds, for the times of traces. Only tests with a virtual clock
            need to set it.

    >>> import asyncio
    >>> async def add(a: int, b: int) -> int:
    ...     return a + b
    >>> tm = TaskManager[int]()
    >>> five = tm.add_node(add, 2, 3)
    >>> total = tm.add_node(add, five, tm.parameter_node)
    >>> tm.sort()
    >>> result = asyncio.run(tm.invoke(37))
    >>> total.extract_result(result), result[five]
    (42, 5)
    """

    _options = None

    @explains_wrong_calls("TaskManager()", max_concurrency=OF_A_RUN)
    def __init__(self, *, clock: Callable[[], float] = time.perf_counter) -> None:
        if not callable(clock):
            raise WrongTypeError(
                "TaskManager(clock=) takes a function that returns seconds, such as time.monotonic; "
                f"given was {short_repr(clock)}"
            )
        self._clock = clock
        self._builder: GraphBuilder[P] = GraphBuilder(self)
        self._watchers = Callbacks()
        self._recent = RecentRuns()
        self._notebook_functions: tuple[FunctionType, ...] | None = None  # once sorted

    # Building

    @property
    def parameter_node(self) -> TaskNode[P, P]:
        """The node whose value is the parameter of `invoke`. It never runs; pass it to other nodes.

        Raises `LifecycleError` (a `ValueError`) if it is first accessed after `sort`.
        """
        return self._builder.add_parameter()

    @explains_wrong_calls("add_immediate_node(value)")
    def add_immediate_node(self, value: T) -> TaskNode[P, T]:
        """A node whose value is `value`; it never runs.

        Seldom needed, as `add_node` takes plain values. Use it for a value that several nodes share
        and that should be one box in the diagram, or where only a node is accepted.

        Raises `WrongArgumentError` (a `ValueError`) if `value` is a node or a container of nodes.

        >>> import asyncio
        >>> async def length(text: str) -> int:
        ...     return len(text)
        >>> with build_dag() as tm:
        ...     text = tm.add_immediate_node("four")
        ...     how_long = tm.add_node(length, text)
        >>> asyncio.run(tm.invoke())[how_long]
        4
        """
        return self._builder.add_immediate(value)

    @explains_wrong_calls("collect([a, b, c])")
    def collect(self, nodes: Iterable[TaskNode[P, T]]) -> TaskNode[P, list[T]]:
        """A node whose value is the list of the values of `nodes`, in order; it is not a task.

        >>> import asyncio
        >>> async def square(n: int) -> int:
        ...     return n * n
        >>> async def total(numbers: list[int]) -> int:
        ...     return sum(numbers)
        >>> with build_dag() as tm:
        ...     squares = [tm.add_node(square, n) for n in range(4)]
        ...     sum_of_squares = tm.add_node(total, tm.collect(squares))
        >>> sum_of_squares.extract_result(asyncio.run(tm.invoke()))
        14
        """
        builder = self._builder
        builder.refuse_if_compiled("collect")
        return builder.add_unchecked(None, collected(builder, nodes))

    @explains_options
    def options(
        self,
        *,
        name: str | None = None,
        group: str | None = None,
        timeout: float | None = None,
        retry: Retry | None = None,
        limit: LimitOption | None = None,
        after: Selection[P] | None = None,
        at_once: int | None = None,
        key: Callable[[Any], Hashable] | None = None,
    ) -> OptionsBuilder[P]:
        """Options for nodes, as a builder whose `add_node` is typed like the manager's.

        A builder can be used for many nodes, and its own `options` returns a changed copy:
        `http = tm.options(limit=api)`, then `http.options(timeout=2).add_node(...)`.

        Args:
            name: the name of the nodes, instead of that of their function; a second node of that
                name is called `name_2`.
            group: a name; diagrams draw a frame around the nodes of a group.
            timeout: seconds that one attempt of a node may take, by `asyncio.timeout`; after that
                it fails with `NodeTimeoutError` (a `TimeoutError`). A task that holds the event
                loop can't be interrupted.
            retry: a function that returns an async iterator of context managers, one per attempt,
                such as `stamina.retry_context(on=OSError)` or tenacity's `AsyncRetrying`. It is
                called for each node that starts; no attempt follows one that succeeded. (For tenacity:
                `retry=lambda: AsyncRetrying(stop=stop_after_attempt(3), reraise=True)`, which may
                retry by the value, too.)
            limit: an async context manager in which nodes run, and which they may share:
                `asyncio.Semaphore(4)`, `anyio.CapacityLimiter(4)`, `aiolimiter.AsyncLimiter(10,
                1)`. These belong to one event loop; for a manager that is used in several, a named
                limit, `async_dag.limit("api", 4)`, or a function that makes a limit for each loop.
            after: nodes, or their names, that must be done first, although the task does not take their
                values: for example, a table is created before it is filled.
            at_once: for maps: how many elements may be in progress in this map and all maps that
                continue it: that take its items, or have their elements of them (`flatten`, the first
                list of a `product`). It bounds the memory in use; elements are started in order. What
                would make an element wait for others that have not begun is not counted: a task that
                takes whole lists of them, pairs with others of them, or a `zip` with another list. If
                nothing else can go on, one more is let in.
            key: for maps: a function of an element. With `invoke(reuse=)`, where the collection is a
                new one, an item is reused if the earlier run had an element with the same key, and
                neither collection has that key twice. (In the same collection, elements are identified
                by their position.) Elements for which it raises are not reused, with a warning.

        An attempt first acquires its limit, then, if `invoke` has `max_concurrency`, a slot; its
        timeout starts after both. A pause between attempts holds neither.

        Raises `WrongTypeError` (a `TypeError`) or `WrongArgumentError` (a `ValueError`) for a value
        that can't be used.

        >>> import asyncio
        >>> async def fetch(url: str) -> bytes:
        ...     return b""
        >>> with build_dag() as tm:
        ...     users = tm.options(name="users").add_node(fetch, "/users")
        ...     http = tm.options(limit=asyncio.Semaphore(4))
        ...     posts = http.options(name="posts", timeout=2.0).add_node(fetch, "/posts")
        >>> users, tm["users"] is users, asyncio.run(tm.invoke())[posts]
        (<TaskNode 'users'>, True, b'')
        """
        return OptionsBuilder(
            self._builder,
            NodeOptions(
                name,
                group,
                timeout,
                retry,
                as_limit(limit),
                checked_after(after, self._builder),
                at_once,
                key,
            ),
        )

    @explains_wrong_calls("sort()")
    def sort(self) -> None:
        """Check that the graph is a DAG and make the manager ready for `invoke`.

        Call it once, after adding the last node; `build_dag` does it for you. Raises `CycleError` (a
        `ValueError`) that names a cycle if there is one, `LifecycleError` (a `ValueError`) if the
        manager is already sorted.

        >>> tm = TaskManager()
        >>> tm
        <TaskManager of 0 nodes, not sorted yet>
        >>> tm.sort()
        >>> tm
        <TaskManager of 0 nodes, sorted: print(tm.draw.text()) draws it>
        """
        if self.is_sorted:
            raise LifecycleError(
                "sort was called twice; once is enough (build_dag calls it at the end of its block), "
                "and the manager can be invoked as often as you like"
            )
        self._builder.compile(self._clock)
        if self._builder.maps or self._builder.choices:
            # What runs these is imported here: in the first invoke, that would keep whatever else is
            # on its event loop waiting for 0.1 s.
            import_module("async_dag.engine.runs")
            import_module("async_dag.graph.unrolled")
            import_module("async_dag.trace.durations")

    # Running

    @property
    def last_unfinished(self) -> ExecutionResult[P] | None:
        """The result so far of the last invoke that failed or was cancelled; None once one succeeds.

        Where several invokes run at once, take `error.result` of the `InvocationError` instead: this
        may be the result of another one.
        """
        return self._recent.last_unfinished

    @property
    def history(self) -> RecentRuns:
        """The traces of the last complete runs of this manager, which are always kept.

        A notebook shows what makes them slow, like `async_dag.profile(tm)`. To keep the runs of several
        processes, or to keep them for longer, use `async_dag.history(path)`.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def one() -> int:
        ...     return 1
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(one)
        >>> for _ in range(3):
        ...     _ = asyncio.run(tm.invoke())
        >>> len(tm.history), tm.history
        (3, <RecentRuns: 3 runs, 0 left out>)
        """
        return self._recent

    def watch(
        self,
        callback: Callback | None = None,
        *,
        over: Callback | None = None,
        off_loop: bool = False,
    ) -> Watching:
        """Call `callback(run)` at the start of each invoke of this manager, and `over(run)` at its end.

        See `async_dag.watch`.

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
        return watch_in(self._watchers, callback, over, off_loop=off_loop)

    @overload
    def invoke(
        self: TaskManager[None],
        *,
        max_concurrency: int | None = None,
        durations: Durations | None = None,
        on_error: OnError = "cancel",
        targets: Selection[None] | None = None,
        reuse: ExecutionResult[None] | SavedResult | None = None,
        on: None = None,
    ) -> Invocation[ExecutionResult[None]]: ...
    @overload
    def invoke(
        self: TaskManager[None],
        *,
        max_concurrency: int | None = None,
        durations: Durations | None = None,
        on_error: OnError = "cancel",
        targets: Selection[None] | None = None,
        reuse: ExecutionResult[None] | SavedResult | None = None,
        on: Client | Dask,
    ) -> Invocation[ClusterResult[None]]: ...
    @overload
    def invoke(
        self,
        parameter: P,
        *,
        max_concurrency: int | None = None,
        durations: Durations | None = None,
        on_error: OnError = "cancel",
        targets: Selection[P] | None = None,
        reuse: ExecutionResult[P] | SavedResult | None = None,
        on: None = None,
    ) -> Invocation[ExecutionResult[P]]: ...
    @overload
    def invoke(
        self,
        parameter: P,
        *,
        max_concurrency: int | None = None,
        durations: Durations | None = None,
        on_error: OnError = "cancel",
        targets: Selection[P] | None = None,
        reuse: ExecutionResult[P] | SavedResult | None = None,
        on: Client | Dask,
    ) -> Invocation[ClusterResult[P]]: ...
    @mark_coroutine_function
    @EXPLAINS_INVOKE
    def invoke(
        self,
        parameter: Any = MISSING,
        *,
        max_concurrency: int | None = None,
        durations: Durations | None = None,
        on_error: OnError = "cancel",
        targets: Selection[Any] | None = None,
        reuse: ExecutionResult[Any] | SavedResult | None = None,
        on: Client | Dask | None = None,
    ) -> Invocation[ExecutionResult[Any]]:
        """Run all nodes, each as soon as its last dependency is done: `result = await tm.invoke(...)`.

        Args:
            parameter: the value of `parameter_node`; may be left out if no node takes it.
            max_concurrency: how many nodes may run at once; by default all that are ready. A free slot
                goes to the node with the longest remaining path.
            durations: how long nodes take, to compute the remaining path: a mapping from names to
                seconds, or `timeline` of an earlier result. A node without a duration gets the mean of
                the others, if possible of the same task. By default the manager uses the medians of its
                own last runs, and in the first run counts the nodes on the path. Matters only with
                `max_concurrency`.
            on_error: when a node fails, `"cancel"` the others, or `"continue"`: skip only its
                dependents, and let all others finish before `InvocationError` is raised.
            targets: run only these nodes and their dependencies; skip the rest. A node, its name, or
                several of both.
            reuse: an earlier result, such as that of an `InvocationError`. Nodes that finished in it
                do not run again; their values are carried over (state `reused`). So are items of maps
                whose inputs are, and a fold as far as it had come, if all is that it took up to there;
                else it begins anew. Items that failed run again, and what took their `outcomes` with
                them. With another parameter (neither the same object nor equal), nodes that depend on
                it run again. It may be a result of another manager, built by the same code, or a saved
                one (`ExecutionResult.load`): nodes are matched by name, function, arguments and
                dependencies, so a function whose code has changed runs again, with all behind it. (What
                a function calls by its global name is not looked into.)
            on: a cluster to run on instead of this process: a `distributed.Client`, or
                `async_dag.Dask(client, keep=...)`. Values stay on its workers; fetch them from the
                `ClusterResult` with `await result.gather(node)`.

        Returns:
            The `ExecutionResult`: `result[node]` or `node.extract_result(result)` is a node's value,
            `result.trace` says what happened when.

        Raises:
            LifecycleError: `sort` was not called yet (a `ValueError`).
            MissingParameterError: a node takes the parameter, and there is none (a `ValueError`).
            WrongTypeError, WrongArgumentError, ForeignNodeError: an argument can't be used (a
                `TypeError` or `ValueError`).
            WrongLoopError: a node's limit belongs to another event loop (a `RuntimeError`).
            ClusterError: the cluster of `on` can't run the nodes, or was lost (a `RuntimeError`).
            MissingExtraError: `on` is given, and `distributed` is not installed (an `ImportError`).
            InvocationError: nodes failed: an `ExceptionGroup` of their exceptions, raised after the
                other nodes have been cancelled and have cleaned up.
            asyncio.CancelledError: the invoke was cancelled; raised after every node has been cancelled
                and has cleaned up.

        If it raises after it has begun, `last_unfinished` is the result so far; so is `result` of an
        `InvocationError`, also where several invokes run at once.

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
        >>> from async_dag import InvocationError
        >>> try:
        ...     _ = asyncio.run(tm.invoke(max_concurrency=1, on_error="continue"))
        ... except InvocationError as error:
        ...     earlier = error.result
        ...     print(error.exceptions)
        (OSError('try again'),)
        >>> result = asyncio.run(tm.invoke(reuse=earlier))
        >>> result[last], result.trace.states
        (2, ['reused', 'reused', 'done'])
        """
        if "IPython" in sys.modules:
            from async_dag.manager.redefined import notebook_functions, warn_of_redefined

            functions = self._notebook_functions
            if functions is None:
                functions = notebook_functions(self._builder.tasks)
                if self.is_sorted:  # none is added any more, and there may be a million
                    self._notebook_functions = functions
            warn_of_redefined(functions)
        return Invocation(
            self._invoke(parameter, max_concurrency, durations, on_error, targets, reuse, on)
        )

    async def _invoke(
        self,
        parameter: Any,
        max_concurrency: int | None,
        durations: Durations | None,
        on_error: OnError,
        targets: Selection[Any] | None,
        reuse: ExecutionResult[Any] | SavedResult | None,
        on: Client | Dask | None,
    ) -> ExecutionResult[Any]:
        compiled = self._builder.compiled or self._compiled_for("invoke")
        if on is not None:
            with extra("dask"):
                await load("async_dag.cluster.invoke")
                from async_dag.cluster.invoke import make_run
            if max_concurrency is not None and durations is None:
                durations = self._recent.durations(compiled.graph)
            run: Any = await make_run(
                compiled,
                parameter,
                on,
                max_concurrency=max_concurrency,
                durations=durations,
                on_error=on_error,
                targets=targets,
                reuse=reuse,
            )
        elif (
            max_concurrency is None
            and durations is None
            and on_error == "cancel"
            and targets is None
            and reuse is None
            and not compiled.with_attempts
            and compiled.dynamic is None
        ):
            run = Run(compiled, ExecutionResult(compiled, parameter))
        else:
            # On use, as in `stream`: a plain invoke needs neither, and `import async_dag` is quick.
            from async_dag.engine.policy import make_policy
            from async_dag.engine.runs import policy_run

            if max_concurrency is not None and durations is None:
                durations = self._recent.durations(compiled.graph)
            policy = make_policy(
                compiled, parameter, max_concurrency, durations, on_error, targets, reuse
            )
            run = policy_run(policy, parameter)
        # As `_carry_out`, inlined: another coroutine around it is felt by a graph of six nodes.
        watchers = self._watchers
        if watchers.beginning or of_every_manager.beginning:
            notify(run, watchers.beginning, of_every_manager.beginning)
            run.start_clock()
        try:
            await run.execute()
        except BaseException:
            self._unfinished(run)
            del self, run, compiled  # what is raised holds this frame: a cycle
            raise
        self._recent.add(run.trace)
        if watchers.over or of_every_manager.over:
            notify(run, watchers.over, of_every_manager.over)
        result: ExecutionResult[Any] = run.result
        return result

    @overload
    def stream(
        self: TaskManager[None],
        *,
        max_concurrency: int | None = None,
        durations: Durations | None = None,
        on_error: OnError = "cancel",
        targets: Selection[None] | None = None,
        reuse: ExecutionResult[None] | SavedResult | None = None,
    ) -> Stream[None]: ...
    @overload
    def stream(
        self,
        parameter: P,
        *,
        max_concurrency: int | None = None,
        durations: Durations | None = None,
        on_error: OnError = "cancel",
        targets: Selection[P] | None = None,
        reuse: ExecutionResult[P] | SavedResult | None = None,
    ) -> Stream[P]: ...
    @EXPLAINS_INVOKE
    def stream(
        self,
        parameter: Any = MISSING,
        *,
        max_concurrency: int | None = None,
        durations: Durations | None = None,
        on_error: OnError = "cancel",
        targets: Selection[Any] | None = None,
        reuse: ExecutionResult[Any] | SavedResult | None = None,
    ) -> Stream[Any]:
        """Like `invoke`, but a `Stream` that yields each node with its value once it is done.

        Arguments and errors are those of `invoke`. Errors about arguments are raised here, others
        at the end of the loop over the stream.

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
        from async_dag.engine.policy import make_policy
        from async_dag.manager.stream import Stream

        compiled = self._compiled_for("stream")
        if max_concurrency is not None and durations is None:
            durations = self._recent.durations(compiled.graph)
        policy = make_policy(
            compiled, parameter, max_concurrency, durations, on_error, targets, reuse
        )
        if parameter is MISSING:
            refuse_missing_parameter(policy.compiled, policy.runs, "stream")
        return Stream(policy, parameter, self._carry_out)

    @property
    def compiled(self) -> CompiledGraph[P]:
        """The nodes as `sort` compiled them, for `invoke`, `stream` and `compare`.

        Raises `LifecycleError` (a `ValueError`) before `sort`.
        """
        return self._builder.compiled or self._compiled_for("compiled")

    def _compiled_for(self, what: str) -> CompiledGraph[P]:
        compiled = self._builder.compiled
        if compiled is None:
            raise LifecycleError(
                f"{what} came before sort: call sort() after the last add_node, or build the manager "
                "in a 'with build_dag()' block"
            )
        return compiled

    async def _carry_out(self, run: Run) -> None:
        notify(run, self._watchers.beginning, of_every_manager.beginning)
        run.start_clock()
        try:
            await run.execute()
        except BaseException:
            self._unfinished(run)
            del self, run  # what is raised holds this frame: a cycle
            raise
        self._finished(run)

    def _finished(self, run: Run) -> None:
        self._recent.add(run.trace)
        if of_every_manager.over or self._watchers.over:
            notify(run, self._watchers.over, of_every_manager.over)

    def _unfinished(self, run: Run) -> None:
        self._recent.last_unfinished = run.result
        self._recent.left_out += 1
        if of_every_manager.over or self._watchers.over:
            notify(run, self._watchers.over, of_every_manager.over)

    # Looking

    @property
    def nodes(self) -> tuple[TaskNode[P, Any], ...]:
        """All nodes in the order they were added, including those that never run."""
        return tuple(self._builder.nodes)

    @property
    def is_sorted(self) -> bool:
        """Whether `sort` was called: it can be invoked, and no more nodes can be added."""
        return self._builder.compiled is not None

    def __getitem__(self, name: str) -> TaskNode[P, Any]:
        """The node of that name. Raises `UnknownNodeError` (a `KeyError`) that suggests others."""
        if not isinstance(name, str):
            raise no_name(name)
        return self._builder.nodes[self._builder.names.find(name)]

    @property
    def graph(self) -> Graph:
        """The nodes as an immutable `Graph`, which the traces of all invokes share.

        Raises `LifecycleError` (a `ValueError`) before `sort`.
        """
        compiled = self._builder.compiled
        if compiled is None:
            raise LifecycleError("a manager has a graph once it is sorted: call sort() first")
        return compiled.graph

    def to_networkx(self) -> networkx.DiGraph[Any]:
        """The graph as a new `networkx.DiGraph`, to compute with.

        Nodes are keyed by name. Their attributes: `kind`; `task`, `file` and `line` (where the task is
        defined, None if unknown); `group`; `options` (a dict of those given); `depth` (the number
        of edges on the longest path to the node, None after a cycle); `immediates` (the arguments
        that are not nodes, by position or keyword). Edges lead from a dependency to its dependent;
        their `arguments` are a tuple of the positions (int) and keywords (str) as which the value
        is passed.

        Also works before `sort`. Raises `MissingExtraError` (an `ImportError`) without networkx.
        """
        from async_dag.export.networkx import nodes_to_networkx

        return nodes_to_networkx(self.nodes)

    @staticmethod
    def from_networkx(
        graph: networkx.DiGraph[Any],
        task: Callable[..., Any] | Mapping[Any, Callable[..., Any]],
        *,
        order: str = "arguments",
    ) -> TaskManager[Any]:
        """An unsorted manager with a node for each node of a `networkx.DiGraph`.

        Args:
            graph: any DAG whose edges lead from a dependency to its dependent. A node is called
                `str(node)`, and its attribute `group` is its group.
            task: an async function that is called for each node as `task(node, *values)`, with the
                values of its dependencies; or a mapping from each node to an async function, called
                as `function(*values)`.
            order: the edge attribute that says which argument the value is: its position (an int), its
                keyword (a str), or a tuple of these. Values of edges without it follow those with a
                position, in the order in which the edges were added.

        Returns:
            The manager. Add more nodes if you like, then call `sort`, which raises `CycleError` if the
            graph has a cycle. A graph from `to_networkx` keeps its parameter, immediate and collect
            nodes.

        Raises:
            WrongTypeError: `graph` is not a `DiGraph`, or the attribute of an edge is neither an
                int nor a str (a `TypeError`).
            WrongArgumentError: there is a self-loop, two nodes have the same name, two edges give
                the same argument, or a node has no task (a `ValueError`).
            WrongTaskError: a task can't be called with these arguments (a `TypeError`).
            MissingExtraError: networkx is not installed (an `ImportError`).

        >>> import asyncio, networkx
        >>> async def depth(node: str, *depths: int) -> int:
        ...     return 1 + max(depths, default=0)
        >>> graph = networkx.DiGraph([("a", "b"), ("b", "c"), ("a", "c")])
        >>> tm = TaskManager.from_networkx(graph, depth)
        >>> tm.sort()
        >>> asyncio.run(tm.invoke())[tm["c"]]
        3
        """
        from async_dag.export.networkx import add_from_networkx

        manager: TaskManager[Any] = TaskManager()
        add_from_networkx(manager._builder, graph, task, order)
        return manager

    @property
    def draw(self) -> GraphDraw:
        """Pictures of the graph: `print(tm.draw.text())`."""
        from async_dag.draw.graph_draw import GraphDraw

        return GraphDraw(self)

    if not TYPE_CHECKING:  # type checkers find these mistakes by themselves

        def __getattr__(self, name: str) -> Any:
            missing_attribute(self, name, called="a manager", instead=INSTEAD)

    def __repr__(self) -> str:
        count = len(self._builder.nodes)
        # The hint is for shells that show only a repr, such as `python -m asyncio`.
        state = "sorted: print(tm.draw.text()) draws it" if self.is_sorted else "not sorted yet"
        return f"<TaskManager of {plural(count, 'node')}, {state}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        from async_dag.draw.manager_cell import manager_bundle

        return manager_bundle(self, include, exclude)


refuse_misuse(TaskManager)

# As Python's warning calls one that was never awaited.
TaskManager._invoke.__qualname__ = TaskManager.invoke.__qualname__


@overload
def build_dag() -> AbstractContextManager[TaskManager[None]]: ...
@overload
def build_dag(parameter_type: type[T]) -> AbstractContextManager[TaskManager[T]]: ...
@explains_wrong_calls("build_dag(int)", max_concurrency=OF_A_RUN)
def build_dag(parameter_type: type[Any] | None = None) -> AbstractContextManager[TaskManager[Any]]:
    """Give a new `TaskManager` to a `with` block, and sort it at the end of the block.

    Args:
        parameter_type: the type of the parameter of `invoke`, for type checkers; leave it out if the
            DAG takes none.

    An exception in the block propagates unchanged, and the manager stays unsorted. Raises
    `WrongTypeError` (a `TypeError`) for a value that is no type.

    >>> import asyncio
    >>> async def add(a: int, b: int) -> int:
    ...     return a + b
    >>> with build_dag(int) as tm:
    ...     one_more = tm.add_node(add, tm.parameter_node, 1)
    >>> asyncio.run(tm.invoke(41))[one_more]
    42
    """
    refuse_no_type(parameter_type)
    return BuildBlock(TaskManager())
