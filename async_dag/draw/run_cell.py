"""The value of a notebook cell that ends in a run: its Gantt chart as HTML, SVG and PNG, and as text.

A cell must not fail or hang because of its value. So no exception leaves this module, and what
would take too long is left out, with a hint at the call that draws it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, Final

from async_dag._common.extras import extra
from async_dag.errors import MissingExtraError
from async_dag.trace.trace import Trace
from async_dag.views.common.facts import RunFacts
from async_dag.views.common.mime import chosen
from async_dag.views.gantt.text import gantt_text

if TYPE_CHECKING:
    from async_dag.views.drawing.drawn_picture import DrawnPicture

_HTML, _SVG, _PNG, _TEXT = "text/html", "image/svg+xml", "image/png", "text/plain"
_MOST_DRAWN: Final = 20_000
"""Tasks up to which a cell draws a picture by itself."""
_MOST_EXPLAINED: Final = 3_000
"""Tasks up to which findings are computed: each finding takes a few simulations."""
_BUDGET: Final = 1.5
"""Seconds after which no further part is started; a part takes less than half a second."""
_LARGEST: Final = 5_000_000
"""The largest picture, in bytes, that is put into a notebook."""

_clock = time.monotonic


def run_bundle(
    trace: Trace, include: Collection[str] | None = None, exclude: Collection[str] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The data and metadata by MIME type that `_repr_mimebundle_` of a result or a trace returns."""
    wanted = chosen((_HTML, _SVG, _PNG, _TEXT), include, exclude)
    try:
        return _Shown(trace).bundle(wanted)
    except Exception as error:  # noqa: BLE001 - a repr never raises; what went wrong is shown instead
        text = f"{trace!r}\n(it can't be shown: {type(error).__name__}: {error})"
        return ({_TEXT: text} if _TEXT in wanted else {}), {}


class _Shown:
    def __init__(self, trace: Trace) -> None:
        self._trace = trace if trace.over else trace.snapshot()
        self._notes: list[str] = []
        self._until = 0.0

    def bundle(self, wanted: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        data: dict[str, Any] = {}
        metadata: dict[str, Any] = {}
        size = len(self._trace)
        pictures = [kind for kind in wanted if kind != _TEXT]
        if size > _MOST_DRAWN:
            self._notes.append(f"{size:,} nodes: result.draw.gantt() draws them")
            pictures = []
        draw = self._run_picture() if pictures else None
        # The budget starts after everything is loaded, which happens only once.
        self._until = _clock() + _BUDGET
        findings = self._findings() if size <= _MOST_EXPLAINED else []
        if draw is not None:
            picture = draw(self._trace, findings)
            self._make(picture, pictures, data)
            if _PNG in data:
                metadata[_PNG] = picture.png_size
        if _TEXT in wanted:
            data[_TEXT] = "\n".join([self._text(findings), *findings, *self._notes])
        return data, metadata

    def _run_picture(self) -> Callable[[Trace, Sequence[str]], DrawnPicture] | None:
        """The function that draws a run; None without matplotlib."""
        try:
            with extra("gantt"):
                from async_dag.views.gantt.figure import run_picture
                from async_dag.views.gantt.figure.chart import GanttOptions
        except MissingExtraError as error:
            self._notes.append(str(error))
            return None
        return lambda trace, findings: run_picture.run_picture(trace, GanttOptions(), findings)

    def _make(self, picture: DrawnPicture, wanted: Collection[str], data: dict[str, Any]) -> None:
        """Add the pictures for which there is time, and room in a notebook."""
        makers: dict[str, Callable[[], str | bytes]] = {
            _HTML: picture.as_html,
            _SVG: picture.as_svg,
            _PNG: picture.as_png,
        }
        for kind in wanted:
            if _clock() > self._until:
                self._notes.append(
                    "(no picture: that would take too long; result.draw.gantt() draws it)"
                )
                return
            made = makers[kind]()
            if len(made) > _LARGEST:
                self._notes.append(
                    f"(no picture: it has {len(made):,} bytes; result.draw.gantt() shows it)"
                )
                return
            data[kind] = made

    def _findings(self) -> list[str]:
        try:
            return [str(finding) for finding in self._trace.timeline.findings()]
        except Exception as error:  # noqa: BLE001 - the chart is worth showing without them
            self._notes.append(f"(no findings: {type(error).__name__}: {error})")
            return []

    def _text(self, findings: Sequence[str]) -> str:
        if len(self._trace) <= _MOST_DRAWN:
            return gantt_text(self._trace, errors=not findings)
        facts = RunFacts(self._trace)
        return "\n".join([", ".join(facts.counts()), ", ".join(facts.totals())])
