"""A diagram as Mermaid text, which GitHub, JupyterLab and many editors draw."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any, Final

from async_dag._common.harmless import harmless
from async_dag._common.paths import file_path
from async_dag.errors import WrongArgumentError
from async_dag.views.common.mime import chosen
from async_dag.views.common.palette import LIGHT
from async_dag.views.common.terminal import shorten
from async_dag.views.graph.diagram import Box, Diagram, Shape

LONGEST_SOURCE: Final = 100_000
"""Characters up to which Jupyter draws a text; GitHub draws half as many."""

# Brackets around a label: the shape of its box.
_SHAPES: Final[dict[Shape, tuple[str, str]]] = {
    "task": ("(", ")"),
    "bundle": ("(", ")"),
    "parameter": ("([", "])"),
    "immediate": ("[", "]"),
    "collect": ("([", "])"),
    "choice": ("{", "}"),
}
_CLASSES: Final[dict[str, str]] = {
    "task": f"fill:{LIGHT.node_fill},stroke:{LIGHT.node_line}",
    "given": f"fill:{LIGHT.panel},stroke:{LIGHT.edge},font-size:13px",
    "waiting": f"fill:{LIGHT.ground},stroke:{LIGHT.edge},stroke-dasharray:5 3",
    "ready": f"fill:{LIGHT.ground},stroke:{LIGHT.holding},stroke-dasharray:5 3",
    "running": f"fill:{LIGHT.running_fill},stroke:{LIGHT.holding}",
    "done": f"fill:{LIGHT.done_fill},stroke:{LIGHT.done}",
    "failed": f"fill:{LIGHT.failed_fill},stroke:{LIGHT.failed},stroke-width:2px",
    "cancelled": f"fill:{LIGHT.panel},stroke:{LIGHT.failed},stroke-dasharray:5 3",
    "skipped": f"fill:{LIGHT.ground},stroke:{LIGHT.edge},stroke-dasharray:5 3",
    "reused": f"fill:{LIGHT.done_fill},stroke:{LIGHT.done},stroke-dasharray:2 2",
    "critical": f"stroke:{LIGHT.critical},stroke-width:3px",
}
_GROUP: Final = f"fill:transparent,stroke:{LIGHT.faint},color:{LIGHT.faint},rx:8,ry:8"

# Less space between boxes than by default, lines that don't break, and room for the names of groups.
_CONFIG: Final = """\
config:
  flowchart:
    nodeSpacing: 30
    rankSpacing: 40
    wrappingWidth: 400
    subGraphTitleMargin:
      top: 2
      bottom: 8
"""

# Characters without a meaning in Mermaid, Markdown or HTML, wherever they are. (A dot or a dash can
# turn a label into a list, an underscore at the edge of a word can start emphasis.)
_PLAIN: Final = re.compile(
    r"[A-Za-z0-9]|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])|(?<=\S) (?=\S)|(?<=\w)[.,](?=\w)"
)
_ALSO_PLAIN: Final = frozenset("×✓✗⊘–…▶◔↺,")

# What Mermaid interprets after it has decoded the numbers: a line break, a formula, an icon, and
# its own notation for numbers. A zero-width joiner after the first character keeps them text.
_READ_LATE: Final = re.compile(r"\\(?=n)|\$(?=\$)|:(?=fa-)|ﬂ(?=°)|¶(?=ß)")


class MermaidDiagram:
    """A diagram as Mermaid text, made by `tm.draw.mermaid()` and `result.draw.mermaid()`.

    `print(diagram)` prints the text, ready for https://mermaid.live or a fence in a README. At the
    end of a notebook cell it is such a fence in Markdown, which Jupyter draws with its own Mermaid.

    Attributes:
        source: the text.

    >>> from async_dag import build_dag
    >>> async def one() -> int:
    ...     return 1
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(one)
    >>> tm.draw.mermaid()
    <MermaidDiagram of ... characters: print it, or .save('graph.md')>
    """

    def __init__(self, source: str) -> None:
        self.source = source

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return (
            f"<MermaidDiagram of {len(self.source):,} characters: print it, or .save('graph.md')>"
        )

    @property
    def markdown(self) -> str:
        """The text in a code fence, for a `.md` file."""
        return f"```mermaid\n{self.source}```\n"

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the text to a `.mmd` file, or in a code fence to a `.md` file; return the path.

        Raises `WrongArgumentError` (a `ValueError`) for another suffix, `OSError` if the file can't be
        written.
        """
        path = file_path("a diagram's save()", path)
        if path.suffix not in (".mmd", ".md"):
            raise WrongArgumentError(
                f"a Mermaid diagram is saved as .mmd (the text) or .md (in a code fence), not as "
                f"{str(path)!r}"
            )
        text = self.markdown if path.suffix == ".md" else self.source
        path.write_text(text, encoding="utf-8", newline="\n")
        return path

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        data = {"text/markdown": self.markdown, "text/plain": self.source}
        if len(self.source) > LONGEST_SOURCE:
            notice = (
                f"(no picture: the diagram has {len(self.source):,} characters, and Jupyter draws "
                f"at most {LONGEST_SOURCE:,}; .source has the text, and detail='bundles' needs fewer)"
            )
            data = dict.fromkeys(data, notice)
        return {kind: data[kind] for kind in chosen(data, include, exclude)}

    def _display_(self) -> Any:
        """What marimo, which calls this, shows: it draws no fences."""
        return sys.modules["marimo"].mermaid(self.source)


