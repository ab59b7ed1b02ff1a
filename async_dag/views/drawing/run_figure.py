"""`RunFigure`: a drawing as a figure of matplotlib, which can be saved in any format and drawn on."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Collection
from html import escape, unescape
from typing import Any, Final
from urllib.parse import parse_qsl

import matplotlib as mpl
from matplotlib.figure import Figure

from async_dag.views.common.html_picture import html_picture
from async_dag.views.drawing.artists import TextArtist, add_artists
from async_dag.views.drawing.drawn_picture import DrawnPicture
from async_dag.views.drawing.fonts import BASE_FONT
from async_dag.views.drawing.shown import FALLBACK_FONTS, bundle, css_size, png_dpi

_SETTINGS: Final = threading.Lock()
_BASE_IN_STYLE: Final = re.compile(rf"""(style="[^"]*)'{BASE_FONT}'""")
_DATA: Final = re.compile(r' id="data ([^"]*)"')
_OUTLINE: Final = re.compile(r'(?<= d=")[^"]*')
_LONG_NUMBER: Final = re.compile(r"(\.\d\d)\d+")


class RunFigure(Figure):
    """A `matplotlib.figure.Figure` that a notebook draws without pyplot.

    Save it like any figure: `figure.savefig("run.pdf")`. `as_svg` and `as_png` return what a
    notebook shows.

    Attributes:
        summary: the text alternative of the picture.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def nap(seconds: float) -> None:
    ...     await asyncio.sleep(seconds)
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(nap, 0.01)
    >>> figure = asyncio.run(tm.invoke()).draw.gantt()
    >>> figure.as_svg()[:4], figure.as_png()[1:4]
    ('<svg', b'PNG')
    """

    def __init__(self, summary: str = "", *, adapts: bool = False) -> None:
        super().__init__()
        self.summary: str = summary
        self._adapts = adapts

    @classmethod
    def of(cls, picture: DrawnPicture) -> RunFigure:
        """The figure that shows what a picture shows."""
        figure = cls(picture.summary, adapts=picture.adapts)
        add_artists(figure, picture.drawing)
        return figure

    def as_svg(self) -> str:
        """The picture as SVG with real text, which is small, searchable, and can use any font."""
        # Not by `findobj`, which makes the ticks of all axes to look for texts in them.
        replaced = [
            artist
            for axes in self.axes
            for artist in axes.texts
            if isinstance(artist, TextArtist) and artist.original != artist.get_text()
        ]
        for number, artist in enumerate(replaced):
            artist.set_gid(f"text-{number}")
        file = io.StringIO()
        # The only setting that matplotlib takes from global rcParams; restored at once.
        with _SETTINGS:
            before = mpl.rcParams["svg.fonttype"]
            mpl.rcParams["svg.fonttype"] = "none"
            try:
                self.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
            finally:
                mpl.rcParams["svg.fonttype"] = before
        svg = file.getvalue()
        svg = _BASE_IN_STYLE.sub(rf"\1'{BASE_FONT}', {FALLBACK_FONTS}", svg)
        # Hundredths of a point do; matplotlib writes millionths, a tenth of the whole file.
        svg = _DATA.sub(_as_attributes, svg)
        svg = _OUTLINE.sub(lambda match: _LONG_NUMBER.sub(r"\1", match[0]), svg)
        for number, artist in enumerate(replaced):
            svg = _with_original(svg, f"text-{number}", artist.original)
        return svg[svg.index("<svg") :]

    def as_html(self, *, attributes: str = "", svg: str | None = None) -> str:
        """The picture as HTML, which shrinks with the page and is dark in a dark notebook.

        Args:
            attributes: further attributes of the element, escaped.
            svg: the result of `as_svg`, if it is known already.
        """
        return html_picture(
            self.as_svg() if svg is None else svg,
            self.summary,
            self.png_size["width"],
            adapts=self._adapts,
            attributes=attributes,
        )

    def as_png(self) -> bytes:
        """The picture as PNG, for screens of up to one and a half times the usual resolution."""
        file = io.BytesIO()
        dpi = png_dpi(*self.get_size_inches())
        self.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
        return file.getvalue()

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        return bundle(self, include, exclude)

    @property
    def png_size(self) -> dict[str, int]:
        """The size at which to show the PNG, in CSS pixels."""
        return css_size(*self.get_size_inches())

    def __repr__(self) -> str:
        return f"<RunFigure: {self.summary.splitlines()[0]}>" if self.summary else "<RunFigure>"


def _as_attributes(match: re.Match[str]) -> str:
    pairs = parse_qsl(unescape(match[1]))
    return "".join(f' data-{name}="{escape(text)}"' for name, text in pairs)


def _with_original(svg: str, gid: str, original: str) -> str:
    """The SVG with the original text of a group, before unavailable characters were replaced."""
    group = re.compile(
        rf'(<g id="{gid}">\s*(?:<!--.*?-->\s*)?<text[^>]*>)[^<]*(</text>)', re.DOTALL
    )
    return group.sub(
        lambda match: match[1] + escape(original, quote=False) + match[2], svg, count=1
    )
