"""`ItemKeys`: which earlier element a new one is, by the keys that `options(key=)` tells."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from async_dag._common.shortening import short_repr


class ItemKeys:
    """The keys of the elements of one map, earlier and new.

    A key that several elements of either collection have doesn't tell which is which, so it identifies
    none of them. Of a collection that arrives element by element only those so far are known.

    Args:
        name: the name of the map.
        key: the function of an element.
        earlier: the earlier elements.
        new: the new ones, as far as they are known.
    """

    __slots__ = ("_earlier", "_has_warned", "_key", "_keys", "_name", "_new")

    def __init__(
        self,
        name: str,
        key: Callable[[Any], Hashable],
        earlier: Sequence[Any],
        new: Sequence[Any],
    ) -> None:
        self._name = name
        self._key = key
        self._has_warned = False
        self._keys: dict[int, Hashable] = {}  # by the index of a new element
        self._new: dict[Hashable, int | None] = {}
        self._earlier: dict[Hashable, int | None] = {}
        for index, element in enumerate(earlier):
            _note(self._earlier, self._key_of(element), index)
        self._note_new(0, new)

    def origins(self, start: int, elements: Sequence[Any]) -> list[int | None]:
        """The indices that new elements had earlier; None for one that is not known to be there.

        Args:
            start: the index of the first of them.
            elements: they themselves.
        """
        self._note_new(start, elements)
        keys = [self._keys[index] for index in range(start, start + len(elements))]
        return [None if self._new[key] is None else self._earlier.get(key) for key in keys]

    def _note_new(self, start: int, elements: Sequence[Any]) -> None:
        for index, element in enumerate(elements, start):
            if index not in self._keys:
                key = self._keys[index] = self._key_of(element)
                _note(self._new, key, index)

    def _key_of(self, element: Any) -> Hashable:
        try:
            key = self._key(element)
            hash(key)
        except Exception as error:  # noqa: BLE001 - whatever a foreign function does
            self._warn(element, error)
            return _NoKey()
        return key

    def _warn(self, element: Any, error: Exception) -> None:
        if self._has_warned:
            return
        self._has_warned = True
        warnings.warn(
            f"options(key=) of map {self._name!r} takes a function that returns a hashable key of an "
            f"element; for {short_repr(element)} it raised {short_repr(error)}, so such elements are "
            "not reused: their items run again",
            RuntimeWarning,
            stacklevel=2,
        )


class _NoKey:
    """Equal to no other key."""


def _note(indices: dict[Hashable, int | None], key: Hashable, index: int) -> None:
    """Note which element has a key; None if several have it."""
    indices[key] = None if key in indices else index
