"""`Remote`: stands for a value that lies on a worker, where what decides on the next tasks is here."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any

from async_dag.cluster.failure import told_error
from async_dag.cluster.worker.facts import BRING, ELEMENTS, TRUTH, Facts
from async_dag.cluster.worker.names import Key
from async_dag.engine.remote_run import NotHere, RemoteValue


class Remote(RemoteValue):
    """The value of a node or an item on a worker, or one element of such a value.

    It can be gone through, and tells whether it is true, if that was asked of the worker (see `facts`).

    Attributes:
        key: what Dask knows it by; of an element only once a task has been made that takes it out.
        row: the node or item whose value it is, or is taken from.
        future: Dask's; None while nothing is to be held beside the value of the row itself.
    """

    __slots__ = ("_elements", "_facts", "_name", "future", "key", "of", "part")

    def __init__(
        self,
        row: int,
        key: Key | None,
        name: str,
        facts: Facts | None = None,
        of: Remote | None = None,
        part: Any = None,
    ) -> None:
        self.row: int = row
        self.key: Key | None = key
        self.of: Remote | None = of  # what it is taken out of
        self.part: Any = part  # and where
        self.future: Any = None
        self._name = name
        self._facts = facts
        self._elements: list[Any] | None = None

    @property
    def is_list_here(self) -> bool:
        """Whether its elements are known here, or what stands for them."""
        return self._facts is not None and self._facts.size >= 0

    def __bool__(self) -> bool:
        facts = self._facts
        if facts is None or (facts.truth is None and facts.raised[0] is None):
            raise self._not_here("whether it is true")
        if facts.truth is None:
            assert facts.raised[0] is not None
            raise told_error(self._name, *facts.raised[0])
        return facts.truth

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all())

    def __getitem__(self, part: Any) -> Remote:
        return Remote(self.row, None, self._name, None, self, part)

    def _all(self) -> list[Any]:
        """Its elements, or what stands for them."""
        elements, facts = self._elements, self._facts
        if elements is not None:
            return elements
        if facts is None or (facts.size < 0 and facts.raised[1] is None):
            raise self._not_here("its elements")
        if facts.size < 0:
            assert facts.raised[1] is not None
            raise told_error(self._name, *facts.raised[1])
        if facts.elements:
            elements = pickle.loads(facts.elements)
        else:
            whole = self if facts.is_list else self[_AS_LIST]
            elements = [whole[place] for place in range(facts.size)]
        self._elements = elements
        return elements

    @property
    def base(self) -> Remote:
        """The value that it is, or is taken out of."""
        remote = self
        while remote.of is not None:
            remote = remote.of
        return remote

    def tells(self, asks: int) -> bool:
        """Whether it tells all of that (see `facts`)."""
        facts = self._facts
        if asks & BRING or (asks and facts is None):
            return False
        wants_truth, wants_elements = asks & TRUTH, asks & ELEMENTS
        return facts is None or not (
            (wants_truth and facts.truth is None) or (wants_elements and facts.size < 0)
        )

    def held_by(self, future: Any) -> Remote:
        """The same, with Dask's future of its base, for a run that is not the one that made it."""
        of = None if self.of is None else self.of.held_by(future)
        held = Remote(
            self.row, self.key if of is None else None, self._name, self._facts, of, self.part
        )
        held.future = future if of is None else None
        return held

    def taken_out_of(self, value: Any) -> Any:
        """Its value, given that of its base."""
        if self.of is None:
            return value
        whole = self.of.taken_out_of(value)
        return list(whole) if self.part is _AS_LIST else whole[self.part]

    def _not_here(self, what: str) -> NotHere:
        return NotHere(
            f"the value of node {self._name!r} lies on a worker, and {what} would be needed here"
        )

    def __repr__(self) -> str:
        return f"<Remote value of {self._name!r}>"


class _AsList:
    """In place of an index: the whole as a list."""


_AS_LIST = _AsList()


def is_whole(remote: Remote) -> bool:
    """Whether it is to be made a list of, and not an element."""
    return remote.part is _AS_LIST


def remotes_in(value: Any) -> Iterator[Remote]:
    """What lies on workers of a value that is made of lists and tuples."""
    if type(value) is Remote:
        yield value
    elif type(value) in (list, tuple):
        for element in value:
            yield from remotes_in(element)


def with_parts(value: Any, value_of: Callable[[Remote], Any]) -> Any:
    """A value that is made of lists and tuples, with what lies on workers put in.

    >>> with_parts([1, (2, Remote(0, None, "three"))], lambda _: 3)
    [1, (2, 3)]
    """
    if type(value) is Remote:
        return value_of(value)
    if type(value) is list:
        return [with_parts(element, value_of) for element in value]
    if type(value) is tuple:
        return tuple([with_parts(element, value_of) for element in value])
    return value
