"""`GanttPanel`: the rows of a chart on one time axis, to be placed on any canvas."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Final

from async_dag.views.common.area import thinned
from async_dag.views.common.facts import RunFacts, end_of
from async_dag.views.drawing.canvas import Canvas, lines, polygons, words
from async_dag.views.drawing.drawing import Plane, Point
from async_dag.views.drawing.fonts import fitted, tidy, width
from async_dag.views.drawing.look import Look
from async_dag.views.drawing.time_axis import time_axis
from async_dag.views.gantt.figure.column_layout import GAP, ColumnLayout
from async_dag.views.gantt.figure.shapes import Shapes
from async_dag.views.gantt.rows import Row

_LANE: Final = 4.2
_NOTE_AT_LEAST: Final = 30.0


class GanttPanel:
    """The rows of a chart with their time axis above; a `Block` of a canvas.

    Another picture places it at any height of a canvas:
    `GanttPanel(facts, rows, look, columns).draw(canvas, top)`; it takes `height` points.

    Args:
        facts: the run.
        rows: its rows, from `gantt_rows`.
        look: sizes and colours.
        columns: the positions of names, bars and seconds.
        elbows: pairs of (node, dependency) whose dependency is drawn.
    """

    def __init__(
        self,
        facts: RunFacts,
        rows: Sequence[Row],
        look: Look,
        columns: ColumnLayout,
        elbows: Collection[tuple[int, int]] = (),
    ) -> None:
        self._facts = facts
        self._rows = rows
        self._look = look
        self._columns = columns
        self._elbows = elbows

    @cached_property
    def _heights(self) -> list[float]:
        look = self._look
        heights: list[float] = []
        for row in self._rows:
            if row.is_single:
                heights.append(look.row)
            elif row.area is not None:
                heights.append(look.bundle)
            else:
                heights.append(max(look.bundle, len(row.lanes) * self._lane + 0.4 * look.row))
        return heights

    @property
    def _lane(self) -> float:
        return _LANE * self._look.row / 19

    @property
    def _axis(self) -> float:
        return 1.9 * self._look.small

    @property
    def height(self) -> float:
        """In points, the axis included."""
        return self._axis + sum(self._heights)

    def draw(self, canvas: Canvas, top: float) -> None:
        """Names, bars, notes and seconds, with the axis above."""
        columns, look = self._columns, self._look
        height = sum(self._heights)
        plane = columns.plane(canvas, top + self._axis, height)
        time_axis(canvas, plane, columns.unit, top + 0.45 * self._axis)
        shapes = Shapes(plane, look, columns.second)
        places: dict[int, float] = {}
        y = 0.0
        for row, row_height in zip(self._rows, self._heights, strict=True):
            self._row(canvas, plane, shapes, row, y, row_height, top + self._axis)
            for node in row.nodes:
                places[node] = y + row_height / 2
            y += row_height
        self._draw_elbows(plane, places)
        self._draw_causes(plane, places)
        shapes.done()
        if self._facts.goes_on:
            self._draw_now(plane, height)

    def _row(
        self,
        canvas: Canvas,
        plane: Plane,
        shapes: Shapes,
        row: Row,
        y: float,
        height: float,
        top: float,
    ) -> None:
        look, columns = self._look, self._columns
        inset = 0.16 * look.row
        upper, lower = y + inset, y + height - inset
        middle = y + height / 2
        if row.is_single:
            columns.label(canvas, top + middle, tidy(row.title))
            shapes.bar(row.lanes[0], upper, lower)
        else:
            self._bundle_label(canvas, row, top + middle)
            if row.area is None:
                for number, lane in enumerate(row.lanes):
                    at = upper + number * self._lane
                    shapes.bar(lane, at, at + self._lane * 0.82)
            else:
                across = int(columns.right - columns.left)
                area = thinned(row.area, columns.until, across)
                shapes.area(area, upper, lower, row.area.peak)
                tall = max(2.0, (lower - upper) / max(row.area.peak, 1))
                shapes.ticks(row.held, look.palette.holding, lower - tall, lower)
                failed = [(at, at) for at in row.failed_at]
                shapes.ticks(failed, look.palette.failed, upper, lower)
        self._mark_critical(shapes, row, upper, lower)
        if row.is_single:
            self._note(plane, row, middle)
        if any(
            self._facts.trace.started[node] == self._facts.trace.started[node] for node in row.nodes
        ):
            columns.seconds(canvas, top + middle, self._facts.work(row.nodes))

    def _mark_critical(self, shapes: Shapes, row: Row, upper: float, lower: float) -> None:
        for start, end in row.critical:
            if row.is_single:
                shapes.outline(start, end, upper, lower)
            else:  # a line under the area of a bundle shows when one of its tasks was on the path
                below = lower + 0.09 * self._look.row
                shapes.line(
                    [(start, below), (max(end, start + 1.6 / self._columns.second), below)],
                    self._look.palette.critical,
                    1.6 * self._look.line,
                )

    def _bundle_label(self, canvas: Canvas, row: Row, middle: float) -> None:
        look, columns = self._look, self._columns
        # A separate text, so that names in right-to-left scripts do not reorder the number.
        count = f"×{row.count:,}"
        room = columns.left - GAP - columns.first
        taken = width(count, look.small) + 3
        shift = 0.62 * look.small if row.under else 0.0
        canvas.text(
            columns.left - GAP,
            middle - shift,
            count,
            color=look.palette.soft,
            align="right",
        )
        title = fitted(tidy(row.title), room - taken, look.text)
        canvas.text(
            columns.left - GAP - taken, middle - shift, title, size=look.text, align="right"
        )
        if row.under:
            columns.label(canvas, middle + shift + 0.1 * look.small, row.under, soft=True)

    def _note(self, plane: Plane, row: Row, middle: float) -> None:
        """The note of a bar, on its right, or on its left if there is more room."""
        if not row.note:
            return
        columns, look = self._columns, self._look
        start = min((piece.start for piece in row.lanes[0]), default=0.0)
        end = max((piece.end for piece in row.lanes[0]), default=0.0)
        gap = 4 / columns.second
        right = (columns.until - end - gap) * columns.second
        left = (start - gap) * columns.second
        text = tidy(row.note)
        on_right = right >= left or right >= width(text, look.small)
        room = right if on_right else left
        if room < min(_NOTE_AT_LEAST, width(text, look.small)):
            text = text[:1]  # only the sign, which fits into the bar
            room, on_right = width(text, look.small), False
            start = end
        state = self._facts.states[row.nodes[0]]
        is_failed = state == "failed"
        inside = start == end and bool(row.lanes[0])
        color = look.palette.failed if is_failed else look.palette.soft
        words(
            plane,
            end + gap if on_right else start - gap,
            middle,
            fitted(text, room, look.small, cut="end"),
            size=look.small,
            color=look.palette.ground if inside and is_failed else color,
            align="left" if on_right else "right",
            order=8,
        )

    def _draw_elbows(self, plane: Plane, places: dict[int, float]) -> None:
        """Lines from the end of a dependency to the start of its dependent."""
        trace = self._facts.trace
        paths: dict[tuple[float, float], tuple[float, float]] = {}
        for node, dependency in self._elbows:
            if node in places and dependency in places:
                rows = places[dependency], places[node]
                end, start = trace.finished[dependency], trace.started[node]
                if rows[0] != rows[1] and end == end and start == start:
                    known = paths.get(rows, (math.inf, math.inf))
                    # Between bundles: from the first end to the first start.
                    paths[rows] = min(known[0], end), min(known[1], start)
        shift = 4 / self._columns.second
        drawn: list[list[Point]] = []
        for (above, below), (end, start) in paths.items():
            corner = end + shift if start - end > 2 * shift else (end + start) / 2
            drawn.append([(end, above), (corner, above), (corner, below), (start, below)])
        palette = self._look.palette
        lines(
            plane,
            drawn,
            stroke=palette.edge,
            width=0.7 * self._look.line,
            order=2.5,
            name="elbows",
        )
        polygons(
            plane,
            [self._arrow(path[-1]) for path in drawn],
            fill=palette.edge,
            order=7,
        )

    def _arrow(self, tip: Point) -> list[Point]:
        size = 0.18 * self._look.row
        back = tip[0] - 1.3 * size / self._columns.second
        return [tip, (back, tip[1] - size * 0.7), (back, tip[1] + size * 0.7)]

    def _draw_causes(self, plane: Plane, places: dict[int, float]) -> None:
        """A dotted line from the end of a failed task to the bars it cut off."""
        facts, trace = self._facts, self._facts.trace
        drawn: list[list[Point]] = []
        farthest: dict[int, list[float]] = {}
        for node, cause in trace.causes.items():
            if cause in places and node in places and facts.states[node] == "cancelled":
                farthest.setdefault(cause, []).append(places[node])
        for cause, rows in farthest.items():
            at = end_of(trace, cause)
            ends = [places[cause], *rows]
            drawn.append([(at, min(ends)), (at, max(ends))])
        lines(
            plane,
            drawn,
            stroke=self._look.palette.failed,
            width=self._look.line,
            dashes=(1.5, 1.5),
            order=5,
            name="causes",
        )

    def _draw_now(self, plane: Plane, height: float) -> None:
        look, took = self._look, self._facts.took
        lines(
            plane,
            [[(took, 0), (took, height)]],
            stroke=look.palette.ink,
            width=look.line,
            order=7,
        )
        is_late = took > 0.8 * self._columns.until
        gap = 3 / self._columns.second
        words(
            plane,
            took - gap if is_late else took + gap,
            height + 0.6 * look.small,
            "now",
            size=look.small,
            color=look.palette.soft,
            align="right" if is_late else "left",
        )
