"""A run alone in a notebook cell: its Gantt chart as SVG and PNG, and text for where there is none.

A cell must not fail or hang because of how its value is shown. So nothing raised here gets out, and
what would take longer than the budget is left out, with the call that draws it all the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from types import ModuleType
from typing import Any, Final

from async_dag._common.extras import extra
from async_dag.errors import MissingExtraError
from async_dag.trace.trace import Trace
from async_dag.views.common.facts import RunFacts
from async_dag.views.common.mime import chosen
from async_dag.views.gantt.text import gantt_text

_SVG, _PNG, _TEXT = "image/svg+xml", "image/png", "text/plain"
_MOST_DRAWN: Final = 20_000
"""Tasks of which a picture is made unasked."""
_MOST_EXPLAINED: Final = 3_000
"""Tasks of a run whose findings are computed unasked: each stands for a few simulated runs."""
_BUDGET: Final = 1.5
"""Seconds after which nothing more is begun; what is begun then takes less than half a second."""
_LARGEST: Final = 5_000_000
"""Bytes of one picture; a notebook is saved with all that it shows."""

_clock = time.monotonic


def run_bundle(
    trace: Trace, include: Collection[str] | None = None, exclude: Collection[str] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `_repr_mimebundle_` of a result or a trace returns: data and metadata by MIME type."""
    wanted = chosen((_SVG, _PNG, _TEXT), include, exclude)
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
        pictures = [kind for kind in (_SVG, _PNG) if kind in wanted]
        if size > _MOST_DRAWN:
            self._notes.append(f"{size:,} nodes: draw.gantt() draws them all the same")
            pictures = []
        charts = self._charts() if pictures else None
        # From here on, not counting that matplotlib is loaded once: no budget would change it.
        self._until = _clock() + _BUDGET
        findings = self._findings() if size <= _MOST_EXPLAINED else []
        if charts is not None:
            figure = charts.run_figure(self._trace, charts.Options(), findings)
            makers = {_SVG: figure.as_svg, _PNG: figure.as_png}
            self._make({kind: makers[kind] for kind in pictures}, data)
            if _PNG in data:
                metadata[_PNG] = figure.png_size
        if _TEXT in wanted:
            data[_TEXT] = "\n".join([self._text(), *findings, *self._notes])
        return data, metadata

    def _charts(self) -> ModuleType | None:
        try:
            with extra("gantt"):
                from async_dag.views.gantt.figure import charts
        except MissingExtraError as error:
            self._notes.append(str(error))
            return None
        return charts

    def _make(self, makers: Mapping[str, Callable[[], str | bytes]], data: dict[str, Any]) -> None:
        """Add what fits into the time that is left, and into a notebook."""
        for kind, make in makers.items():
            if _clock() > self._until:
                self._notes.append("it takes its time: draw.gantt() draws it all the same")
                return
            made = make()
            if len(made) > _LARGEST:
                self._notes.append(f"a picture of {len(made):,} bytes: draw.gantt() shows it")
                return
            data[kind] = made

    def _findings(self) -> list[str]:
        try:
            return [str(finding) for finding in self._trace.timeline.findings()]
        except Exception as error:  # noqa: BLE001 - the chart is worth showing without them
            self._notes.append(f"(no findings: {type(error).__name__}: {error})")
            return []

    def _text(self) -> str:
        if len(self._trace) <= _MOST_DRAWN:
            return gantt_text(self._trace)
        facts = RunFacts(self._trace)
        return "\n".join([", ".join(facts.counts()), ", ".join(facts.totals())])
