"""`CompiledGraph`: what `sort` makes of a manager's nodes, once for all that run them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from inspect import CO_COROUTINE
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from async_dag.graph.graph import Graph
from async_dag.nodes.functions import can_wait
from async_dag.nodes.graph_columns import BuilderColumns
from async_dag.nodes.node import TaskNode
from async_dag.nodes.options import NodeOptions
from async_dag.nodes.slots import distinct_nodes

if TYPE_CHECKING:
    from async_dag.manager.manager import TaskManager
    from async_dag.nodes.builder import GraphBuilder
    from async_dag.nodes.dynamic_plan import DynamicPlan

P = TypeVar("P")

Call = Callable[..., Coroutine[Any, Any, Any]]

_MOST_IN_TUPLE: Final = 8
"""Up to so many dependents of a node are kept in a tuple, of which the garbage collector loses sight.

A list it would visit again and again, for as long as the graph is there. Beyond that, making one more
tuple for each dependent costs more.
"""


class CompiledGraph(Generic[P]):
    """The nodes of a sorted manager as columns, the way the engine reads them: by index.

    What invokes, streams and baselines run. `only` and `with_roots` give a graph of the same nodes in
    which others start first, or wait for less.
    """

    # No named tuple, whose attributes cost ten times as much: an invoke reads some twenty of them.
    __slots__ = (
        "after",
        "calls",
        "clock",
        "computes",
        "constants",
        "dependents",
        "dynamic",
        "gates",
        "given",
        "graph",
        "keyword_slots",
        "manager",
        "missing",
        "never_wait",
        "nodes",
        "options",
        "parameter",
        "roots",
        "slots",
        "tasks",
        "with_attempts",
    )

    manager: TaskManager[P]
    graph: Graph  # what traces share
    clock: Callable[[], float]  # of their times
    nodes: Sequence[TaskNode[P, Any]]
    tasks: Sequence[Any]  # what each node calls; None for one that never runs
    calls: Sequence[Call | None]  # `tasks`, where that is a plain async function called by position
    never_wait: Collection[Call]  # those of `calls` in whose code there is nothing that waits
    slots: Sequence[tuple[int, ...]]  # where the arguments of each node lie among the values
    keyword_slots: Mapping[int, Mapping[str, int]]
    options: Mapping[int, NodeOptions]
    after: Mapping[int, Sequence[int]]  # nodes that must be done, though their values are not taken
    computes: Mapping[int, Callable[..., Any]]  # what nodes that are no task do with what they take
    with_attempts: Sequence[int]  # nodes with a timeout, a retry or a limit
    constants: Sequence[object]  # the immediates, as they follow the values of the nodes
    parameter: int | None
    given: Sequence[int]  # parameter and immediate nodes, which are done from the start
    roots: Sequence[int]  # nodes to run that wait for nothing
    missing: list[int]  # how many dependencies each node waits for, those given left out
    dependents: Sequence[Sequence[int]]
    gates: Mapping[int, Sequence[int]]  # of each map and choice what it waits for as a whole
    dynamic: DynamicPlan | None  # of the maps and choices, if there are some

    def __init__(self, **columns: Any) -> None:
        for name in self.__slots__:
            setattr(self, name, columns[name])

    def with_columns(self, **columns: Any) -> CompiledGraph[P]:
        """The same but for these columns."""
        same = {name: getattr(self, name) for name in self.__slots__}
        return CompiledGraph(**(same | columns))

    def dependencies_of(self, index: int) -> Sequence[int]:
        """The nodes that a node depends on, each once, in the order in which they were passed."""
        taken = distinct_nodes(self.slots[index], self.keyword_slots.get(index))
        after = self.after.get(index)
        return taken if after is None else list(dict.fromkeys([*taken, *after]))

    def owns(self, node: TaskNode[Any, Any]) -> bool:
        """Whether it is one of these nodes."""
        return node.index < len(self.nodes) and self.nodes[node.index] is node

    def only(self, runs: Collection[int]) -> CompiledGraph[P]:
        """A part of the nodes; what they need is among them or is there already."""
        missing = [0] * len(self.nodes)
        dependents: list[Sequence[int]] = [()] * len(self.nodes)
        roots: list[int] = []
        for index in sorted(runs):
            gates = self.gates.get(index)
            for dependency in self.dependencies_of(index) if gates is None else gates:
                if dependency in runs:
                    missing[index] += 1
            if not missing[index] and gates is None:
                roots.append(index)
            dependents[index] = [other for other in self.dependents[index] if other in runs]
        return self.with_columns(roots=roots, missing=missing, dependents=dependents)

    def with_dynamic(self, builder: GraphBuilder[P]) -> CompiledGraph[P]:
        """The same nodes, in which maps wait only for what all of their items need, choices for a flag.

        What they take element by element, or of one side alone, is up to the run.
        """
        from async_dag.nodes.dynamic_plan import make_dynamic_plan

        gates = {
            index: builder.gates_of(index)
            for index in sorted(builder.maps.keys() | builder.choices.keys())
            if index in builder.choices or builder.has_items(index)
        }
        missing = list(self.missing)
        dependents = [list(of) for of in self.dependents]
        is_given = set(self.given)
        for index, needed in gates.items():
            for dependency in self.dependencies_of(index):
                if dependency not in is_given:
                    dependents[dependency].remove(index)
            missing[index] = 0
            for dependency in needed:
                if dependency not in is_given:
                    dependents[dependency].append(index)
                    missing[index] += 1
        roots = [index for index in self.roots if index not in gates]
        return self.with_columns(
            roots=roots,
            missing=missing,
            dependents=dependents,
            gates=gates,
            dynamic=make_dynamic_plan(builder),
        )

    def without_edges(self) -> CompiledGraph[P]:
        """The same nodes, none of which makes another one ready; whoever runs them says which start."""
        return self.with_columns(roots=(), dependents=((),) * len(self.nodes))


def compile_graph(
    builder: GraphBuilder[P], clock: Callable[[], float]
) -> tuple[CompiledGraph[P], bool]:
    """The nodes compiled, and whether one depends on a later one: only then may there be a cycle.

    One loop over all nodes with everything inlined: more than half of what a large graph costs lies
    before its first invoke.
    """
    nodes, tasks, slots = builder.nodes, builder.tasks, builder.slots
    keyword_slots = builder.keyword_slots
    roots: list[int] = []
    missing = [0] * len(nodes)
    # Most nodes of a large graph have few dependents, and many none at all.
    dependents: list[Any] = [()] * len(nodes)
    calls: list[Call | None] = [None] * len(nodes)
    given = [
        index
        for index, task in enumerate(tasks)
        if task is None and builder.kind_of(index) in ("parameter", "immediate")
    ]
    is_given = frozenset(given)
    for index in given:
        dependents[index] = None  # until all is compiled: nobody waits for these
    is_plain: dict[FunctionType, bool] = {}  # many nodes share one function
    forward = False
    unusual = keyword_slots.keys() | builder.after.keys()
    for index, task in enumerate(tasks):
        needed: Collection[int] = slots[index]
        if unusual and index in unusual:
            needed = builder.dependencies_of(index)
        else:
            if type(task) is FunctionType:
                plain = is_plain.get(task)
                if plain is None:
                    plain = is_plain[task] = bool(task.__code__.co_flags & CO_COROUTINE)
                if plain:
                    calls[index] = task
            elif index in is_given:
                continue
            taken = len(needed)
            if taken > 1 and len({*needed}) < taken:
                needed = dict.fromkeys(needed)  # each once
        count = 0
        this = (index,)
        for dependency in needed:
            if dependency < 0:
                continue
            known = dependents[dependency]
            if known is None:
                continue
            if dependency >= index:
                forward = True  # only `from_networkx` can make one
            count += 1
            if len(known) < _MOST_IN_TUPLE:
                dependents[dependency] = known + this
            elif type(known) is list:
                known.append(index)
            else:
                dependents[dependency] = [*known, index]
        if count:
            missing[index] = count
        else:
            roots.append(index)
    for index in given:
        dependents[index] = ()
    for index in builder.with_attempts:
        calls[index] = None
    for index in builder.maps:
        calls[index] = None
    compiled: CompiledGraph[P] = CompiledGraph(
        manager=builder.manager,
        graph=Graph(BuilderColumns(builder), len(nodes)),
        clock=clock,
        nodes=nodes,
        tasks=tasks,
        calls=calls,
        never_wait={task for task, plain in is_plain.items() if plain and not can_wait(task)},
        slots=slots,
        keyword_slots=keyword_slots,
        options=builder.options,
        after=builder.after,
        computes=builder.computes,
        with_attempts=builder.with_attempts,
        constants=builder.constants[::-1],
        parameter=builder.parameter,
        given=given,
        roots=roots,
        missing=missing,
        dependents=dependents,
        gates={},
        dynamic=None,
    )
    if builder.maps or builder.choices:
        compiled = compiled.with_dynamic(builder)
    return compiled, forward
