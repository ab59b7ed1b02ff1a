"""`DynamicPlan`: what `sort` works out of the maps and choices of a DAG, once for every invoke."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from async_dag.graph import algorithms
from async_dag.nodes.map_shapes import nodes_of_item, shape_of
from async_dag.nodes.map_windows import WindowPlan, window_plans
from async_dag.nodes.options import NodeOptions
from async_dag.nodes.spaces import (
    Argument,
    At,
    Every,
    Gathered,
    ListOf,
    Paired,
    Previous,
    Space,
    Whole,
    Zip,
    is_outcome,
    items_in,
    leaves,
    needed,
    streaming_map,
)
from async_dag.nodes.streaming import generator_of

if TYPE_CHECKING:
    from async_dag.nodes.builder import GraphBuilder
    from async_dag.nodes.map_spec import MapSpec


class Sides(NamedTuple):
    """The nodes that a choice may take: what it needs in any case, and what each of its sides is."""

    gates: Sequence[int]
    then: Sequence[int]
    other: Sequence[int]

    def side(self, taken: bool) -> Sequence[int]:
        """The nodes of the side that a flag takes."""
        return self.then if taken else self.other


@dataclass(slots=True)
class MapPlan:
    """One map whose task runs once for each element of its space.

    Attributes:
        node: its index.
        space: the number of its space.
        task: what is called.
        arguments, keywords: what it takes for one element.
        options: how it is called, if not plainly.
        key: what tells elements of a later run from others, if not their place.
        at_once: how many elements may be begun here and not through the maps behind.
        same: the sources of the same space that it waits for, element by element: maps, and what is
            gathered of maps (`GatherPlan.key`).
        outer: the maps of spaces around its own that it waits for, and the numbers of these spaces; of
            maps that are paired in a product around its own, the number of the product.
        across: the maps of other spaces, zipped in its own, that it waits for, element by element.
        paired: the same of maps of the other space that its own is a product of.
        settles: of all these the ones that it takes the outcome of, so that they may have failed.
        first: of a fold what its first item takes, where the others take what the one before gave.
        next: the maps of the same space that wait for it.
        sides: of a choice, what it gives for one element if its flag, its only argument, is true there,
            and what if not.
        side_keys: the sources of items that the sides are, or come from.
        choice: of a choice, the nodes that it needs in any case, and those that each side is.
        awaits: all that must be over before any of its items starts. Only if there are windows.
    """

    node: int
    space: int
    task: Callable[..., Any]
    arguments: tuple[Argument, ...]
    keywords: Mapping[str, Argument]
    options: NodeOptions | None
    key: Callable[[Any], Hashable] | None
    at_once: int | None
    same: tuple[int, ...]
    outer: tuple[tuple[int, int], ...]
    across: tuple[int, ...]
    paired: tuple[int, ...]
    settles: frozenset[int]
    first: Argument | None
    next: list[int] = field(default_factory=list)
    sides: tuple[Argument, Argument] | None = None
    side_keys: tuple[int, ...] = ()
    choice: Sides | None = None
    awaits: frozenset[int] = frozenset()

    @property
    def takes_none_of_its_own(self) -> bool:
        """Whether its items take none of a map in its own space."""
        return not any(key >= 0 for key in self.same)

    @property
    def takes_lists_alone(self) -> bool:
        """Whether its items take those of no other map (of a fold they take the one before)."""
        return self.takes_none_of_its_own and not (self.across or self.paired)

    @property
    def is_fold(self) -> bool:
        """Whether each item takes what the one before returned."""
        return self.first is not None


@dataclass(slots=True)
class SpacePlan:
    """One space: what its elements come from, and who lies in it.

    Attributes:
        number: its own.
        space: as it was built.
        parent: the number of the space around it, or -1.
        made_of: the numbers of the spaces that it is a zip or product of, beside its parent.
        children: the numbers of the spaces within it.
    """

    number: int
    space: Space
    parent: int
    made_of: tuple[int, ...] = ()
    children: list[int] = field(default_factory=list)


@dataclass(slots=True)
class GatherPlan:
    """What a map within a DAG for each element gives for one of these elements, as a list.

    To whoever takes it, it is as an item of a map in the space of the elements.

    Attributes:
        key: stands for it where sources of items are named; no index of a node is as large.
        node: the map.
        space: the number of the space of the elements.
        settled: whether it has a `Failure` for each item that failed.
        next: the maps of that space that wait for it.
    """

    key: int
    node: int
    space: int
    settled: bool
    next: list[int] = field(default_factory=list)


@dataclass(slots=True)
class DynamicPlan:
    """The maps and choices of a DAG.

    Attributes:
        maps: by the index of the node.
        spaces: all spaces, each after the one around it and those that it is made of.
        opened_by: by the slot of a collection the numbers of the spaces of its elements.
        items_of: by the index of a map those maps of whose items it takes some, or has its elements.
        outcomes: by the index of a map the nodes that are its outcomes, with what these take.
        streams: by the index of a streaming node whose elements maps take its generator function.
        item_streams: the same of maps whose items stream to maps within their own elements.
        takers: by the index of a map who takes something of it, and whether element by element. Only if
            there are outcomes.
        choices: by the index of a choice the slots of its flag and of its two sides.
        gathers: what is gathered of maps, by its key.
        keys: these keys by the argument.
        windows: by the index of a map with a window which maps that is for.
    """

    maps: dict[int, MapPlan] = field(default_factory=dict)
    spaces: list[SpacePlan] = field(default_factory=list)
    opened_by: dict[int, list[int]] = field(default_factory=dict)
    items_of: dict[int, tuple[int, ...]] = field(default_factory=dict)
    outcomes: dict[int, dict[int, MapSpec]] = field(default_factory=dict)
    streams: dict[int, Callable[..., Any]] = field(default_factory=dict)
    item_streams: dict[int, Callable[..., Any]] = field(default_factory=dict)
    takers: dict[int, list[tuple[int, bool]]] = field(default_factory=dict)
    choices: dict[int, tuple[int, ...]] = field(default_factory=dict)
    gathers: dict[int, GatherPlan] = field(default_factory=dict)
    keys: dict[Gathered, int] = field(default_factory=dict)
    windows: dict[int, WindowPlan] = field(default_factory=dict)

    def key(self, leaf: At | Gathered) -> int:
        """What stands for a source of items."""
        return leaf.node if isinstance(leaf, At) else self.keys[leaf]

    def node(self, key: int) -> int:
        """The map that a source of items is, or comes from."""
        gather = self.gathers.get(key)
        return key if gather is None else gather.node

    def space_of(self, key: int) -> int:
        """The number of the space in which a source of items lies."""
        return self.gathers[key].space if key in self.gathers else self.maps[key].space

    def handled(self, runs: Collection[int]) -> frozenset[int]:
        """The maps whose items may fail: what takes these takes their outcomes in the end.

        `runs` are the nodes that run.
        """
        maps: set[int] = set()
        for node in sorted(self.takers, reverse=True):  # what takes a node was added after it
            outcomes = self.outcomes.get(node, ())
            takers = [taker for taker in self.takers[node] if taker[0] in runs]
            if takers and all(
                taker in outcomes or (by_element and taker in maps) for taker, by_element in takers
            ):
                maps.add(node)
        return frozenset(maps)


def make_dynamic_plan(builder: GraphBuilder[Any]) -> DynamicPlan:
    """The plan of the maps of a builder."""
    planner = _Planner(len(builder.nodes))
    planner.plan.choices = {index: builder.slots[index] for index in builder.choices}
    for index, spec in builder.maps.items():
        number = planner.number(spec.space)
        if builder.has_items(index):
            planner.add(builder, index, number)
        elif spec.item is not None and is_outcome(spec.item):
            planner.add_outcomes(builder.slots[index][0], index, spec)
    sources: Mapping[int, MapPlan | GatherPlan] = {**planner.plan.maps, **planner.plan.gathers}
    for map_plan in planner.plan.maps.values():
        for source in map_plan.same:
            sources[source].next.append(map_plan.node)
    for slot in planner.plan.opened_by:
        is_node = slot >= 0 and slot not in builder.maps
        generator = generator_of(builder.tasks[slot]) if is_node else None
        if generator is not None:
            planner.plan.streams[slot] = generator
    for space_plan in planner.plan.spaces:
        node = streaming_map(space_plan.space)
        generator = None if node is None else generator_of(builder.tasks[node])
        if node is not None and generator is not None:
            planner.plan.item_streams[node] = generator
    if planner.plan.outcomes:
        planner.plan.takers = _takers(builder)
    if any(map_plan.at_once is not None for map_plan in planner.plan.maps.values()):
        dependencies = [builder.dependencies_of(index) for index in range(len(builder.nodes))]
        _find_awaited(builder, planner.plan, dependencies)
        planner.plan.windows = window_plans(planner.plan, dependencies)
    return planner.plan


def _find_awaited(
    builder: GraphBuilder[Any], plan: DynamicPlan, dependencies: Sequence[Sequence[int]]
) -> None:
    """Fill in `MapPlan.awaits`: also the flags of choices without which a map may not be needed."""
    of_sides = {
        choice: algorithms.reachable(dependencies, [slot for slot in slots[1:] if slot >= 0])
        for choice, slots in plan.choices.items()
    }
    of_item_sides = [
        (choice.gates, algorithms.reachable(dependencies, [*choice.then, *choice.other]))
        for map_plan in plan.maps.values()
        if (choice := map_plan.choice) is not None
    ]
    gathered = {
        node: [plan.gathers[key].node for key in _sources_of(map_plan, plan) if key in plan.gathers]
        for node, map_plan in plan.maps.items()
    }
    for node in algorithms.in_order(dependencies):
        if node not in plan.maps:
            continue
        map_plan = plan.maps[node]
        flags = [
            plan.choices[choice][0]
            for choice, needed in of_sides.items()
            if node in needed and plan.choices[choice][0] >= 0
        ]
        # Of maps whose lists it takes, directly or not, all items must be over.
        outer = [plan.node(key) for key, _ in map_plan.outer]
        # So they must be for the flag of a choice that is made for each element.
        for choice_gates, of_either_side in of_item_sides:
            outer += choice_gates if node in of_either_side else ()
        lists = [*gathered[node]]
        for other in algorithms.reachable(dependencies, outer):
            lists += gathered.get(other, ())
        gates = [*builder.gates_of(node), *flags, *lists]
        # And all that those maps wait for of whose items it takes some.
        of_sources = [plan.maps[other].awaits for other in plan.items_of[node]]
        map_plan.awaits = frozenset(algorithms.reachable(dependencies, gates)).union(*of_sources)


def _sources_of(map_plan: MapPlan, plan: DynamicPlan) -> list[int]:
    """The keys of all that the items of a map take, or have their elements of."""
    space = plan.spaces[map_plan.space].space
    return [
        *map_plan.same,
        *(key for key, _ in map_plan.outer),
        *map_plan.across,
        *map_plan.paired,
        *map_plan.side_keys,
        *(plan.key(leaf) for other in _spaces_of(space) for leaf in _sources(other)),
    ]


def _takers(builder: GraphBuilder[Any]) -> dict[int, list[tuple[int, bool]]]:
    """See `DynamicPlan.takers`."""
    takers: dict[int, list[tuple[int, bool]]] = {}
    for index in range(len(builder.nodes)):
        whole: set[int] | None = None  # what is taken as a list; None: everything
        if index in builder.maps:
            shape = shape_of(builder, index)
            whole = {taken.node for taken in shape.taken if taken.is_whole}
            whole.update(shape.sources)
        for node in builder.dependencies_of(index):
            if node in builder.maps:
                by_element = whole is not None and node not in whole
                takers.setdefault(node, []).append((index, by_element))
    # A list that nothing takes is no reason for an invoke to fail: its value is not there then.
    taken = {node for index in range(len(builder.nodes)) for node in builder.dependencies_of(index)}
    kept = builder.choices.keys() | {
        index
        for index, spec in builder.maps.items()
        if spec.sides is not None or (spec.item is not None and is_outcome(spec.item))
    }
    return {
        node: [
            (index, by_element)
            for index, by_element in of
            if builder.tasks[index] is not None or index in taken or index in kept
        ]
        for node, of in takers.items()
    }


class _Planner:
    def __init__(self, size: int) -> None:
        self.plan = DynamicPlan()
        self._size = size
        self._numbers: dict[Space, int] = {}

    def number(self, space: Space) -> int:
        """The number of a space, which is planned when it is first met, after those it is made of."""
        plan, numbers = self.plan, self._numbers
        for within in space.chain:
            if within in numbers:
                continue
            made_of = tuple(dict.fromkeys(self.number(part) for part in _made_of(within)))
            number = numbers[within] = len(plan.spaces)
            parent = -1 if within.parent is None else numbers[within.parent]
            plan.spaces.append(SpacePlan(number, within, parent, made_of))
            for leaf in _sources(within):
                self._know(leaf)
            if parent >= 0:
                plan.spaces[parent].children.append(number)
            elif isinstance(within.source, ListOf) and isinstance(within.source.argument, Whole):
                plan.opened_by.setdefault(within.source.argument.slot, []).append(number)
        return numbers[space]

    def add_outcomes(self, of: int, index: int, spec: MapSpec) -> None:
        """Plan a node that is the outcomes of a map."""
        assert spec.item is not None
        for leaf in leaves(spec.item):
            if isinstance(leaf, (At, Gathered)):
                self._know(leaf)
        self.plan.outcomes.setdefault(of, {})[index] = spec

    def _know(self, leaf: At | Gathered) -> int:
        """The key of a source of items; what is gathered gets one when it is first met."""
        if isinstance(leaf, At):
            return leaf.node
        plan = self.plan
        key = plan.keys.get(leaf)
        if key is None:
            key = plan.keys[leaf] = self._size + len(plan.keys)
            plan.gathers[key] = GatherPlan(key, leaf.node, self.number(leaf.space), leaf.settled)
        return key

    def add(self, builder: GraphBuilder[Any], index: int, number: int) -> None:
        """Plan a map that lies in the space of that number."""
        spec = builder.maps[index]
        own, around = spec.space, spec.space.chain[:-1]
        same: dict[int, None] = {}
        outer: dict[tuple[int, int], None] = {}
        across: dict[int, None] = {}
        paired: dict[int, None] = {}
        for argument in (*spec.arguments, *spec.keywords.values()):
            for leaf in leaves(argument):
                if isinstance(leaf, (At, Gathered)):
                    key = self._know(leaf)
                    if leaf.space is own:
                        same[key] = None
                    elif leaf.space in around:
                        outer[key, self.number(leaf.space)] = None
                    else:
                        across[key] = None
                elif isinstance(leaf, Paired):
                    around_both = leaf.space.chain[:-1]
                    for inner in leaves(leaf.argument):
                        if isinstance(inner, (At, Gathered)):
                            if inner.space in around_both:
                                outer[self._know(inner), self.number(inner.space)] = None
                            elif leaf.product is own:
                                paired[self._know(inner)] = None
                            else:
                                outer[self._know(inner), self.number(leaf.product)] = None
        around_it = {
            self._know(leaf): None for space in _spaces_of(spec.space) for leaf in _sources(space)
        }
        side_keys = dict.fromkeys(
            [self._know(leaf) for side in spec.sides or () for leaf in items_in(side)]
        )
        waits_for = (*same, *(node for node, _ in outer), *across, *paired, *around_it)
        taken_of = (*waits_for, *side_keys)
        of = dict.fromkeys(map(self.plan.node, taken_of))
        self.plan.items_of[index] = tuple(of)
        collections = [
            space.source.argument
            for space in _spaces_of(spec.space)
            if isinstance(space.source, ListOf)
        ]
        values_of = {
            self._know(leaf)
            for argument in (*spec.arguments, *spec.keywords.values(), *collections)
            for leaf in needed(argument)
        }
        options = builder.options.get(index)
        self.plan.maps[index] = MapPlan(
            index,
            number,
            builder.tasks[index],
            spec.arguments,
            spec.keywords,
            options if options is not None and options.has_attempts else None,
            None if options is None else options.key,
            None if options is None else options.at_once,
            tuple(same),
            tuple(outer),
            tuple(across),
            tuple(paired),
            frozenset(waits_for) - values_of,
            next(
                (argument.first for argument in spec.arguments if isinstance(argument, Previous)),
                None,
            ),
            sides=spec.sides,
            side_keys=tuple(side_keys),
            choice=None if spec.sides is None else _nodes_of_choice(builder, index),
        )


def _nodes_of_choice(builder: GraphBuilder[Any], index: int) -> Sides:
    """The nodes that a choice within a DAG for each element may take, of those it depends on."""
    spec = builder.maps[index]
    assert spec.sides is not None
    dependencies = builder.dependencies_of(index)

    def nodes_of(argument: Argument) -> list[int]:
        nodes: dict[int, None] = {}
        for leaf in items_in(argument):
            nodes.update(dict.fromkeys(nodes_of_item(builder, index, leaf)))
        return [node for node in nodes if node in dependencies]

    then, other = map(nodes_of, spec.sides)
    flag = [node for argument in spec.arguments for node in nodes_of(argument)]
    sides = {*then, *other}
    gates = [node for node in dependencies if node not in sides or node in flag]
    return Sides(gates, then, other)


def _spaces_of(space: Space) -> list[Space]:
    """A space, those around it, and those that they are zips or products of."""
    spaces: dict[Space, None] = {}
    stack = [space]
    while stack:
        current = stack.pop()
        if current not in spaces:
            spaces[current] = None
            stack += _made_of(current)
            if current.parent is not None:
                stack.append(current.parent)
    return [*spaces]


def _sources(space: Space) -> list[At | Gathered]:
    """The items of maps that give the collections of a space."""
    if not isinstance(space.source, ListOf):
        return []
    return list(items_in(space.source.argument))


def _made_of(space: Space) -> list[Space]:
    """The spaces that a zip or product is made of."""
    source = space.source
    if isinstance(source, Every):
        return [source.space]
    if isinstance(source, Zip):
        return list(source.spaces)
    return []
