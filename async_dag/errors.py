"""Every exception of async_dag: what was wrong, and what to do instead.

A wrong call raises a `ValueError` or a `TypeError`, so that code which catches those keeps working;
`AsyncDagError` is the common base of all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Self

if TYPE_CHECKING:
    from async_dag.engine.result import ExecutionResult


class AsyncDagError(Exception):
    """Base of every exception that async_dag itself raises."""


class LifecycleError(AsyncDagError, ValueError):
    """A call that came too early or too late, such as `add_node` after `sort`.

    >>> from async_dag import TaskManager
    >>> TaskManager().graph
    Traceback (most recent call last):
    async_dag.errors.LifecycleError: a manager has a graph once it is sorted: call sort() \
first
    """


class WrongTaskError(AsyncDagError, TypeError):
    """Something that is not a task was given as one, or its arguments do not fit.

    >>> from async_dag import TaskManager, WrongTaskError
    >>> async def load(path):
    ...     return b""
    >>> try:
    ...     TaskManager().add_node(load)
    ... except WrongTaskError as error:
    ...     print(error)
    load can't be called with the arguments given to add_node: missing a required argument: 'path'; \
its signature is load(path), given were ()
    """


class WrongArgumentError(AsyncDagError, ValueError):
    """An argument has the right type but a value that can't be used.

    >>> from async_dag import WrongArgumentError, build_dag
    >>> with build_dag() as tm:
    ...     pass
    >>> try:
    ...     tm.draw.text(width=3)
    ... except WrongArgumentError as error:
    ...     print(error)
    width= takes a whole number of at least 20; given was 3
    """


class NotAwaitedError(AsyncDagError, TypeError, AttributeError):
    """`tm.invoke(...)` was used as a result before it was awaited.

    >>> from async_dag import NotAwaitedError, build_dag
    >>> with build_dag() as tm:
    ...     pass
    >>> invocation = tm.invoke()
    >>> try:
    ...     invocation.timeline
    ... except NotAwaitedError as error:
    ...     print(error)
    .timeline was asked of tm.invoke(...), which is no result before it is awaited: \
result = await tm.invoke(...)
    >>> invocation.close()
    """


class WrongTypeError(AsyncDagError, TypeError):
    """An argument has a type that can't be used.

    >>> from async_dag import TaskManager, WrongTypeError
    >>> tm = TaskManager()
    >>> try:
    ...     tm[0]
    ... except WrongTypeError as error:
    ...     print(error)
    tm[...] takes the name of a node, not 0; by position: tm.nodes[0]
    """


class ForeignNodeError(AsyncDagError, ValueError):
    """A node or a result belongs to another `TaskManager`.

    >>> from async_dag import ForeignNodeError, TaskManager
    >>> here, there = TaskManager(), TaskManager()
    >>> try:
    ...     here.collect([there.add_immediate_node(1)])
    ... except ForeignNodeError as error:
    ...     print(error)
    node 'immediate', passed to collect, belongs to another TaskManager
    """


class UnknownNodeError(AsyncDagError, KeyError):
    """No node has that name; the message suggests similar ones.

    >>> from async_dag import TaskManager, UnknownNodeError
    >>> async def load() -> None: ...
    >>> tm = TaskManager()
    >>> _ = tm.add_node(load)
    >>> try:
    ...     tm["laod"]
    ... except UnknownNodeError as error:
    ...     print(error)
    no node is called 'laod'; the nearest are 'load'
    """

    def __str__(self) -> str:
        # KeyError shows the repr of its argument; this message is a sentence.
        return str(self.args[0]) if self.args else ""


class CycleError(AsyncDagError, ValueError):
    """The graph is not a DAG. `path` names the nodes of one cycle, and ends with the first one.

    >>> raise CycleError(["load", "join", "load"])
    Traceback (most recent call last):
    async_dag.errors.CycleError: the graph is not a DAG: each of these depends on the one before it: \
load → join → load; remove one of these dependencies, then call sort() again
    """

    def __init__(self, path: Sequence[str]) -> None:
        self.path: list[str] = list(path)
        shown = self.path if len(self.path) <= 12 else [*self.path[:8], "…", *self.path[-3:]]
        super().__init__(
            "the graph is not a DAG: each of these depends on the one before it: "
            + " → ".join(shown)
            + "; remove one of these dependencies, then call sort() again"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path,)


class MissingParameterError(AsyncDagError, ValueError):
    """`invoke()` was called without an argument, but a node uses `parameter_node`.

    >>> import asyncio
    >>> from async_dag import MissingParameterError, build_dag
    >>> async def double(n: int) -> int:
    ...     return 2 * n
    >>> with build_dag(int) as tm:
    ...     _ = tm.add_node(double, tm.parameter_node)
    >>> try:
    ...     asyncio.run(tm.invoke())
    ... except MissingParameterError as error:
    ...     print(error)
    invoke() was called without a parameter, but node 'double' takes parameter_node: call \
