"""A DOT text as HTML, SVG, PNG and plain text for notebooks, within a bounded time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any, Final

from async_dag.errors import DrawingError
from async_dag.views.common.html_picture import html_picture, least_width
from async_dag.views.common.mime import MOST_BYTES, MimeBundle, chosen
from async_dag.views.graph.dot_program import run_dot
from async_dag.views.graph.first_box import first_box, with_note_below
from async_dag.views.graph.svg_text import centred

BUDGET: Final = 1.6
"""Seconds that the pictures of one object may take. Its text takes the rest of two seconds."""

_KINDS: Final = ("text/html", "image/svg+xml", "image/png", "text/plain")
_DPI: Final = 144  # one and a half times the resolution of a page: sharp on most screens
_MOST_FINE: Final = 12_000  # characters of a DOT text; the PNG of a longer one would be large
_PAGE_DPI: Final = 96
_NARROW: Final = 560  # CSS pixels: there is room for this in any page
_WIDTH_IN_POINTS: Final = re.compile(r'<svg width="([\d.]+)pt"')


def dot_bundle(
    source: Callable[[], str],
    text: Callable[[], str],
    alt: Callable[[], str],
    first: Callable[[], str | None],
    include: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
    *,
    engine: str = "dot",
) -> MimeBundle:
    """A DOT text as HTML, SVG, PNG (for notebooks that are not trusted with an SVG) and plain text.

    The HTML holds the SVG as an image no wider than the page, dark where the notebook is dark, with a
    text alternative for screen readers.

    Args:
        source: returns the DOT text; called only if a picture is asked for.
        text: returns the plain text, quickly; called only if it is asked for.
        alt: returns the text alternative; called only if HTML is asked for.
        first: returns the ID of the box at which a picture begins that is wider than the page, or None;
            called only if HTML is asked for.
        include: the MIME types to return; None for all.
        exclude: MIME types to leave out.
        engine: as for `run_dot`.

    It never raises, and takes at most `BUDGET` seconds besides the functions it calls. What can't be
    drawn is left out, and the text ends with the reason.
    """
    wanted = chosen(_KINDS, include, exclude)
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    problem = ""
    deadline = time.monotonic() + BUDGET

    def drawn(kind: str, dpi: int = _PAGE_DPI) -> bytes:
        remaining = max(deadline - time.monotonic(), 0.01)
        return _bounded(run_dot(dot, kind, timeout=remaining, engine=engine, dpi=dpi))

    @cache
    def svg() -> str:
        return centred(drawn("svg").decode("utf-8"))

    try:
        dot = source() if set(wanted) - {"text/plain"} else ""
        dpi = _DPI if len(dot) <= _MOST_FINE else _PAGE_DPI
        # Two programs at once take hardly longer than one.
        with ThreadPoolExecutor(max_workers=1) as beside:
            png = _begun(beside, partial(drawn, "png", dpi)) if "image/png" in wanted else bytes
            for kind in wanted:
                if kind == "text/html":
                    data[kind] = _html(svg(), alt(), first())
                elif kind == "image/svg+xml":
                    data[kind] = svg()
                elif kind == "image/png":
                    picture = png()
                    data[kind], metadata[kind] = picture, _size_on_page(picture, dpi)
    except Exception as error:  # noqa: BLE001 - a repr never raises; the text says what went wrong
        if not data:
            problem = _reason(error)
    if "text/plain" in wanted:
        try:
            data["text/plain"] = text() + problem
        except Exception as error:  # noqa: BLE001 - as above
            data["text/plain"] = f"no text{_reason(error)}"
    return data, metadata


def _begun(beside: ThreadPoolExecutor, make: Callable[[], bytes]) -> Callable[[], bytes]:
    """Begins to make a picture; what returns it. In a browser, without threads, that makes it."""
    try:
        return beside.submit(make).result
    except RuntimeError:
        return make


def _html(svg: str, alt: str, first: str | None) -> str:
    width = _width_on_page(svg)
    box = None
    if first is not None and least_width(svg, width) > _NARROW:
        box = first_box(svg, first)
        svg = svg if box is None else with_note_below(svg, box)
    return html_picture(svg, alt, width, begin=box)


def _width_on_page(svg: str) -> int:
    """CSS pixels; dot gives points."""
    width = _WIDTH_IN_POINTS.search(svg)
    return round(float(width[1]) * _PAGE_DPI / 72) if width else 640


def _bounded(picture: bytes) -> bytes:
    if len(picture) > MOST_BYTES:
        raise DrawingError(
            f"it has {len(picture) / 1e6:.1f} MB, which the notebook would store; draw bundles"
        )
    return picture


def _reason(error: Exception) -> str:
    if isinstance(error, DrawingError):
        return f"\n(no picture: {error}; .render('graph.svg') has no time limit)"
    return f"\n(no picture: {error})"


def _size_on_page(png: bytes, dpi: int) -> dict[str, int]:
    """The width and height in CSS pixels at which to show a PNG, from its header."""
    width, height = (int.from_bytes(png[start : start + 4], "big") for start in (16, 20))
    return {"width": round(width * _PAGE_DPI / dpi), "height": round(height * _PAGE_DPI / dpi)}
