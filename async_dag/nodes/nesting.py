"""Finds nodes inside arguments, where nobody fills in their values."""

from __future__ import annotations

from collections import ChainMap, UserDict, UserList, deque
from collections.abc import Iterable
from functools import partial
from types import CoroutineType, MappingProxyType, MemberDescriptorType, NoneType, SimpleNamespace
from typing import Any

from async_dag.nodes.node import TaskNode

_MAPPINGS = (dict, MappingProxyType)
_VIEWS: tuple[type[Any], ...] = (type({}.keys()), type({}.values()), type({}.items()))
_ITERABLES: tuple[type[Any], ...] = (list, tuple, set, frozenset, deque, *_VIEWS)
_WRAPPERS = (ChainMap, UserDict, UserList)  # what they hold is in their attributes

CONTAINERS: tuple[type[Any], ...] = (*_MAPPINGS, *_ITERABLES, *_WRAPPERS)
_ATOMS = frozenset({int, float, bool, str, bytes, NoneType})  # most arguments

NEVER_ARGUMENTS: dict[type[Any], str] = {
    CoroutineType: "a coroutine runs once, and belongs to one run: tm.add_node(function, ...) makes a "
    "node, whose value is there in each run",
}
"""What a task is never given, by its type, with what to pass instead; higher floors add theirs."""


def node_inside(argument: object) -> TaskNode[Any, Any] | None:
    """A node inside a list, dict, dataclass and the like, at any depth; None if there is none.

    The types of the elements are looked at first, so a list of a million numbers is little work.
    """
    seen: set[int] = set()
    stack = [argument]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        elements = _elements(current)
        nested = {kind for kind in set(map(type, elements)) if _may_hold_nodes(kind)}
        if nested:
            for element in elements:
                if isinstance(element, TaskNode):
                    return element
                if type(element) in nested:
                    stack.append(element)
    return None


def may_hold_nodes(argument: object) -> bool:
    """Whether there can be a node inside an argument that is no node itself."""
    kind = type(argument)
    return kind not in _ATOMS and _may_hold_nodes(kind)


def _may_hold_nodes(kind: type[Any]) -> bool:
    kinds = (TaskNode, partial, SimpleNamespace, *CONTAINERS)
    return issubclass(kind, kinds) or _field_names(kind) is not None


def _elements(value: Any) -> list[Any]:
    if isinstance(value, _MAPPINGS):
        return [*value.keys(), *value.values()]
    if isinstance(value, _ITERABLES):
        return list(value)
    if isinstance(value, (SimpleNamespace, *_WRAPPERS)):
        return [*vars(value).values()]
    if isinstance(value, partial):
        return [*value.args, *value.keywords.values()]
    # Not by `getattr`, which may run code of the user's: a property, or a field that is computed.
    names = _field_names(type(value)) or ()
    state = getattr(value, "__dict__", {})
    return [state[name] if name in state else _in_slot(value, name) for name in names]


def _field_names(kind: type[Any]) -> Iterable[str] | None:
    """The names of the fields of a dataclass, or a class of attrs or pydantic; None for others."""
    fields: Any = getattr(kind, "__dataclass_fields__", None)  # a dict by name, as that of pydantic
    if fields is None:
        fields = getattr(kind, "__pydantic_fields__", None)
    if fields is None:
        attributes = getattr(kind, "__attrs_attrs__", None)
        fields = None if attributes is None else [attribute.name for attribute in attributes]
    return fields if isinstance(fields, (dict, list)) else None


def _in_slot(value: object, name: str) -> object:
    descriptor = getattr(type(value), name, None)
    if not isinstance(descriptor, MemberDescriptorType):
        return None
    try:
        return descriptor.__get__(value)
    except AttributeError:  # it was never set
        return None
