"""Which of its arguments a task never looks at, as far as its code tells."""

from __future__ import annotations

import dis
import inspect
from functools import lru_cache
from types import CodeType, FunctionType, MethodType
from typing import Any, Final

from async_dag.nodes.node import TaskNode
from async_dag.nodes.slots import distinct_nodes

_SEE_ALL: Final = frozenset({"locals", "vars", "eval", "exec", "dir"})
"""Whoever calls one of these may look at any argument."""

_LOADS: Final = ("LOAD_FAST", "LOAD_DEREF", "LOAD_CLOSURE")


def unread_dependencies(node: TaskNode[Any, Any]) -> frozenset[int] | None:
    """The indices of the dependencies whose values the node's function never looks at.

    None where that can't be known: for callable objects, partials, and code that may look at anything.
    """
    builder, index = node._builder, node._index
    task: Any = builder.tasks[index]
    slots: list[int | None] = [*builder.slots[index]]
    if isinstance(task, MethodType):
        task = task.__func__
        slots.insert(0, None)  # the object itself
    if not isinstance(task, FunctionType):
        return None
    read = _read_by(task.__code__)
    if read is None:
        return None
    names = _parameters(task.__code__, len(slots))
    looked_at = {slot for slot, name in zip(slots, names, strict=True) if name in read}
    keyword_slots = builder.keyword_slots.get(index)
    if keyword_slots is not None:
        others = inspect.signature(task, follow_wrapped=False).parameters
        keywords = {
            name for name, other in others.items() if other.kind is inspect.Parameter.VAR_KEYWORD
        }
        for name, slot in keyword_slots.items():
            if name in read or (name not in others and keywords & read):
                looked_at.add(slot)
    taken = distinct_nodes(builder.slots[index], keyword_slots)
    return frozenset(taken) - looked_at - frozenset(builder.after.get(index, ()))


def _parameters(code: CodeType, count: int) -> list[str]:
    """The names that so many positional arguments have in the function."""
    own = list(code.co_varnames[: min(code.co_argcount, count)])
    if len(own) < count:  # the rest goes into *args, which stands behind the keyword-only ones
        own += [code.co_varnames[code.co_argcount + code.co_kwonlyargcount]] * (count - len(own))
    return own


@lru_cache(maxsize=1024)
def _read_by(code: CodeType) -> frozenset[str] | None:
    """The local names that a function reads, itself or in functions within it; None if any may be."""
    if _SEE_ALL.intersection(code.co_names):
        return None
    read: set[str] = set()
    for instruction in dis.get_instructions(code):
        # Of local names, that is, not of attributes; from Python 3.13 on some load two at once.
        if any(kind in instruction.opname for kind in _LOADS):
            names = instruction.argval
            read.update(names if isinstance(names, tuple) else [names])
    return frozenset(name for name in read if isinstance(name, str))
