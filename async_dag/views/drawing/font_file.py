"""Which characters a font file has, read from the file: TrueType, OpenType, or a collection."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_UNICODE_PLATFORMS = {(0, 3), (0, 4), (0, 6), (3, 1), (3, 10)}


@lru_cache(maxsize=64)
def characters_of(path: str) -> frozenset[int]:
    """The code points for which a font has a glyph; of a collection, those of its first font.

    Raises `OSError` if the file can't be read; what is no font has no characters.
    """
    data = Path(path).read_bytes()
    try:
        return frozenset(_characters(data))
    except (struct.error, IndexError):
        return frozenset()


def _characters(data: bytes) -> Iterator[int]:
    start = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
    (tables,) = struct.unpack_from(">H", data, start + 4)
    for number in range(tables):
        tag, _, offset, _ = struct.unpack_from(">4sIII", data, start + 12 + 16 * number)
        if tag == b"cmap":
            yield from _of_table(data, offset)


def _of_table(data: bytes, table: int) -> Iterator[int]:
    _, count = struct.unpack_from(">HH", data, table)
    for number in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", data, table + 4 + 8 * number)
        if (platform, encoding) in _UNICODE_PLATFORMS:
            (kind,) = struct.unpack_from(">H", data, table + offset)
            if kind == 4:
                yield from _of_segments(data, table + offset)
            elif kind == 12:
                yield from _of_groups(data, table + offset)


def _of_segments(data: bytes, at: int) -> Iterator[int]:
    """Format 4: segments of characters, each with a shift of the glyphs or a list of them."""
    (twice,) = struct.unpack_from(">H", data, at + 6)
    count = twice // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    starts = struct.unpack_from(f">{count}H", data, at + 16 + twice)
    shifts = struct.unpack_from(f">{count}H", data, at + 16 + 2 * twice)
    lists = at + 16 + 3 * twice
    offsets = struct.unpack_from(f">{count}H", data, lists)
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        for character in range(start, end + 1):
            glyph = character + shifts[number] & 0xFFFF
            if offsets[number]:
                place = lists + 2 * number + offsets[number] + 2 * (character - start)
                (glyph,) = struct.unpack_from(">H", data, place)
            if glyph and character != 0xFFFF:
                yield character


def _of_groups(data: bytes, at: int) -> Iterator[int]:
    """Format 12: groups of characters in a row."""
    (count,) = struct.unpack_from(">I", data, at + 12)
    for number in range(count):
        start, end, glyph = struct.unpack_from(">III", data, at + 16 + 12 * number)
        yield from range(start + (glyph == 0), min(end, 0x10FFFF) + 1)
