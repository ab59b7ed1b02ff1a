"""The colours of all pictures, for light and dark backgrounds.

They differ in lightness as well as in hue, so the colour-blind can tell them apart, as can readers of a
grey print. No state is shown by colour alone: `words` has a sign for each.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import cache
from typing import Final

SHADES: Final = 4
"""Steps from the colour of awaiting to that of holding."""

_HEX_COLOUR: Final = re.compile(r"#[0-9a-f]{6}\b")


@dataclass(frozen=True)
class Palette:
    """Colours as `#rrggbb`, named for what they mean."""

    ink: str  # text, and the line of now
    soft: str  # secondary text
    line: str  # borders and grid
    ground: str
    panel: str
    node_fill: str  # a box in a diagram without a run
    node_line: str
    faint: str  # text and lines in pictures without a background of their own
    edge: str  # dependencies
    awaiting: str  # the light part of a bar
    holding: str  # the dark part: the event loop is held
    queued: str  # ready, but waiting
    critical: str
    failed: str
    done: str
    done_fill: str
    running_fill: str
    failed_fill: str
    computed: str  # bars of a schedule that was computed, not measured
    chosen: str  # the selected node
    move: str  # a value on its way from one worker to another one

    def shade(self, share: float) -> str:
        """The colour of a bar that holds the event loop for this share of the time, in a few steps.

        >>> LIGHT.shade(0.0) == LIGHT.awaiting, LIGHT.shade(1.0) == LIGHT.holding
        (True, True)
        """
        share = round(share * SHADES) / SHADES
        light, dark = _parts(self.awaiting), _parts(self.holding)
        mixed = (round(a + (b - a) * share) for a, b in zip(light, dark, strict=True))
        return "#" + "".join(f"{part:02x}" for part in mixed)


def _parts(colour: str) -> list[int]:
    """Red, green and blue, from 0 to 255."""
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


LIGHT: Final = Palette(
    ink="#1f2933",
    soft="#5b6671",
    line="#d9dee4",
    ground="#ffffff",
    panel="#f6f8fa",
    node_fill="#eef4fb",
    node_line="#8fa9c6",
    faint="#6c7682",
    edge="#8a949e",
    awaiting="#9cc3ec",
    holding="#2f6db3",
    queued="#d3d9df",
    critical="#d1495b",
    failed="#b3261e",
    done="#3a8f6b",
    done_fill="#e3f2ea",
    running_fill="#dcebfb",
    failed_fill="#fbe4e2",
    computed="#c9ced4",
    chosen="#f2b134",
    move="#7b4fa3",
)
DARK: Final = Palette(
    ink="#e6eaee",
    soft="#a3adb8",
    line="#3b444d",
    ground="#16191d",
    panel="#1d2126",
    node_fill="#1f2a37",
    node_line="#5c7592",
    faint="#8f9aa6",
    edge="#77828d",
    awaiting="#4f7fb5",
    holding="#a8d0fa",
    queued="#444d56",
    critical="#ff7a8a",
    failed="#ff6b61",
    done="#5fc297",
    done_fill="#1d3a2e",
    running_fill="#1c3450",
    failed_fill="#4a2220",
    computed="#59636d",
    chosen="#f2b134",
    move="#b48ad6",
)


@cache
def _dark_of_light() -> dict[str, str]:
    colours = dict(zip(asdict(LIGHT).values(), asdict(DARK).values(), strict=True))
    shares = [step / SHADES for step in range(1, SHADES)]
    return colours | {LIGHT.shade(share): DARK.shade(share) for share in shares}


def dark_svg(svg: str) -> str:
    """An SVG that was drawn in the colours of `LIGHT`, in those of `DARK`.

    >>> dark_svg('<text style="fill: #1f2933">')
    '<text style="fill: #e6eaee">'
    """
    colours = _dark_of_light()
    return _HEX_COLOUR.sub(lambda match: colours.get(match[0], match[0]), svg)
