"""The figure of a difference: the ratio of each node, and what changed."""

from __future__ import annotations

from async_dag.views.drawing.canvas import Block
from async_dag.views.drawing.drawn_picture import DrawnPicture
from async_dag.views.drawing.fonts import tidy
from async_dag.views.drawing.look import Look
from async_dag.views.drawing.prose import Heading, Sentences
from async_dag.views.many_runs.content import DifferenceContent
from async_dag.views.many_runs.notes import rows_left_out
from async_dag.views.many_runs.ratio_panel import RatioPanel


def difference_picture(content: DifferenceContent, look: Look) -> DrawnPicture:
    """The picture of a difference; its findings are its text alternative, too."""
    blocks: list[Block] = [
        Heading(look, content.title, content.below),
        RatioPanel(look, content.rows, content.before, content.after, content.seen),
        *rows_left_out(look, content.rows_left_out),
    ]
    if content.findings:
        blocks.append(Sentences(look, "What changed", content.findings))
    alternative = [f"{content.title}: {content.below}", *content.findings]
    return DrawnPicture.of(blocks, look, "\n".join(map(tidy, alternative)))
