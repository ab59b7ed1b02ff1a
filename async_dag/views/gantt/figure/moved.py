"""`MovedPanel`: how many bytes were on their way between workers, under the bands of a chart."""

from __future__ import annotations

from async_dag._common.plural import plural
from async_dag._common.units import size_text
from async_dag.views.common.facts import RunFacts
from async_dag.views.drawing.canvas import Canvas, lines, polygons
from async_dag.views.drawing.drawing import Point
from async_dag.views.drawing.look import Look
from async_dag.views.gantt.figure.column_layout import ColumnLayout


class MovedPanel:
    """Bytes on their way, on the axis of the bands above; a `Block` of a canvas."""

    def __init__(self, facts: RunFacts, look: Look, columns: ColumnLayout) -> None:
        self._moves = facts.trace.moves
        self._look = look
        self._columns = columns

    @property
    def height(self) -> float:
        """In points; none if nothing moved."""
        return 1.9 * self._look.row if self._moves else 0.0

    def draw(self, canvas: Canvas, top: float) -> None:
        """The area, and its sum in words."""
        columns, look = self._columns, self._look
        plane = columns.plane(canvas, top, self.height)
        base, room = self.height - 2, self.height - 2 - 0.3 * look.row
        steps = self._steps()
        most = max((size for _, size in steps), default=0.0) or 1.0
        narrowest = 1.2 / columns.second
        shape: list[Point] = []
        before = 0.0
        for time, size in steps:
            at = max(time, shape[-1][0] + narrowest) if shape and before and not size else time
            shape += [(at, base - room * before / most), (at, base - room * size / most)]
            before = size
        polygons(plane, [shape], fill=look.palette.move, opacity=0.35, order=3, name="moved")
        lines(plane, [shape], stroke=look.palette.move, width=look.line * 0.6, order=5)
        axis = [[(0.0, base), (columns.until, base)]]
        lines(plane, axis, stroke=look.palette.line, width=0.7, order=1)
        middle = top + self.height / 2 + 0.2 * look.row
        total = size_text(sum(move.size for move in self._moves))
        columns.label(canvas, middle, f"{total} moved", soft=True)
        count = plural(len(self._moves), "move")
        canvas.text(columns.last, middle, count, color=look.palette.soft, align="right")

    def _steps(self) -> list[tuple[float, float]]:
        """From each of these times on so many bytes were on their way; the last is 0."""
        change: dict[float, float] = {}
        for move in self._moves:
            change[move.start] = change.get(move.start, 0.0) + move.size
            change[move.end] = change.get(move.end, 0.0) - move.size
        size = 0.0
        steps: list[tuple[float, float]] = []
        for time in sorted(change):
            size += change[time]
            steps.append((time, max(0.0, size)))
        return steps
