"""`ClusterResult`: the result of an invoke on a cluster, whose values lie on the workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

from async_dag.cluster.asking import ask
from async_dag.cluster.futures import Futures
from async_dag.cluster.items import ItemsOfRun
from async_dag.cluster.remote import Remote, remotes_in, with_parts
from async_dag.engine.result import MISSING, ExecutionResult, with_values
from async_dag.errors import ResultUnavailableError, WrongTypeError
from async_dag.nodes.maps import ItemNode
from async_dag.nodes.node import TaskNode
from async_dag.nodes.selection import selected_node

if TYPE_CHECKING:
    from distributed import Client, Future

P = TypeVar("P")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


class ClusterResult(ExecutionResult[P]):
    """What `tm.invoke(x, on=client)` gave: values stay on the workers until they are asked for.

    `await result.gather(node)` brings the value of a node here, from when on `result[node]` has it;
    `result.future(node)` is Dask's own future. Which values the workers keep is the `keep=` of
    `async_dag.Dask`; by default those of nodes that no other node takes. They are released when nobody
    has the result any more.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> from distributed import Client
    >>> async def double(n: int) -> int:
    ...     return 2 * n
    >>> with build_dag(int) as tm:
    ...     twice = tm.add_node(double, tm.parameter_node)
    >>> async def main() -> None:
    ...     async with Client(processes=False, dashboard_address=":0", asynchronous=True) as client:
    ...         result = await tm.invoke(21, on=client)
    ...         print(await result.gather(twice), result[twice])
    >>> asyncio.run(main())
    42 42
    """

    __slots__ = ("_client", "_futures", "_here", "_kept", "_remote")

    _client: Client
    _futures: Futures  # by row, of what has a value on a worker
    _here: dict[Any, Any]  # what was gathered, by key
    _remote: dict[int, Any]  # of nodes of a DAG with maps what they have for a value
    _kept: str  # what was asked to be kept, for messages

    @overload
    async def gather(self, node: TaskNode[P, A], /) -> A: ...
    @overload
    async def gather(self, first: TaskNode[P, A], second: TaskNode[P, B], /) -> tuple[A, B]: ...
    @overload
    async def gather(
        self, first: TaskNode[P, A], second: TaskNode[P, B], third: TaskNode[P, C], /
    ) -> tuple[A, B, C]: ...
    @overload
    async def gather(self, name: str, /) -> Any: ...
    @overload
    async def gather(self, first: str, second: str, /, *others: str) -> tuple[Any, ...]: ...
    @overload
    async def gather(self, *nodes: TaskNode[P, Any]) -> tuple[Any, ...]: ...
    async def gather(self, *nodes: TaskNode[P, Any] | str) -> Any:
        """Bring the values of nodes here: the value of one, or a tuple of those of several.

        Nodes may be given by their names; an item of a map is an `ItemNode`, such as
        `result.node_of` gives.

        From then on `result[node]` has them, too. Raises what `result[node]` raises for a node that
        has no value, or whose value was not kept; what Dask raises if a worker can't be reached.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> from distributed import Client
        >>> async def double(n: int) -> int:
        ...     return 2 * n
        >>> with build_dag(int) as tm:
        ...     twice = tm.add_node(double, tm.parameter_node)
        >>> async def main() -> None:
        ...     async with Client(processes=False, dashboard_address=":0", asynchronous=True) as client:
        ...         result = await tm.invoke(21, on=client)
        ...         print(await result.gather(twice, tm.parameter_node))
        >>> asyncio.run(main())
        (42, 21)
        """
        if not nodes:
            raise WrongTypeError("gather takes nodes: await result.gather(node)")
        chosen = [self._chosen(node, "gather") for node in nodes]
        lying = [self._lying(node) for node in chosen]
        missing = {
            future.key: future
            for value in lying
            for remote in remotes_in(value)
            if (future := self._future_of(remote)) is not None and future.key not in self._here
        }
        if missing:
            values = await ask(self._client, self._client.gather, list(missing.values()))
            self._here.update(zip(missing, values, strict=True))
        gathered = tuple(with_parts(value, self._gathered) for value in lying)
        for node, value in zip(chosen, gathered, strict=True):
            if not isinstance(node, ItemNode):
                self._values[node.index] = value
        return gathered[0] if len(nodes) == 1 else gathered

    def future(self, node: TaskNode[P, Any] | str) -> Future[Any]:
        """Dask's future of a node, to use with Dask itself; it keeps the value as long as you have it.

        Raises `ForeignNodeError` or `ResultUnavailableError` (both `ValueError`s) where there is none.
        """
        node = self._chosen(node, "future")
        index = node.index
        value = self._remote.get(index)
        future = self._futures.get(index)
        if future is None and type(value) is Remote and value.of is None:  # of a choice, its side's
            future = self._future_of(value)
        if future is not None:
            return future
        if node.kind == "collect" or next(remotes_in(value), None) is not None:
            raise ResultUnavailableError(
                f"node {node.name!r} has no future of its own: it is a list of others; take theirs, or "
                "await result.gather(node)"
            )
        if isinstance(node, ItemNode) or self._values[index] is MISSING:
            raise self._unavailable(node)
        raise ResultUnavailableError(
            f"node {node.name!r} has no future: its value was never on a worker; take it from "
            "result[node]"
        )

    @property
    def futures(self) -> Mapping[TaskNode[P, Any], Future[Any]]:
        """Dask's futures of the nodes whose values the workers keep, by node; of maps by `ItemNode`."""
        return {self.node_of(index): future for index, future in self._futures.items()}

    @property
    def client(self) -> Client:
        """The client on whose cluster the values lie."""
        return self._client

    def release(self) -> None:
        """Let the workers drop the values now; what was gathered stays here."""
        self._futures.let_go()

    # For the run that makes it

    def _lies_on(self, client: Client, kept: str) -> None:
        """Say where its values will lie, and which of them are kept."""
        self._client = client
        self._kept = kept
        self._futures = Futures()
        self._here = {}
        self._remote = {}

    def _hold(self, index: int, future: Future[Any]) -> None:
        """Hold a value that lies on a worker."""
        self._futures[index] = future

    def _take_over(self, index: int, value: object) -> None:
        """Take a value that is here already."""
        self._values[index] = value

    def _copied_values(self) -> list[Any]:
        """The values that are here."""
        return list(self._values)

    def _take_values(self, values: list[Any]) -> None:
        """Have these values, and not what an engine has made of those before."""
        self._values = values

    def _take_remote(self, values: Mapping[int, Any]) -> None:
        """What nodes have for a value, in a DAG with maps."""
        self._remote = dict(values)

    def _only_here(self, items: ItemsOfRun) -> ItemsOfRun:
        """The items with those of their values that are here."""
        here = self._here
        return items.with_value(lambda value: _if_here(value, here))

    def _as_on_cluster(self, asks: Mapping[int, int]) -> ExecutionResult[P]:
        """The result with a `Remote` for each value that its cluster still has.

        Nodes of which more is asked than is known have none.
        """
        there: dict[int, Any] = {}
        for node in self._compiled.nodes:
            index = node.index
            if self._values[index] is not MISSING:
                continue
            if index in self._remote:
                value = self._held(self._remote[index])
            elif (future := self._futures.get(index)) is not None and _is_there(future):
                value = Remote(index, future.key, node.name)  # type: ignore[arg-type]  # it is ours
                value.future = future
            else:
                continue
            known = type(value) is not Remote or value.tells(asks.get(index, 0))
            there[index] = value if known else MISSING
        copy = with_values(self, there)
        if isinstance(self.item_values, ItemsOfRun):
            copy.item_values = self.item_values.with_value(self._held)
        return copy

    def _held(self, value: Any) -> Any:
        """What lies on workers, held for another run; `MISSING` if some of it is no longer there."""
        if any(
            (future := self._future_of(remote.base)) is None or not _is_there(future)
            for remote in remotes_in(value)
        ):
            return MISSING
        return with_parts(value, lambda remote: remote.held_by(self._future_of(remote.base)))

    def _future_of(self, remote: Remote) -> Future[Any] | None:
        remote = remote.base
        return self._futures.get(remote.row) if remote.future is None else remote.future

    def _chosen(self, node: Any, where: str) -> TaskNode[P, Any]:
        if isinstance(node, ItemNode) and self._compiled.owns(node.map):
            return node
        return selected_node(self._compiled, node, where)

    def _lying(self, node: TaskNode[P, Any]) -> Any:
        """The value of a node, with a `Remote` for what lies on workers."""
        index = node.index
        if isinstance(node, ItemNode):
            value = self.item_values.value_of(node.map.index, node.path)
            if value is not MISSING:
                return value
            if index in self._futures:
                return Remote(index, None, node.name)
            raise self._unavailable(node) from self.errors.get(index)
        if self._values[index] is not MISSING:
            return self._values[index]
        if index in self._remote:
            value = self._remote[index]
            if all(self._future_of(remote) is not None for remote in remotes_in(value)):
                return value
        elif index in self._futures:
            return Remote(index, None, node.name)
        elif node.kind == "collect" and self.trace.outcomes.get(index, "reused") == "reused":
            nodes = self.manager.nodes
            return [self._lying(nodes[slot]) for slot in self._compiled.slots[index]]
        raise self._unavailable(node) from self.errors.get(index)

    def _gathered(self, remote: Remote) -> Any:
        """What lies on a worker, once that was gathered."""
        future = self._future_of(remote)
        assert future is not None
        return remote.taken_out_of(self._here[future.key])

    def _unavailable(self, node: TaskNode[P, Any]) -> ResultUnavailableError:
        index, trace = node.index, self.trace
        has_ended = trace.finished[index] == trace.finished[index]  # not NaN
        if not has_ended or trace.outcomes.get(index, "reused") != "reused":
            return super()._unavailable(node)
        remotes = list(remotes_in(self._remote.get(index)))
        if remotes and all(self._future_of(remote) is not None for remote in remotes):
            if type(self._remote[index]) is Remote:
                index = remotes[0].row
            else:
                return ResultUnavailableError(
                    f"the values that node {node.name!r} is a list of lie on workers: await "
                    "result.gather(node) brings them here"
                )
        if index in self._futures:
            where = trace.lanes[trace.lane_of[index]].name if index in trace.lane_of else "a worker"
            return ResultUnavailableError(
                f"the value of node {node.name!r} lies on {where}: await result.gather(node) brings it "
                "here"
            )
        if node.kind == "collect" and index not in self._remote:
            return ResultUnavailableError(
                f"the values that node {node.name!r} collects lie on workers: await "
                "result.gather(node) brings them here"
            )
        return ResultUnavailableError(
            f"the value of node {node.name!r} was dropped once its dependents were done: {self._kept} "
            "is kept; invoke(on=async_dag.Dask(client, keep=[node])), or keep='all'"
        )


def _is_there(future: Future[Any]) -> bool:
    return future.status in ("finished", "pending")


def _if_here(value: Any, here: Mapping[Any, Any]) -> Any:
    """A value of an item, if all of it is here; else `MISSING`."""
    if any(remote.base.key not in here for remote in remotes_in(value)):
        return MISSING
    return with_parts(value, lambda remote: remote.taken_out_of(here[remote.base.key]))
