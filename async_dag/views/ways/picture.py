"""Ways as a picture of their own, as of a comparison."""

from __future__ import annotations

from async_dag.views.drawing.canvas import Block
from async_dag.views.drawing.drawn_picture import DrawnPicture
from async_dag.views.drawing.look import Look
from async_dag.views.drawing.prose import Heading
from async_dag.views.ways.panel import WaysPanel
from async_dag.views.ways.ways import Ways


def ways_picture(ways: Ways | None, look: Look, title: str, summary: str) -> DrawnPicture:
    """The bands; where there are none, the first line of the summary instead."""
    heading = title or ("" if ways else summary.partition("\n")[0])
    blocks: list[Block] = [
        Heading(look, heading),
        WaysPanel(ways, look),
        Heading(look, "", _legend(ways)),
    ]
    return DrawnPicture.of(blocks, look, summary)


def _legend(ways: Ways | None) -> str:
    """What stands in the legend of a chart, where the bands lie below one."""
    bands = ways.bands if ways else ()
    signs = (
        ("outlined in red: the critical path", any(band.critical for band in bands)),
        ("dashed lines: ends of waves", any(band.wave_ends for band in bands)),
    )
    return "; ".join(sign for sign, is_drawn in signs if is_drawn)
