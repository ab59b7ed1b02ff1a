"""The still picture of a run, as a figure: header, graph, Gantt chart, totals, and what limited it."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any, Final

from async_dag.graph.bundling import Bundling
from async_dag.graph.graph import Graph
from async_dag.trace.trace import Trace
from async_dag.views.gantt.figure.chart import (
    Chart,
    Options,
    columns_of,
    errors_of,
    legend_of,
    totals_of,
)
from async_dag.views.gantt.figure.figure import RunFigure
from async_dag.views.gantt.figure.look import Look, Theme, look_for
from async_dag.views.gantt.figure.page import Block, Page, lines
from async_dag.views.gantt.figure.prose import Legend, Sentences
from async_dag.views.gantt.figure.running import RunningPanel
from async_dag.views.gantt.figure.totals import TotalsPanel
from async_dag.workbench.feed.analysis import MOST_SIMULATED, quick_findings
from async_dag.workbench.feed.record import Record, RunState, run_state
from async_dag.workbench.feed.texts import line_of
from async_dag.workbench.layout.picture import Picture
from async_dag.workbench.layout.placement import Placement
from async_dag.workbench.still.box_facts import box_facts
from async_dag.workbench.still.graph_block import NATURAL, GraphBlock
from async_dag.workbench.still.header_block import HeaderBlock

PLACEMENT_TIMEOUT: Final = 3.0
"""Seconds that a picture waits for dot; after that it does without the graph."""

WIDTH: Final = 860.0
"""Points: as wide as a cell on a large screen."""

_BESIDE: Final = 0.38
"""The share of the width that the graph may take and still stand beside the chart."""
_SMALLEST_SCALE: Final = 0.72
"""A graph that would be drawn smaller than that, of its natural size, stands above the chart."""
_LOWEST: Final = 420.0
_GAP: Final = 14.0
_MOST_LINES: Final = 30
_PATH: Final = re.compile(r'\bd="([^"]*)"')
_LONG_NUMBER: Final = re.compile(r"-?\d+\.\d{2,}")


def still_figure(
    trace: Trace,
    placement: Placement | None,
    bundling: Bundling | None,
    *,
    title: str,
    state: RunState | None,
    sentences: Sequence[str] = (),
    theme: Theme = "light",
) -> RunFigure:
    """The picture of a run that is over.

    Args:
        trace: the run.
        placement: where the boxes of its graph lie; without it there is no graph in the picture.
        bundling: what the boxes stand for, if not single nodes.
        title: what the run is called.
        state: how it went; None if it never began.
        sentences: on what limited it.
        theme: the colours.
    """
    look = replace(look_for("notebook", theme), width=WIDTH)
    chart = Chart(trace, Options(theme=theme))
    blocks: list[Block] = [HeaderBlock(chart.facts, look, title, state)]
    body = _Body(chart, look, placement, bundling)
    blocks += body.blocks
    said = [*errors_of(chart.facts), *sentences]
    if said:
        heading = "What limited this run" if sentences else "What failed"
        blocks.append(Sentences(look, heading, said))
    facts = chart.facts
    text = "\n".join([f"{title}: {', '.join(facts.counts())}", ", ".join(facts.totals()), *said])
    return RunFigure.of(blocks, look, text.strip())


class _Body:
    """Graph and chart, beside each other, or the graph above where it is wide."""

    def __init__(
        self,
        chart: Chart,
        look: Look,
        placement: Placement | None,
        bundling: Bundling | None,
    ) -> None:
        self._look = look
        inner = look.width - 2 * look.margin
        facts = [] if placement is None else box_facts(chart.facts.trace, bundling, chart.critical)
        natural = 0.0 if placement is None else placement.width * NATURAL
        is_beside = natural * _SMALLEST_SCALE <= _BESIDE * inner
        room = min(natural, _BESIDE * inner) if is_beside else 0.0
        left = look.margin + (room + _GAP if room else 0.0)
        right = self._chart_blocks(chart, left)
        height = sum(block.height for block in right)
        if placement is None:
            self.blocks: list[Block] = [Legend(look, legend_of([chart])), *right]
        elif is_beside:
            graph = GraphBlock(
                placement,
                facts,
                look,
                left=look.margin,
                room=room,
                highest=max(height, _LOWEST),
            )
            self.blocks = [_Beside(graph, right, left - _GAP / 2), Legend(look, legend_of([chart]))]
        else:
            graph = GraphBlock(
                placement, facts, look, left=look.margin, room=inner, highest=1.2 * inner
            )
            self.blocks = [graph, *right, Legend(look, legend_of([chart]))]

    def _chart_blocks(self, chart: Chart, left: float) -> list[Block]:
        look, facts = self._look, chart.facts
        if not facts.has_bars:
            return []
        totals = totals_of(chart) if len(facts.trace) <= MOST_SIMULATED else []
        columns = columns_of(chart, totals, look, left=left)
        blocks: list[Block] = [
            chart.panel(look, columns),
            RunningPanel(facts, look, columns),
            TotalsPanel(totals, look, columns),
        ]
        return [block for block in blocks if block.height > 0]


class _Beside:
    """One block on the left of others, with a line between."""

    def __init__(self, first: GraphBlock, others: Sequence[Block], line: float) -> None:
        self._first = first
        self._others = others
        self._line = line

    @property
    def height(self) -> float:
        return max(self._first.height, sum(block.height for block in self._others))

    def draw(self, page: Page, top: float) -> None:
        self._first.draw(page, top + (self.height - self._first.height) / 2)
        at = top
        for block in self._others:
            block.draw(page, at)
            at += block.height
        lines(
            page.sheet,
            [[(self._line, top), (self._line, top + self.height)]],
            colors=page.look.palette.line,
            linewidths=0.8,
        )


def picture_of(record: Record, picture: Picture) -> RunFigure:
    """The figure of a record of a feed; of a run that goes on, as it is at this moment."""
    trace = record.trace if record.trace.over else record.trace.snapshot()
    return still_figure(
        trace,
        picture.placement(PLACEMENT_TIMEOUT),
        picture.bundling,
        title=record.title or f"invoke #{record.number}",
        state=run_state(record.trace),
        sentences=[str(one) for one in quick_findings(trace)] if record.trace.over else (),
    )


def graph_figure(graph: Graph, picture: Picture) -> RunFigure:
    """The figure of a graph that has not been invoked yet."""
    trace = Trace(graph).snapshot()
    return still_figure(
        trace,
        picture.placement(PLACEMENT_TIMEOUT),
        picture.bundling,
        title="no invoke yet",
        state=None,
    )


def still_images(figure: RunFigure) -> dict[str, str]:
    """The figure as SVG and as PNG, by MIME type."""
    return {
        "image/svg+xml": figure.as_svg(),
        "image/png": base64.b64encode(figure.as_png()).decode(),
    }


def _short(svg: str) -> str:
    """The SVG with its lengths to a tenth of a point: half as large, and nobody sees a difference."""
    return _PATH.sub(_shorter_path, svg)


def _shorter_path(path: re.Match[str]) -> str:
    numbers = _LONG_NUMBER.sub(lambda number: f"{float(number[0]):.1f}", path[1])
    return f'd="{numbers.replace(chr(10), "")}"'


def still_bundle(figure: RunFigure, key: str) -> dict[str, Any]:
    """The figure by MIME type: a picture in HTML without script, a PNG where HTML is not shown.

    The SVG is a picture in a picture's place, so its ids and styles touch nothing else of the page.
    `key` is how the page's script, while it is loaded, finds the run again.
    """
    svg = base64.b64encode(_short(figure.as_svg()).encode()).decode()
    # The text of one error may be a megabyte.
    text = "\n".join(line_of(line) for line in figure.summary.splitlines()[:_MOST_LINES])
    html = (
        f'<div class="async-dag-still" data-async-dag-run="{escape(key)}">'
        f'<img alt="{escape(text)}" style="width:100%;max-width:{round(WIDTH / 0.75)}px" '
        f'src="data:image/svg+xml;base64,{svg}"></div>'
    )
    return {
        "text/html": html,
        "image/png": base64.b64encode(figure.as_png()).decode(),
        "text/plain": text,
    }
