"""Ways as a picture of their own, as of a comparison."""

from __future__ import annotations

from async_dag.views.drawing.drawn_picture import DrawnPicture
from async_dag.views.drawing.look import Look
from async_dag.views.drawing.prose import Heading
from async_dag.views.ways.panel import WaysPanel
from async_dag.views.ways.ways import Ways


def ways_picture(ways: Ways | None, look: Look, title: str, summary: str) -> DrawnPicture:
    """The bands; where there are none, the first line of the summary instead."""
    heading = title or ("" if ways else summary.partition("\n")[0])
    return DrawnPicture.of([Heading(look, heading), WaysPanel(ways, look)], look, summary)
