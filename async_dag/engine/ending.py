"""`Ending`: how an invoke ends in which nodes fail, or which is cancelled.

An invoke that succeeds never makes one.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Iterable
from typing import Any

from async_dag.engine.failures import add_note, error_text, trim_traceback
from async_dag.engine.result import ExecutionResult
from async_dag.errors import InvocationError, NodeCancelled
from async_dag.trace.columns import OUTSIDE

_MOST_NAMED = 5


class Ending:
    """What has gone wrong in an invoke: written into its result, and in the end raised.

    Attributes:
        cause: why nodes are cancelled, or never start: a node's failure, or `OUTSIDE`.
        cancelled: what cancelled the invoke.
    """

    __slots__ = ("_failures", "_fatal", "_result", "cancelled", "cause")

    def __init__(self, result: ExecutionResult[Any]) -> None:
        self._result = result
        self._failures: list[Exception] = []
        self._fatal: BaseException | None = None  # the first one outside `Exception`
        self.cause: int = OUTSIDE
        self.cancelled: CancelledError | None = None

    @property
    def is_fatal(self) -> bool:
        """Whether a node raised something outside `Exception`, such as `KeyboardInterrupt`."""
        return self._fatal is not None

    def record(self, index: int, error: BaseException, now: float, *, stopping: bool) -> None:
        """Record that a node ended in an exception; `stopping` says that we have cancelled it."""
        trace = self._result.trace
        trim_traceback(error)
        if isinstance(error, CancelledError):
            if stopping:
                trace.causes[index] = self.cause
                trace.outcomes[index] = "cancelled"
                trace.finished[index] = now
                return
            error = _cancelled_by_others(trace.name_of(index), error)
        add_note(error, f"in node {trace.name_of(index)!r}")
        if isinstance(error, Exception):
            self._failures.append(error)
        elif self._fatal is None:
            self._fatal = error
        self._result.errors[index] = error
        trace.errors[index] = error_text(error)
        trace.outcomes[index] = "failed"
        trace.finished[index] = now  # last, for whoever reads from a thread: see Trace.snapshot

    def settle(self, running: Iterable[int]) -> None:
        """The invoke is stopped: give every node that has no end yet its state.

        Args:
            running: nodes that nobody waits for, since the invoke was closed in the middle of it.
        """
        trace = self._result.trace
        for index in running:
            if trace.started[index] == trace.started[index]:  # not NaN
                trace.causes[index] = OUTSIDE
                trace.outcomes[index] = "cancelled"
                trace.finished[index] = trace.elapsed
        for index, finished in enumerate(trace.finished):
            if finished != finished and index not in trace.outcomes:  # NaN: it never ran
                trace.causes[index] = self.cause
                trace.outcomes[index] = "skipped"

    def error(self) -> BaseException | None:
        """What the invoke raises; None if it was closed, so that nobody is there to catch it."""
        if self._fatal is not None:
            return self._fatal
        if self.cancelled is not None:
            return self.cancelled
        if self._failures:
            return InvocationError(_message(self._result), self._failures, self._result)
        return None


def _cancelled_by_others(name: str, error: CancelledError) -> NodeCancelled:
    cancelled = NodeCancelled(
        f"node {name!r} was cancelled, but not by this invoke: its task raised "
        "asyncio.CancelledError, or somebody cancelled its asyncio task"
    )
    cancelled.__cause__ = error
    return cancelled


def _message(result: ExecutionResult[Any]) -> str:
    """`node 'fetch' failed: ...`, or the names of several."""
    name_of, errors = result.trace.name_of, result.trace.errors
    failed = list(result.errors)
    if len(failed) == 1:
        return f"node {name_of(failed[0])!r} failed: {errors[failed[0]]}"
    named = ", ".join(repr(name_of(index)) for index in failed[:_MOST_NAMED])
    more = f" and {len(failed) - _MOST_NAMED} more" if len(failed) > _MOST_NAMED else ""
    return f"{len(failed)} nodes failed: {named}{more}"
