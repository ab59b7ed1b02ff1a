"""Text in pictures: the available fonts, the width of texts, and how to make them drawable.

No renderer can draw a character that no font has. So such characters are replaced before one sees them;
an SVG, where the reader's own fonts are at hand, has the text as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

from PIL import ImageFont, features
from PIL.ImageFont import FreeTypeFont

from async_dag._common.harmless import harmless
from async_dag.views.common.axis import unbroken
from async_dag.views.common.terminal import shorten, shorten_end
from async_dag.views.drawing.drawing import Weight
from async_dag.views.drawing.font_file import characters_of

BASE_FONT: Final = "DejaVu Sans"
"""Comes with matplotlib, so it is always available."""

_BASE_FILES: Final[dict[Weight, str]] = {"normal": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf"}

_MORE_FONTS: Final = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Noto Sans JP",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "Yu Gothic",
    "Meiryo",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
    "Arial Unicode MS",
    "Noto Sans",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Noto Emoji",
    "Segoe UI Emoji",
    "Segoe UI Symbol",
)
"""Tried in this order for characters that the base font lacks. Colour emoji fonts can't be drawn."""

_NO_GLYPH: Final = "\u25a1"
_JOINER: Final = "\u200d"
_INVISIBLE: Final = frozenset("\u200c\u200d\u200e\u200f\ufe0e\ufe0f")
_LONGEST: Final = 400
_MEASURED_LARGER: Final = 10
"""Texts are measured at so many times their size, where characters are not fitted to pixels."""
_MEASURED_AT: Final = 1000
_SHAPES: Final = features.check("raqm")
"""Whether Pillow was built with what shapes texts."""
_FIRST_MARK: Final = "\u0300"
_FIRST_SIGN: Final = "\u2010"
_AFTER_SIGNS: Final = "\u2c00"


class Piece(NamedTuple):
    """A part of a text that one font has all characters of."""

    text: str
    file: str


def _folder() -> Path:
    """Where matplotlib keeps its fonts, found without importing it, which takes half a second."""
    spec = find_spec("matplotlib")
    if spec is None:
        raise ModuleNotFoundError("No module named 'matplotlib'", name="matplotlib")
    for folder in spec.submodule_search_locations or ():
        fonts = Path(folder, "mpl-data", "fonts", "ttf")
        if fonts.is_dir():
            return fonts
    import matplotlib as mpl  # in distributions that keep its data elsewhere

    return Path(mpl.get_data_path(), "fonts", "ttf")


# At import, so that what is missing is told before anything is drawn.
_FOLDER: Final = _folder()


@lru_cache(maxsize=2)
def base_file(weight: Weight = "normal") -> str:
    """The file of the base font."""
    return str(_FOLDER / _BASE_FILES[weight])


@lru_cache(maxsize=1)
def families() -> tuple[str, ...]:
    """The installed fonts that are tried for each character, by the name of their family."""
    return BASE_FONT, *_other_files()


@lru_cache(maxsize=1)
def _other_files() -> dict[str, str]:
    """The files of the other installed fonts by family. matplotlib finds them, if slowly."""
    from matplotlib import font_manager
    from matplotlib.font_manager import FontProperties

    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    return {
        name: str(font_manager.findfont(FontProperties(family=[name]), fallback_to_default=False))
        for name in _MORE_FONTS
        if name in installed
    }


@lru_cache(maxsize=1024)
def _file_for(character: str, weight: Weight) -> str:
    """The first font that has a character; empty if none has it."""
    code = ord(character)
    # Each look into other fonts costs the import of matplotlib, once.
    if code in characters_of(base_file(weight)):
        return base_file(weight)
    return next((file for file in _other_files().values() if code in characters_of(file)), "")


@lru_cache(maxsize=64)
def loaded(file: str, pixels: float) -> FreeTypeFont:
    """A font at a size in pixels."""
    return ImageFont.truetype(file, pixels)


def drawable(text: str, weight: Weight = "normal") -> str:
    """`text` with a box for each character that no font has."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if _file_for(character, weight) else _NO_GLYPH
        for character in text
        if character not in _INVISIBLE
    )


def pieces(text: str, weight: Weight = "normal") -> Iterator[Piece]:
    """`drawable(text)` in pieces of one font each."""
    if text.isascii() and text.isprintable():
        yield Piece(text, base_file(weight))
        return
    for file, characters in groupby(drawable(text, weight), lambda one: _file_for(one, weight)):
        yield Piece("".join(characters), file)


def tidy(text: str) -> str:
    """`text` in one line of bounded length, with control characters escaped."""
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    # Joiners, as in emoji and in some scripts, are harmless.
    return _JOINER.join(map(harmless, text.split(_JOINER)))


def width(text: str, size: float, weight: Weight = "normal") -> float:
    """How wide a text is, in points."""
    return sum(advance(piece, size) for piece in pieces(text, weight))


def advance(piece: Piece, size: float) -> float:
    """How wide a piece is, in the unit of `size`."""
    if is_plain(piece.text):
        return size * sum(advances(piece))
    larger = loaded(piece.file, _MEASURED_LARGER * size)
    return float(larger.getlength(piece.text)) / _MEASURED_LARGER


def is_plain(text: str) -> bool:
    """Whether its characters stand beside each other, each as it is: no marks, no joined-up script."""
    return all(
        character < _FIRST_MARK or _FIRST_SIGN <= character < _AFTER_SIGNS for character in text
    )


def advances(piece: Piece) -> list[float]:
    """From each character of a plain text to the next one, in sizes of the font."""
    text, file = piece
    return [_advance(text[place : place + 2], file) for place in range(len(text))]


@lru_cache(maxsize=8192)
def _advance(pair: str, file: str) -> float:
    """From a character to the one behind it, if there is one: letters such as A and V stand closer."""
    font = loaded(file, _MEASURED_AT)
    behind = font.getlength(pair[1:]) if len(pair) > 1 else 0.0
    # Without ligatures, where Pillow knows of them: each letter is drawn by itself.
    how = ["-liga"] if _SHAPES else None
    return float(font.getlength(pair, features=how) - behind) / _MEASURED_AT


def fitted(
    text: str, room: float, size: float, weight: Weight = "normal", *, cut: str = "middle"
) -> str:
    """`text` shortened, in its middle or at its end, to `room` points."""
    measured = width(text, size, weight)
    cutter = shorten if cut == "middle" else shorten_end
    characters = len(text)
    while measured > room and characters > 1:
        characters = max(1, min(characters - 1, int(characters * room / measured)))
        text = cutter(text, characters, "…")
        measured = width(text, size, weight)
    return text


def wrapped(text: str, room: float, size: float, weight: Weight = "normal") -> list[str]:
    """`text` as lines of at most `room` points, broken between words."""
    lines: list[str] = []
    line = ""
    for word in unbroken(text):
        longer = f"{line} {word}" if line else word
        if line and width(longer, size, weight) > room:
            lines.append(line)
            line = word
        else:
            line = longer
    return [fitted(text, room, size, weight, cut="end") for text in [*lines, line] if text]
