"""What a task takes for one item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from inspect import CO_COROUTINE
from types import FunctionType
from typing import TYPE_CHECKING, Any

from async_dag._common.shortening import short_repr
from async_dag.engine.items import Block, Elements, Family, Items, NoValue
from async_dag.errors import WrongTypeError
from async_dag.nodes.failure import Failure
from async_dag.nodes.functions import can_wait
from async_dag.nodes.spaces import (
    Argument,
    At,
    Awaited,
    Computed,
    Element,
    Gathered,
    Listed,
    Paired,
    Picked,
    Previous,
    Settled,
    Space,
    Spread,
    Together,
    Whole,
    items_in,
    leaves,
)
from async_dag.trace.columns import NOT_CHOSEN

if TYPE_CHECKING:
    from async_dag.engine.item_flow import ItemFlow


class Arguments:
    """Evaluates arguments.

    Args:
        values: the values of the invoke, as slots count them.
        elements: of each space.
        flow: where the values of items are.
        failure: gives what stands for the value of an item, given the row that failed.
    """

    __slots__ = ("_elements", "_failure", "_flow", "_values")

    def __init__(
        self,
        values: Sequence[Any],
        elements: Sequence[Elements],
        flow: ItemFlow,
        failure: Callable[[int], Failure],
    ) -> None:
        self._failure = failure
        self._values = values
        self._flow = flow
        self._elements = {some.space: some for some in elements}

    def of(self, argument: Argument, space: Space, family: Family, index: int) -> Any:
        """The value of an argument for the element of that index in `space`."""
        if isinstance(argument, Whole):
            return self._values[argument.slot]
        if isinstance(argument, Element):
            values = self._elements[argument.space].values
            return values[self.index(argument.space, space, family, index)]
        if isinstance(argument, (At, Gathered)):
            values = self._flow.source(argument).values
            return values[self.index(argument.space, space, family, index)]
        if isinstance(argument, Together):
            return tuple([self.of(part, space, family, index) for part in argument.parts])
        if isinstance(argument, Listed):
            return [self.of(part, space, family, index) for part in argument.parts]
        if isinstance(argument, Picked):
            return self.of(argument.argument, space, family, index)[argument.key]
        if isinstance(argument, Computed):
            return argument.function(
                *[self.of(part, space, family, index) for part in argument.parts]
            )
        if isinstance(argument, Settled):
            return self._outcome(argument.argument, space, family, index)
        if isinstance(argument, Previous):
            place = self._elements[space].place_of(index)
            if place:
                before = family.index_of(place - 1)
                return self._flow.items[argument.node].values[before]
            return self.of(argument.first, space, family, index)
        if isinstance(argument, Paired):
            other = self._elements[argument.space]
            at = self.paired(argument.product, other, space, family, index)
            return self.of(argument.argument, other.space, other.family_of(at), at)
        return self.of(argument.argument, space, family, index)

    def _outcome(self, argument: Argument, space: Space, family: Family, index: int) -> Any:
        value = self.of(argument, space, family, index)
        # (What no choice took did not fail: there is no outcome of it either.)
        has_failed = type(value) is NoValue and value.row != NOT_CHOSEN
        return self._failure(value.row) if has_failed else value

    def index(self, wanted: Space, space: Space, family: Family, index: int) -> int:
        """The index in space `wanted` of what belongs to the element of that index in `space`."""
        if wanted is space:
            return index
        around, current = space.parent, family
        while around is not None:
            if around is wanted:
                return current.parent
            assert current.around is not None
            around, current = around.parent, current.around
        if wanted.parent is None:
            return index  # of a space that is zipped with others, whose elements go side by side
        place = self._elements[space].place_of(index)
        return self._elements[wanted].by_parent[family.parent].index_of(place)

    def paired(
        self, product: Space, other: Elements, space: Space, family: Family, index: int
    ) -> int:
        """The index of the other element of a pair, for the element of that index in `space`.

        `space` is that of the product, or lies within it.
        """
        pairs = self._elements[product]
        if space is not product:
            index = self.index(product, space, family, index)
            family = pairs.family_of(index)
        place = pairs.place_of(index)
        if other.plan.parent < 0:
            return place
        assert other.space.parent is not None
        around = self.index(other.space.parent, product, family, -1)
        return other.by_parent[around].index_of(place)

    def items(
        self, argument: Argument, space: Space, family: Family, index: int
    ) -> Iterator[tuple[At | Gathered, int]]:
        """The items that an argument takes for the element of that index, each with its own index."""
        for leaf in leaves(argument):
            if isinstance(leaf, (At, Gathered)):
                yield leaf, self.index(leaf.space, space, family, index)
            elif isinstance(leaf, Paired):
                around_both = leaf.space.chain[:-1]
                for item in items_in(leaf.argument):
                    if item.space in around_both:
                        at = self.index(item.space, space, family, index)
                    else:
                        other = self._flow.source(item).elements
                        at = self.paired(leaf.product, other, space, family, index)
                    yield item, at

    def prepare(self, items: Items) -> None:
        """Prepare the call of the items of a map, if they differ in only one argument."""
        if not items.plan.arguments or items.plan.sides is not None:
            return
        first, *rest = items.plan.arguments
        if isinstance(first, Element) and first.space is items.elements.space:
            items.source = items.elements.values
        elif isinstance(first, (At, Gathered)) and first.space is items.elements.space:
            items.source = self._flow.source(first).values
        else:
            return
        others = [*rest, *items.plan.keywords.values()]
        values = [self._values[other.slot] for other in others if isinstance(other, Whole)]
        if len(values) == len(others):
            items.rest = tuple(values[: len(rest)])
            items.keywords = dict(zip(items.plan.keywords, values[len(rest) :], strict=True))
            items.call = task = items.plan.task
            is_plain = type(task) is FunctionType and task.__code__.co_flags & CO_COROUTINE
            if is_plain and items.plan.options is None and not self.streams(items):
                items.quick = task
                items.never_waits = not can_wait(task)

    def streams(self, items: Items) -> bool:
        """Whether maps take the elements that each item yields while it still does."""
        return items.node in self._flow._plan.item_streams

    def call(self, block: Block, row: int, task: Callable[..., Any] | None = None) -> Any:
        """Call the task for the item of a row, or another one in its place."""
        items = block.items
        index = row - block.shift
        if items.call is not None:
            return (task or items.call)(items.source[index], *items.rest, **items.keywords)
        plan, family, space = items.plan, block.family, items.elements.space
        arguments: list[Any] = []
        for argument in plan.arguments:
            if isinstance(argument, Awaited):
                continue
            value = self.of(argument, space, family, index)
            if isinstance(argument, Spread):
                if not hasattr(value, "__iter__"):
                    raise WrongTypeError(
                        "starmap passes on the parts of each element, such as a tuple; an element is "
                        f"{short_repr(value)}: map passes it as it is"
                    )
                arguments.extend(value)
            else:
                arguments.append(value)
        keywords = {
            key: self.of(argument, space, family, index) for key, argument in plan.keywords.items()
        }
        return (task or plan.task)(*arguments, **keywords)
