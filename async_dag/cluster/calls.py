"""`Calls`: the nodes of one run as tasks for Dask, with everything that can't travel refused first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from async_dag.cluster.node_task import NodeTask
from async_dag.cluster.pickling import INLINE, Pickling, constants
from async_dag.cluster.worker.names import Key, node_key, shared_key
from async_dag.cluster.worker.node_call import Argument, NodeCall, run_node
from async_dag.cluster.worker.pickled import Pickled, load, load_function
from async_dag.engine.offload import offloaded
from async_dag.errors import WrongTaskError
from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.functions import task_name


class Calls:
    """Makes the task of one node after the other.

    Args:
        run: the name of the run.
        compiled: the nodes.
        values: of nodes that do not run, by index: given ones, and those that are reused and here.
        elsewhere: keys of nodes that do not run, but whose value lies on a worker.
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

    def key(self, node: int) -> Key:
        """The key of a node that runs, or whose value lies on a worker."""
        known = self._elsewhere.get(node)
        if known is not None:
            return known
        return node_key(task_name(self._compiled.tasks[node]), self._run, node)

    def tasks_of(self, node: int) -> Iterator[NodeTask]:
        """The task of a node, after those of what it shares with others and that are new.

        Raises `WrongTaskError` (a `TypeError`) or `WrongArgumentError` (a `ValueError`), naming the
        node, for what can't be pickled.
        """
        compiled = self._compiled
        name = compiled.graph.names[node]
        options = compiled.options.get(node)
        function, in_slot = _bare(compiled.tasks[node], name)
        needs: dict[Key, int] = {}
        plain: list[object] = []
        carried = self._carried(self._pickling.function(function, name), load_function)
        called = carried if isinstance(carried, Pickled) else needs.setdefault(carried, 0)
        arguments: list[Argument] = [
            self._argument(slot, name, f"argument {position}", needs, plain)
            for position, slot in enumerate(compiled.slots[node])
        ]
        keywords = compiled.keyword_slots.get(node, {})
        arguments += [
            self._argument(slot, name, f"argument {key}=", needs, plain)
            for key, slot in keywords.items()
        ]
        retry = None if options is None or options.retry is None else options.retry
        call = NodeCall(
            self._run,
            node,
            name,
            called,
            tuple(arguments),
            tuple(keywords),
            constants(tuple(plain)),
            in_slot,
            None if options is None else options.timeout,
            None if retry is None else self._pickling.function(retry, name),
        )
        yield from self._new
        self._new.clear()
        yield NodeTask(self.key(node), run_node, call, list(needs))

    def _argument(
        self, slot: int, name: str, where: str, needs: dict[Key, int], plain: list[object]
    ) -> Argument:
        """Where the value of a slot comes from; notes what the call needs for it."""
        if slot < 0:
            value = self._compiled.constants[slot]
        elif slot in self._values:
            value = self._values[slot]
        elif self._compiled.tasks[slot] is None:  # a collect: the list is made where it is needed
            inner = self._compiled.slots[slot]
            return tuple(self._argument(element, name, where, needs, plain) for element in inner)
        else:
            return needs.setdefault(self.key(slot), len(needs))
        pickled = self._pickling.value(value, name, where)
        if pickled is None:
            plain.append(value)
            return -len(plain)
        carried = self._carried(pickled, load, most=0)
        assert not isinstance(carried, Pickled)
        return needs.setdefault(carried, len(needs))

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
