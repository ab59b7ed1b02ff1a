"""`report`: a task tells how far it has got.

Nodes that don't use it pay nothing. An invoke puts its trace into the context that all its nodes copy;
which node reports is found out at its first report and kept in that node's context, which the tasks
that it starts from then on inherit.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, Final

from async_dag._common.arguments import finite_number
from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTypeError
from async_dag.trace.columns import Progress
from async_dag.trace.trace import Trace

TRACE: Final[ContextVar[tuple[Trace, asyncio.AbstractEventLoop, Sequence[Trace]]]] = ContextVar(
    "async_dag_trace"
)
"""The trace of the invoke that a node belongs to; the engine sets it, once for each invoke.

With it the event loop, and the traces of the invokes around this one: of those in whose nodes it is.
"""

_NODE: Final[ContextVar[tuple[Trace, int]]] = ContextVar("async_dag_node")


def report(done: float, total: float | None = None, message: str = "") -> None:
    """Tell how far this task has got, for the pictures: the fill and the text of its bar.

    Args:
        done: how much is done, in any unit: bytes, rows, steps.
        total: how much there is to do, in the same unit; None if nobody knows.
        message: a few words to go with it.

    The trace keeps the latest report of each node, as `trace.progress`. Outside a node nothing happens,
    so a function that reports can be called from anywhere.

    It works in the node's own coroutine and whatever that awaits, and in functions run by `in_thread`.
    In tasks and threads that the node itself starts (`gather`, `TaskGroup`, `asyncio.to_thread`), it
    works once the node has reported before it started them: `report(0, total)`. Without that it can't
    be known which node they belong to: a `RuntimeWarning` says so and nothing is recorded. In the
    processes of `in_process` nothing happens.

    Raises `WrongTypeError` (a `TypeError`) or `WrongArgumentError` (a `ValueError`) if `done` or
    `total` is no finite number of at least 0, or `message` no text; also outside a node.

    >>> import asyncio, async_dag
    >>> async def copy(blocks: int) -> None:
    ...     for block in range(blocks):
    ...         await asyncio.sleep(0)
    ...         async_dag.report(block + 1, blocks, "blocks")
    >>> with async_dag.build_dag() as tm:
    ...     node = tm.add_node(copy, 3)
    >>> asyncio.run(tm.invoke()).trace.progress[0]
    Progress(done=3.0, total=3.0, message='blocks')
    """
    progress = Progress(
        _number("done", done), None if total is None else _number("total", total), message
    )
    if not isinstance(message, str):
        raise WrongTypeError(f"report(message=) takes a text; given was {short_repr(message)}")
    running = TRACE.get(None)
    if running is None:
        return
    trace = running[0]
    node = _current_node()
    if node >= 0:
        if trace.finished[node] != trace.finished[node]:  # NaN: it still runs
            trace.progress[node] = progress
    elif not trace.over:
        warnings.warn(
            "report was called in a task or thread that a node started before it had reported itself, "
            "so it is not known which node that was: call report(0, total) in the node first",
            RuntimeWarning,
            stacklevel=2,
        )


def report_as(trace: Any, node: int, loop: asyncio.AbstractEventLoop | None) -> None:
    """Make reports in this context concern a node of `trace`, or of what stands for it."""
    TRACE.set((trace, loop, ()))  # type: ignore[arg-type]
    _NODE.set((trace, node))


def traces_around() -> Sequence[Trace]:
    """The traces of the running invokes whose nodes this code is in; the innermost first."""
    running = TRACE.get(None)
    if running is None:
        return ()
    return [trace for trace in (running[0], *running[2]) if not trace.over]


def is_within(trace: Trace) -> bool:
    """Whether this code belongs to a node of that invoke, or of an invoke within one."""
    return any(other is trace for other in traces_around())


def node_here() -> tuple[Trace, int] | None:
    """The node that this code belongs to, with its trace; None outside a node.

    It is kept in this context, so that `report` works in a thread that gets a copy of it.
    """
    running = TRACE.get(None)
    if running is None:
        return None
    node = _current_node()
    return None if node < 0 else (running[0], node)


def _current_node() -> int:
    """The node that this code belongs to, kept in the context from now on; -1 if unknown."""
    trace, loop, _ = TRACE.get()
    # Kept with its trace: a node of a nested invoke is not the node around that invoke.
    known = _NODE.get(None)
    if known is not None and known[0] is trace:
        return known[1]
    # The node whose step is running now; in another thread that could be any node.
    step = trace.holding() if asyncio._get_running_loop() is loop else None
    if step is None:
        return -1
    _NODE.set((trace, step.node))
    return step.node


def _number(name: str, value: Any) -> float:
    return finite_number(f"report({name}=)", value, at_least=0)
