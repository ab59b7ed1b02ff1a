"""`WorkersPanel`: a band for each worker of a cluster, and the values that moved between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from async_dag._common.units import size_text, unit_for
from async_dag.analysis.workers import Stay
from async_dag.graph.algorithms import dependents_of
from async_dag.trace.columns import LARGE, LOST, VALUE_LOST, Move, Step, Wait, by_node
from async_dag.views.common.area import thinned
from async_dag.views.common.facts import RunFacts
from async_dag.views.common.words import BarKind
from async_dag.views.drawing.canvas import Canvas, box, curves, lines, polygons, words
from async_dag.views.drawing.drawing import Plane, Point
from async_dag.views.drawing.fonts import fitted, tidy, width
from async_dag.views.drawing.look import Look
from async_dag.views.drawing.time_axis import time_axis
from async_dag.views.gantt.bars import BarPiece
from async_dag.views.gantt.figure.column_layout import ColumnLayout
from async_dag.views.gantt.figure.shapes import Shapes
from async_dag.views.gantt.worker_rows import WAIT_LABELS, Band, Bar

_STRIP: Final = 0.22
"""The share of a row's height that a wait takes while another node runs in the row."""
_NAMED: Final = 18.0
"""Points from which on a bar has room for a name."""


class _Place(NamedTuple):
    """Where a row of a band lies, in points from the top of the panel."""

    top: float
    bottom: float


