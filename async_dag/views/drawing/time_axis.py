"""The time axis of a plane whose x is seconds."""

from __future__ import annotations

from typing import Final

from async_dag._common.units import Unit
from async_dag.views.common.axis import decimals_for, ticks
from async_dag.views.drawing.canvas import Canvas, lines
from async_dag.views.drawing.drawing import Plane
from async_dag.views.drawing.fonts import width

_MOST: Final = 12


def time_axis(canvas: Canvas, plane: Plane, unit: Unit, y: float) -> None:
    """Round times at `y` points of the canvas, and a line down the plane from each."""
    look, until = canvas.look, plane.across
    second = plane.scale[0]
    widest = width(unit.text(until), look.small) * 2.2
    times = list(ticks(until, min(max(2, int(plane.width / widest)), _MOST), unit))
    decimals = decimals_for(times, unit)
    for number, time in enumerate(times):
        text = f"{time / unit.seconds:.{decimals}f}" if time else "0"
        canvas.text(
            plane.left + time * second,
            y,
            text if number < len(times) - 1 else f"{text} {unit.name}",
            color=look.palette.soft,
            align="center" if number else "left",
        )
    lines(
        plane,
        [[(time, 0.0), (time, plane.down)] for time in times],
        stroke=look.palette.line,
        width=0.7,
        order=1,
        name="grid",
    )
