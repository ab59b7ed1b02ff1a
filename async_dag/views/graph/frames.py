"""The frames of a diagram: sub-DAGs, and the groups that a user named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from async_dag.graph.bundling import Bundling
from async_dag.graph.graph import Graph


class Frame(NamedTuple):
    """A frame around boxes, and around other frames."""

    label: str
    parent: int | None  # the index of the frame around it


def frames_of(graph: Graph, bundling: Bundling) -> tuple[list[Frame], list[int | None]]:
    """The frames of a diagram, each after the one around it, and for each box its innermost frame.

    A bundle whose nodes come from several scopes is in the frame of the innermost scope around all of
    them. A bundle that is all of its group needs no frame, as it has the name of the group.

    >>> from async_dag.graph.bundling import singles
    >>> from async_dag.graph.graph import Origin
    >>> origins = [Origin("f", None, None)] * 2
    >>> graph = Graph.of(["a", "b"], ["task"] * 2, [(), (0,)], origins, ["x", None])
    >>> frames_of(graph, singles(graph))
    ([Frame(label='x', parent=None)], [0, None])
    """
    scopes = [_common_scope(graph, bundle.members) for bundle in bundling.bundles]
    groups = [_common_group(graph, bundle.members) for bundle in bundling.bundles]
    counts = Counter(groups)
    for index, bundle in enumerate(bundling.bundles):
        if counts[groups[index]] == 1 and len(bundle.members) > 1:
            groups[index] = None
    frames: list[Frame] = []
    of_scope: dict[int, int] = {}
    of_group: dict[tuple[int | None, str], int] = {}
    within: list[int | None] = []
    for scope, group in zip(scopes, groups, strict=True):
        frame = None if scope is None else _scope_frame(graph, scope, frames, of_scope)
        if group is not None:
            key = frame, group
            if key not in of_group:
                of_group[key] = len(frames)
                frames.append(Frame(group, frame))
            frame = of_group[key]
        within.append(frame)
    return frames, within


def _common_group(graph: Graph, members: Sequence[int]) -> str | None:
    group = graph.groups[members[0]]
    return group if all(graph.groups[node] == group for node in members) else None


def _common_scope(graph: Graph, members: Sequence[int]) -> int | None:
    """The innermost scope in which all of these nodes lie."""
    if not graph.scopes:
        return None
    different = {graph.within[node] for node in members}
    common = _around(graph, different.pop())
    for scope in different:
        others = set(_around(graph, scope))
        common = [outer for outer in common if outer in others]
    return common[0] if common else None


def _around(graph: Graph, scope: int | None) -> list[int]:
    """A scope and the scopes around it, innermost first."""
    scopes: list[int] = []
    while scope is not None:
        scopes.append(scope)
        scope = graph.scopes[scope].parent
    return scopes


def _scope_frame(graph: Graph, scope: int, frames: list[Frame], of_scope: dict[int, int]) -> int:
    """The frame of a scope; creates it, and those around it, if there is none yet."""
    for outer in reversed(_around(graph, scope)):
        if outer not in of_scope:
            name, _, parent = graph.scopes[outer]
            of_scope[outer] = len(frames)
            frames.append(Frame(name, None if parent is None else of_scope[parent]))
    return of_scope[scope]
