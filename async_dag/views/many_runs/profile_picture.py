"""The figure of a profile: its nodes, the distribution of the makespan, and what makes it slow."""

from __future__ import annotations

from async_dag.views.drawing.canvas import Block
from async_dag.views.drawing.drawn_picture import DrawnPicture
from async_dag.views.drawing.fonts import tidy
from async_dag.views.drawing.look import Look
from async_dag.views.drawing.prose import Heading, Sentences
from async_dag.views.many_runs.content import ProfileContent
from async_dag.views.many_runs.makespan_panel import MakespanPanel
from async_dag.views.many_runs.node_panel import NodePanel
from async_dag.views.many_runs.notes import BarNotes, rows_left_out


def profile_picture(content: ProfileContent, look: Look) -> DrawnPicture:
    """The picture of a profile; `content.findings` are its text alternative, too."""
    runs = content.below.split(" · ", 1)[0]
    blocks: list[Block] = [
        Heading(look, content.title, content.below),
        NodePanel(look, content.rows, content.unit),
        BarNotes(look),
        *rows_left_out(look, content.rows_left_out),
        MakespanPanel(look, content.bins, content.marks, content.unit, runs, content.beyond),
    ]
    if content.findings:
        blocks.append(Sentences(look, "What makes it slow", content.findings))
    return DrawnPicture.of(blocks, look, "\n".join(map(tidy, alternative(content))))


def alternative(content: ProfileContent) -> list[str]:
    """What the picture says, in lines of text."""
    quantiles = ", ".join(f"{mark.name} {mark.text}" for mark in content.marks)
    return [f"{content.title}: {content.below}", f"makespan {quantiles}", *content.findings]
