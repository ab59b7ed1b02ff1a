"""A DOT text as what a notebook asks an object for: SVG, PNG and text, within a bounded time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from async_dag.errors import DrawingError
from async_dag.views.common.mime import MOST_BYTES, MimeBundle, chosen
from async_dag.views.graph.dot_program import run_dot
from async_dag.views.graph.svg_text import centred

BUDGET: Final = 1.6
"""Seconds that the pictures of one object may take; the rest of two is for its text."""

_KINDS: Final = ("image/svg+xml", "image/png", "text/plain")
_DPI: Final = 144  # one and a half times what a page has, so that it is sharp on most screens
_MOST_FINE: Final = 12_000  # letters of a DOT text; the PNG of a longer one would be rather large
_PAGE_DPI: Final = 96


def dot_bundle(
    source: Callable[[], str],
    text: Callable[[], str],
    include: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
    *,
    engine: str = "dot",
) -> MimeBundle:
    """A DOT text as SVG, as PNG (for notebooks that are not trusted with an SVG) and as plain text.

    Args:
        source: makes the DOT text; called if a picture is asked for.
        text: makes the plain text, which must be quick; called if it is asked for.
        include: the MIME types that are asked for; None for all.
        exclude: those that are not.
        engine: as for `run_dot`.

    It never raises, and takes at most `BUDGET` seconds beside `source` and `text`. What can't be drawn
    is left out, and the text ends with the reason.
    """
    wanted = chosen(_KINDS, include, exclude)
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    problem = ""
    deadline = time.monotonic() + BUDGET
    try:
        dot = source() if set(wanted) != {"text/plain"} and wanted else ""
        for kind in wanted:
            left = max(deadline - time.monotonic(), 0.01)
            if kind == "image/svg+xml":
                svg = _bounded(run_dot(dot, "svg", timeout=left, engine=engine))
                data[kind] = centred(svg.decode("utf-8"))
            elif kind == "image/png":
                dpi = _DPI if len(dot) <= _MOST_FINE else _PAGE_DPI
                png = _bounded(run_dot(dot, "png", timeout=left, engine=engine, dpi=dpi))
                data[kind], metadata[kind] = png, _size_on_page(png, dpi)
    except Exception as error:  # noqa: BLE001 - a repr never raises; what went wrong is told
        if not data:
            problem = _reason(error)
    if "text/plain" in wanted:
        try:
            data["text/plain"] = text() + problem
        except Exception as error:  # noqa: BLE001 - as above
            data["text/plain"] = f"no text{_reason(error)}"
    return data, metadata


def _bounded(picture: bytes) -> bytes:
    if len(picture) > MOST_BYTES:
        raise DrawingError(
            f"it has {len(picture) / 1e6:.1f} MB, and a notebook keeps what it shows; draw bundles"
        )
    return picture


def _reason(error: Exception) -> str:
    if isinstance(error, DrawingError):
        return (
            f"\n(no picture: {error}; in a file it takes the time it needs: .render('graph.svg'))"
        )
    return f"\n(no picture: {error})"


def _size_on_page(png: bytes, dpi: int) -> dict[str, int]:
    """The width and height that a page should show it in; they stand at the beginning of a PNG."""
    width, height = (int.from_bytes(png[start : start + 4], "big") for start in (16, 20))
    return {"width": round(width * _PAGE_DPI / dpi), "height": round(height * _PAGE_DPI / dpi)}
