"""What `tm.draw` and `result.draw` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from async_dag.nodes.arguments import immediates_text, options_text
from async_dag.views.common.mime import MOST_LISTED
from async_dag.views.graph.diagram import Diagram

if TYPE_CHECKING:
    from async_dag.manager.manager import TaskManager
    from async_dag.views.graph.mermaid import MermaidDiagram


def mermaid_of(diagram: Diagram) -> MermaidDiagram:
    """The diagram as Mermaid text that a notebook draws."""
    from async_dag.views.graph.mermaid import MermaidDiagram, mermaid_source

    return MermaidDiagram(mermaid_source(diagram))


def bounded(text: Callable[[], str], count: int) -> Callable[[], str]:
    """The text view, or a placeholder if the graph is too large for it."""
    return text if count <= MOST_LISTED else lambda: f"a diagram of {count:,} nodes"


def nothing(_node: int) -> str:
    """No immediates."""
    return ""


def immediates_of(manager: TaskManager[Any], node: int) -> str:
    """The plain values among a node's arguments, shortened; empty for an item of a map."""
    nodes = manager.compiled.nodes
    return immediates_text(nodes[node]) if node < len(nodes) else ""


def options_of(manager: TaskManager[Any], node: int) -> str:
    """The options of a node, as text; empty for an item, as its map has them."""
    nodes = manager.compiled.nodes
    return options_text(nodes[node], manager.graph.limits[node]) if node < len(nodes) else ""
