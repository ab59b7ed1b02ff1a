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
    """The parts of a choice: what each is taken as, and the nodes it comes from; none of a plain value.

    >>> from async_dag import build_dag
    >>> async def is_large(n: int) -> bool:
    ...     return n > 10
    >>> async def halve(n: int) -> int:
    ...     return n // 2
    >>> with build_dag(int) as sub:
    ...     n = sub.parameter_node
    ...     smaller = sub.choose(sub.add_node(is_large, n), sub.add_node(halve, n), 0)
    >>> with build_dag() as tm:
    ...     parts = tm.map(sub, [8, 80])
    >>> graph = tm.graph
    >>> [(role, [graph.names[of] for of in nodes])
    ...  for role, nodes in parts_of(graph, parts[smaller].index)]
    [('if', ['sub/is_large']), ('then', ['sub/halve']), ('else', [])]
    """
    if graph.kinds[node] == "choice":
        return list(zip(ROLES, graph.choices[node].parts, strict=True))
    sides = graph.maps[node].sides
    assert sides is not None
    return list(zip(ROLES, sides.nodes, strict=True))
