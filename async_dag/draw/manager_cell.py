"""The value of a notebook cell that ends in a manager: its graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from async_dag._common.harmless import harmless
from async_dag.draw.graph_draw import GraphDraw
from async_dag.manager.manager import TaskManager
from async_dag.nodes.arguments import task_of
from async_dag.nodes.functions import task_name
from async_dag.views.common.mime import MOST_LISTED, MimeBundle
from async_dag.views.common.terminal import shorten
from async_dag.views.graph.alt_text import alt_text
from async_dag.views.graph.dot_bundle import dot_bundle
from async_dag.views.graph.dot_source import dot_source, first_id

MOST_DRAWN: Final = 40_000
"""Nodes up to which a cell bundles and draws the graph; more would take too long."""
_MOST_NAMED: Final = 5
_WORK: Final = 400_000  # of the bundling: a round or two of the largest graph that is drawn


def manager_bundle(
    manager: TaskManager[Any],
    include: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
) -> MimeBundle:
    """The graph as HTML, SVG, PNG and text; as text only if the manager is unsorted or very large."""
    draw = GraphDraw(manager)
    count = len(manager.nodes)
    if not manager.is_sorted or count > MOST_DRAWN:
        include = {"text/plain"} & set(include or {"text/plain"})
    diagram = cache(lambda: draw.diagram(work=_WORK))
    return dot_bundle(
        lambda: dot_source(diagram()),
        lambda: _text(manager, draw),
        lambda: alt_text(diagram()),
        lambda: first_id(diagram()),
        include,
        exclude,
    )


def _text(manager: TaskManager[Any], draw: GraphDraw) -> str:
    count = len(manager.nodes)
    if not manager.is_sorted or not count:
        return repr(manager)
    if count <= MOST_LISTED:
        return draw.text()
    text = f"{manager!r}: {_what_it_calls(manager)}"
    if count > MOST_DRAWN:
        text += "\n(too large to be drawn at once; tm.draw.graphviz() draws it in bundles)"
    return text


def _what_it_calls(manager: TaskManager[Any]) -> str:
    """`fetch ×900,000, merge ×100`; the names of a million nodes would take seconds."""
    tasks = Counter(map(task_of, manager.nodes))
    counts: Counter[str] = Counter()
    for task, number in tasks.items():
        counts["no task" if task is None else task_name(task)] += number
    named = [
        f"{shorten(harmless(name), 30, '…')} ×{number:,}"
        for name, number in counts.most_common(_MOST_NAMED)
    ]
    if len(counts) > _MOST_NAMED:
        named.append(f"{len(counts) - _MOST_NAMED:,} other functions")
    return ", ".join(named)
