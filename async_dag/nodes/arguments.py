"""Which argument of a node's task comes from where: from another node, or as it is (an immediate)."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import BuiltinFunctionType, FunctionType
from typing import Any, Final, NamedTuple

from async_dag.nodes.functions import positional_names
from async_dag.nodes.limits import limit_size
from async_dag.nodes.node import TaskNode
from async_dag.nodes.options import NodeOptions
from async_dag.nodes.spaces import Whole

_ROLES: Final = ("if", "then", "else")
"""What the arguments of a choice are."""

_LARGE: Final = 1000
"""Elements of a container beyond which not even its first few are looked at."""


class Argument(NamedTuple):
    """One argument of a node."""

    key: int | str  # its position, or its keyword
    node: int | None  # the index of the node whose value it is; None: an immediate
    value: object  # the immediate


def arguments_of(node: TaskNode[Any, Any]) -> Iterator[Argument]:
    """The arguments of a node's task as they were passed to `add_node`.

    Those of a `collect` node are the nodes it collects; an immediate node's one argument is its value.
    """
    builder, index = node._builder, node._index
    constants = builder.constants
    slots: list[tuple[int | str, int]] = [
        *enumerate(builder.slots[index]),
        *builder.keyword_slots.get(index, {}).items(),
    ]
    for key, slot in slots:
        if slot >= 0:
            yield Argument(key, slot, None)
        else:  # immediates lie behind one another, in the order they were passed
            yield Argument(key, None, constants[-slot - 1])


class _Brief(reprlib.Repr):
    """A repr of a few dozen characters, which does not walk through a million elements for them."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 2
        self.maxstring = self.maxother = self.maxlong = 40

    def repr1(self, x: Any, level: int) -> str:
        if type(x) in (dict, set, frozenset) and len(x) > _LARGE:  # those are sorted first
            return f"<{type(x).__name__} of {len(x):,}>"
        try:
            return super().repr1(x, level)
        except Exception:  # noqa: BLE001 - whatever a foreign repr does, the picture is drawn
            return f"<{type(x).__name__}>"

    def repr_instance(self, x: Any, level: int) -> str:
        # An address in memory says nothing, and would differ from run to run.
        if isinstance(x, (type, FunctionType, BuiltinFunctionType)):
            return x.__name__
        shown_by: object = type(x).__repr__
        if shown_by is object.__repr__:
            return f"<{type(x).__name__}>"
        # Of a table or an array the shape says more than its first numbers.
        shape = getattr(x, "shape", None)
        if isinstance(shape, tuple) and shape and all(isinstance(size, int) for size in shape):
            return f"{type(x).__name__} {' × '.join(f'{size:,}' for size in shape)}"
        return _shortened(repr(x))

    def repr_bytes(self, x: bytes, level: int) -> str:
        return repr(x[: self.maxstring])  # the repr of a megabyte takes its time

    repr_bytearray = repr_bytes


def _shortened(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most // 2]}...{text[-(most // 2 - 3) :]}"


_brief = _Brief()


def brief(value: object) -> str:
    """A short repr of an immediate; it never fails.

    >>> brief("users.csv"), brief(list(range(100))), brief(dict.fromkeys(range(5000)))
    ("'users.csv'", '[0, 1, 2, 3, 4, 5, ...]', '<dict of 5,000>')
    """
    return _brief.repr(value)


def immediates_text(node: TaskNode[Any, Any]) -> str:
    """The immediates of a node in one line: `'users.csv', by=2.5`; empty if it has none.

    A number, bool or None has the name of its parameter before it, as it says little by itself.
    """
    spec = node._builder.maps.get(node._index)
    if spec is not None and spec.sides is not None:
        parts = zip(_ROLES, (spec.arguments[0], *spec.sides), strict=True)
        return _plain_parts(
            (role, node._builder.constants[~part.slot])
            for role, part in parts
            if isinstance(part, Whole) and part.slot < 0
        )
    immediates = [argument for argument in arguments_of(node) if argument.node is None]
    if not immediates:
        return ""
    if node._index in node._builder.choices:
        return _plain_parts((_ROLES[int(a.key)], a.value) for a in immediates)
    parameters = positional_names(task_of(node))
    return ", ".join(
        f"{name}={brief(argument.value)}"
        if (name := _shown_name(argument, parameters)) is not None
        else brief(argument.value)
        for argument in immediates
    )


def _plain_parts(parts: Iterable[tuple[str, object]]) -> str:
    """The plain values that a choice takes: `else None`."""
    return ", ".join(f"{role} {brief(value)}" for role, value in parts)


def _shown_name(argument: Argument, parameters: Sequence[str]) -> str | None:
    """The name to show before an argument, if it needs one."""
    if isinstance(argument.key, str):
        return argument.key
    is_bare = argument.value is None or isinstance(argument.value, (int, float, complex))
    return parameters[argument.key] if is_bare and argument.key < len(parameters) else None


def options_text(node: TaskNode[Any, Any], limit: str | None) -> str:
    """The options of a node that change how it runs: `limit Semaphore (4), timeout 5 s, may retry`.

    `limit` is what its limit is called, as in `Graph.limits`.
    """
    options = options_of(node)
    if options is None:
        return ""
    parts = []
    if limit is not None:
        size = limit_size(options.limit)
        parts.append(f"limit {limit}" if size is None else f"limit {limit} ({size})")
    if options.timeout is not None:
        parts.append(f"timeout {options.timeout:g} s")
    if options.retry is not None:
        parts.append("may retry")
    return ", ".join(parts)


def task_of(node: TaskNode[Any, Any]) -> Callable[..., Any] | None:
    """What a node calls; None for a node that never runs."""
    task: Callable[..., Any] | None = node._builder.tasks[node._index]
    return task


def options_of(node: TaskNode[Any, Any]) -> NodeOptions | None:
    """The options that a node was added with; None if there were none."""
    return node._builder.options.get(node._index)


def is_item(node: TaskNode[Any, Any]) -> bool:
    """Whether a node is one item of another one's value, such as `node["key"]`."""
    return node._index in node._builder.projections


def item_of(node: TaskNode[Any, Any]) -> object:
    """Which item of that value it is."""
    return node._builder.projections[node._index]
