"""A picture as HTML that every notebook shows: as wide as there is room, dark where the notebook is.

An SVG in an `<img>` scales and affects nothing else on the page; an inline SVG is cut off where the
page is narrower. Notebooks that strip styles show the light picture.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from typing import Final

from async_dag.views.common.palette import dark_svg

MOST_TWICE: Final = 300_000
"""The size in bytes up to which an SVG gets a dark copy."""

LONGEST_ALT: Final = 1_500
"""Characters of a text alternative."""

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

_SHOWN: Final = "width:100%!important;height:auto!important"
_HIDDEN: Final = "width:0!important;height:0!important"


def html_picture(
    svg: str, alt: str, width: int, *, adapts: bool = True, attributes: str = ""
) -> str:
    """A `<div>` with the picture.

    Args:
        svg: the picture, in light colours if it adapts.
        alt: the text alternative, for screen readers.
        width: its natural width in CSS pixels; it shrinks where there is less room.
        adapts: whether a dark copy is shown where the notebook is dark.
        attributes: further attributes of the `<div>`, escaped.

    >>> html_picture("<svg/>", "one task, done", 640, adapts=False)
    '<div class="async-dag-picture"><img alt="one task, done" style="width:100%;max-width:640px" ...
    """
    alt = escape(alt if len(alt) <= LONGEST_ALT else f"{alt[:LONGEST_ALT]}…")
    opening = f'<div class="async-dag-picture"{attributes}>'
    style = f"width:100%;max-width:{width}px"
    light = f'alt="{alt}" style="{style}" src="{_data(svg)}"'
    if not adapts or len(svg) > MOST_TWICE:
        return f"{opening}<img {light}></div>"
    # The light picture has the text for screen readers, so it is shrunk to nothing and not removed. The
    # dark one is hidden by its attributes, which hold even where styles are stripped.
    dark = f'alt="" width="0" height="0" style="max-width:{width}px" src="{_data(dark_svg(svg))}"'
    return (
        f"{opening}<style>{_rules(_DARK)}"
        f"@media (prefers-color-scheme:dark){{{_rules(_AS_THE_SYSTEM)}}}</style>"
        f'<img class="async-dag-light" {light}><img class="async-dag-dark" {dark}></div>'
    )


def _rules(pages: Iterable[str]) -> str:
    """Show the dark picture and hide the light one, in the pages that these selectors match."""
    return "".join(
        ",".join(f"{page} .async-dag-{shade}" for page in pages) + f"{{{style}}}"
        for shade, style in (("dark", _SHOWN), ("light", _HIDDEN))
    )


def _data(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
