"""Makes foreign texts fit for a page: short, and encodable as UTF-8."""

from __future__ import annotations

import reprlib
import traceback
from typing import Any, Final

LONGEST_LINE: Final = 300
"""Characters of a name or of an error's text."""

LONGEST_VALUE: Final = 2_000
LONGEST_TRACEBACK: Final = 20_000


def line_of(text: str, longest: int = LONGEST_LINE) -> str:
    r"""`text` cut in its middle to at most `longest` characters; lone surrogates become `?`.

    >>> line_of("x" * 500)[145:155], line_of("lone \ud800 surrogate")
    ('xxxxx…xxxx', 'lone ? surrogate')
    """
    if len(text) > longest:
        head = longest // 2
        text = f"{text[:head]}…{text[head + 1 - longest :]}"
    return text.encode("utf-8", "replace").decode("utf-8")


class _Short(reprlib.Repr):
    """A repr that reads only the start of containers and texts, and never raises."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 4
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdeque = 20
        self.maxarray = self.maxdict = 20
        self.maxstring = self.maxlong = self.maxother = 1_000

    def repr_bytes(self, given: bytes, level: int) -> str:
        text = repr(given[: self.maxstring])
        return text if len(given) <= self.maxstring else f"{text}… ({len(given):,} bytes)"

    repr_bytearray = repr_bytes

    def repr_instance(self, x: object, level: int) -> str:
        try:
            text = repr(x)
        except Exception as error:  # noqa: BLE001 - whatever a foreign __repr__ does
            return f"<{type(x).__name__} object; its repr raised {type(error).__name__}>"
        if not isinstance(text, str):
            return f"<{type(x).__name__} object>"
        # Keep several lines: arrays and tables have them.
        return line_of(text, LONGEST_VALUE)


_short = _Short()


def value_text(value: object) -> str:
    """A short repr of any value, which reads only the start of a long list.

    >>> value_text(list(range(1_000_000)))[:20], value_text("a" * 5_000_000)[490:510]
    ('[0, 1, 2, 3, 4, 5, 6', 'aaaaaaaa...aaaaaaaaa')
    """
    try:
        text = _short.repr(value)
    except Exception as error:  # noqa: BLE001 - a class that is called `list`, but is none
        text = f"<{type(value).__name__} object; its repr raised {type(error).__name__}>"
    return line_of(text, LONGEST_VALUE)


def traceback_text(error: BaseException) -> str:
    """The traceback as Python prints it; a very long one is cut in the middle."""
    try:
        text = "".join(traceback.format_exception(error))
    except Exception as raised:  # noqa: BLE001 - whatever a foreign exception class does
        text = f"{type(error).__name__}; its traceback raised {type(raised).__name__}"
    return line_of(text, LONGEST_TRACEBACK)


def plain(value: Any) -> Any:
    """`value` with all texts in lists, tuples and dicts shortened by `line_of`."""
    if isinstance(value, str):
        return line_of(value)
    if isinstance(value, dict):
        return {key: plain(element) for key, element in value.items()}
    if isinstance(value, list | tuple):
        return [plain(element) for element in value]
    return value