invoke(value); invoke(None) passes None
    """


class NotAwaitableError(AsyncDagError, TypeError):
    """A task returned something that can't be awaited, so its node failed.

    >>> import asyncio
    >>> from async_dag import InvocationError, build_dag
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(len, "abc")
    >>> try:
    ...     asyncio.run(tm.invoke())
    ... except InvocationError as failed:
    ...     print(failed.exceptions[0])
    the task of node 'len' returned int, which can't be awaited; a task is an async function: write \
'async def', or for a plain function that does blocking work pass in_thread(function)
    """


class ResultUnavailableError(AsyncDagError, ValueError):
    """A node has no value, since it did not finish; the message says why.

    >>> import asyncio
    >>> from async_dag import InvocationError, ResultUnavailableError, build_dag
    >>> async def load() -> str:
    ...     raise OSError("no route")
    >>> async def clean(text: str) -> str:
    ...     return text.strip()
    >>> with build_dag() as tm:
    ...     cleaned = tm.add_node(clean, tm.add_node(load))
    >>> try:
    ...     asyncio.run(tm.invoke())
    ... except InvocationError as failed:
    ...     result = failed.result
    >>> try:
    ...     result[cleaned]
    ... except ResultUnavailableError as error:
    ...     print(error)
    node 'clean' has no value: it never started, because node 'load' failed
    """


class NodeCancelled(AsyncDagError):
    """A node raised `asyncio.CancelledError` although the invoke was not cancelled.

    Its `__cause__` is the original `CancelledError`.

    >>> import asyncio
    >>> from async_dag import InvocationError, build_dag
    >>> async def gives_up() -> None:
    ...     raise asyncio.CancelledError
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(gives_up)
    >>> try:
    ...     asyncio.run(tm.invoke())
    ... except InvocationError as failed:
    ...     print(failed.exceptions[0])
    node 'gives_up' was cancelled, but not by this invoke: its task raised asyncio.CancelledError, or \
somebody cancelled its asyncio task
    """


class NodeTimeoutError(AsyncDagError, TimeoutError):
    """An attempt of a node took longer than the `timeout=` of its options.

    >>> import asyncio
    >>> from async_dag import NodeTimeoutError, build_dag
    >>> async def wait_for_ever() -> None:
    ...     await asyncio.Event().wait()
    >>> with build_dag() as tm:
    ...     _ = tm.options(timeout=0.01).add_node(wait_for_ever)
    >>> try:
    ...     asyncio.run(tm.invoke())
    ... except* NodeTimeoutError as group:
    ...     print(group.exceptions[0])
    node 'wait_for_ever' took longer than its timeout of 0.01 s
    """


class WrongLoopError(AsyncDagError, RuntimeError):
    """The `limit=` of a node belongs to another event loop than the one that invokes it.

    >>> import asyncio
    >>> from async_dag import WrongLoopError, build_dag
    >>> async def nap() -> None:
    ...     await asyncio.sleep(0.01)
    >>> with build_dag() as tm:
    ...     one_at_a_time = tm.options(limit=asyncio.Semaphore(1))
    ...     nodes = [one_at_a_time.add_node(nap) for _ in range(2)]
    >>> _ = asyncio.run(tm.invoke())
    >>> try:
    ...     asyncio.run(tm.invoke())
    ... except WrongLoopError as error:
    ...     print(error)
    the limit of node 'nap', ..., belongs to another event loop, such as that of an earlier \
