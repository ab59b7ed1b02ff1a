"""What a node does, in a form that can be compared with that of another manager, or of another process.

A node's recipe is a text, the nodes that it takes, and the values that it holds. The text has the
bytecode of its function, and of functions that this one closes over or has as defaults; where they were
written does not count. What a function calls by its global name is not looked into.
"""

from __future__ import annotations

import functools
import hashlib
import operator
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.dynamic_plan import MapPlan
from async_dag.nodes.spaces import At, Computed, Gathered, Picked, Previous, Space, Whole


class Recipe(NamedTuple):
    """What a node does.

    Attributes:
        text: its kind, its function, and how it takes its arguments.
        nodes: the nodes that it takes, or waits for.
        values: the values that it holds: plain arguments, what its function closes over, and defaults.
    """

    text: str
    nodes: tuple[int, ...]
    values: tuple[object, ...]

    @property
    def digest(self) -> str:
        """The text in short, the same in every process of this version of Python."""
        return hashlib.sha256(self.text.encode("utf-8", "backslashreplace")).hexdigest()


def recipes_of(compiled: CompiledGraph[Any], original: Callable[[Any], Any]) -> Iterator[Recipe]:
    """The recipes of all nodes, in their order.

    Args:
        compiled: the nodes.
        original: the plain function of a task that runs it off the loop, or the task itself.
    """
    known: dict[int, tuple[str, tuple[object, ...]]] = {}  # many nodes share one function
    for index, node in enumerate(compiled.nodes):
        writer = _Writer(compiled, original, known)
        writer.put(node.kind)
        task = compiled.tasks[index]
        plan = None if compiled.dynamic is None else compiled.dynamic.maps.get(index)
        if task is not None:
            writer.task(task)
        if plan is not None:
            writer.map(plan)
        else:
            for slot in compiled.slots[index]:
                writer.slot(slot)
            for name, slot in compiled.keyword_slots.get(index, {}).items():
                writer.put(name)
                writer.slot(slot)
        for other in compiled.after.get(index, ()):
            writer.put("after")
            writer.slot(other)
        compute = compiled.computes.get(index)
        if compute is not None:
            writer.value(compute)
        yield writer.recipe()


class _Writer:
    """Writes one recipe."""

    def __init__(
        self,
        compiled: CompiledGraph[Any],
        original: Callable[[Any], Any],
        known: dict[int, tuple[str, tuple[object, ...]]],
    ) -> None:
        self._compiled = compiled
        self._original = original
        self._known = known
        self._texts: list[str] = []
        self._nodes: list[int] = []
        self._values: list[object] = []
        self._within: list[
            object
        ] = []  # functions that are being written: they may hold themselves

    def recipe(self) -> Recipe:
        return Recipe("\n".join(self._texts), tuple(self._nodes), tuple(self._values))

    def put(self, text: object) -> None:
        self._texts.append(repr(text))

    def slot(self, slot: int) -> None:
        """An argument: the value of a node, or an immediate."""
        if slot >= 0:
            self._texts.append("node")
            self._nodes.append(slot)
        else:
            self.value(self._compiled.constants[slot])

    def task(self, task: object) -> None:
        """The function of a node."""
        known = self._known.get(id(task))
        if known is None:
            alone = _Writer(self._compiled, self._original, self._known)
            alone.value(task)
            known = "\n".join(alone._texts), tuple(alone._values)
            self._known[id(task)] = known
        self._texts.append(known[0])
        self._values += known[1]

    def value(self, value: object) -> None:
        """Something that a node or a function holds: functions by their code, all else by value."""
        value = self._original(value)
        if any(value is outer for outer in self._within):
            self._texts.append("itself")
            return
        self._within.append(value)
        if isinstance(value, functools.partial):
            self._texts.append("partial")
            for part in (value.func, *value.args):
                self.value(part)
            self._named(value.keywords)
        elif isinstance(value, types.FunctionType):
            self._function(value)
        elif isinstance(value, types.MethodType):
            self._texts.append("method")
            self.value(value.__func__)
            self.value(value.__self__)
        elif isinstance(value, (type, types.BuiltinFunctionType)):
            self.put((value.__module__, value.__qualname__))
        elif isinstance(value, operator.itemgetter):
            self._texts.append("item")
            for part in value.__reduce__()[1]:
                self.value(part)
        else:
            self._texts.append("value")
            self._values.append(value)
        self._within.pop()

    def _named(self, values: Mapping[str, object]) -> None:
        for name, value in values.items():
            self.put(name)
            self.value(value)

    def _function(self, function: types.FunctionType) -> None:
        self._texts += ["function", *_code_texts(function.__code__)]
        for default in function.__defaults__ or ():
            self.value(default)
        self._named(function.__kwdefaults__ or {})
        for cell in function.__closure__ or ():
            try:
                held = cell.cell_contents
            except ValueError:  # nothing is there yet
                self._texts.append("empty")
            else:
                self.value(held)

    def map(self, plan: MapPlan) -> None:
        """How a map takes its elements."""
        self.put("map")
        for argument in plan.arguments:
            self._expression(argument)
        for name, argument in plan.keywords.items():
            self.put(name)
            self._expression(argument)
        if plan.key is not None:
            self.put("key")
            self.value(plan.key)
        if plan.first is not None:
            self._expression(plan.first)
        if plan.sides is not None:
            self._expression(plan.sides)
        assert self._compiled.dynamic is not None
        self._expression(self._compiled.dynamic.spaces[plan.space].space)

    def _expression(self, part: object) -> None:
        """An argument in terms of an element, or a space."""
        self._texts.append(type(part).__name__)
        if isinstance(part, Whole):
            self.slot(part.slot)
        elif isinstance(part, At):
            self.slot(part.node)
            self._expression(part.space)
        elif isinstance(part, Gathered):
            self.slot(part.node)
            self._expression(part.space)
            self._expression(part.of)
        elif isinstance(part, Picked):
            self._expression(part.argument)
            self.value(part.key)
        elif isinstance(part, Computed):
            self.value(part.function)
            self._expression(part.parts)
        elif isinstance(part, Previous):  # the node is the map itself
            self._expression(part.first)
        elif isinstance(part, Space):
            self.put(part.flat)
            self._expression(part.source)
            if part.parent is not None:
                self._expression(part.parent)
        elif isinstance(part, tuple):
            for inner in part:
                self._expression(inner)


def _code_texts(code: types.CodeType) -> Iterator[str]:
    """Code without where it was written: the same lines further down in the file are the same code."""
    yield repr(
        (
            code.co_name,
            code.co_argcount,
            code.co_posonlyargcount,
            code.co_kwonlyargcount,
            code.co_flags,
            code.co_code.hex(),
            getattr(code, "co_exceptiontable", b"").hex(),
            code.co_names,
            code.co_varnames,
            code.co_freevars,
            code.co_cellvars,
        )
    )
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _code_texts(constant)
        elif isinstance(constant, frozenset):  # whose order differs from process to process
            yield repr(sorted(map(repr, constant)))
        else:
            yield f"{type(constant).__name__} {constant!r}"
