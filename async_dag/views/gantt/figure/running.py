"""`RunningPanel`: how many tasks run at once, under the rows of a chart."""

from __future__ import annotations

from async_dag.views.common.area import Area, thinned
from async_dag.views.common.facts import RunFacts
from async_dag.views.drawing.canvas import Canvas, lines
from async_dag.views.drawing.look import Look
from async_dag.views.gantt.figure.column_layout import ColumnLayout
from async_dag.views.gantt.figure.shapes import Shapes


class RunningPanel:
    """How many tasks run at once, on the axis of the rows above; a `Block` of a canvas."""

    def __init__(self, facts: RunFacts, look: Look, columns: ColumnLayout) -> None:
        self._facts = facts
        self._look = look
        self._columns = columns

    @property
    def height(self) -> float:
        """In points."""
        return 2.2 * self._look.row

    def draw(self, canvas: Canvas, top: float) -> None:
        """The area, and its peak in words."""
        columns, look = self._columns, self._look
        plane = columns.plane(canvas, top, self.height)
        steps = self._facts.timeline.parallelism()
        whole = Area([step.time for step in steps], [step.running for step in steps])
        across = int(columns.right - columns.left)
        area: Area = thinned(whole, columns.until, across)
        shapes = Shapes(plane, look, columns.second)
        shapes.area(area, 0.4 * look.row, self.height - 2, whole.peak)
        shapes.done()
        lines(
            plane,
            [[(0, self.height - 2), (columns.until, self.height - 2)]],
            stroke=look.palette.line,
            width=0.7,
            order=1,
        )
        middle = top + self.height / 2 + 0.2 * look.row
        columns.label(canvas, middle, "running at once", soft=True)
        canvas.text(
            columns.last,
            middle,
            f"peak {self._facts.timeline.peak_parallelism:,}",
            color=look.palette.soft,
            align="right",
        )
