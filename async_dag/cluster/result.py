"""`ClusterResult`: the result of an invoke on a cluster, whose values lie on the workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, overload

from async_dag.cluster.asking import ask
from async_dag.engine.result import MISSING, ExecutionResult, with_values
from async_dag.errors import ResultUnavailableError, WrongTypeError
from async_dag.nodes.node import TaskNode
from async_dag.nodes.selection import selected_node

if TYPE_CHECKING:
    from distributed import Client, Future

P = TypeVar("P")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


class OnWorker(NamedTuple):
    """Stands for a value that lies on a worker."""

    future: Future[Any]


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

    __slots__ = ("_client", "_futures", "_kept")

    _client: Client
    _futures: dict[int, Future[Any]]  # of the nodes whose value lies on a worker
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

        Nodes may be given by their names.

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
        missing: list[int] = []
        chosen = [selected_node(self._compiled, node, "gather") for node in nodes]
        for node in chosen:
            missing += self._not_here(node)
        missing = list(dict.fromkeys(missing))
        futures = [self._futures[index] for index in missing]
        if futures:
            values = await ask(self._client, self._client.gather, futures)
            for index, value in zip(missing, values, strict=True):
                self._values[index] = value
        for node in chosen:
            if self._values[node.index] is MISSING:  # a collect
                self._values[node.index] = self._collected(node.index)
        gathered = tuple(self._values[node.index] for node in chosen)
        return gathered[0] if len(nodes) == 1 else gathered

    def future(self, node: TaskNode[P, Any] | str) -> Future[Any]:
        """Dask's future of a node, to use with Dask itself; it keeps the value as long as you have it.

        Raises `ForeignNodeError` or `ResultUnavailableError` (both `ValueError`s) where there is none.

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
        ...         print(await client.submit(str, result.future(twice)))
        >>> asyncio.run(main())
        42
        """
        node = selected_node(self._compiled, node, "future")
        future = self._futures.get(node.index)
        if future is None:
            if self._values[node.index] is not MISSING:
                raise ResultUnavailableError(
                    f"node {node.name!r} has no future: its value was never on a worker; take it from "
                    "result[node]"
                )
            if node.kind == "collect":
                raise ResultUnavailableError(
                    f"node {node.name!r} has no future of its own: it collects others; take theirs, or "
                    "await result.gather(node)"
                )
            raise self._unavailable(node)
        return future

    @property
    def futures(self) -> Mapping[TaskNode[P, Any], Future[Any]]:
        """Dask's futures of the nodes whose values the workers keep, by node."""
        nodes = self.manager.nodes
        return {nodes[index]: future for index, future in self._futures.items()}

    @property
    def client(self) -> Client:
        """The client on whose cluster the values lie."""
        return self._client

    def release(self) -> None:
        """Let the workers drop the values now; what was gathered stays here.

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
        ...         result.release()
        ...         print(dict(result.futures))
        >>> asyncio.run(main())
        {}
        """
        self._futures.clear()

    # For the run that makes it

    def _lies_on(self, client: Client, kept: str) -> None:
        """Say where its values will lie, and which of them are kept."""
        self._client = client
        self._kept = kept
        self._futures = {}

    def _hold(self, index: int, future: Future[Any]) -> None:
        """Hold a value that lies on a worker."""
        self._futures[index] = future

    def _take_over(self, index: int, value: object) -> None:
        """Take a value that is here already."""
        self._values[index] = value

    def _as_on_cluster(self) -> ExecutionResult[P]:
        """The result with an `OnWorker` for each value that its cluster still has."""
        there = {
            node: OnWorker(future)
            for node, future in self._futures.items()
            if future.status in ("finished", "pending")
        }
        return with_values(self, there)

    def _not_here(self, node: TaskNode[P, Any]) -> list[int]:
        """The nodes to gather for a node: itself, or those that it collects."""
        index = node.index
        if self._values[index] is not MISSING:
            return []
        if index in self._futures:
            return [index]
        if node.kind != "collect" or self.trace.outcomes.get(index, "reused") != "reused":
            raise self._unavailable(node) from self.errors.get(index)
        nodes = self.manager.nodes
        return [
            missing
            for slot in self._compiled.slots[index]
            for missing in self._not_here(nodes[slot])
        ]

    def _collected(self, index: int) -> list[Any]:
        values = self._values
        return [
            self._collected(slot) if values[slot] is MISSING else values[slot]
            for slot in self._compiled.slots[index]
        ]

    def _unavailable(self, node: TaskNode[P, Any]) -> ResultUnavailableError:
        index, trace = node.index, self.trace
        has_ended = trace.finished[index] == trace.finished[index]  # not NaN
        if not has_ended or trace.outcomes.get(index, "reused") != "reused":
            return super()._unavailable(node)
        if index in self._futures:
            where = trace.lanes[trace.lane_of[index]].name if index in trace.lane_of else "a worker"
            return ResultUnavailableError(
                f"the value of node {node.name!r} lies on {where}: await result.gather(node) brings it "
                "here"
            )
        if node.kind == "collect":
            return ResultUnavailableError(
                f"the values that node {node.name!r} collects lie on workers: await "
                "result.gather(node) brings them here"
            )
        return ResultUnavailableError(
            f"the value of node {node.name!r} was dropped once its dependents were done: {self._kept} "
            "is kept; invoke(on=async_dag.Dask(client, keep=[node])), or keep='all'"
        )
