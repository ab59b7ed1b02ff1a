"""`Calls`: the nodes of one run as tasks for Dask, with everything that can't travel refused first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import cloudpickle

from async_dag._common.shortening import short_repr
from async_dag.cluster.node_task import NodeTask
from async_dag.cluster.remote import Remote, is_whole, remotes_in
from async_dag.cluster.worker.asked import as_list, element_of
from async_dag.cluster.worker.names import Key, node_key, shared_key
from async_dag.cluster.worker.node_call import Argument, AsTuple, NodeCall, run_node
from async_dag.cluster.worker.pickled import Pickled, load, load_function
from async_dag.engine.offload import offloaded
from async_dag.errors import WrongArgumentError, WrongTaskError
from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.functions import task_name
from async_dag.nodes.options import NodeOptions

INLINE: Final = 1024
"""Bytes up to which a function or a value travels within the call of each node that takes it. A larger
one is a task of its own: it goes to each worker once."""

_PLAIN: Final = frozenset({int, float, bool, type(None)})


class _Takes:
    """What one call takes: keys of other tasks, and small values."""

    def __init__(self) -> None:
        self.needs: dict[Key, int] = {}
        self.plain: list[object] = []

    def key(self, key: Key) -> int:
        """The place of a task's value among those that Dask hands over."""
        return self.needs.setdefault(key, len(self.needs))


