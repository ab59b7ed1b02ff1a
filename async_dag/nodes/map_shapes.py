"""What the items of a map depend on and how they are called, as its graph says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from async_dag.graph.births import MapShape, Taken
from async_dag.nodes.spaces import (
    Argument,
    At,
    Element,
    Every,
    ListOf,
    Paired,
    Previous,
    Space,
    Whole,
    Zip,
    leaves,
)
from async_dag.nodes.streaming import generator_of

if TYPE_CHECKING:
    from async_dag.nodes.builder import GraphBuilder


def shape_of(builder: GraphBuilder[Any], index: int) -> MapShape:
    """The shape of a map of this builder."""
    spec = builder.maps[index]
    taken: dict[Taken, None] = {}
    for argument in (*spec.arguments, *spec.keywords.values()):
        for leaf in leaves(argument):
            taken.update(dict.fromkeys(_taken(builder, leaf, spec.space)))
    for needed in builder.after.get(index, ()):
        taken[Taken(needed, 0, 0)] = None
    sources: dict[int, None] = {}
    source_maps: dict[int, None] = {}
    _find_sources(spec.space, sources, source_maps)
    chained = any(isinstance(argument, Previous) for argument in spec.arguments)
    name, depth = builder.names[index], len(spec.space.chain)
    label: tuple[tuple[str, int], ...] = ((name, depth),)
    prefix = builder.prefixes.get(index)
    if prefix is not None:  # of a DAG that runs for each element
        label = ((prefix, depth), (name.removeprefix(prefix), 0))
    options = builder.options.get(index)
    at_once = None if options is None else options.at_once
    return MapShape(tuple(taken), label, tuple(sources), tuple(source_maps), chained, at_once)


def shape_of_stream(builder: GraphBuilder[Any], index: int) -> MapShape:
    """The shape of a streaming node: its parts, one after the other, each up to an element."""
    taken = tuple(Taken(node, 0, 0) for node in builder.dependencies_of(index))
    return MapShape(taken, ((builder.names[index], 1),), chained=True)


def _find_sources(space: Space, sources: dict[int, None], source_maps: dict[int, None]) -> None:
    """The nodes and maps that the elements of a space come from."""
    within = [] if space.parent is None else [space.parent]
    source = space.source
    if isinstance(source, Every):
        within.append(source.space)
    else:
        parts = source.parts if isinstance(source, Zip) else (source.argument,)
        for leaf in (leaf for part in parts for leaf in leaves(part)):
            if isinstance(leaf, Whole):
                if leaf.slot >= 0:
                    sources[leaf.slot] = None
            elif not isinstance(leaf, Paired):
                within.append(leaf.space)
                if isinstance(leaf, At) and isinstance(source, ListOf):
                    source_maps[leaf.node] = None
    for other in within:
        _find_sources(other, sources, source_maps)


def _taken(builder: GraphBuilder[Any], leaf: Argument, space: Space) -> list[Taken]:
    """What an item of `space` depends on for a simple argument."""
    if isinstance(leaf, Whole):
        return [Taken(leaf.slot, 0, 0)] if leaf.slot >= 0 else []
    if isinstance(leaf, At):
        return [Taken(leaf.node, *_part(leaf.space, space))]
    if isinstance(leaf, Element):
        return _origin(builder, leaf.space, space)
    if isinstance(leaf, Paired):
        assert isinstance(space.source, Every)
        depth = len(space.chain)
        inner = [
            one
            for part in leaves(leaf.argument)
            for one in _taken(builder, part, space.source.space)
        ]
        # The path of the other element, which is one number, stands at the end of this one.
        return [
            one if one.start == one.stop else Taken(one.node, depth - 1, depth) for one in inner
        ]
    return []


def _origin(builder: GraphBuilder[Any], wanted: Space, space: Space) -> list[Taken]:
    """What an element of `wanted` comes from, for an item of `space`."""
    source = wanted.source
    if isinstance(source, ListOf):
        around = space if wanted is space or wanted in space.chain else wanted
        found = [one for leaf in leaves(source.argument) for one in _taken(builder, leaf, around)]
        # Of a streaming node an element needs but the part that ends with it.
        return [
            one._replace(stop=1) if generator_of(builder.tasks[one.node]) is not None else one
            for one in found
        ]
    if isinstance(source, Zip):
        return [
            one
            for part in source.parts
            for leaf in leaves(part)
            for one in _taken(builder, leaf, space)
        ]
    return []


def _part(wanted: Space, space: Space) -> tuple[int, int]:
    """Which part of the path of an item of `space` is that of its element in `wanted`."""
    if wanted in space.chain:
        return 0, space.chain.index(wanted) + 1
    return 0, len(wanted.chain)  # zipped with others: its elements have the same paths
