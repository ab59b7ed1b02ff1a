"""Columns of numbers as the page reads them."""

from __future__ import annotations

import sys
from array import array
from typing import Any


def little_endian(column: array[Any]) -> bytes:
    """The bytes of a column in little-endian order, on any machine."""
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column.tobytes()