asyncio.run; give a function that makes it for each loop, as in \
options(limit=lambda: asyncio.Semaphore(4)), or a named limit, async_dag.limit('api', 4)
    """


class TraceFormatError(AsyncDagError, ValueError):
    """A saved trace can't be read; the message names the field.

    >>> from async_dag import Trace, TraceFormatError
    >>> try:
    ...     Trace.from_json("{}")
    ... except TraceFormatError as error:
    ...     print(error)
    this is JSON, but no trace: a trace is an object with "format": "async-dag-trace"
    """


class MissingExtraError(AsyncDagError, ImportError):
    """An optional package is not installed; the message says which.

    >>> from async_dag import MissingExtraError
    >>> raise MissingExtraError("in_process needs loky: pip install loky")
    Traceback (most recent call last):
    async_dag.errors.MissingExtraError: in_process needs loky: pip install loky
    """


class ClusterError(AsyncDagError, RuntimeError):
    """A cluster can't run a manager's nodes; the message says why, and what to do.

    >>> from async_dag import ClusterError
    >>> raise ClusterError("the client is closed: invoke(on=) takes one that is connected")
    Traceback (most recent call last):
    async_dag.errors.ClusterError: the client is closed: invoke(on=) takes one that is connected
    """


class DrawingError(AsyncDagError, RuntimeError):
    """A picture could not be drawn; the message includes the output of the drawing program.

    >>> from async_dag import DrawingError
    >>> raise DrawingError("dot did not finish the picture within 2 s and was stopped")
    Traceback (most recent call last):
    async_dag.errors.DrawingError: dot did not finish the picture within 2 s and was stopped
    """


class InvocationError(AsyncDagError, ExceptionGroup[Exception]):
    """One or more nodes of an invoke failed.

    It is an `ExceptionGroup` of the nodes' own exceptions, so `except*` works, and each exception has a
    note that names its node. `result` is the `ExecutionResult` so far, with the values of the nodes
    that succeeded and the trace. The groups in `except*` clauses, and those that `split` and
    `subgroup` return, have it too.

    >>> import asyncio
    >>> from async_dag import InvocationError, build_dag
    >>> async def one() -> int:
    ...     return 1
    >>> async def broken(n: int) -> int:
    ...     raise OSError("no route")
    >>> with build_dag() as tm:
    ...     first = tm.add_node(one)
    ...     second = tm.add_node(broken, first)
    >>> try:
    ...     _ = asyncio.run(tm.invoke())
    ... except InvocationError as error:
    ...     print(error)
    ...     print(error.result[first], error.exceptions[0].__notes__)
    node 'broken' failed: OSError: no route (1 sub-exception)
    1 ["in node 'broken'"]
    """

    _result: ExecutionResult[Any] | None

    # ExceptionGroup creates the object in __new__, so the third argument must be taken there.
    def __new__(  # noqa: D102
        cls,
        message: str,
        exceptions: Sequence[Exception],
        result: ExecutionResult[Any] | None = None,
    ) -> Self:
        self = super().__new__(cls, message, exceptions)
        self._result = result
        return self

    def __init__(
        self,
        message: str,
        exceptions: Sequence[Exception],
        result: ExecutionResult[Any] | None = None,  # noqa: ARG002 - `__new__` has taken it
    ) -> None:
        super().__init__(message, exceptions)

    @property
    def result(self) -> ExecutionResult[Any]:
        """The `ExecutionResult` so far, with the trace and the values.

        Raises `ResultUnavailableError` on an unpickled copy: pickling leaves the result out.
        """
        if self._result is None:
            raise ResultUnavailableError(
                "this InvocationError has no result: pickling leaves it out"
            )
        return self._result

    def unwrap(self) -> Exception:
        """The exception of the node, if a single one failed; else this group itself.

        For callers that want the bare exception, as with hand-written code: in a server, an
        `HTTPException(404)` that a node raises becomes a 404. An invoke nested in the node is
        unwrapped, too.

        >>> import asyncio
        >>> from async_dag import InvocationError, build_dag
        >>> async def find(user: int) -> str:
        ...     raise LookupError(f"no user {user}")
        >>> with build_dag(int) as tm:
        ...     name = tm.add_node(find, tm.parameter_node)
        >>> async def handle(user: int) -> str:
        ...     try:
        ...         return (await tm.invoke(user))[name]
        ...     except InvocationError as error:
        ...         raise error.unwrap() from error
        >>> try:
        ...     asyncio.run(handle(7))
        ... except LookupError as error:
        ...     print(error)
        no user 7
        """
        error: Exception = self
        while isinstance(error, InvocationError) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        return error

    if not TYPE_CHECKING:  # type checkers find these mistakes by themselves

        def __getitem__(self, key: object) -> NoReturn:
            raise WrongTypeError(
                "an InvocationError has no values itself; error.result has those that there are: "
                "error.result[node]"
            )

    def derive(self, excs: Sequence[Exception]) -> InvocationError:  # type: ignore[override]
        """A group of some of these exceptions, with the same result (used by `except*`)."""
        return InvocationError(self.message, excs, self._result)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.exceptions)


class SavedResultError(AsyncDagError, ValueError):
    """A saved result can't be read, or a value can't be saved.

    >>> import asyncio, json
    >>> import async_dag
    >>> async def pair() -> tuple[int, int]:
    ...     return 1, 2
    >>> with async_dag.build_dag() as tm:
    ...     _ = tm.add_node(pair)
    >>> result = asyncio.run(tm.invoke())
    >>> result.save("result.zip", json)
    Traceback (most recent call last):
    async_dag.errors.SavedResultError: the value of node 'pair', (1, 2), is read back by json as \
[1, 2]; use a serializer that can, let the node return something plainer, or save other nodes alone: \
nodes=[...]
    """


class HistoryError(AsyncDagError, ValueError):
    """A history of runs can't be opened, read or written, or lacks what was asked for.

    >>> import async_dag
    >>> async_dag.history("no-such-folder/runs.db")
    Traceback (most recent call last):
    async_dag.errors.HistoryError: the history at '...runs.db' can't be opened for writing: unable to \
open database file; there is no folder '...no-such-folder'
    """
