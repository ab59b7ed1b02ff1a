"""What the engine does with the exception of a node: trims its traceback, adds a note, formats it.

None of it raises anything but a `KeyboardInterrupt`, whatever a foreign exception class does: its
`__class__` may be a property, its `__str__` may exit the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from types import CodeType, FrameType, TracebackType
from typing import Final

_OURS: Final = frozenset(
    {
        "async_dag.engine.attempts",
        "async_dag.engine.choosing",
        "async_dag.engine.deferred_start",
        "async_dag.engine.dynamic_run",
        "async_dag.engine.policy_run",
        "async_dag.engine.run",
        "async_dag.engine.steps",
    }
)

_LOOPS: Final = frozenset({"asyncio.events", "asyncio.base_events"})

# The built-in ones, whatever a class has overridden.
_traceback_of: Final[Callable[[BaseException], TracebackType | None]] = BaseException.__dict__[
    "__traceback__"
].__get__
_cause_of: Final[Callable[[BaseException], BaseException | None]] = BaseException.__dict__[
    "__cause__"
].__get__
_context_of: Final[Callable[[BaseException], BaseException | None]] = BaseException.__dict__[
    "__context__"
].__get__
_name_of: Final[Callable[[type], str]] = type.__dict__["__name__"].__get__


def is_a(error: BaseException, kind: type[BaseException]) -> bool:
    """Like `isinstance`, but never reads `__class__`, which may be a property of the user's."""
    return issubclass(type(error), kind)


def trim_traceback(error: BaseException) -> None:
    """Make the traceback begin at the task's own code, and likewise those of its causes.

    They must not refer to the engine's frames either, which refer to the exception: a cycle.
    """
    for current in _with_causes(error):
        traceback: TracebackType | None = _traceback_of(current)
        while traceback is not None and traceback.tb_frame.f_globals.get("__name__") in _OURS:
            traceback = traceback.tb_next
        # Not by assignment, which a frozen dataclass refuses.
        BaseException.with_traceback(current, traceback)


def clear_frames(error: BaseException, outermost: CodeType) -> None:
    """Clear the engine's frames that called the failed task, once all nodes have ended.

    The frames in a traceback refer to their callers, and so to the run, which holds the exception.
    `outermost` is the code of the function that is still running.
    """
    for current in _with_causes(error):
        traceback = _traceback_of(current)
        while traceback is not None:
            _clear_outwards(traceback.tb_frame.f_back, outermost)
            traceback = traceback.tb_next


def _clear_outwards(frame: FrameType | None, outermost: CodeType) -> None:
    while frame is not None and frame.f_code is not outermost:
        module = frame.f_globals.get("__name__")
        if module in _LOOPS:
            return  # further out is what runs the loop: perhaps a node of another run
        if module in _OURS:
            with suppress(RuntimeError):  # it still runs
                frame.clear()
        frame = frame.f_back


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and its causes, each once."""
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        current = left.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        left += (_cause_of(current), _context_of(current))


def add_note(error: BaseException, note: str) -> None:
    """Add the note unless it is there already: several nodes, or invokes, may raise one exception."""
    try:
        if note not in getattr(error, "__notes__", ()):
            BaseException.add_note(error, note)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - a frozen dataclass takes no notes
        return


def error_text(error: BaseException) -> str:
    """`ValueError: message`; for an exception whose `str` fails, as much as can be told."""
    kind = _name_of(type(error))
    try:
        message = str(error)
        return f"{kind}: {message}" if message else kind
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - whatever a foreign __str__ does
        return kind
