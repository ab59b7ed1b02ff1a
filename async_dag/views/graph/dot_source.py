"""A diagram as text in the DOT language.

The picture has no background of its own: boxes have their colours, and the rest is a grey that is
legible on white and on black. Labels are HTML-like and escaped as XML; in plain labels backslashes
and ampersands would have meanings of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from async_dag._common.harmless import harmless
from async_dag.graph.graph import UniqueNames
from async_dag.trace.columns import State
from async_dag.views.common.palette import LIGHT
from async_dag.views.common.terminal import shorten
from async_dag.views.graph.diagram import Box, Diagram, Shape

# One name, not a list: with a list, graphviz-pure measures text in Times. Both programs write
# `Helvetica,sans-Serif` into an SVG. If the viewer's font is wider, the margin has room for it.
_FONT: Final = "Helvetica"

_KEYWORDS: Final = frozenset({"node", "edge", "graph", "digraph", "subgraph", "strict"})
_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# Text that needs no escape within quotes. (A backslash does.) A name that begins with `%` dot takes
# for one that it has made up, and writes another into the picture.
_QUOTABLE: Final = re.compile(r"(?!%)[\w .,:;()\[\]{}×/+*=@#$%!?'&<>|~^-]{1,200}\Z")

# What looks like an entity of XML: dot writes it into the title of a node as it is, defined or not.
_ENTITY: Final = re.compile(r"&#?\w*;")

# At both ends of the note below a diagram, so that a wider font does not cut it off.
_BLANKS: Final = "\u00a0" * 4

_BACKSLASH: Final = "\\"

# Rows, as between the lines of one text there is so little room that underscores touch the line below.
_ROWS: Final = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">'

_HEAD: Final = (
    f'bgcolor=transparent fontname={_FONT} fontsize=10 fontcolor="{LIGHT.faint}" '
    "nodesep=0.2 pad=0.1"
)
# In inches. Width is dearer than height: a page scrolls down anyway.
_BETWEEN_RANKS: Final = {"TB": 0.35, "BT": 0.35, "LR": 0.25, "RL": 0.25}
_NODES: Final = (
    f'shape=box style="rounded,filled" fontname={_FONT} fontsize=11 margin="0.2,0.08" '
    f'width=0.6 height=0.32 color="{LIGHT.node_line}" fillcolor="{LIGHT.node_fill}" '
    f'fontcolor="{LIGHT.ink}"'
)
_EDGES: Final = f'color="{LIGHT.edge}" arrowsize=0.6'

_GIVEN: Final = f'fontsize=9 height=0.24 width=0.3 margin="0.1,0.03" color="{LIGHT.edge}"'
_SHAPES: Final[dict[Shape, str]] = {
    "task": "",
    "bundle": "",
    # Values known from the start, and lists of values: small, and of other shapes.
    "parameter": f'{_GIVEN} shape=ellipse style=filled fillcolor="{LIGHT.panel}"',
    "immediate": f'{_GIVEN} style=filled fillcolor="{LIGHT.panel}"',
    "collect": f'{_GIVEN} style="rounded,filled,dashed" fillcolor="{LIGHT.panel}"',
    "choice": 'shape=diamond fontsize=10 margin="0,0"',
}
# A diamond is else as flat as a box, and its one line reaches beyond its edges.
_ONE_LINE: Final = "height=0.55"
_STATES: Final[dict[State, str]] = {
    "waiting": f'style="rounded,filled,dashed" color="{LIGHT.edge}" fillcolor="{LIGHT.ground}"',
    "ready": f'style="rounded,filled,dashed" color="{LIGHT.holding}" fillcolor="{LIGHT.ground}"',
    "running": f'color="{LIGHT.holding}" fillcolor="{LIGHT.running_fill}"',
    "done": f'color="{LIGHT.done}" fillcolor="{LIGHT.done_fill}"',
    "failed": f'color="{LIGHT.failed}" fillcolor="{LIGHT.failed_fill}" penwidth=2',
    "cancelled": f'style="rounded,filled,dashed" color="{LIGHT.failed}" fillcolor="{LIGHT.panel}"',
    "skipped": f'style="rounded,filled,dashed" color="{LIGHT.edge}" fillcolor="{LIGHT.ground}"',
    "reused": f'style="rounded,filled,dotted" color="{LIGHT.done}" fillcolor="{LIGHT.done_fill}"',
}
_CRITICAL_BOX: Final = f'color="{LIGHT.critical}" penwidth=2.4'
# More weight draws the path straighter than the edges that lead to it.
_CRITICAL_EDGE: Final = f'color="{LIGHT.critical}" penwidth=2.4 weight=4'
_EDGE_LABEL: Final = f'fontcolor="{LIGHT.faint}"'
_LEFT_EDGE: Final = "style=dashed weight=0"


def dot_source(diagram: Diagram) -> str:
    """The diagram in the DOT language."""
    return "\n".join(["digraph {", *body_lines(diagram), "}", ""])


def first_id(diagram: Diagram) -> str | None:
    """The ID in the DOT text of the box that a reader begins at; None if there is no box.

    It is the first one on the critical path, where there is one.
    """
    if not diagram.boxes:
        return None
    begin = next((index for index, box in enumerate(diagram.boxes) if box.critical), 0)
    return _ids(diagram)[begin]


def body_lines(diagram: Diagram) -> Iterator[str]:
    """The statements between the braces, without line ends."""
    ids = _ids(diagram)
    between = _BETWEEN_RANKS[diagram.direction]
    yield f"\tgraph [rankdir={diagram.direction} ranksep={between} {_HEAD}]"
    yield f"\tnode [{_NODES}]"
    yield f"\tedge [{_EDGES}]"
    if diagram.note:
        yield f"\tgraph [label={_note(diagram.note)} labelloc=b labeljust=l]"
    yield from _within(None, diagram, ids, "\t")
    for arrow in diagram.arrows:
        attributes = [_CRITICAL_EDGE] * arrow.critical + [_LEFT_EDGE] * arrow.left
        if arrow.label:
            attributes.append(f'label="{arrow.label}" fontname={_FONT} fontsize=9 {_EDGE_LABEL}')
        listed = f" [{' '.join(attributes)}]" if attributes else ""
        yield f"\t{ids[arrow.tail]} -> {ids[arrow.head]}{listed}"


def _within(frame: int | None, diagram: Diagram, ids: Sequence[str], indent: str) -> Iterator[str]:
    """The boxes and frames directly within a frame, with their contents."""
    for inner in diagram.frames_in(frame):
        label = _plain(shorten(harmless(diagram.frames[inner].label), 60, "…"))
        yield f"{indent}subgraph cluster_{inner} {{"
        yield (
            f"{indent}\tgraph [label={label} labelloc=t labeljust=l style=rounded margin=10 "
            f'color="{LIGHT.faint}"]'
        )
        yield from _within(inner, diagram, ids, f"{indent}\t")
        yield f"{indent}}}"
    for index in diagram.boxes_in(frame):
        yield f"{indent}{_statement(ids[index], diagram.boxes[index])}"


def _ids(diagram: Diagram) -> list[str]:
    """The ID of each box in the text: its name, if that needs no escape."""
    taken = UniqueNames()
    ids: dict[int, str] = {}
    plain = [
        _BARE.match(box.key) or (_QUOTABLE.match(box.key) and not _ENTITY.search(box.key))
        for box in diagram.boxes
    ]
    for index, box in enumerate(diagram.boxes):
        if plain[index]:
            ids[index] = _id(taken.add(box.key))
    for index in range(len(diagram.boxes)):
        if not plain[index]:
            ids[index] = _id(taken.add(f"node {index}"))
    return [ids[index] for index in range(len(ids))]


def _id(name: str) -> str:
    bare = _BARE.match(name) and name.lower() not in _KEYWORDS
    return name if bare else f'"{name}"'


def _statement(id: str, box: Box) -> str:
    attributes = [f"label={_label(box)}"] if id != box.title or box.lines else []
    attributes.append(_SHAPES[box.shape])
    if box.shape == "choice" and not box.lines:
        attributes.append(_ONE_LINE)
    if box.state is not None:
        attributes.append(_STATES[box.state])
    if box.critical:
        attributes.append(_CRITICAL_BOX)
    # dot expands `\N` twice here.
    attributes.append(f"tooltip={_plain(box.tooltip).replace(_BACKSLASH, _BACKSLASH * 2)}")
    return f"{id} [{' '.join(filter(None, attributes))}]"


def _label(box: Box) -> str:
    title = _escaped(box.title)
    if not box.lines:
        return f"<{title}>"
    lines = [
        f'<FONT POINT-SIZE="9" COLOR="{LIGHT.soft}">{_escaped(line)}</FONT>' for line in box.lines
    ]
    rows = "".join(f"<TR><TD>{line}</TD></TR>" for line in (title, *lines))
    return f"<{_ROWS}{rows}</TABLE>>"


def _note(text: str) -> str:
    lines = (f"{_BLANKS}{_escaped_plain(line)}{_BLANKS}" for line in text.split("\n"))
    # A line is left free, as dot puts the first one right below the boxes.
    return '"\\n' + "\\n".join(lines) + '"'


def _escaped(text: str) -> str:
    r"""Text within an HTML-like label.

    Several spaces would shrink to one, and `\N` would be the name of the node here as well.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace('"', "&quot;").replace("[", "&#91;").replace("]", "&#93;")
    text = text.replace("\\", "\\\\")
    return re.sub(r"^ | (?= )| $", "&#160;", text) or "&#160;"


def _plain(text: str) -> str:
    return f'"{_escaped_plain(text)}"'


def _escaped_plain(text: str) -> str:
    r"""Text within quotes, where `\N` would be the name of the node, and `&lt;` a `<`."""
    text = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', "&quot;")
    return text.replace("<", "&lt;").replace(">", "&gt;")
