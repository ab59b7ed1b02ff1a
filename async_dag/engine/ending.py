"""`Ending`: how an invoke ends when nodes fail or it is cancelled.

An invoke that succeeds never makes one.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Sequence
from typing import Any, cast

from async_dag.engine.failures import add_note, error_text, is_a, trim_traceback
from async_dag.engine.result import ExecutionResult
from async_dag.errors import InvocationError, NodeCancelled
from async_dag.trace.columns import OUTSIDE

_MOST_NAMED = 5


class Ending:
    """What went wrong in an invoke: written into its result, and raised at the end.

    Attributes:
        cause: why nodes are cancelled, or never start: a node's failure, or `OUTSIDE`.
        cancelled: what cancelled the invoke.
        fatal: the first exception that is raised as it is, such as a node's `KeyboardInterrupt`.
    """

    __slots__ = ("_failures", "_handled", "_result", "cancelled", "cause", "fatal")

    def __init__(self, result: ExecutionResult[Any]) -> None:
        self._result = result
        self._failures: list[Exception] = []
        self._handled: set[int] = set()
        self.cause: int = OUTSIDE
        self.cancelled: CancelledError | None = None
        self.fatal: BaseException | None = None

    def record(self, index: int, error: BaseException, now: float, *, stopping: bool) -> None:
        """Record that a node ended in an exception; `stopping` says that we have cancelled it."""
        trace = self._result.trace
        trim_traceback(error)
        if is_a(error, CancelledError):
            if stopping:
                trace.causes[index] = self.cause
                trace.outcomes[index] = "cancelled"
                trace.finished[index] = now
                return
            error = _cancelled_by_others(trace.name_of(index), error)
        add_note(error, f"in node {trace.name_of(index)!r}")
        self.record_plainly(index, error, now, error_text(error))

    def record_plainly(self, index: int, error: BaseException, now: float, text: str) -> None:
        """As `record`, without inspecting the exception: for when even that failed."""
        trace = self._result.trace
        if is_a(error, Exception):
            self._failures.append(cast("Exception", error))
        elif self.fatal is None and not is_a(error, CancelledError):
            self.fatal = error
        self._result.errors[index] = error
        trace.errors[index] = text
        trace.outcomes[index] = "failed"
        trace.finished[index] = now  # last, for whoever reads from a thread: see Trace.snapshot

    def handled(self, index: int) -> None:
        """The failure recorded last is not raised: every dependent takes the node's outcome instead."""
        if self._failures and self._failures[-1] is self._result.errors.get(index):
            self._failures.pop()
            self._handled.add(index)

    @property
    def is_good(self) -> bool:
        """Whether the invoke raises nothing."""
        return self.fatal is None and self.cancelled is None and not self._failures

    def settle(self) -> None:
        """The invoke has stopped: give every node without an end its state.

        A node that has started goes on, but nobody waits for it: the invoke was closed midway.
        """
        trace = self._result.trace
        for index, finished in enumerate(trace.finished):
            if finished == finished or index in trace.outcomes:  # not NaN
                continue
            if trace.started[index] == trace.started[index]:
                trace.causes[index] = OUTSIDE
                trace.outcomes[index] = "cancelled"
                trace.finished[index] = trace.elapsed
            else:
                trace.causes[index] = self.cause
                trace.outcomes[index] = "skipped"

    def take_error(self) -> BaseException | None:
        """What the invoke raises; None if it was closed, so that nobody is left to catch it.

        The error is dropped here: its traceback will refer to this object, which would be a cycle.
        """
        fatal, self.fatal = self.fatal, None
        cancelled, self.cancelled = self.cancelled, None
        if fatal is not None:
            return fatal
        if cancelled is not None:
            return cancelled
        if self._failures:
            failed = [index for index in self._result.errors if index not in self._handled]
            return InvocationError(_message(self._result, failed), self._failures, self._result)
        return None


def _cancelled_by_others(name: str, error: BaseException) -> NodeCancelled:
    cancelled = NodeCancelled(
        f"node {name!r} was cancelled, but not by this invoke: its task raised "
        "asyncio.CancelledError, or somebody cancelled its asyncio task"
    )
    cancelled.__cause__ = error
    return cancelled


def _message(result: ExecutionResult[Any], failed: Sequence[int]) -> str:
    """`node 'fetch' failed: ...`, or the names of several."""
    name_of, errors = result.trace.name_of, result.trace.errors
    if len(failed) == 1:
        return f"node {name_of(failed[0])!r} failed: {errors[failed[0]]}"
    named = ", ".join(repr(name_of(index)) for index in failed[:_MOST_NAMED])
    more = f" and {len(failed) - _MOST_NAMED} more" if len(failed) > _MOST_NAMED else ""
    return f"{len(failed)} nodes failed: {named}{more}"
