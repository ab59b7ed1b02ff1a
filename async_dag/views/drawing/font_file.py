"""Which characters a font file has: TrueType, OpenType, or a collection."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont


@lru_cache(maxsize=64)
def characters_of(path: str) -> frozenset[int]:
    """The code points for which a font has a glyph; of a collection, those of its first font.

    Raises `OSError` if the file can't be read; what is no font has no characters.
    """
    with Path(path).open("rb") as file:  # TTFont leaves it open where it is no font
        try:
            return frozenset(TTFont(file, fontNumber=0, lazy=True).getBestCmap() or ())
        except Exception:  # noqa: BLE001 - a damaged file raises whatever is the first to go wrong
            return frozenset()
