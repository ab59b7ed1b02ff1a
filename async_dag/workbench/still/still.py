"""`Still`: the picture that a run leaves in a notebook, which needs no kernel, script or network."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from html import escape
from typing import Any, Final

from async_dag.graph.bundling import Bundling
from async_dag.graph.graph import Graph
from async_dag.trace.trace import Trace
from async_dag.views.drawing.canvas import Block
from async_dag.views.drawing.drawn_picture import DrawnPicture
from async_dag.views.drawing.look import Look, Theme, look_for
from async_dag.views.gantt.figure.chart import (
    Chart,
    GanttOptions,
    column_layout_of,
    legend_of,
)
from async_dag.views.gantt.figure.legend import Legend
from async_dag.views.gantt.figure.run_picture import sentences_of, told_first, told_last
from async_dag.views.gantt.figure.running import RunningPanel
from async_dag.views.ways.panel import WaysPanel
from async_dag.views.ways.ways import ways_of_run
from async_dag.workbench.feed.analysis import quick_findings
from async_dag.workbench.feed.record import Record
from async_dag.workbench.feed.run_state import RunState, run_state
from async_dag.workbench.feed.texts import line_of
from async_dag.workbench.layout.picture import Picture
from async_dag.workbench.layout.placement import Placement
from async_dag.workbench.still.box_facts import BoxFacts, box_facts, path_edges
from async_dag.workbench.still.graph_block import NATURAL, GraphBlock
from async_dag.workbench.still.header_block import HeaderBlock

PLACEMENT_TIMEOUT: Final = 3.0
"""Seconds that a picture waits for dot; after that it does without the graph."""

_WIDEST_IN_ONE: Final = 3000.0
"""Points that the graph takes at most where graph and chart are one image."""
_MOST_LINES: Final = 30

_BESIDE: Final = "display:flex;flex-wrap:wrap;gap:8px 16px;align-items:flex-start"
# A graph that is larger than the page scrolls; on paper it is made to fit.
_SCROLLS: Final = "overflow:auto;max-width:100%;max-height:640px"
_ON_PAPER: Final = (
    "@media print{.async-dag-graph{max-height:none!important}"
    ".async-dag-graph>div{width:auto!important}}"
)


class Still:
    """The picture of a run: its graph, and its chart with what limited it.

    Args:
        trace: the run.
        placement: where the boxes of its graph lie; without it there is no graph in the picture.
        bundling: what the boxes stand for, if not single nodes.
        title: what the run is called.
        state: how it went; None if it never began.
        findings: sentences on what limited it.
        theme: the colours.
    """

    def __init__(
        self,
        trace: Trace,
        placement: Placement | None,
        bundling: Bundling | None,
        *,
        title: str,
        state: RunState | None,
        findings: Sequence[str] = (),
        theme: Theme = "auto",
    ) -> None:
        self._look: Look = look_for("notebook", theme)
        self._chart = Chart(trace, GanttOptions(theme=theme))
        self._placement = placement
        self._boxes: list[BoxFacts] = (
            []
            if placement is None
            else box_facts(self._chart.facts, bundling, self._chart.critical)
        )
        self._path = path_edges(self._chart.facts, bundling, self._chart.path)
        self._header = HeaderBlock(self._chart.facts, self._look, title, state)
        self._findings = list(findings)
        facts = self._chart.facts
        lines = [
            f"{title}: {', '.join(facts.counts())}",
            ", ".join(facts.totals()),
            self._chart.path_sentence if state else "",
            *sentences_of(self._chart, self._findings),
        ]
        # The text of one error may be a megabyte.
        self.text: str = "\n".join(line_of(line) for line in lines[:_MOST_LINES] if line)

    @cached_property
    def graph(self) -> DrawnPicture | None:
        """The graph at its natural size; None if there is no placement."""
        if self._placement is None:
            return None
        look = replace(self._look, width=self._graph_width + 2 * self._look.margin)
        return DrawnPicture.of([self._graph_block(look)], look, f"graph of {self.text}")

    @cached_property
    def chart(self) -> DrawnPicture:
        """The chart of the run, and sentences on what limited it."""
        return DrawnPicture.of([self._header, *self._chart_blocks], self._look, self.text)

    @cached_property
    def whole(self) -> DrawnPicture:
        """Graph and chart as one image, for where there is no HTML."""
        if self._placement is None:
            return self.chart
        look = self._look
        inner = max(look.width - 2 * look.margin, min(self._graph_width, _WIDEST_IN_ONE))
        page = replace(look, width=inner + 2 * look.margin)
        blocks: list[Block] = [self._header, self._graph_block(page), *self._chart_blocks]
        return DrawnPicture.of(blocks, page, self.text)

    @property
    def _graph_width(self) -> float:
        return 0.0 if self._placement is None else NATURAL * self._placement.width

    def _graph_block(self, look: Look) -> GraphBlock:
        assert self._placement is not None
        room = look.width - 2 * look.margin
        return GraphBlock(
            self._placement, self._boxes, self._path, look, left=look.margin, room=room
        )

    @cached_property
    def _chart_blocks(self) -> list[Block]:
        chart, facts = self._chart, self._chart.facts
        if not facts.has_bars:
            return []
        look = self._look.for_rows(len(chart.rows))
        columns = column_layout_of(chart, look)
        sentences = sentences_of(chart, self._findings)
        return [
            *told_first(chart, look, sentences),
            Legend(look, legend_of([chart])),
            chart.panel(look, columns),
            RunningPanel(facts, look, columns),
            WaysPanel(ways_of_run(chart.timeline), look),
            *told_last(chart, look, sentences),
        ]

    def images(self) -> dict[str, str]:
        """Graph and chart as SVG and as PNG, by MIME type."""
        return {"image/svg+xml": self.whole.as_svg(), "image/png": self._png()}

    def bundle(self, key: str) -> dict[str, Any]:
        """The picture by MIME type: HTML without script, a PNG where HTML is not shown, and text.

        Chart and graph stand beside each other where there is room, else below each other. `key` is
        how the page's script, while it is loaded, finds the run again.
        """
        width = self.chart.png_size["width"]
        pictures = [f'<div style="flex:0 1 {width}px;min-width:0">{self.chart.as_html()}</div>']
        if self.graph is not None:
            width = self.graph.png_size["width"]
            pictures.append(
                f'<style>{_ON_PAPER}</style><div class="async-dag-graph" style="{_SCROLLS}">'
                f'<div style="width:{width}px">{self.graph.as_html()}</div></div>',
            )
        html = (
            f'<div class="async-dag-still" data-async-dag-run="{escape(key)}">'
            f'<div style="{_BESIDE}">{"".join(pictures)}</div></div>'
        )
        return {"text/html": html, "image/png": self._png(), "text/plain": self.text}

    def _png(self) -> str:
        return base64.b64encode(self.whole.as_png()).decode()


def still_of(record: Record, picture: Picture) -> Still:
    """The picture of a record of a feed; of a run that goes on, as it is at this moment."""
    trace = record.trace if record.trace.over else record.trace.snapshot()
    return Still(
        trace,
        picture.placement(PLACEMENT_TIMEOUT),
        picture.bundling,
        title=record.title or f"invoke #{record.number}",
        state=run_state(record.trace),
        findings=[str(finding) for finding in quick_findings(trace)] if record.trace.over else (),
    )


def still_of_graph(graph: Graph, picture: Picture) -> Still:
    """The picture of a graph that has not been invoked yet."""
    return Still(
        Trace(graph).snapshot(),
        picture.placement(PLACEMENT_TIMEOUT),
        picture.bundling,
        title="no invoke yet",
        state=None,
    )