class WorkersPanel:
    """The bands with their time axis above; a `Block` of a canvas.

    Args:
        facts: the run.
        bands: its workers.
        moves: the values that moved and are drawn.
        critical: the nodes on its critical path.
        look: sizes and colours.
        columns: the positions of names, bars and shares.
    """

    def __init__(
        self,
        facts: RunFacts,
        bands: Sequence[Band],
        moves: Sequence[Move],
        critical: Collection[int],
        look: Look,
        columns: ColumnLayout,
    ) -> None:
        self._facts = facts
        self._bands = bands
        self._moves = moves
        self._critical = critical
        self._look = look
        self._columns = columns
        self._unit = unit_for(facts.took)
        self._steps = by_node(facts.trace.long_steps)
        self._dependents = dependents_of(facts.trace.graph.dependencies)
        self._row_of: dict[int, list[tuple[Bar, _Place]]] = defaultdict(list)  # by node
        self._places: list[list[_Place]] = []
        self._edges: list[_Place] = []
        self._lay_out()

    def _lay_out(self) -> None:
        look = self._look
        y = 0.0
        for number, band in enumerate(self._bands):
            y += self._gap if number else 0.0
            top = y
            y += 0.25 * look.row
            places: list[_Place] = []
            if band.area is not None:
                y += look.bundle
            else:
                for row in band.rows or ((),):
                    place = _Place(y, y + 0.78 * look.row)
                    places.append(place)
                    y = place.bottom + 0.22 * look.row
                    if any(self._labelled(bar) for bar in row):
                        y += 1.05 * look.small
                    for bar in row:
                        self._row_of[bar.stay.node].append((bar, place))
            y += 0.15 * look.row
            y = max(y, top + 1.25 * look.text + 1.6 * look.small)
            self._places.append(places)
            self._edges.append(_Place(top, y))
        self._body = y

    @property
    def _gap(self) -> float:
        return 1.7 * self._look.small if self._moves else 0.35 * self._look.row

    @property
    def _axis(self) -> float:
        return 1.9 * self._look.small

    @property
    def height(self) -> float:
        """In points, the axis included."""
        return self._axis + self._body

    def draw(self, canvas: Canvas, top: float) -> None:
        """Names, bars, waits, moves and shares, with the axis above."""
        look, columns = self._look, self._columns
        top += self._axis
        plane = columns.plane(canvas, top, self._body)
        self._grounds(plane)
        time_axis(canvas, plane, columns.unit, top - 0.55 * self._axis)
        canvas.text(
            columns.last, top - 0.55 * self._axis, "busy", color=look.palette.soft, align="right"
        )
        shapes = Shapes(plane, look, columns.second)
        for band, places, edges in zip(self._bands, self._places, self._edges, strict=True):
            self._name(canvas, band, top + edges.top)
            if band.area is not None:
                self._area(shapes, band, edges)
            for row, place in zip(band.rows, places, strict=False):
                self._row(plane, shapes, row, place)
        shapes.done()
        self._again(plane)
        self._draw_moves(plane)

    # Bands

    def _grounds(self, plane: Plane) -> None:
        """The ground of each band while its worker was there, and red stripes once it was lost."""
        palette, until = self._look.palette, self._columns.until
        there = [
            box(band.worker.start, min(band.worker.end, until), edges.top, edges.bottom)
            for band, edges in zip(self._bands, self._edges, strict=True)
        ]
        polygons(plane, there, fill=palette.panel, order=0.5)
        gone = [
            box(band.worker.end, until, edges.top, edges.bottom)
            for band, edges in zip(self._bands, self._edges, strict=True)
            if band.worker.lost
        ]
        polygons(
            plane,
            gone,
            fill=palette.ground,
            stroke=palette.failed,
            hatch=6.0,
            width=0,
            opacity=0.35,
            order=0.6,
            name="lost",
        )

    def _name(self, canvas: Canvas, band: Band, top: float) -> None:
        look, columns = self._look, self._columns
        y = top + 0.25 * look.row + 0.39 * look.row
        columns.label(canvas, y, tidy(band.worker.name))
        under = y + 0.55 * look.text + 0.75 * look.small
        if band.worker.lost:
            canvas.text(
                columns.left - 6.0,
                under,
                band.under(self._unit),
                color=look.palette.failed,
                align="right",
            )
        else:
            columns.label(canvas, under, band.under(self._unit), soft=True)
        share = 1 - band.worker.idle_share
        canvas.text(columns.last, y, f"{share:.0%}", align="right")

    def _area(self, shapes: Shapes, band: Band, edges: _Place) -> None:
        assert band.area is not None
        columns = self._columns
        area = thinned(band.area, columns.until, int(columns.right - columns.left))
        inset = 0.25 * self._look.row
        shapes.area(area, edges.top + inset, edges.bottom - inset, band.area.peak)

    # Rows

    def _row(self, plane: Plane, shapes: Shapes, row: Sequence[Bar], place: _Place) -> None:
        before = 0.0
        labelled: list[tuple[float, float]] = []
        for number, bar in enumerate(row):
            stay = bar.stay
            self._waits(shapes, bar, place, before)
            self._wait_labels(plane, bar, place, labelled)
            if stay.error in (LOST, VALUE_LOST):
                self._lost_bar(plane, bar, place)
            else:
                pieces = [BarPiece(self._kind(stay), stay.start, stay.end), *self._held(bar)]
                shapes.bar(pieces, place.top, place.bottom)
            if stay.node in self._critical and stay.error is None:
                shapes.outline(stay.start, stay.end, place.top, place.bottom)
            following = row[number + 1] if number + 1 < len(row) else None
            until = self._columns.until
            if following is not None:
                first = following.waits[0].start if following.waits else following.stay.start
                until = max(stay.end, min(first, following.stay.start))
            self._bar_name(plane, bar, place, until)
            before = max(before, stay.end)

    def _kind(self, stay: Stay) -> BarKind:
        state = self._facts.states[stay.node]
        is_last = stay.end >= self._facts.trace.finished[stay.node]
        if stay.error is not None or (is_last and state == "failed"):
            return "failed"
        return "cancelled" if is_last and state == "cancelled" else "awaiting"

    def _lost_bar(self, plane: Plane, bar: Bar, place: _Place) -> None:
        """It did not fail: what it did was lost with its worker."""
        palette = self._look.palette
        polygons(
            plane,
            [box(bar.stay.start, bar.stay.end, place.top, place.bottom)],
            fill=palette.failed_fill,
            stroke=palette.failed,
            width=self._look.line * 0.6,
            order=3,
        )

    def _held(self, bar: Bar) -> list[BarPiece]:
        stay = bar.stay
        steps: Sequence[Step] = self._steps.get(stay.node, ())
        return [
            BarPiece("holding", step.start, min(step.start + step.length, stay.end))
            for step in steps
            if stay.start <= step.start < stay.end
        ]

    def _waits(self, shapes: Shapes, bar: Bar, place: _Place, before: float) -> None:
        """Hatched before its bar; as a strip below the bar that others still have in the row."""
        look = self._look
        strip = place.bottom - _STRIP * (place.bottom - place.top)
        noticed = 1.0 / self._columns.second
        for wait in bar.waits:
            if wait.end - wait.start < noticed:
                continue
            free = max(wait.start, before)
            if free < wait.end:
                shapes.bar([BarPiece("queued", free, wait.end)], place.top, place.bottom)
            if free > wait.start:
                low = place.bottom + 0.06 * look.row
                shapes.bar(
                    [BarPiece("queued", wait.start, min(free, wait.end))],
                    low,
                    low + (place.bottom - strip),
                )

    def _wait_labels(
        self, plane: Plane, bar: Bar, place: _Place, taken: list[tuple[float, float]]
    ) -> None:
        """What waits were for, below the row, where no other label is."""
        look = self._look
        for wait in self._labelled(bar):
            middle = (wait.start + wait.end) / 2
            half = (width(WAIT_LABELS[wait.kind], look.small) / 2 + 2) / self._columns.second
            if any(middle - half < right and middle + half > left for left, right in taken):
                continue
            taken.append((middle - half, middle + half))
            words(
                plane,
                middle,
                place.bottom + 0.75 * look.small,
                WAIT_LABELS[wait.kind],
                size=look.small,
                color=look.palette.soft,
                align="center",
                order=8,
            )

    def _labelled(self, bar: Bar) -> list[Wait]:
        """The waits with room for what they were for."""
        look, second = self._look, self._columns.second
        return [
            wait
            for wait in bar.waits
            if (wait.end - wait.start) * second > width(WAIT_LABELS[wait.kind], look.small) + 4
        ]

    def _bar_name(self, plane: Plane, bar: Bar, place: _Place, until: float) -> None:
        """Within the bar, else beside it as far as nothing else is there."""
        look, columns, stay = self._look, self._columns, bar.stay
        name = tidy(self._facts.trace.graph.names[stay.node])
        names = [name]
        if stay.attempt is not None:
            what = stay.error or f"attempt {stay.attempt}"
            names = [f"{name}: {what}", f"{name} {stay.attempt}", name]
        inside = (stay.end - stay.start) * columns.second - 6
        beside = (until - stay.end) * columns.second - 6
        room = max(inside, beside)
        name = next((name for name in names if width(name, look.small) <= room), name)
        needed = width(name, look.small)
        is_dark = self._kind(stay) == "failed" and stay.error not in (LOST, VALUE_LOST)
        is_dark |= self._facts.trace.held[stay.node] > 0.3 * (stay.end - stay.start)
        color = look.palette.ground if is_dark else look.palette.ink
        at, room = stay.start + 3 / columns.second, inside
        if inside < needed and beside > max(inside, _NAMED):
            at, room, color = stay.end + 3 / columns.second, beside, look.palette.soft
        if room < min(_NAMED, needed):
            return
        words(
            plane,
            at,
            (place.top + place.bottom) / 2,
            fitted(name, room, look.small),
            size=look.small,
            color=color,
            order=8,
        )

    # What was lost with its worker

    def _again(self, plane: Plane) -> None:
        """A dotted red line from what was lost to where it ran again."""
        drawn: list[list[Point]] = []
        for bars in self._row_of.values():
            in_order = sorted(bars, key=lambda pair: pair[0].stay.start)
            for (bar, place), (then, below) in pairwise(in_order):
                if bar.stay.error in (LOST, VALUE_LOST):
                    lost = self._facts.trace.lanes[bar.stay.lane].end
                    at = lost if lost == lost else bar.stay.end
                    middle = (place.top + place.bottom) / 2
                    then_at = then.stay.start, (below.top + below.bottom) / 2
                    drawn.append([(max(at, bar.stay.end), middle), then_at])
        lines(
            plane,
            drawn,
            stroke=self._look.palette.failed,
            width=0.8 * self._look.line,
            dashes=(1.5, 1.5),
            order=5,
            name="again",
        )

    # Moves

    def _draw_moves(self, plane: Plane) -> None:
        """A curve for each move, as wide as its value is large, and what it was."""
        palette = self._look.palette
        largest = max([LARGE, *(move.size for move in self._moves)])
        paths: list[list[Point]] = []
        widths: list[float] = []
        tips: list[list[Point]] = []
        taken: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for move in sorted(self._moves, key=lambda move: -move.size):
            start, end = self._ends(move)
            middle = (start[1] + end[1]) / 2
            thick = 1.0 + 3.2 * (move.size / largest) ** 0.5
            paths.append([start, (start[0], middle), (end[0], middle), end])
            widths.append(thick)
            size = 1.4 + thick
            back = end[1] - size * 1.3 if end[1] > start[1] else end[1] + size * 1.3
            half = size / self._columns.second
            tips.append([end, (end[0] - half, back), (end[0] + half, back)])
            self._move_label(plane, move, end, taken)
        curves(
            plane,
            paths,
            stroke=palette.move,
            widths=widths,
            opacity=0.85,
            order=5.5,
            name="moves",
        )
        polygons(plane, tips, fill=palette.move, order=7)

    def _ends(self, move: Move) -> tuple[Point, Point]:
        """From the value's bar, or its worker's band, to the bar that takes it, or its band."""
        is_down = move.source < move.target
        source, target = self._edges[move.source], self._edges[move.target]
        start = source.bottom if is_down else source.top
        end = target.top if is_down else target.bottom
        for bar, place in self._row_of.get(move.node, ()):
            if bar.stay.lane == move.source and bar.stay.start <= move.start:
                start = place.bottom if is_down else place.top
        takers = [
            (bar.stay.start, place)
            for node in self._dependents[move.node]
            for bar, place in self._row_of.get(node, ())
            if bar.stay.lane == move.target and bar.stay.start >= move.end - 1e-3
        ]
        if takers:
            place = min(takers)[1]
            end = place.top if is_down else place.bottom
        return (move.start, start), (move.end, end)

    def _move_label(
        self, plane: Plane, move: Move, end: Point, taken: dict[int, list[tuple[float, float]]]
    ) -> None:
        """Between the bands, beside the curve, where no other label is."""
        look, columns = self._look, self._columns
        name = tidy(self._facts.trace.graph.names[move.node])
        own = unit_for(move.end - move.start)
        figures = f" {size_text(move.size)} · {own.text(move.end - move.start)}"
        text = fitted(name, 90.0, look.small) + figures
        needed = width(text, look.small) / columns.second
        is_down = move.source < move.target
        gap = move.target if is_down else move.target + 1  # the number of the band below it
        y = self._edges[move.target].top if is_down else self._edges[move.target].bottom
        y += -0.5 * self._gap if is_down else 0.5 * self._gap
        shift = 7 / columns.second
        for align, left in (("left", end[0] + shift), ("right", move.start - shift - needed)):
            right = left + needed
            if left < 0 or right > columns.until:
                continue
            if any(left < other[1] and right > other[0] for other in taken[gap]):
                continue
            taken[gap].append((left, right + shift))
            words(
                plane,
                left if align == "left" else right,
                y,
                text,
                size=look.small,
                color=look.palette.move,
                align=align,  # type: ignore[arg-type]
                order=8,
            )
            return
