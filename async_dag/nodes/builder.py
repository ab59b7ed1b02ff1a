"""`GraphBuilder`: the nodes of a manager while they are added, and what `sort` compiles them to."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from operator import itemgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from async_dag._common.shortening import short_repr
from async_dag.errors import (
    CycleError,
    ForeignNodeError,
    LifecycleError,
    WrongArgumentError,
    WrongTypeError,
)
from async_dag.graph import algorithms
from async_dag.graph.graph import Kind
from async_dag.nodes.compiled import CompiledGraph, compile_graph
from async_dag.nodes.functions import call_error, positional_range, task_name
from async_dag.nodes.names import NodeNames
from async_dag.nodes.nesting import CONTAINERS, NEVER_ARGUMENTS, may_hold_nodes, node_inside
from async_dag.nodes.node import TaskNode
from async_dag.nodes.options import NodeOptions
from async_dag.nodes.scopes import Scopes
from async_dag.nodes.slots import distinct_nodes

if TYPE_CHECKING:
    from async_dag.graph.choices import Choice
    from async_dag.manager.manager import TaskManager
    from async_dag.nodes.map_spec import MapSpec
    from async_dag.nodes.spaces import Space

P = TypeVar("P")
T = TypeVar("T")

_new_node: Final = object.__new__


_NODE_AS_TEXT: Final = r"<\w*Node (?:'[^']*'|\"[^\"]*\")>"
"""The repr of a node. (Compiled on use: `import async_dag` does without.)"""


class GraphBuilder(Generic[P]):
    """The nodes of one manager, as columns: what node `i` calls is `tasks[i]`, and so on.

    A *slot* is where the value of an argument lies among the values of an invoke: the index of a node,
    or, counted from the end and so negative, the place of an immediate. The engine fills in arguments
    without asking which of the two a slot is.

    Attributes:
        manager: whose nodes they are.
        nodes: the nodes, in the order in which they were added.
        tasks: what each node calls; None for a node that never runs.
        slots: the slots of the positional arguments of each node.
        keyword_slots: the slots of the keyword arguments, of the nodes that have some.
        options: of the nodes that have some.
        after: of the nodes that wait for some whose values they don't take, the indices of these.
        projections: of the nodes that are one item of another one's value, its key.
        computes: what nodes that are no task do with the values they take; None makes a list of them.
        choices: the nodes that are one of two others, as a third one says; see `choice`.
        prefixes: of the nodes of a DAG that runs for each element how their names begin: the name of
            that DAG, and how many numbers the path of an element of it has; then those within it.
        maps: of the maps what their tasks take for one element.
        spaces: the spaces of collections that ordinary nodes give, by the index of these.
        with_attempts: the nodes with a timeout, a retry or a limit.
        constants: the immediates, in the order in which they were passed.
        parameter: the index of the parameter node, if somebody asked for it.
        names: the names of the nodes, made on use.
        scopes: the sub-DAGs, and which nodes lie in them.
        compiled: what `compile` made; None before.
    """

    def __init__(self, manager: TaskManager[P]) -> None:
        self.manager: TaskManager[P] = manager
        self.nodes: list[TaskNode[P, Any]] = []
        self.tasks: list[Any] = []
        self.slots: list[tuple[int, ...]] = []
        self.keyword_slots: dict[int, dict[str, int]] = {}
        self.options: dict[int, NodeOptions] = {}
        self.after: dict[int, tuple[int, ...]] = {}
        self.projections: dict[int, object] = {}
        self.computes: dict[int, Callable[..., Any]] = {}
        self.choices: dict[int, None] = {}
        self.maps: dict[int, MapSpec] = {}
        self.prefixes: dict[int, tuple[tuple[str, int], ...]] = {}
        self.spaces: dict[int, Space] = {}
        self.with_attempts: list[int] = []
        self.constants: list[object] = []
        self.parameter: int | None = None
        self.names: NodeNames = NodeNames(self)
        self.scopes: Scopes = Scopes()
        self.compiled: CompiledGraph[P] | None = None
        self._argument_ranges: dict[FunctionType, tuple[int, float]] = {}
        self._projected: dict[tuple[int, type[Any], object], int] = {}

    def add(
        self,
        task: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        options: NodeOptions | None,
    ) -> TaskNode[P, Any]:
        """Add a node that calls `task`; raises what `add_node` raises."""
        if self.compiled is not None:
            self.refuse_if_compiled("add_node")
        if options is not None and options.at_once is not None:
            raise WrongArgumentError(
                "options(at_once=) says how many elements of a map may be in progress at once, and "
                "add_node adds a single task; for nodes that share a bound, see options(limit=)"
            )
        if options is not None and options.key is not None:
            raise WrongArgumentError(
                "options(key=) tells the elements of a map apart where an earlier result is reused, "
                "and add_node adds a single task, which is known by its place in the graph"
            )
        # Most nodes call a plain async function that other nodes call too, by position alone: how many
        # arguments it takes is looked up, at a tenth of the price of a full check.
        allowed = self._argument_ranges.get(task) if type(task) is FunctionType else None
        if allowed is None or kwargs or not allowed[0] <= len(args) <= allowed[1]:
            self._check_call(task, args, kwargs)
        slots = tuple(
            [
                argument._index
                if type(argument) is TaskNode and argument._builder is self
                else self.slot(argument, task)
                for argument in args
            ]
        )
        keyword_slots = (
            {key: self.slot(argument, task) for key, argument in kwargs.items()} if kwargs else None
        )
        # As `add_unchecked`, inlined: half of the cost of a large graph is building it.
        nodes = self.nodes
        index = len(nodes)
        node: TaskNode[P, Any] = _new_node(TaskNode)  # at half the price of `TaskNode(self, index)`
        node._builder = self
        node._index = index
        nodes.append(node)
        self.tasks.append(task)
        self.slots.append(slots)
        if keyword_slots is not None:
            self.keyword_slots[index] = keyword_slots
        if options is not None:
            self._set_options(index, options)
        return node

    def add_unchecked(
        self,
        task: Callable[..., Any] | None,
        slots: tuple[int, ...],
        keyword_slots: dict[str, int] | None = None,
        options: NodeOptions | None = None,
    ) -> TaskNode[P, Any]:
        """Add a node whose arguments are in these slots, which may be those of later nodes."""
        node: TaskNode[P, Any] = TaskNode(self, len(self.nodes))
        self.append(node, task, slots, keyword_slots, options)
        return node

    def append(
        self,
        node: TaskNode[P, Any],
        task: Callable[..., Any] | None,
        slots: tuple[int, ...],
        keyword_slots: dict[str, int] | None,
        options: NodeOptions | None,
    ) -> None:
        """Add a node that was made with the next index."""
        self.nodes.append(node)
        self.tasks.append(task)
        self.slots.append(slots)
        if keyword_slots:
            self.keyword_slots[node.index] = keyword_slots
        if options is not None:
            self._set_options(node.index, options)

    def _set_options(self, index: int, options: NodeOptions) -> None:
        self.options[index] = options
        if options.retry is not None:
            self._refuse_retry_of_stream(index)
        if options.after:
            self.after[index] = tuple(dict.fromkeys(node.index for node in options.after))
        if options.has_attempts:
            self.with_attempts.append(index)

    def _refuse_retry_of_stream(self, index: int) -> None:
        from async_dag.nodes.streaming import generator_of

        if generator_of(self.tasks[index]) is not None:
            raise WrongArgumentError(
                f"streaming node {task_name(self.tasks[index])!r} can't be retried, since maps have "
                "begun with what it yielded before it failed; retry within the generator"
            )

    def _check_call(self, task: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if isinstance(task, partial) and (inner := node_inside(task)) is not None:
            raise WrongArgumentError(
                f"node {inner.name!r} was passed to {task_name(task)} inside a partial, where its "
                "value can't be filled in; pass it to add_node instead: add_node(function, node)"
            )
        error = call_error(task, args, kwargs)
        if error is not None:
            raise error
        for default in getattr(task, "__defaults__", None) or ():
            if isinstance(default, TaskNode):
                raise WrongArgumentError(
                    f"node {default.name!r} is the default of a parameter of {task_name(task)}, where "
                    "its value can't be filled in; pass it to add_node instead: add_node(function, "
                    "node)"
                )
        if type(task) is FunctionType:
            allowed = positional_range(task)
            if allowed is not None:
                self._argument_ranges[task] = allowed

    def slot(self, argument: object, taker: Callable[..., Any] | str) -> int:
        """The slot of an argument; `taker` is what it is passed to, a task or a call of ours."""
        if isinstance(argument, TaskNode):
            if argument._builder is not self:
                raise ForeignNodeError(
                    f"node {argument.name!r}, passed to {_called(taker)}, belongs to another "
                    "TaskManager; a DAG can only use its own nodes: pass the value instead, or add the "
                    "task to this manager as well"
                )
            return argument._index
        if may_hold_nodes(argument) and (inner := node_inside(argument)) is not None:
            kind = type(argument).__name__
            cure = (
                "pass tm.collect([a, b, c]), a node whose value is the list of theirs"
                if isinstance(argument, CONTAINERS)
                else f"make the {kind} in a task that takes the node"
            )
            raise WrongArgumentError(
                f"node {inner.name!r} was passed to {_called(taker)} inside a {kind}, where its value "
                f"can't be filled in; {cure}, or pass the nodes as arguments of their own"
            )
        if type(argument) is str and "Node " in argument:
            self._refuse_node_as_text(argument, taker)
        elif type(argument) in NEVER_ARGUMENTS:
            given, instead = short_repr(argument), NEVER_ARGUMENTS[type(argument)]
            if isinstance(argument, Coroutine):
                argument.close()  # else Python warns that it was never awaited
            raise WrongTypeError(f"{given} was passed to {_called(taker)}: {instead}")
        return self.constant(argument)

    def _refuse_node_as_text(self, text: str, taker: Callable[..., Any] | str) -> None:
        """Raise an error about a text such as `f"https://a.org/{node}"`, which has no value in it."""
        for written in re.findall(_NODE_AS_TEXT, text):
            if any(repr(node) == written for node in self.nodes):
                raise WrongArgumentError(
                    f"{written} stands in a text that was passed to {_called(taker)}, where its value "
                    "can't be filled in, as it is not known before the DAG runs; make the text in a "
                    "task that takes the node"
                )

    def constant(self, value: object) -> int:
        """The slot of an immediate."""
        self.constants.append(value)
        return -len(self.constants)

    def add_parameter(self) -> TaskNode[P, P]:
        """The parameter node, which is added when it is first asked for."""
        if self.parameter is None:
            self.refuse_if_compiled("parameter_node")
            self.parameter = self.add_unchecked(None, ()).index
        return self.nodes[self.parameter]

    def add_immediate(self, value: T, options: NodeOptions | None = None) -> TaskNode[P, T]:
        """Add a node whose value is `value`."""
        self.refuse_if_compiled("add_immediate_node")
        if (inner := node_inside([value])) is not None:
            raise WrongArgumentError(
                f"add_immediate_node takes a value, but was given node {inner.name!r}; pass the node "
                "itself where its value is needed, or tm.collect([a, b, c]) for a list of values"
            )
        return self.add_unchecked(None, (self.constant(value),), None, options)

    def owns(self, node: TaskNode[Any, Any]) -> bool:
        """Whether it is one of these nodes."""
        return node._builder is self

    def kind_of(self, index: int) -> Kind:
        """What kind of node that is."""
        if self.tasks[index] is not None:
            return "map" if index in self.maps else "task"
        if index == self.parameter:
            return "parameter"
        if index in self.choices:
            return "choice"
        if self.has_items(index):
            return "map"
        if index in self.computes:
            return "collect"
        slots = self.slots[index]
        return "immediate" if slots and slots[0] < 0 else "collect"

    def has_items(self, index: int) -> bool:
        """Whether a node is a map that does something for each element: calls its task, or chooses."""
        spec = self.maps.get(index)
        return spec is not None and (self.tasks[index] is not None or spec.sides is not None)

    def dependencies_of(self, index: int) -> Sequence[int]:
        """The nodes that a node depends on, each once, in the order in which they were passed."""
        taken = distinct_nodes(self.slots[index], self.keyword_slots.get(index))
        after = self.after.get(index)
        return taken if after is None else list(dict.fromkeys([*taken, *after]))

    def gates_of(self, index: int) -> Sequence[int]:
        """The nodes that a map or choice itself waits for: all items of a map, a choice for its flag.

        What else it takes it takes item by item, or of one side alone.
        """
        if index in self.choices:
            flag = self.choice(index).flag
            gates = [] if flag is None else [flag]
        else:
            gates = self.maps[index].gates
        return list(dict.fromkeys([*gates, *self.after.get(index, ())]))

    def choice(self, index: int) -> Choice:
        """What a choice takes: its slots are its flag and its two sides."""
        flag, then, other = (slot if slot >= 0 else None for slot in self.slots[index])
        from async_dag.graph.choices import Choice

        return Choice(flag, then, other)

    def project(self, index: int, key: object) -> TaskNode[P, Any]:
        """The node whose value is that item of a node's value; the same for the same key."""
        try:
            known = self._projected.get((index, type(key), key))
        except TypeError:  # not hashable, such as a slice in older versions of Python
            known = None
        if known is not None:
            return self.nodes[known]
        self.refuse_if_compiled(f"{self.names[index]}[{short_repr(key)}]")
        if isinstance(key, TaskNode):
            raise WrongTypeError(
                f"{self.names[index]}[...] takes a key, not node {key.name!r}; a key that is known "
                "only when the DAG runs needs a task that takes both"
            )
        node = self.add_unchecked(None, (index,))
        self.set_projection(node.index, key)
        with suppress(TypeError):
            self._projected[index, type(key), key] = node.index
        return node

    def set_projection(self, index: int, key: object) -> None:
        """Let a node be that item of the value it takes."""
        self.projections[index] = key
        self.computes[index] = itemgetter(key)

    def compile(self, clock: Callable[[], float]) -> None:
        """Make `compiled`; raises `CycleError` if there is a cycle."""
        compiled, forward = compile_graph(self, clock)
        if forward:
            cycle = algorithms.find_cycle(
                [self.dependencies_of(index) for index in range(len(self.nodes))]
            )
            if cycle is not None:
                raise CycleError([self.names[index] for index in cycle])
        self.compiled = compiled
        self._argument_ranges.clear()

    def refuse_if_compiled(self, what: str) -> None:
        """Raise `LifecycleError` for a node that comes too late."""
        if self.compiled is not None:
            raise LifecycleError(
                f"{what} came after sort: a sorted manager is complete; make all nodes before sort(), "
                "within the 'with build_dag()' block"
            )


def _called(taker: Callable[..., Any] | str) -> str:
    return taker if isinstance(taker, str) else task_name(taker)