class Calls:
    """Makes the task of one node after the other.

    Args:
        run: the name of the run.
        compiled: the nodes.
        values: of nodes that do not run, by index: given ones, and those that are reused and here.
        elsewhere: keys of nodes that do not run, but whose value lies on a worker.

    Attributes:
        parts: by the row whose value was taken apart the keys of what was taken out of it.
    """

    def __init__(
        self,
        run: str,
        compiled: CompiledGraph[Any],
        values: Mapping[int, object],
        elsewhere: Mapping[int, Key],
    ) -> None:
        self._run = run
        self._compiled = compiled
        self._values = values
        self._elsewhere = elsewhere
        self._pickling = Pickling()
        self._shared: dict[int, Key] = {}  # by the id of what was pickled
        self._new: list[NodeTask] = []  # shared functions and values that nobody has asked for yet
        self.parts: dict[int, list[Key]] = {}
        self._items = 0

    def key(self, node: int) -> Key:
        """The key of a node that runs, or whose value lies on a worker."""
        known = self._elsewhere.get(node)
        if known is not None:
            return known
        return node_key(task_name(self._compiled.tasks[node]), self._run, node)

    def tasks_of(self, node: int, asks: int) -> Iterator[NodeTask]:
        """The task of a node, after those of what it shares with others and that are new.

        `asks` is what is to be told of its value: see `facts`.

        Raises `WrongTaskError` (a `TypeError`) or `WrongArgumentError` (a `ValueError`), naming the
        node, for what can't be pickled.
        """
        compiled = self._compiled
        name = compiled.nodes[node].name  # all names at once would take some milliseconds
        keywords = compiled.keyword_slots.get(node, {})
        takes = _Takes()

        def arguments() -> Iterator[Argument]:
            for position, slot in enumerate(compiled.slots[node]):
                yield self._argument(slot, name, f"argument {position}", takes)
            for key, slot in keywords.items():
                yield self._argument(slot, name, f"argument {key}=", takes)

        options = compiled.options.get(node)
        task = compiled.tasks[node]
        made = self._task(
            self.key(node), node, name, task, arguments, keywords, options, takes, asks
        )
        yield from self._new
        self._new.clear()
        yield made

    def task_of(
        self,
        row: int,
        name: str,
        task: Callable[..., Any],
        arguments: Sequence[Any],
        keywords: Mapping[str, Any],
        options: NodeOptions | None,
        asks: int,
    ) -> list[NodeTask]:
        """The same for a node or an item whose arguments are values, some of which lie on workers.

        Args:
            row: its row in the trace.
            name: its name.
            task: what is called.
            arguments: what it takes by position.
            keywords: what it takes by keyword.
            options: how it is called.
            asks: what is to be told of its value: see `facts`.
        """
        takes = _Takes()
        tasks: list[NodeTask] = []

        def found() -> Iterator[Argument]:
            for position, value in enumerate(arguments):
                yield self._known(value, name, f"argument {position}", takes, tasks)
            for key, value in keywords.items():
                yield self._known(value, name, f"argument {key}=", takes, tasks)

        key = node_key(task_name(task), self._run, row)
        made = self._task(key, row, name, task, found, keywords, options, takes, asks)
        tasks += self._new
        self._new.clear()
        return [*tasks, made]

    def check(self, node: int) -> None:
        """Raise what `tasks_of` raises for a node's function and for what it takes that is known."""
        compiled, name = self._compiled, self._compiled.nodes[node].name
        function, _ = _bare(compiled.tasks[node], name)
        self._pickling.function(function, name)
        options = compiled.options.get(node)
        if options is not None and options.retry is not None:
            self._pickling.function(options.retry, name)
        slots = enumerate(compiled.slots[node])
        for where, slot in [*slots, *compiled.keyword_slots.get(node, {}).items()]:
            text = f"argument {where}" if isinstance(where, int) else f"argument {where}="
            if slot < 0 or slot in self._values:
                value = compiled.constants[slot] if slot < 0 else self._values[slot]
                self._pickling.value(value, name, text)

    def _task(
        self,
        key: Key,
        row: int,
        name: str,
        task: Callable[..., Any],
        arguments: Callable[[], Iterator[Argument]],
        keywords: Mapping[str, Any],
        options: NodeOptions | None,
        takes: _Takes,
        asks: int,
    ) -> NodeTask:
        function, in_slot = _bare(task, name)
        carried = self._carried(self._pickling.function(function, name), load_function)
        called = carried if isinstance(carried, Pickled) else takes.key(carried)
        retry = None if options is None or options.retry is None else options.retry
        call = NodeCall(
            self._run,
            row,
            name,
            called,
            tuple(arguments()),
            tuple(keywords),
            constants(tuple(takes.plain)),
            in_slot,
            None if options is None else options.timeout,
            None if retry is None else self._pickling.function(retry, name),
            asks,
        )
        return NodeTask(key, run_node, call, list(takes.needs))

    def _argument(self, slot: int, name: str, where: str, takes: _Takes) -> Argument:
        """Where the value of a slot comes from; notes what the call needs for it."""
        if slot < 0:
            value = self._compiled.constants[slot]
        elif slot in self._values:
            value = self._values[slot]
        elif self._compiled.tasks[slot] is None:  # a collect: the list is made where it is needed
            inner = self._compiled.slots[slot]
            return tuple(self._argument(element, name, where, takes) for element in inner)
        else:
            return takes.key(self.key(slot))
        return self._constant(value, name, where, takes)

    def _known(
        self, value: Any, name: str, where: str, takes: _Takes, tasks: list[NodeTask]
    ) -> Argument:
        """How an argument travels; the parts of it that lie on workers are taken from there."""
        if type(value) is Remote:
            return takes.key(self._key_of(value, tasks))
        if type(value) in (list, tuple) and next(remotes_in(value), None) is not None:
            parts = tuple([self._known(part, name, where, takes, tasks) for part in value])
            return parts if type(value) is list else AsTuple(parts)
        return self._constant(value, name, where, takes)

    def _key_of(self, remote: Remote, tasks: list[NodeTask]) -> Key:
        """The key of a value on a worker; of an element of one that of the task that takes it out."""
        if remote.key is None:
            assert remote.of is not None
            source = self._key_of(remote.of, tasks)
            remote.key = (f"item-{self._run}", f"item {self._items}")
            self._items += 1
            self.parts.setdefault(remote.row, []).append(remote.key)
            task = as_list if is_whole(remote) else element_of
            part = None if is_whole(remote) else remote.part
            tasks.append(NodeTask(remote.key, task, part, [source]))
        return remote.key

    def _constant(self, value: object, name: str, where: str, takes: _Takes) -> Argument:
        pickled = self._pickling.value(value, name, where)
        if pickled is None:
            takes.plain.append(value)
            return -len(takes.plain)
        carried = self._carried(pickled, load, most=0)
        assert not isinstance(carried, Pickled)
        return takes.key(carried)

    def _carried(
        self, pickled: Pickled, loader: Callable[[Pickled], Any], most: int = INLINE
    ) -> Pickled | Key:
        """What is small as it is; what is large as the key of a task of its own."""
        if pickled.size <= most:
            return pickled
        key = self._shared.get(id(pickled))
        if key is None:
            key = self._shared[id(pickled)] = shared_key(self._run, len(self._shared))
            self._new.append(NodeTask(key, loader, pickled, ()))
        return key