def mermaid_source(diagram: Diagram) -> str:
    """The diagram as Mermaid text; its note becomes the title."""
    title = diagram.note.replace("\n", " · ")
    head = f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n" if title else "---\n"
    lines = [f"flowchart {diagram.direction}", *_lines(diagram)]
    return f"{head}{_CONFIG}---\n" + "\n".join(lines) + "\n"


def _lines(diagram: Diagram) -> Iterator[str]:
    boxes = diagram.boxes
    yield from _within(None, diagram, "  ")
    for arrow in diagram.arrows:
        line = "==>" if arrow.critical else "-.->" if arrow.left else "-->"
        label = f"|{_escaped(arrow.label)}|" if arrow.label else ""
        yield f"  n{arrow.tail} {line}{label} n{arrow.head}"
    used = {_class(box) for box in boxes}
    for name, style in _CLASSES.items():
        if name in used:
            yield f"  classDef {name} {style},color:{LIGHT.ink}"
    critical = [index for index, box in enumerate(boxes) if box.critical]
    if critical:
        yield f"  classDef critical {_CLASSES['critical']}"
        yield f"  class {','.join(f'n{index}' for index in critical)} critical"
    for number in range(len(diagram.frames)):
        yield f"  style g{number} {_GROUP}"
    if diagram.arrows:
        yield f"  linkStyle default stroke:{LIGHT.edge}"
    on_path = [str(number) for number, arrow in enumerate(diagram.arrows) if arrow.critical]
    if on_path:
        yield f"  linkStyle {','.join(on_path)} stroke:{LIGHT.critical},stroke-width:3px"


def _within(frame: int | None, diagram: Diagram, indent: str) -> Iterator[str]:
    """The boxes and frames directly within a frame, with their contents."""
    for inner in diagram.frames_in(frame):
        label = _escaped(shorten(harmless(diagram.frames[inner].label), 60, "…"))
        yield f'{indent}subgraph g{inner}["{label}"]'
        yield from _within(inner, diagram, f"{indent}  ")
        yield f"{indent}end"
    for index in diagram.boxes_in(frame):
        yield f"{indent}{_statement(index, diagram.boxes[index])}"


def _class(box: Box) -> str:
    if box.state is not None:
        return box.state
    return "task" if box.shape in ("task", "bundle", "choice") else "given"


def _statement(index: int, box: Box) -> str:
    opening, closing = _SHAPES[box.shape]
    label = "<br/>".join(map(_escaped, (box.title, *box.lines)))
    return f'n{index}{opening}"{label}"{closing}:::{_class(box)}'


def _escaped(text: str) -> str:
    """Text within a quoted label; characters that could have a meaning are written as numbers.

    >>> print(_escaped('end_task <b>"x"</b> 1.5 s'))
    end_task #60;b#62;#34;x#34;#60;#47;b#62; 1.5 s
    """
    text = _READ_LATE.sub("\\g<0>\u2060", text)
    plain = {match.start() for match in _PLAIN.finditer(text)}
    return "".join(
        character if place in plain or character in _ALSO_PLAIN else f"#{ord(character)};"
        for place, character in enumerate(text)
    )
