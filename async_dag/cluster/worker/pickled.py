"""`Pickled`: a function or a value on its way, which only the worker that needs it unpickles."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from functools import lru_cache
from typing import Any


class Pickled:
    """A pickle, with its large buffers beside it.

    The scheduler holds it as it is, so it needs none of the user's modules. Buffers, such as those of
    an array, are never copied on the way.

    >>> Pickled.of([1, 2], pickle.dumps).load()
    [1, 2]
    """

    __slots__ = ("buffers", "data")

    def __init__(self, data: bytes, buffers: Sequence[Any] = ()) -> None:
        self.data: bytes = data
        self.buffers: Sequence[Any] = buffers

    @classmethod
    def of(cls, value: object, dumps: Any) -> Pickled:
        """A value, pickled by a function like `pickle.dumps`; raises whatever that raises."""
        buffers: list[Any] = []
        data = dumps(value, protocol=5, buffer_callback=buffers.append)
        return cls(data, buffers)

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data) + sum(memoryview(buffer).nbytes for buffer in self.buffers)

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + self.size

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return Pickled, (self.data, [pickle.PickleBuffer(buffer) for buffer in self.buffers])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pickled):
            return NotImplemented
        return self is other or (self.data == other.data and not self.buffers and not other.buffers)

    def __hash__(self) -> int:
        return hash(self.data)

    def load(self) -> Any:
        """What was pickled."""
        return pickle.loads(self.data, buffers=self.buffers)


@lru_cache(maxsize=1024)
def loaded_function(pickled: Pickled) -> Any:
    """A function, unpickled once in a process, so that what it keeps in its module is kept."""
    return pickled.load()


def load(pickled: Pickled) -> Any:
    """What a Dask task does that brings a shared value to a worker."""
    return pickled.load()


def load_function(pickled: Pickled) -> Any:
    """The same for a shared function."""
    return loaded_function(pickled)