def _bare(task: Callable[..., Any], name: str) -> tuple[Callable[..., Any], bool]:
    """A node's function without `in_thread` or `in_process` around it, and whether it had one."""
    inner = offloaded(task)
    if inner is None:
        return task, False
    if inner.pool is not None:
        raise WrongTaskError(
            f"node {name!r} can't run on a cluster: it is {inner.where}(..., pool=), and the pool is "
            f"in this process; leave pool= out: a worker runs {task_name(inner.function)} in a thread "
            "of its own"
        )
    return inner.function, True


# Pickles what a run takes along, and refuses what can't be pickled, by the name of its node.


class Pickling:
    """What was pickled for one run, each object once.

    >>> from async_dag.cluster.worker.node_call import run_node
    >>> pickling = Pickling()
    >>> pickling.function(run_node, "some node").load() is run_node
    True
    """

    def __init__(self) -> None:
        self._done: dict[int, tuple[object, Pickled]] = {}  # by id; the object is kept, so ids stay

    def function(self, function: Callable[..., Any], node: str) -> Pickled:
        """A node's function, or what makes its retrying.

        Raises `WrongTaskError` (a `TypeError`) if it can't be pickled.
        """
        try:
            return self._pickled(function)
        except Exception as error:  # whatever a foreign __reduce__ raises
            raise WrongTaskError(
                f"node {node!r} can't run on a cluster: its function {task_name(function)} can't be "
                f"pickled ({_reason(error)}); define it in a module that the workers have, and let it "
                "make there what can't travel, such as open files, locks and connections"
            ) from error

    def value(self, value: object, node: str, where: str) -> Pickled | None:
        """A value that a node takes; None if it is small, and may as well stay as it is.

        `where` says what it is to the node. Raises `WrongArgumentError` (a `ValueError`) if it can't be
        pickled.
        """
        if type(value) in _PLAIN or (type(value) in (str, bytes) and len(value) < INLINE // 4):  # type: ignore[arg-type]
            return None
        try:
            pickled = self._pickled(value)
        except Exception as error:  # whatever a foreign __reduce__ raises
            raise WrongArgumentError(
                f"node {node!r} can't run on a cluster: its {where}, {short_repr(value)}, can't be "
                f"pickled ({_reason(error)}); pass what it can be made from, and make it in the task"
            ) from error
        return pickled if pickled.size > INLINE else None

    def _pickled(self, value: object) -> Pickled:
        known = self._done.get(id(value))
        if known is None:
            known = self._done[id(value)] = value, Pickled.of(value, cloudpickle.dumps)
        return known[1]


def constants(values: tuple[object, ...]) -> Pickled | None:
    """Small values, which have all been looked at; None if there are none."""
    return Pickled.of(values, cloudpickle.dumps) if values else None


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error) or 'it says no more'}"[:300]
