"""What a choice takes, as pictures show it: one of the DAG, or one that is made for each element."""

from __future__ import annotations

from async_dag.graph.graph import Graph, Kind

ROLES = ("if", "then", "else")
"""What a choice takes its parts as: its flag, and its two sides."""


def is_choice(graph: Graph, node: int) -> bool:
    """Whether a node is a choice, or one that is made for each element of a map."""
    if graph.kinds[node] != "map":
        return graph.kinds[node] == "choice"
    shape = graph.maps.get(node)
    return shape is not None and shape.sides is not None


def kind_shown(graph: Graph, node: int) -> Kind:
    """The kind of a node as pictures show it: a choice for each element is one, too."""
    return "choice" if is_choice(graph, node) else graph.kinds[node]


def parts_of(graph: Graph, node: int) -> list[tuple[str, tuple[int, ...]]]:
    """The parts of a choice: what each is taken as, and the nodes it comes from (of a value none)."""
    if graph.kinds[node] == "choice":
        return list(zip(ROLES, graph.choices[node].parts, strict=True))
    sides = graph.maps[node].sides
    assert sides is not None
    return list(zip(ROLES, sides.nodes, strict=True))
