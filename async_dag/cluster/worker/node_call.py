"""`NodeCall`: the call of one node as it travels to a worker, and what Dask runs there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from async_dag.cluster.worker.names import PLUGIN
from async_dag.cluster.worker.pickled import Pickled, loaded_function

Argument = Any
"""Where an argument comes from. 0 and up count what Dask hands over, -1 and down the call's constants;
a tuple of these is a list of them, as `collect` makes, and an `AsTuple` a tuple."""


class AsTuple(NamedTuple):
    """A tuple of several arguments, as `zip` and `product` make."""

    parts: tuple[Argument, ...]


Bound = tuple[Callable[..., Any], list[Any], dict[str, Any]]
"""A function, its positional arguments and its keywords."""


class NodeCall(NamedTuple):
    """All that a worker must know of a node.

    Attributes:
        run: the name of the run.
        node: its index.
        name: its name.
        function: its function, or where it lies among what Dask hands over.
        arguments: where its arguments come from, those with a keyword last.
        keywords: the keywords of the last of them.
        constants: a pickled tuple of small values, or None.
        in_slot: whether it is a plain function, which occupies a slot of the worker while it runs.
        timeout: seconds for one attempt, or None.
        retry: the pickled function that makes the retrying, or None.
        asks: what the client wants to know of its value: see `facts`.
    """

    run: str
    node: int
    name: str
    function: Pickled | int
    arguments: tuple[Argument, ...]
    keywords: tuple[str, ...]
    constants: Pickled | None
    in_slot: bool
    timeout: float | None
    retry: Pickled | None
    asks: int = 0

    def bind(self, values: Sequence[Any]) -> Bound:
        """The function, and its arguments, given the values that Dask hands over.

        >>> import pickle
        >>> call = NodeCall("run", 0, "print", Pickled(pickle.dumps(print)), (0, (0, 1), -1), ("sep",),
        ...                 Pickled(pickle.dumps((";",))), False, None, None)
        >>> call.bind(["a", "b"])
        (<built-in function print>, ['a', ['a', 'b']], {'sep': ';'})
        """
        function = self.function
        called = values[function] if isinstance(function, int) else loaded_function(function)
        constants = () if self.constants is None else self.constants.load()
        filled = [_filled(argument, values, constants) for argument in self.arguments]
        if not self.keywords:
            return called, filled, {}
        first = len(filled) - len(self.keywords)
        return called, filled[:first], dict(zip(self.keywords, filled[first:], strict=True))


def _filled(argument: Any, values: Sequence[Any], constants: Sequence[Any]) -> Any:
    if type(argument) is tuple:
        return [_filled(element, values, constants) for element in argument]
    if type(argument) is AsTuple:
        return tuple([_filled(element, values, constants) for element in argument.parts])
    return values[argument] if argument >= 0 else constants[-argument - 1]


def run_node(call: NodeCall, /, *values: Any) -> Any:
    """What a Dask task does that runs a node: the value of the node."""
    from distributed import get_worker

    return get_worker().plugins[PLUGIN].run(call, values)  # type: ignore[attr-defined]
