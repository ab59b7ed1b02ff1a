"""Measures that all renderings share."""

from __future__ import annotations

from typing import Final

BASELINE: Final = 0.38
"""From the middle of a line down to its baseline, in sizes of the font: half the height of an l."""

HATCH_LINE: Final = 1.0
"""Points: how wide each line of a hatch is."""
