"""`Space`: the elements that a map runs its task for, and where its arguments come from.

A DAG with maps is a template. Each node of it lives in a space: an ordinary one in none, so it runs
once; one of a map in the space of the map's elements, so it runs once for each. Maps that go on
element by element share their space, which is why item 3 of the second needs only item 3 of the first.

A DAG that runs for each element is such a template too: its own maps lie in spaces within the space of
the elements. What one of them gave for one element, as a list, is `Gathered`.

An argument (`Argument`) is an expression in terms of one element. Where the element lies is only known
when the DAG runs; `engine.arguments` evaluates it then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple


class Space:
    """The elements of one collection, or of one collection for each element of another space.

    Attributes:
        source: where its elements come from.
        parent: the space in which the collection itself lies; None if there is just one collection.
        flat: whether lists of values leave out this level: `flatten` and `product`.
    """

    __slots__ = ("flat", "parent", "source")

    def __init__(self, source: Source, parent: Space | None = None, *, flat: bool = False) -> None:
        self.source: Source = source
        self.parent: Space | None = parent
        self.flat: bool = flat

    @property
    def chain(self) -> tuple[Space, ...]:
        """This space and those around it, outermost first."""
        spaces: list[Space] = []
        space: Space | None = self
        while space is not None:
            spaces.append(space)
            space = space.parent
        return tuple(reversed(spaces))

    def __repr__(self) -> str:
        return f"<Space of {type(self.source).__name__}>"


# Where the elements of a space come from.


class ListOf(NamedTuple):
    """The elements of the collection that `argument` gives."""

    argument: Argument


class Zip(NamedTuple):
    """One element for each position at which all of these have one: elements of these spaces."""

    parts: tuple[Argument, ...]
    spaces: tuple[Space, ...]


class Every(NamedTuple):
    """For each element of the parent space, all elements of `space`: a product."""

    space: Space


Source = ListOf | Zip | Every


# What a task takes for one element.


class Whole(NamedTuple):
    """The value of a node of the outermost DAG, or an immediate: the same for every element."""

    slot: int  # an index into the values of the invoke; negative for an immediate


class Element(NamedTuple):
    """The element itself of this space."""

    space: Space


class At(NamedTuple):
    """What a map's task returned for the same element of this space."""

    node: int
    space: Space


class Gathered(NamedTuple):
    """The list of what a map in the space `of` gave within an element of `space`, which lies around it.

    Of a fold it is what that came to. If it is `settled`, it has a `Failure` for each item that failed.
    """

    node: int
    space: Space
    of: Space
    settled: bool = False


class Together(NamedTuple):
    """A tuple of several arguments: an element of `zip` or `product`."""

    parts: tuple[Argument, ...]


class Listed(NamedTuple):
    """A list of several arguments: a `collect` of a DAG that runs for each element."""

    parts: tuple[Argument, ...]


class Paired(NamedTuple):
    """An argument in terms of the other element of a pair of `product`: that of `Every.space`.

    Whoever takes it lies in the space of that product, or in one within it.
    """

    argument: Argument
    product: Space

    @property
    def space(self) -> Space:
        """The space of the other element."""
        source = self.product.source
        assert isinstance(source, Every)
        return source.space


class Spread(NamedTuple):
    """The elements of the tuple that an argument gives, as arguments of their own: `starmap`."""

    argument: Argument


class Picked(NamedTuple):
    """One item of what an argument gives: `node["key"]`, in a DAG that runs for each element."""

    argument: Argument
    key: object


class Computed(NamedTuple):
    """What a function makes of several arguments: a `zip` of whole lists, in a DAG for each element."""

    function: Callable[..., Any]
    parts: tuple[Argument, ...]


class Awaited(NamedTuple):
    """What must be there, but is not passed: `options(after=)`, in a DAG that runs for each element."""

    argument: Argument


class Settled(NamedTuple):
    """What an argument gives, or a `Failure` if the item that gives it has none: `outcomes`."""

    argument: Argument


class Previous(NamedTuple):
    """What a fold's own task returned for the element before; for the first one `first`."""

    node: int
    first: Argument


Argument = (
    Whole
    | Element
    | At
    | Gathered
    | Together
    | Listed
    | Computed
    | Paired
    | Spread
    | Picked
    | Awaited
    | Settled
    | Previous
)


def needed(argument: Argument) -> set[At | Gathered]:
    """What an argument takes of maps that must have a value, so that the argument has one.

    >>> space = Space(ListOf(Whole(0)))
    >>> [one.node for one in needed(Together((At(1, space), Settled(At(2, space)))))]
    [1]
    """
    parts: set[At | Gathered] = set()
    stack: list[Argument] = [argument]
    while stack:
        current = stack.pop()
        if isinstance(current, (Together, Listed, Computed)):
            stack.extend(current.parts)
        elif isinstance(current, (Spread, Paired, Picked, Awaited)):
            stack.append(current.argument)
        elif isinstance(current, Previous):
            stack.append(current.first)
        elif isinstance(current, (At, Gathered)):
            parts.add(current)
    return parts


def items_in(argument: Argument) -> Iterator[At | Gathered]:
    """The items that an argument takes of maps, be it of the other element of a pair.

    >>> space = Space(ListOf(Whole(0)))
    >>> [one.node for one in items_in(Together((At(1, space), Paired(At(2, space), space))))]
    [1, 2]
    """
    for leaf in leaves(argument):
        if isinstance(leaf, Paired):
            yield from items_in(leaf.argument)
        elif isinstance(leaf, (At, Gathered)):
            yield leaf


def is_tolerant(argument: Argument) -> bool:
    """Whether an argument takes the outcome of an item, so that this may have failed."""
    if isinstance(argument, (Together, Listed, Computed)):
        return any(map(is_tolerant, argument.parts))
    if isinstance(argument, (Spread, Paired, Picked, Awaited)):
        return is_tolerant(argument.argument)
    return is_outcome(argument)


def is_outcome(item: Argument) -> bool:
    """Whether what a node that is no task gives for one element is an outcome."""
    return isinstance(item, Settled) or (isinstance(item, Gathered) and item.settled)


def streaming_map(space: Space) -> int | None:
    """The map each item of which gives the elements of a space within its own, as they are.

    If that item streams, each element is there once it is yielded.

    >>> around = Space(ListOf(Whole(0)))
    >>> within = Space(ListOf(At(1, around)), around)
    >>> streaming_map(within), streaming_map(around)
    (1, None)
    """
    argument = space.source.argument if isinstance(space.source, ListOf) else None
    is_own = isinstance(argument, At) and argument.space is space.parent
    return argument.node if isinstance(argument, At) and is_own else None


def leaves(argument: Argument) -> Iterator[Whole | Element | At | Gathered | Paired]:
    """The simple arguments that an argument is made of; a paired one is not taken apart.

    >>> list(leaves(Together((Whole(0), Listed((Whole(-1),))))))
    [Whole(slot=0), Whole(slot=-1)]
    """
    stack: list[Argument] = [argument]
    while stack:
        current = stack.pop()
        if isinstance(current, (Together, Listed, Computed)):
            stack.extend(reversed(current.parts))
        elif isinstance(current, (Spread, Picked, Awaited, Settled)):
            stack.append(current.argument)
        elif isinstance(current, Previous):
            stack.append(current.first)
        else:
            yield current
