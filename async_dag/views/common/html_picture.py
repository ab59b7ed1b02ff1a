"""A picture as HTML that every notebook shows: as wide as there is room, dark where the notebook is.

An SVG in an `<img>` scales and affects nothing else on the page; an inline SVG is cut off where the
page is narrower. Where its text would become too small it scrolls instead. Notebooks that strip styles
show the light picture.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterable
from html import escape
from typing import Final

from async_dag.views.common.palette import dark_svg

MOST_TWICE: Final = 300_000
"""The size in bytes up to which an SVG gets a dark copy."""

LONGEST_ALT: Final = 1_500
"""Characters of a text alternative."""

SMALLEST_TEXT: Final = 11.0
"""Pixels. A picture does not shrink so far that its text is smaller."""

_FONT_SIZE: Final = re.compile(r"""font-size="([\d.]+)"|font(?:-size)?:[^;"]*?([\d.]+)px""")
_VIEW_BOX: Final = re.compile(r"""viewBox="[-\d.]+ [-\d.]+ ([\d.]+) [\d.]+\"""")

_DARK: Final = (
    '[data-jp-theme-light="false"]',  # JupyterLab, Notebook, nbconvert
    "body.vscode-dark",
    'body.vscode-high-contrast:not([data-vscode-theme-kind$="light"])',
    "body.dark",  # marimo
    '[data-theme="dark"]',  # Sphinx
    'html[theme="dark"]',  # Colab
)
"""Selectors that match in dark notebooks."""
_AS_THE_SYSTEM: Final = ('[data-theme="auto"]',)  # Sphinx
"""Selectors that match in pages that are dark where the reader's system is."""

_SHOWN: Final = (
    "position:static!important;display:block!important;"
    "width:100%!important;height:auto!important;min-width:var(--least)!important"
)
# Out of the flow, or the other picture would stand in a line of its own below it.
_HIDDEN: Final = (
    "position:absolute!important;width:0!important;height:0!important;min-width:0!important"
)
_ON_PAPER: Final = "@media print{.async-dag-picture img{min-width:0!important}}"
"""Paper can't be scrolled."""


def html_picture(
    svg: str,
    alt: str,
    width: int,
    *,
    adapts: bool = True,
    attributes: str = "",
    begin: tuple[float, float] | None = None,
) -> str:
    """A `<div>` with the picture.

    Args:
        svg: the picture, in light colours if it adapts.
        alt: the text alternative, for screen readers.
        width: its natural width in CSS pixels; it shrinks where there is less room, and scrolls where
            text would be smaller than 11 pixels.
        adapts: whether a dark copy is shown where the notebook is dark.
        attributes: further attributes of the `<div>`, escaped.
        begin: the left and the right edge, as parts of the width, of what is in sight at first where
            the picture scrolls; None for its left edge.

    >>> html_picture("<svg/>", "one task, done", 640, adapts=False)
    '<div class="async-dag-picture" style="overflow:auto;--least:0px">...<img alt="one task, done" ...
    """
    alt = escape(alt if len(alt) <= LONGEST_ALT else f"{alt[:LONGEST_ALT]}…")
    least = least_width(svg, width)
    opening = f'<div class="async-dag-picture" style="overflow:auto;--least:{least}px"{attributes}>'
    if begin is not None:
        opening = opening.replace("overflow", "position:relative;overflow", 1)
        opening += _beginning(begin, least)
    style = f"display:block;width:100%;max-width:{width}px;min-width:{least}px"
    light = f'alt="{alt}" style="{style}" src="{_data(svg)}"'
    if not adapts or len(svg) > MOST_TWICE:
        return f"{opening}<style>{_ON_PAPER}</style><img {light}></div>"
    # The light picture has the text for screen readers, so it is shrunk to nothing and not removed. The
    # dark one is hidden by its attributes, which hold even where styles are stripped.
    dark = (
        f'alt="" width="0" height="0" style="position:absolute;max-width:{width}px" '
        f'src="{_data(dark_svg(svg))}"'
    )
    return (
        f"{opening}<style>{_ON_PAPER}{_rules(_DARK)}"
        f"@media (prefers-color-scheme:dark){{{_rules(_AS_THE_SYSTEM)}}}</style>"
        f'<img class="async-dag-light" {light}><img class="async-dag-dark" {dark}></div>'
    )


def _beginning(begin: tuple[float, float], least: int) -> str:
    """A place without a size that a browser scrolls to at first. (Those that can't begin at the left.)

    Percents are of the width in sight. What is in sight without scrolling stays where it is; else its
    middle comes to the middle.
    """
    left, right = (round(part * least) for part in begin)
    scrolled = f"max(0px,min({(left + right) // 2}px - 50%,({right}px - 100%)*{least}))"
    place = f"position:absolute;top:0;left:{scrolled}"
    return f'<span style="{place};scroll-initial-target:nearest"></span>'


def least_width(svg: str, width: int) -> int:
    """The width in pixels at which the smallest text of a picture is just large enough.

    Args:
        svg: the picture.
        width: its natural width in pixels, which is the most that is returned.

    >>> least_width('<svg viewBox="0 0 300 90"><text font-size="9.00">load</text></svg>', 400)
    367
    """
    view_box = _VIEW_BOX.search(svg)
    if view_box is None:
        return 0
    sizes = {float(quoted or styled) for quoted, styled in _FONT_SIZE.findall(svg)}
    if not sizes:
        return 0
    return min(math.ceil(float(view_box[1]) * SMALLEST_TEXT / min(sizes)), width)


def _rules(pages: Iterable[str]) -> str:
    """Show the dark picture and hide the light one, in the pages that these selectors match."""
    return "".join(
        ",".join(f"{page} .async-dag-{shade}" for page in pages) + f"{{{style}}}"
        for shade, style in (("dark", _SHOWN), ("light", _HIDDEN))
    )


def _data(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
