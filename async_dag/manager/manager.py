"""`TaskManager` and `build_dag`: building a DAG and invoking it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from async_dag._common.names import nearest
from async_dag._common.plural import plural
from async_dag._common.shortening import short_repr
from async_dag.engine.result import ExecutionResult
from async_dag.engine.watch import Callback
from async_dag.errors import (
    CycleError,
    ForeignNodeError,
    LifecycleError,
    UnknownNodeError,
    WrongArgumentError,
    WrongTypeError,
)
from async_dag.graph import algorithms
from async_dag.graph.graph import Graph, Kind, Origin, UniqueNames
from async_dag.manager.invoke import Invoking
from async_dag.manager.options import OptionsBuilder
from async_dag.manager.signatures import AddNode
from async_dag.nodes.functions import call_error, positional_range, task_name, task_origin
from async_dag.nodes.limits import Limit, limit_names
from async_dag.nodes.node import TaskNode, needed_by
from async_dag.nodes.options import NodeOptions, Retry
from async_dag.nodes.plan import Plan, is_immediate, make_plan
from async_dag.nodes.unread_arguments import unread_dependencies

if TYPE_CHECKING:
    import networkx

    from async_dag.draw.graph_draw import GraphDraw

P = TypeVar("P")
T = TypeVar("T")

_CONTAINERS = (list, tuple, set, frozenset, dict)


class TaskManager(AddNode[P], Invoking[P]):
    """Builds a DAG of async tasks and runs it with all the parallelism its dependencies allow.

    `P` is the type of the parameter that `invoke` passes to the nodes that take `parameter_node`.
    Add nodes, call `sort` once (`build_dag` does it for you), then `invoke` as often as you like, also
    at once and on different event loops.

    Args:
        clock: where the trace's times come from: seconds that never go back. For tests with a virtual
            clock; leave it alone otherwise.

    >>> import asyncio
    >>> async def add(a: int, b: int) -> int:
    ...     return a + b
    >>> tm = TaskManager[int]()
    >>> five = tm.add_node(add, 2, 3)
    >>> total = tm.add_node(add, five, tm.parameter_node)
    >>> tm.sort()
    >>> result = asyncio.run(tm.invoke(37))
    >>> total.extract_result(result), result[five]
    (42, 5)
    """

    def __init__(self, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._nodes: list[TaskNode[P, Any]] = []
        self._constants: list[object] = []  # the immediates, in the order they were passed
        self._parameter: TaskNode[P, P] | None = None
        self._argument_ranges: dict[FunctionType, tuple[int, float]] = {}
        self._plan: Plan | None = None
        self._graph: Graph | None = None
        self._with_attempts: list[int] = []  # nodes with a timeout, a retry or a limit
        self._watchers: list[Callback] = []
        self._last_unfinished: ExecutionResult[P] | None = None
        # Names are made when they are first asked for: building a million nodes needs none.
        self._names: list[str] = []
        self._unique_names = UniqueNames()
        self._indices: dict[str, int] = {}
        self._names_lock = Lock()

    # Building

    def _add(
        self,
        task: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        options: NodeOptions | None = None,
    ) -> TaskNode[P, Any]:
        if self._plan is not None:
            self._refuse_after_sort("add_node")
        # Most nodes call a plain async function that other nodes call too, by position alone: how many
        # arguments it takes is looked up, at a tenth of the price of a full check.
        allowed = self._argument_ranges.get(task) if type(task) is FunctionType else None
        if allowed is None or kwargs or not allowed[0] <= len(args) <= allowed[1]:
            self._check_call(task, args, kwargs)
        slots = tuple(
            [
                argument._index
                if type(argument) is TaskNode and argument._manager is self
                else self._slot(argument, task)
                for argument in args
            ]
        )
        keyword_slots = (
            {key: self._slot(argument, task) for key, argument in kwargs.items()}
            if kwargs
            else None
        )
        # `_new_node`, spelt out: half of the cost of a large graph is building it.
        nodes = self._nodes
        node: TaskNode[P, Any] = TaskNode(self, len(nodes), task, slots, keyword_slots, options)
        nodes.append(node)
        return node

    def _check_call(self, task: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        error = call_error(task, args, kwargs)
        if error is not None:
            raise error
        if type(task) is FunctionType:
            allowed = positional_range(task)
            if allowed is not None:
                self._argument_ranges[task] = allowed

    def _slot(self, argument: object, task: Callable[..., Any]) -> int:
        """Where the value of an argument will lie among the values of an invoke."""
        if isinstance(argument, TaskNode):
            if argument._manager is not self:
                raise ForeignNodeError(
                    f"node {argument.name!r}, passed to {task_name(task)}, belongs to another "
                    "TaskManager; a DAG can only use its own nodes: pass the value instead, or add the "
                    "task to this manager as well"
                )
            return argument._index
        if isinstance(argument, _CONTAINERS) and (inner := _node_inside(argument)) is not None:
            raise WrongArgumentError(
                f"node {inner.name!r} was passed to {task_name(task)} inside a "
                f"{type(argument).__name__}, where its value can't be filled in; pass "
                "tm.collect([a, b, c]), a node whose value is the list of theirs, or pass the nodes as "
                "arguments of their own"
            )
        return self._constant(argument)

    def _constant(self, value: object) -> int:
        self._constants.append(value)
        return -len(self._constants)

    def _new_node(
        self,
        task: Callable[..., Any] | None,
        slots: tuple[int, ...],
        keyword_slots: dict[str, int] | None = None,
        options: NodeOptions | None = None,
    ) -> TaskNode[P, Any]:
        nodes = self._nodes
        node: TaskNode[P, Any] = TaskNode(self, len(nodes), task, slots, keyword_slots, options)
        nodes.append(node)
        return node

    @property
    def parameter_node(self) -> TaskNode[P, P]:
        """The node whose value is the parameter of `invoke`. It never runs; pass it to other nodes.

        Raises `LifecycleError` (a `ValueError`) if it is first asked for after `sort`.
        """
        if self._parameter is None:
            self._refuse_after_sort("parameter_node")
            self._parameter = self._new_node(None, ())
        return self._parameter

    def add_immediate_node(self, value: T) -> TaskNode[P, T]:
        """A node whose value is `value`; it never runs.

        Seldom needed: `add_node` takes plain values as they are. It is for a value that several nodes
        take and that should be one box in the diagram, or where a node is called for.

        Raises `WrongArgumentError` (a `ValueError`) if `value` is a node or a container of nodes.

        >>> import asyncio
        >>> async def length(text: str) -> int:
        ...     return len(text)
        >>> with build_dag() as tm:
        ...     text = tm.add_immediate_node("four")
        ...     how_long = tm.add_node(length, text)
        >>> asyncio.run(tm.invoke())[how_long]
        4
        """
        self._refuse_after_sort("add_immediate_node")
        if (inner := _node_inside([value])) is not None:
            raise WrongArgumentError(
                f"add_immediate_node takes a value, but was given node {inner.name!r}; pass the node "
                "itself where its value is needed, or tm.collect([a, b, c]) for a list of values"
            )
        return self._new_node(None, (self._constant(value),))

    def collect(self, nodes: Iterable[TaskNode[P, T]]) -> TaskNode[P, list[T]]:
        """A node whose value is the list of the values of `nodes`, in their order; it is no task.

        >>> import asyncio
        >>> async def square(n: int) -> int:
        ...     return n * n
        >>> async def total(numbers: list[int]) -> int:
        ...     return sum(numbers)
        >>> with build_dag() as tm:
        ...     squares = [tm.add_node(square, n) for n in range(4)]
        ...     sum_of_squares = tm.add_node(total, tm.collect(squares))
        >>> sum_of_squares.extract_result(asyncio.run(tm.invoke()))
        14
        """
        self._refuse_after_sort("collect")
        if isinstance(nodes, TaskNode) or not isinstance(nodes, Iterable):
            raise WrongTypeError(
                f"collect takes nodes in a list: tm.collect([a, b, c]); given was {short_repr(nodes)}"
            )
        collected: list[TaskNode[P, T]] = list(nodes)
        for node in collected:
            if not isinstance(node, TaskNode):
                raise WrongTypeError(
                    "collect takes nodes, such as add_node returns; among them was "
                    f"{short_repr(node)}"
                )
            if node._manager is not self:
                raise ForeignNodeError(
                    f"node {node.name!r}, passed to collect, belongs to another TaskManager"
                )
        return self._new_node(None, tuple(node._index for node in collected))

    def options(
        self,
        *,
        name: str | None = None,
        group: str | None = None,
        timeout: float | None = None,
        retry: Retry | None = None,
        limit: Limit | None = None,
    ) -> OptionsBuilder[P]:
        """Options for nodes, as a builder whose `add_node` is typed like the manager's.

        A builder can be used for many nodes, and its own `options` changes some of it for others:
        `http = tm.options(limit=api)`, then `http.options(timeout=2).add_node(...)`.

        Args:
            name: what the nodes are called instead of their function's name; a second node of that
                name gets `_2` behind it.
            group: what pictures show as one: a frame around the nodes in diagrams.
            timeout: seconds that one attempt of a node may take, by `asyncio.timeout`; then it fails
                with `NodeTimeoutError` (a `TimeoutError`). A task that holds the event loop can't be
                interrupted.
            retry: a function that makes what decides about further attempts: an async iterator of
                context managers, one for each attempt, as `stamina.retry_context(on=OSError)` and
                tenacity's `AsyncRetrying` are. It is called anew for each node that starts. (For
                tenacity: `retry=lambda: AsyncRetrying(stop=stop_after_attempt(3), reraise=True)`.)
            limit: an async context manager to run in, which nodes may share: `asyncio.Semaphore(4)`,
                `anyio.CapacityLimiter(4)`, `aiolimiter.AsyncLimiter(10, 1)`.

        An attempt first gets its limit, then, if `invoke` has `max_concurrency`, its slot; its timeout
        starts after both. A pause between attempts holds neither.

        Raises `WrongTypeError` (a `TypeError`) or `WrongArgumentError` (a `ValueError`) for a value
        that can't be used.

        >>> import asyncio
        >>> async def fetch(url: str) -> bytes:
        ...     return b""
        >>> with build_dag() as tm:
        ...     users = tm.options(name="users").add_node(fetch, "/users")
        ...     http = tm.options(limit=asyncio.Semaphore(4))
        ...     posts = http.options(name="posts", timeout=2.0).add_node(fetch, "/posts")
        >>> users, tm["users"] is users, asyncio.run(tm.invoke())[posts]
        (<TaskNode 'users'>, True, b'')
        """
        return OptionsBuilder(
            self, NodeOptions(name=name, group=group, timeout=timeout, retry=retry, limit=limit)
        )

    def sort(self) -> None:
        """Check that the graph is a DAG and make the manager ready for `invoke`.

        To be called once, after the last node was added; `build_dag` does it. Raises `CycleError` (a
        `ValueError`) that names a cycle if there is one, `LifecycleError` (a `ValueError`) if the
        manager is sorted already.

        >>> tm = TaskManager()
        >>> tm
        <TaskManager of 0 nodes, not sorted yet>
        >>> tm.sort()
        >>> tm
        <TaskManager of 0 nodes, sorted>
        """
        if self._plan is not None:
            raise LifecycleError(
                "sort was called twice; once is enough (build_dag calls it at the end of its block), "
                "and the manager can be invoked as often as you like"
            )
        self._plan = self._make_plan()
        self._argument_ranges.clear()

    def _make_plan(self) -> Plan:
        plan, forward = make_plan(self._nodes, self._parameter)
        if forward:
            cycle = algorithms.find_cycle([needed_by(node) for node in self._nodes])
            if cycle is not None:
                raise CycleError([self._name_of(index) for index in cycle])
        return plan

    # Looking

    @property
    def nodes(self) -> tuple[TaskNode[P, Any], ...]:
        """All nodes in the order they were added, those that never run included."""
        return tuple(self._nodes)

    def __getitem__(self, name: str) -> TaskNode[P, Any]:
        """The node of that name. Raises `UnknownNodeError` (a `KeyError`), with the nearest names."""
        if not isinstance(name, str):
            raise WrongTypeError(
                f"tm[...] takes the name of a node, not {short_repr(name)}; by position: tm.nodes[0]"
            )
        self._make_names()
        index = self._indices.get(name)
        if index is None:
            raise UnknownNodeError(
                f"no node is called {short_repr(name)}{nearest(name, self._names)}"
            )
        return self._nodes[index]

    @property
    def graph(self) -> Graph:
        """The nodes as an immutable `Graph`, which the traces of all invokes share.

        Raises `LifecycleError` (a `ValueError`) before `sort`.
        """
        if self._plan is None:
            raise LifecycleError(
                "the graph of a manager is there once it is sorted: call sort() first"
            )
        if self._graph is None:
            self._graph = Graph(_Columns(self), len(self._nodes))
        return self._graph

    def to_networkx(self) -> networkx.DiGraph[Any]:
        """The graph as a `networkx.DiGraph`, to compute with; made anew at each call.

        Nodes are keyed by name. Their attributes: `kind`; `task`, `file` and `line` (where the task was
        written, None where unknown); `group`; `options` (a dict of those given); `depth` (the number of
        edges on the longest path that leads to it, None behind a cycle); `immediates` (the arguments
        that are no nodes, by position or keyword). Edges lead from a dependency to its dependent;
        their `arguments` are a tuple: the positions (int) and keywords (str) that a value is passed as.

        Works before `sort`, too. Raises `MissingExtraError` (an `ImportError`) without networkx.

        >>> async def add(a: int, b: int) -> int:
        ...     return a + b
        >>> with build_dag(int) as tm:
        ...     twice = tm.add_node(add, tm.parameter_node, tm.parameter_node)
        >>> graph = tm.to_networkx()
        >>> graph.edges["parameter", "add"], graph.nodes["add"]["depth"]
        ({'arguments': (0, 1)}, 1)
        """
        from async_dag.export.networkx import manager_to_networkx

        return manager_to_networkx(self)

    @staticmethod
    def from_networkx(
        graph: networkx.DiGraph[Any],
        task: Callable[..., Any] | Mapping[Any, Callable[..., Any]],
        *,
        order: str = "arguments",
    ) -> TaskManager[Any]:
        """A manager with a node for each node of a `networkx.DiGraph`; still to be sorted.

        Args:
            graph: any DAG; its edges lead from what is needed to who needs it. A node is called
                `str(node)`, and drawn within the group of its attribute `group` if it has one.
            task: an async function that is called for each node as `task(node, *values)`, with the
                values of the nodes that it depends on; or a mapping that has for each node an async
                function, called as `function(*values)`.
            order: the edge attribute that says which argument the value is: its position (an int), its
                keyword (a str), or a tuple of those. Edges without it are passed behind those with a
                position, in the order in which they were added.

        Returns:
            The manager. Add more nodes if you like, then call `sort`, which raises `CycleError` if the
            graph has a cycle. Of a graph that `to_networkx` made, the parameter, the immediates and
            the collects are again what they were.

        Raises:
            WrongTypeError: `graph` is no `DiGraph`, or an edge's attribute is neither int nor str (a
                `TypeError`).
            WrongArgumentError: a self-loop, two nodes of one name, an argument that two edges feed, or
                no task for a node (a `ValueError`).
            WrongTaskError: a task that can't be called with these arguments (a `TypeError`).
            MissingExtraError: networkx is not installed (an `ImportError`).

        >>> import asyncio, networkx
        >>> async def depth(node: str, *depths: int) -> int:
        ...     return 1 + max(depths, default=0)
        >>> graph = networkx.DiGraph([("a", "b"), ("b", "c"), ("a", "c")])
        >>> tm = TaskManager.from_networkx(graph, depth)
        >>> tm.sort()
        >>> asyncio.run(tm.invoke())[tm["c"]]
        3
        """
        from async_dag.export.networkx import manager_from_networkx

        return manager_from_networkx(graph, task, order)

    @property
    def draw(self) -> GraphDraw:
        """Pictures of the graph: `print(tm.draw.text())`."""
        from async_dag.draw.graph_draw import GraphDraw

        return GraphDraw(self)

    def __repr__(self) -> str:
        count = len(self._nodes)
        state = "not sorted yet" if self._plan is None else "sorted"
        return f"<TaskManager of {plural(count, 'node')}, {state}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        # What Jupyter asks for: the graph as a picture, and as text.
        from async_dag.draw.manager_cell import manager_bundle

        return manager_bundle(self, include, exclude)

    def _kind_of(self, index: int) -> Kind:
        node = self._nodes[index]
        if node._task is not None:
            return "task"
        if node is self._parameter:
            return "parameter"
        return "immediate" if is_immediate(node) else "collect"

    def _name_of(self, index: int) -> str:
        if index >= len(self._names):
            self._make_names()
        return self._names[index]

    def _make_names(self) -> None:
        with self._names_lock:  # a view may ask from a thread of its own
            for node in self._nodes[len(self._names) :]:
                options = node._options
                if options is not None and options.name is not None:
                    wanted = options.name
                elif node._task is not None:
                    wanted = task_name(node._task)
                else:
                    wanted = self._kind_of(node._index)
                name = self._unique_names.add(wanted)
                self._indices[name] = node._index
                self._names.append(name)

    def _refuse_after_sort(self, what: str) -> None:
        if self._plan is not None:
            raise LifecycleError(
                f"{what} came after sort: a sorted manager is complete; make all nodes before sort(), "
                "within the 'with build_dag()' block"
            )


@overload
def build_dag() -> AbstractContextManager[TaskManager[None]]: ...
@overload
def build_dag(parameter_type: type[T]) -> AbstractContextManager[TaskManager[T]]: ...
@contextmanager
def build_dag(parameter_type: type[Any] | None = None) -> Iterator[TaskManager[Any]]:
    """Gives a new `TaskManager` to a `with` block and sorts it at the end of the block.

    Args:
        parameter_type: the type of the parameter of `invoke`, for type checkers; leave it out if the
            DAG takes none.

    An exception in the block propagates as it is, and the manager stays unsorted.

    >>> import asyncio
    >>> async def add(a: int, b: int) -> int:
    ...     return a + b
    >>> with build_dag(int) as tm:
    ...     one_more = tm.add_node(add, tm.parameter_node, 1)
    >>> asyncio.run(tm.invoke(41))[one_more]
    42
    """
    manager: TaskManager[Any] = TaskManager()
    yield manager
    manager.sort()


class _Columns:
    """The columns of a manager's `Graph`, each made when it is asked for."""

    def __init__(self, manager: TaskManager[Any]) -> None:
        self._manager = manager

    def names(self) -> Sequence[str]:
        self._manager._make_names()
        return self._manager._names

    def kinds(self) -> Sequence[Kind]:
        return [self._manager._kind_of(node._index) for node in self._manager._nodes]

    def dependencies(self) -> Sequence[tuple[int, ...]]:
        return [tuple(needed_by(node)) for node in self._manager._nodes]

    def origins(self) -> Sequence[Origin]:
        return [
            Origin(None, None, None) if node._task is None else task_origin(node._task)
            for node in self._manager._nodes
        ]

    def groups(self) -> Sequence[str | None]:
        return [
            None if node._options is None else node._options.group for node in self._manager._nodes
        ]

    def limits(self) -> Sequence[str | None]:
        return limit_names(
            [
                None if node._options is None else node._options.limit
                for node in self._manager._nodes
            ]
        )

    def unread(self, node: int) -> frozenset[int] | None:
        return unread_dependencies(self._manager._nodes[node])


def _node_inside(container: Any) -> TaskNode[Any, Any] | None:
    """A node that is an element of a list, tuple, set or dict, or of one inside it; None if none is.

    It looks at the types of the elements first, so a list of a million numbers is no work.
    """
    seen: set[int] = set()
    stack = [container]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        elements = [*current.keys(), *current.values()] if isinstance(current, dict) else current
        types = set(map(type, elements))
        if any(issubclass(kind, (TaskNode, *_CONTAINERS)) for kind in types):
            for element in elements:
                if isinstance(element, TaskNode):
                    return element
                if isinstance(element, _CONTAINERS):
                    stack.append(element)
    return None
