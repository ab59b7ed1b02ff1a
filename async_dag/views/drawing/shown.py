"""What a notebook shows of a picture: HTML, SVG, PNG and text, and in which size."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from functools import cache
from typing import Any, Final, Protocol

from async_dag.views.common.mime import MimeBundle, chosen

FALLBACK_FONTS: Final = "Verdana, 'Segoe UI', sans-serif"
"""Where a reader lacks the base font."""

_PNG_DPI: Final = 144
_SCREEN_DPI: Final = 96
_FINE_PIXELS: Final = 2_000_000
_HIGHEST: Final = 20_000
"""The largest height in pixels that viewers can show."""


class Shown(Protocol):
    """A picture that makes itself in each format."""

    @property
    def summary(self) -> str:
        """The text alternative."""
        ...

    @property
    def png_size(self) -> dict[str, int]:
        """The size at which to show the PNG, in CSS pixels."""
        ...

    def as_svg(self) -> str:
        """As SVG."""
        ...

    def as_html(self, *, svg: str | None = None) -> str:
        """As HTML around the SVG."""
        ...

    def as_png(self) -> bytes:
        """As PNG."""
        ...


def bundle(
    picture: Shown, include: Collection[str] | None = None, exclude: Collection[str] | None = None
) -> MimeBundle:
    """The data and metadata that `_repr_mimebundle_` returns; only what is wanted is made."""
    svg = cache(picture.as_svg)
    makers: dict[str, Callable[[], str | bytes]] = {
        "text/html": lambda: picture.as_html(svg=svg()),
        "image/svg+xml": svg,
        "image/png": picture.as_png,
        "text/plain": lambda: picture.summary,
    }
    data: dict[str, Any] = {kind: makers[kind]() for kind in chosen(makers, include, exclude)}
    return data, {"image/png": picture.png_size} if "image/png" in data else {}


def png_dpi(width: float, height: float) -> float:
    """The resolution of a PNG of so many inches: up to one and a half times that of a usual screen."""
    # A large picture gets the resolution of a standard screen.
    fine = math.sqrt(_FINE_PIXELS / max(width * height, 0.1))
    return min(_PNG_DPI, max(_SCREEN_DPI, fine), _HIGHEST / max(height, 0.1))


def css_size(width: float, height: float) -> dict[str, int]:
    """So many inches in CSS pixels."""
    return {"width": round(96 * width), "height": round(96 * height)}
