"""Text in a terminal: how wide it is, how to make it harmless, and which characters can be printed."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from async_dag._common.arguments import whole_number
from async_dag._common.harmless import harmless
from async_dag._common.shortening import short_repr
from async_dag.errors import WrongArgumentError, WrongTypeError

NARROWEST: Final = 20
"""The fewest columns that a picture needs."""

_LEFT_TO_RIGHT: Final = "\u200e"


@dataclass(frozen=True)
class CharacterSet:
    """The characters that pictures are made of. States differ in shape, never in colour alone."""

    waiting: str
    transfer: str
    awaiting: str
    partly_holding: str
    holding: str
    ends: str
    """The last part of a segment that another one follows."""
    area: str
    """From few to all of the tasks that a row runs at its peak."""
    edge: str
    corner: str
    tick: str
    line: str
    times: str
    needs: str
    leads_to: str
    ellipsis: str
    to: str
    """Between the two ends of a range."""
    # The ends of bars are ASCII in both sets: every terminal has them.
    failed: str = "x"
    cancelled: str = "/"
    running: str = ">"


BLOCKS: Final = CharacterSet(
    waiting="·",
    transfer="»",
    awaiting="░",
    partly_holding="▒",
    holding="█",
    ends="▌",
    area="▁▂▃▄▅▆▇█",
    edge="│",
    corner="└",
    tick="┴",
    line="─",
    times="×",
    needs="←",
    leads_to="→",
    ellipsis="…",
    to="–",
)
ASCII: Final = CharacterSet(
    waiting=".",
    transfer="~",
    awaiting="-",
    partly_holding="=",
    holding="#",
    ends="|",
    area="123456789",
    edge="|",
    corner="+",
    tick="+",
    line="-",
    times="x",
    needs="<-",
    leads_to="->",
    ellipsis="..",
    to="-",
)


class Terminal:
    """The terminal that a picture is written for: its width and its characters.

    Args:
        width: columns; by default those of the terminal, or 80 where there is none.
        encoding: of the stream that the picture goes to; by default that of `sys.stdout`.

    Raises `WrongArgumentError` or `WrongTypeError` for a width that can't be used or an encoding that
    Python does not know.
    """

    def __init__(self, width: int | None = None, encoding: str | None = None) -> None:
        if width is None:
            width = max(NARROWEST, shutil.get_terminal_size((80, 24)).columns)
        if encoding is not None and not isinstance(encoding, str):
            raise WrongTypeError(
                "encoding= takes the name of an encoding, such as 'utf-8'; given was "
                f"{short_repr(encoding)}"
            )
        self.width: int = whole_number("width=", width, at_least=NARROWEST)
        # A windowed program has no stdout, and a StringIO no encoding: any character will do.
        self.encoding: str = encoding or getattr(sys.stdout, "encoding", None) or "utf-8"
        self.characters: CharacterSet = (
            BLOCKS if self._has("".join(vars(BLOCKS).values())) else ASCII
        )
        self._has_marks = self._has(_LEFT_TO_RIGHT)

    def _has(self, text: str) -> bool:
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        except LookupError as error:
            raise WrongArgumentError(
                f"encoding={self.encoding!r} is unknown to Python; give one such as 'utf-8' or "
                "'ascii'"
            ) from error
        return True

    def harmless(self, text: str, width: int | None = None) -> str:
        """`text` in one line of printable characters, shortened to `width` columns if given."""
        if width is not None and len(text) > 16 * width:
            # Only the two ends of a very long name will be left.
            text = text[: 8 * width] + text[-8 * width :]
        text = harmless(text)
        text = text.encode(self.encoding, "backslashreplace").decode(self.encoding)
        return text if width is None else shorten(text, width, self.characters.ellipsis)

    def guarded(self, text: str) -> str:
        """`text` with marks that keep right-to-left characters from reordering the rest of the line.

        Terminals and browsers that reorder such text would move the bar to the other side of the name.
        The two marks take no room.
        """
        if self._has_marks and any(
            unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in text
        ):
            return f"{_LEFT_TO_RIGHT}{text}{_LEFT_TO_RIGHT}"
        return text

    def fill(self, pieces: Iterable[str], separator: str, indent: str = "") -> Iterator[str]:
        """Lines of `pieces` joined by `separator`, broken between pieces only."""
        line = ""
        at_break = separator.rstrip()
        for piece in pieces:
            if not line:
                line = piece
            elif columns(line + separator + piece + at_break) <= self.width:
                line += separator + piece
            else:
                yield line + at_break
                line = indent + piece
            line = shorten_end(line, self.width - columns(at_break), self.characters.ellipsis)
        if line:
            yield line


def columns(text: str) -> int:
    """The number of terminal columns that `text` takes.

    >>> columns("task"), columns("任务"), columns("e\u0301"), columns("🚀")
    (4, 4, 1, 2)
    """
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if character == _LEFT_TO_RIGHT or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def shorten(text: str, width: int, ellipsis: str) -> str:
    """`text` cut to at most `width` columns, with `ellipsis` where something is missing.

    The middle is left out, since names tend to differ at their ends.

    >>> shorten("download_page_12", 10, "…"), shorten("任务任务任务", 6, "…")
    ('downl…e_12', '任…务')
    """
    if columns(text) <= width:
        return text
    room = width - columns(ellipsis)
    if room <= 0:
        return ellipsis[: max(width, 0)]
    end = _start_of(text[::-1], room // 2)[::-1]
    return _start_of(text, room - room // 2) + ellipsis + end


def shorten_end(text: str, width: int, ellipsis: str) -> str:
    """`text` cut to at most `width` columns, with `ellipsis` at its end if it was longer.

    >>> shorten_end("never started: slow_task_b failed", 20, "…")
    'never started: slow…'
    """
    if columns(text) <= width:
        return text
    return _start_of(text, max(width - columns(ellipsis), 0)) + ellipsis[:width]


def _start_of(text: str, width: int) -> str:
    """As much of the start of `text` as fits into `width` columns."""
    used = 0
    for position, character in enumerate(text):
        used += _columns_of(character)
        if used > width:
            return text[:position]
    return text


def padded(text: str, width: int) -> str:
    """`text` padded with spaces to `width` columns."""
    return text + " " * (width - columns(text))
