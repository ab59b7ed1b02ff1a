"""What the items of a map depend on and how they are called, as its graph says it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from async_dag.graph.births import ChoiceShape, MapShape, Taken
from async_dag.nodes.spaces import (
    Argument,
    At,
    Element,
    Every,
    Gathered,
    ListOf,
    Paired,
    Space,
    Whole,
    Zip,
    is_outcome,
    leaves,
    streaming_map,
)
from async_dag.nodes.streaming import generator_of

if TYPE_CHECKING:
    from async_dag.nodes.builder import GraphBuilder


def shape_of(builder: GraphBuilder[Any], index: int) -> MapShape:
    """The shape of a map of this builder."""
    spec = builder.maps[index]
    arguments = (*spec.arguments, *spec.keywords.values())
    taken = dict.fromkeys(
        part for argument in arguments for part in _taken_by(builder, argument, spec.space)
    )
    if not _tells_elements(arguments, spec.space):
        taken.update(dict.fromkeys(_existence(builder, spec.space)))
    for needed in builder.after.get(index, ()):
        taken[Taken(needed, 0, 0)] = None
    sides: ChoiceShape | None = None
    if spec.sides is not None:
        then, other = (tuple(_taken_by(builder, side, spec.space)) for side in spec.sides)
        flag = tuple(_taken_by(builder, spec.arguments[0], spec.space))
        nodes = [_nodes_of(builder, index, side) for side in (spec.arguments[0], *spec.sides)]
        sides = ChoiceShape(flag, then, other, tuple(taken), (nodes[0], nodes[1], nodes[2]))
        taken.update(dict.fromkeys([*then, *other]))
    sources: dict[int, None] = {}
    source_maps: dict[int, None] = {}
    _find_sources(spec.space, sources, source_maps)
    prefixes = builder.prefixes.get(index, ())  # of DAGs that run for each element
    name = builder.names[index].removeprefix("".join(text for text, _ in prefixes))
    depth = len(spec.space.chain) - sum(count for _, count in prefixes)
    label = (*prefixes, (name, depth))
    options = builder.options.get(index)
    at_once = None if options is None else options.at_once
    none = tuple(tuple(dict.fromkeys(_said_by(builder, space))) for space in spec.space.chain)
    return MapShape(
        tuple(taken),
        label,
        tuple(sources),
        tuple(source_maps),
        spec.is_fold,
        at_once,
        none,
        sides,
    )


def shape_of_stream(builder: GraphBuilder[Any], index: int) -> MapShape:
    """The shape of a streaming node: its parts, one after the other, each up to an element."""
    taken = tuple(Taken(node, 0, 0) for node in builder.dependencies_of(index))
    return MapShape(taken, ((builder.names[index], 1),), chained=True)


def nodes_of_item(builder: GraphBuilder[Any], index: int, leaf: At | Gathered) -> list[int]:
    """The nodes that a map or choice depends on for an item that it takes of a map.

    Of a map whose outcomes it takes it depends on the node that is these.
    """
    outcomes = [
        node
        for node in builder.dependencies_of(index)
        if builder.tasks[node] is None
        and node in builder.maps
        and builder.maps[node].item == leaf
        and is_outcome(leaf)
    ]
    return outcomes or [leaf.node]


def _nodes_of(builder: GraphBuilder[Any], index: int, argument: Argument) -> tuple[int, ...]:
    """The dependencies of a map that an argument comes from."""
    space = builder.maps[index].space
    nodes: dict[int, None] = {}
    for leaf in leaves(argument):
        if isinstance(leaf, (At, Gathered)):
            nodes.update(dict.fromkeys(nodes_of_item(builder, index, leaf)))
        else:
            nodes.update(dict.fromkeys(taken.node for taken in _taken(builder, leaf, space)))
    needed = builder.dependencies_of(index)
    return tuple(node for node in nodes if node in needed)


def _find_sources(space: Space, sources: dict[int, None], source_maps: dict[int, None]) -> None:
    """The nodes and maps that the elements of a space come from."""
    within = [] if space.parent is None else [space.parent]
    source = space.source
    if isinstance(source, Every):
        within.append(source.space)
    else:
        within += source.spaces if isinstance(source, Zip) else ()
        parts = source.parts if isinstance(source, Zip) else (source.argument,)
        for leaf in (leaf for part in parts for leaf in leaves(part)):
            if isinstance(leaf, Whole):
                if leaf.slot >= 0:
                    sources[leaf.slot] = None
            elif not isinstance(leaf, Paired):
                within.append(leaf.space)
                if isinstance(leaf, (At, Gathered)) and isinstance(source, ListOf):
                    source_maps[leaf.node] = None
    for other in within:
        _find_sources(other, sources, source_maps)


def _taken_by(builder: GraphBuilder[Any], argument: Argument, space: Space) -> list[Taken]:
    """What an item of `space` depends on for an argument."""
    return [taken for leaf in leaves(argument) for taken in _taken(builder, leaf, space)]


def _taken(builder: GraphBuilder[Any], leaf: Argument, space: Space) -> list[Taken]:
    """What an item of `space` depends on for a simple argument."""
    if isinstance(leaf, Whole):
        return [Taken(leaf.slot, 0, 0)] if leaf.slot >= 0 else []
    if isinstance(leaf, (At, Gathered)):
        return [Taken(leaf.node, *_part(leaf.space, space))]
    if isinstance(leaf, Element):
        origins = _origin(builder, leaf.space, space)
        if not origins and leaf.space.parent is not None:  # it is the same for all elements around
            return _existence(builder, leaf.space.parent)
        return origins
    if isinstance(leaf, Paired):
        inner = [
            taken for part in leaves(leaf.argument) for taken in _taken(builder, part, leaf.space)
        ] or _existence(builder, leaf.space)
        # The path of the other element ends with one number, which is the pair's own in this path;
        # before it stands what both have in common.
        around = leaf.space.parent
        common = 0 if around is None else len(around.chain)
        pair = len(leaf.product.chain) - 1
        return [
            taken if taken.stop <= common else Taken(taken.node, 0, common, pair) for taken in inner
        ]
    return []


def _origin(builder: GraphBuilder[Any], wanted: Space, space: Space) -> list[Taken]:
    """What an element of `wanted` comes from, for an item of `space`."""
    source = wanted.source
    if isinstance(source, ListOf):
        around = space if wanted is space or wanted in space.chain else wanted
        origins = [
            taken for leaf in leaves(source.argument) for taken in _taken(builder, leaf, around)
        ]
        if not _may_stream(builder, source.argument, wanted):
            return origins
        # Of what streams an element needs but the part that ends with it.
        return [
            taken._replace(stop=taken.stop + 1)
            if generator_of(builder.tasks[taken.node]) is not None
            else taken
            for taken in origins
        ]
    if isinstance(source, Zip):
        taken = [leaf for part in source.parts for leaf in leaves(part)]
        origins = [taken for leaf in taken for taken in _taken(builder, leaf, space)]
        for part in source.spaces:
            if not _tells_elements(source.parts, part):
                origins += _existence(builder, part)
        return origins
    return []


def _may_stream(builder: GraphBuilder[Any], argument: Argument, space: Space) -> bool:
    """Whether the elements of a space are what a node, or one item of a map, gives.

    (The list of all items of a map is there as a whole, whether these stream or not.)
    """
    if isinstance(argument, Whole):
        return argument.slot not in builder.maps
    return streaming_map(space) is not None


def _tells_elements(arguments: Iterable[Argument], space: Space) -> bool:
    """Whether items take something that says which elements there are, so that they wait for these."""
    origins = [leaf for argument in arguments for leaf in leaves(argument)]
    of = [leaf.space for leaf in origins if isinstance(leaf, (At, Gathered, Element))]
    if isinstance(space.source, Every):
        is_paired = any(isinstance(leaf, Paired) and leaf.product is space for leaf in origins)
        return is_paired and any(other in space.chain for other in of)
    return space in of


def _existence(builder: GraphBuilder[Any], space: Space) -> list[Taken]:
    """What an element of a space could not be known without."""
    origins: list[Taken] = []
    if isinstance(space.source, Every):
        origins += _taken(builder, Paired(Element(space.source.space), space), space)
    else:
        origins += _origin(builder, space, space)
    return origins + ([] if space.parent is None else _existence(builder, space.parent))


def _said_by(builder: GraphBuilder[Any], space: Space) -> list[Taken]:
    """What says how many elements of a space there are, in terms of the path of the one around them."""
    source, around = space.source, space.parent
    if isinstance(source, Zip):
        return [taken for part in source.spaces for taken in _said_by(builder, part)]
    if isinstance(source, Every):
        assert around is not None
        return [*_said_by(builder, source.space), *_existence(builder, around)]
    if around is None:
        return [taken for leaf in leaves(source.argument) for taken in _taken(builder, leaf, space)]
    origins = [taken for leaf in leaves(source.argument) for taken in _taken(builder, leaf, around)]
    return origins or _existence(builder, around)


def _part(wanted: Space, space: Space) -> tuple[int, int]:
    """Which part of the path of an item of `space` is that of its element in `wanted`."""
    if wanted in space.chain:
        return 0, space.chain.index(wanted) + 1
    return 0, len(wanted.chain)  # zipped with others: its elements have the same paths
