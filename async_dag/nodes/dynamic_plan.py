"""`DynamicPlan`: what `sort` works out of the maps of a DAG, once for every invoke."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from async_dag.nodes.options import NodeOptions
from async_dag.nodes.spaces import (
    Argument,
    At,
    Element,
    Every,
    ListOf,
    Paired,
    Space,
    Whole,
    Zip,
    leaves,
)

if TYPE_CHECKING:
    from async_dag.nodes.builder import GraphBuilder


@dataclass(slots=True)
class MapPlan:
    """One map whose task runs once for each element of its space.

    Attributes:
        node: its index.
        space: the number of its space.
        task: what is called.
        arguments, keywords: what it takes for one element.
        options: how it is called, if not plainly.
        at_once: how many elements may be begun here and not through the maps behind.
        same: the maps of the same space that it waits for, element by element.
        outer: the maps of spaces around its own that it waits for, and the numbers of these spaces.
        across: the maps of other spaces, zipped in its own, that it waits for, element by element.
        paired: the same of maps of the other space that its own is a product of.
        next: the maps of the same space that wait for it.
    """

    node: int
    space: int
    task: Callable[..., Any]
    arguments: tuple[Argument, ...]
    keywords: Mapping[str, Argument]
    options: NodeOptions | None
    at_once: int | None
    same: tuple[int, ...]
    outer: tuple[tuple[int, int], ...]
    across: tuple[int, ...]
    paired: tuple[int, ...]
    next: list[int] = field(default_factory=list)


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
class DynamicPlan:
    """The maps of a DAG.

    Attributes:
        maps: by the index of the node.
        spaces: all spaces, each after the one around it and those that it is made of.
        opened_by: by the slot of a collection the numbers of the spaces of its elements.
        items_of: by the index of a map those maps of whose items it takes some, or has its elements.
    """

    maps: dict[int, MapPlan] = field(default_factory=dict)
    spaces: list[SpacePlan] = field(default_factory=list)
    opened_by: dict[int, list[int]] = field(default_factory=dict)
    items_of: dict[int, tuple[int, ...]] = field(default_factory=dict)


def make_dynamic_plan(builder: GraphBuilder[Any]) -> DynamicPlan:
    """The plan of the maps of a builder."""
    planner = _Planner()
    for index, spec in builder.maps.items():
        number = planner.number(spec.space)
        if builder.tasks[index] is not None:
            planner.add(builder, index, number)
    for map_plan in planner.plan.maps.values():
        for needed in map_plan.same:
            planner.plan.maps[needed].next.append(map_plan.node)
    return planner.plan


class _Planner:
    def __init__(self) -> None:
        self.plan = DynamicPlan()
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
            if parent >= 0:
                plan.spaces[parent].children.append(number)
            elif isinstance(within.source, ListOf) and isinstance(within.source.argument, Whole):
                plan.opened_by.setdefault(within.source.argument.slot, []).append(number)
        return numbers[space]

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
                if isinstance(leaf, At):
                    if leaf.space is own:
                        same[leaf.node] = None
                    elif leaf.space in around:
                        outer[leaf.node, self._numbers[leaf.space]] = None
                    else:
                        across[leaf.node] = None
                elif isinstance(leaf, Paired):
                    inner = leaves(leaf.argument)
                    paired.update({at.node: None for at in inner if isinstance(at, At)})
        around_it = {
            leaf.node: None
            for space in spec.space.chain
            if isinstance(space.source, ListOf)
            for leaf in leaves(space.source.argument)
            if isinstance(leaf, At)
        }
        taken_of = (*same, *(node for node, _ in outer), *across, *paired, *around_it)
        self.plan.items_of[index] = tuple(dict.fromkeys(taken_of))
        options = builder.options.get(index)
        self.plan.maps[index] = MapPlan(
            index,
            number,
            builder.tasks[index],
            spec.arguments,
            spec.keywords,
            options if options is not None and options.has_attempts else None,
            None if options is None else options.at_once,
            tuple(same),
            tuple(outer),
            tuple(across),
            tuple(paired),
        )


def _made_of(space: Space) -> list[Space]:
    """The spaces that a zip or product is made of."""
    source = space.source
    if isinstance(source, Every):
        return [source.space]
    if isinstance(source, Zip):
        found = [leaf for part in source.parts for leaf in leaves(part)]
        return [leaf.space for leaf in found if isinstance(leaf, (At, Element))]
    return []
