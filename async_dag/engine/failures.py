"""What the engine does with the exception of a node: trims its traceback, adds a note, makes a text.

None of it may fail itself, whatever a foreign exception class does.
"""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import Final

_OURS: Final = frozenset(
    {
        "async_dag.engine.attempts",
        "async_dag.engine.deferred_start",
        "async_dag.engine.policy_run",
        "async_dag.engine.run",
        "async_dag.engine.steps",
    }
)


def trim_traceback(error: BaseException) -> None:
    """Let the traceback begin at the task's own code.

    It also must not hold the engine's frames, which hold the exception: a circle.
    """
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_globals.get("__name__") in _OURS:
        traceback = traceback.tb_next
    # Not by assignment, which a frozen dataclass refuses.
    BaseException.with_traceback(error, traceback)


def add_note(error: BaseException, note: str) -> None:
    """Add the note unless it is there: an exception may be raised by several nodes, or invokes."""
    with suppress(Exception):  # a frozen dataclass takes no notes
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)


def error_text(error: BaseException) -> str:
    """`ValueError: what it says`; an exception whose `__str__` fails is told by its type alone."""
    kind = type(error).__name__
    try:
        said = str(error)
    except Exception:  # noqa: BLE001 - whatever a foreign __str__ does
        return kind
    return f"{kind}: {said}" if said else kind
