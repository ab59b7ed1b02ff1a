"""Text in figures: the available fonts, the width of texts, and how to make them drawable.

matplotlib warns of each character that no font has. So such characters are replaced before it sees
them; an SVG, where the reader's own fonts are at hand, gets them back (`TextArtist.original`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, Literal

from matplotlib import font_manager
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from async_dag.views.common.axis import unbroken
from async_dag.views.common.terminal import harmless, shorten, shorten_end

Weight = Literal["normal", "bold"]

BASE_FONT: Final = "DejaVu Sans"
"""Comes with matplotlib, so it is always available."""

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
_POINTS_PER_INCH: Final = 72
_MEASURED_LARGER: Final = 10
"""Texts are measured at so many times their size, where characters are not fitted to pixels."""


@lru_cache(maxsize=1)
def families() -> tuple[str, ...]:
    """The installed fonts that are tried for each character."""
    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    return BASE_FONT, *(name for name in _MORE_FONTS if name in installed)


@lru_cache(maxsize=1)
def _known_characters() -> frozenset[int]:
    """Every character that one of the fonts has."""
    characters: set[int] = set()
    for family in families():
        path = font_manager.findfont(FontProperties(family=[family]), fallback_to_default=False)
        characters |= set(font_manager.get_font(path).get_charmap())
    return frozenset(characters)


@lru_cache(maxsize=32)
def font(size: float, weight: Weight = "normal") -> FontProperties:
    """The font of a size in points, independent of rcParams."""
    return FontProperties(
        family=list(families()),
        size=size,
        weight=weight,
        style="normal",
        variant="normal",
        stretch="normal",
        math_fontfamily="dejavusans",
    )


def drawable(text: str) -> str:
    """`text` with a box for each character that no font has."""
    if text.isascii() and text.isprintable():
        return text
    have = _known_characters()
    return "".join(
        character if ord(character) in have else _NO_GLYPH
        for character in text
        if character not in _INVISIBLE
    )


def tidy(text: str) -> str:
    """`text` in one line of bounded length, with control characters escaped."""
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    # Joiners, as in emoji and in some scripts, are harmless.
    return _JOINER.join(map(harmless, text.split(_JOINER)))


@lru_cache(maxsize=8192)
def width(text: str, size: float, weight: Weight = "normal") -> float:
    """How wide a text is, in points."""
    measured, _, _ = _renderer().get_text_width_height_descent(
        drawable(text), font(size, weight), False
    )
    return float(measured) / _MEASURED_LARGER


def _renderer() -> Any:
    return RendererAgg(1, 1, _POINTS_PER_INCH * _MEASURED_LARGER)  # type: ignore[no-untyped-call]


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


def wrapped(text: str, room: float, size: float) -> list[str]:
    """`text` as lines of at most `room` points, broken between words."""
    lines: list[str] = []
    line = ""
    for word in unbroken(text):
        longer = f"{line} {word}" if line else word
        if line and width(longer, size) > room:
            lines.append(line)
            line = word
        else:
            line = longer
    return [fitted(text, room, size, cut="end") for text in [*lines, line] if text]


class TextArtist(Text):
    """A text in a figure that is never parsed as a formula and has only drawable characters.

    `original` is the text before characters were replaced.
    """

    def __init__(self, x: float, y: float, text: str, **options: Any) -> None:
        self.original = text
        super().__init__(x, y, drawable(text), parse_math=False, usetex=False, **options)
