"""Adding maps to a builder, and what they run for: collections, zips, products, lists of lists."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from typing import Any, Final, TypeVar

from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTaskError, WrongTypeError
from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.collections import check_collection, unequal_lengths
from async_dag.nodes.functions import call_error, task_error
from async_dag.nodes.map_spec import MapSpec
from async_dag.nodes.maps import MapNode
from async_dag.nodes.node import TaskNode
from async_dag.nodes.options import NodeOptions
from async_dag.nodes.spaces import (
    Argument,
    At,
    Element,
    Every,
    Gathered,
    ListOf,
    Paired,
    Space,
    Spread,
    Together,
    Whole,
    Zip,
)

P = TypeVar("P")


class _Element:
    def __repr__(self) -> str:
        return "<element>"


ELEMENT: Final = _Element()
"""Stands for an element where a call is checked."""


def add_map(
    builder: GraphBuilder[P],
    task: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    options: NodeOptions | None,
    *,
    star: bool,
) -> MapNode[P, Any]:
    """Add a map; raises what `map` and `starmap` raise."""
    what = "starmap" if star else "map"
    builder.refuse_if_compiled(what)
    if not args:
        raise WrongTaskError(
            f"{what} takes an async function and a collection, for each element of which it is called, "
            f"as in {what}(fetch, urls); given was {short_repr(task)} alone"
        )
    error = task_error(task, what)
    if error is not None:
        raise error
    source, *others = args
    slot, element, space = elements_of(builder, source, f"the collection passed to {what}")
    first: tuple[Argument, ...] = (element,)
    if star:
        if not isinstance(source, TaskNode):
            _check_tuples(source)
        first = element.parts if isinstance(element, Together) else (Spread(element),)
    if not isinstance(first[0], Spread):  # of any other tuple the length is not known
        error = call_error(task, [*[ELEMENT] * len(first), *others], kwargs, what)
        if error is not None:
            raise error
    slots = [builder.slot(argument, task) for argument in others]
    keyword_slots = {key: builder.slot(argument, task) for key, argument in kwargs.items()}
    node = MapNode[P, Any](builder, len(builder.nodes))
    builder.append(node, task, (slot, *slots), keyword_slots, options)
    builder.maps[node.index] = MapSpec(
        space,
        (*first, *map(Whole, slots)),
        {key: Whole(slot) for key, slot in keyword_slots.items()},
        At(node.index, space),
    )
    return node


def _check_tuples(elements: Collection[object]) -> None:
    """Raise an error unless each element can be passed as several arguments, as far as one can see."""
    for element in itertools.islice(elements, 1):
        if not isinstance(element, Iterable):
            raise WrongTypeError(
                "starmap passes what each element consists of as several arguments, as in "
                f"starmap(add, [(1, 2), (3, 4)]); the first element is {short_repr(element)}; to pass "
                "an element as it is: map(task, collection)"
            )


def elements_of(
    builder: GraphBuilder[Any], source: object, what: str
) -> tuple[int, Argument, Space]:
    """What a map over `source` runs for: the slot of the collection, the element, and the space."""
    if not isinstance(source, TaskNode):
        check_collection(source, what)
        slot = builder.slot(source, what.rpartition(" ")[2])  # which refuses nodes in it
        space = Space(ListOf(Whole(slot)))
        return slot, Element(space), space
    slot = builder.slot(source, what)
    spec = builder.maps.get(slot)
    if (
        spec is not None and spec.item is not None
    ):  # a map, on which another one goes on element by element
        return slot, spec.item, spec.elements
    known = builder.spaces.get(slot)
    if known is None:
        known = builder.spaces[slot] = Space(ListOf(Whole(slot)))
    return slot, Element(known), known


def add_zip(builder: GraphBuilder[P], sources: tuple[Any, ...]) -> MapNode[P, Any]:
    """Add a node whose elements are tuples of those of several collections, side by side."""
    builder.refuse_if_compiled("zip")
    if not sources:
        raise WrongTypeError("zip takes collections, side by side: zip(a, b); given was none")
    collections = [ordered_elements(builder, source, "zip") for source in sources]
    item = Together(tuple(element for _, element, _ in collections))
    spaces = {space for _, _, space in collections}
    space = (
        spaces.pop()
        if len(spaces) == 1
        else Space(Zip(item.parts, tuple(space for _, _, space in collections)))
    )
    return _add_elements(builder, "zip", collections, space, item, zip_lists)


def add_product(builder: GraphBuilder[P], first: Any, second: Any) -> MapNode[P, Any]:
    """Add a node whose elements are the pairs of those of two collections."""
    builder.refuse_if_compiled("product")
    left = elements_of(builder, first, "a collection passed to product")
    right = ordered_elements(builder, second, "product")
    space = Space(Every(right[2]), left[2], flat=True)
    item = Together((left[1], Paired(right[1], space)))
    return _add_elements(builder, "product", [left, right], space, item, product_of_lists)


def add_flatten(builder: GraphBuilder[P], source: Any) -> MapNode[P, Any]:
    """Add a node whose elements are those of all collections that are elements of another one."""
    builder.refuse_if_compiled("flatten")
    lists = elements_of(builder, source, "the collection passed to flatten")
    item, around = lists[1], lists[2]
    if (
        isinstance(item, Gathered)
        and item.of.parent is around
        and not builder.maps[item.node].is_fold
    ):
        # The lists of a map within a DAG for each element: its items go on one by one.
        space = Space(Zip((At(item.node, item.of),), (item.of,)), around, flat=True)
        item = At(item.node, item.of)
    else:
        space = Space(ListOf(item), around, flat=True)
        item = Element(space)
    return _add_elements(builder, "flatten", [lists], space, item, flattened)


def ordered_elements(
    builder: GraphBuilder[Any], source: object, what: str
) -> tuple[int, Argument, Space]:
    """As `elements_of`, for a use that needs the position of each element.

    The elements of a product or of flattened lists come in any order, so that of these the whole list
    is waited for.
    """
    slot, element, space = elements_of(builder, source, f"a collection passed to {what}")
    if space.parent is None:
        return slot, element, space
    whole = builder.spaces.get(slot)
    if whole is None:
        whole = builder.spaces[slot] = Space(ListOf(Whole(slot)))
    return slot, Element(whole), whole


def _add_elements(
    builder: GraphBuilder[P],
    name: str,
    collections: list[tuple[int, Argument, Space]],
    space: Space,
    item: Argument,
    combine: Any,
) -> MapNode[P, Any]:
    node = MapNode[P, Any](builder, len(builder.nodes))
    slots = tuple(slot for slot, _, _ in collections)
    builder.append(node, None, slots, {}, NodeOptions(name=name))
    builder.computes[node.index] = combine
    builder.maps[node.index] = MapSpec(space, (), {}, item)
    return node


def zip_lists(*lists: Collection[Any]) -> list[tuple[Any, ...]]:
    """Whole lists, zipped."""
    lengths = [len(elements) for elements in lists]
    if len(set(lengths)) > 1:
        raise unequal_lengths(lengths)
    return list(zip(*lists, strict=True))


def product_of_lists(*lists: Iterable[Any]) -> list[tuple[Any, ...]]:
    """All tuples of elements of whole lists."""
    return list(itertools.product(*lists))


def flattened(lists: Collection[Collection[Any]]) -> list[Any]:
    """The elements of all lists in one."""
    for elements in lists:
        check_collection(elements, "an element of what flatten takes")
    return list(itertools.chain.from_iterable(lists))
