"""What `tm.invoke(x, on=client)` does before its nodes run: everything is checked, then made ready."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from async_dag._common.durations import Durations
from async_dag.cluster.asks import asks_of
from async_dag.cluster.calls import Calls
from async_dag.cluster.calm_collector import CalmCollector
from async_dag.cluster.connection import Connection
from async_dag.cluster.dask import Dask, kept_nodes, kept_text
from async_dag.cluster.graph_run import GraphRun
from async_dag.cluster.item_run import ItemRun
from async_dag.cluster.keeping import Keeping
from async_dag.cluster.node_task import NodeTask
from async_dag.cluster.remote import Remote, remotes_in
from async_dag.cluster.result import ClusterResult
from async_dag.cluster.run import ClusterRun
from async_dag.cluster.trace_writer import TraceWriter
from async_dag.cluster.turns import in_turns
from async_dag.cluster.worker.facts import SIZE
from async_dag.cluster.worker.names import Key
from async_dag.engine.earlier import Reusable
from async_dag.engine.policy import OnError, Policy, make_policy
from async_dag.engine.result import MISSING, value_at
from async_dag.graph import algorithms
from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.selection import Selection
from async_dag.trace.columns import NOT_YET, Lane
from async_dag.trace.trace import Trace

if TYPE_CHECKING:
    from distributed import Client


async def make_run(
    compiled: CompiledGraph[Any],
    parameter: Any,
    on: Any,
    *,
    max_concurrency: int | None,
    durations: Durations | None,
    on_error: OnError,
    targets: Selection[Any] | None,
    reuse: Reusable | None,
) -> ClusterRun:
    """The run, of which nothing was handed to the cluster yet.

    Raises what `TaskManager.invoke` raises for arguments that can't be used; `WrongTaskError`,
    `WrongArgumentError` and `ClusterError` for what can't run on this cluster.
    """
    by_item = compiled.dynamic is not None or bool(compiled.computes)
    asks = asks_of(compiled)
    backend = on if isinstance(on, Dask) else Dask(on)
    earlier = as_on_cluster(reuse, backend.client, asks)
    policy = make_policy(
        compiled, parameter, max_concurrency, durations, on_error, targets, earlier
    )
    await asyncio.sleep(0)  # each of these steps takes some milliseconds for ten thousand nodes
    policy = policy._replace(runs=frozenset(policy.runs).difference(compiled.given))
    ends = _ends(policy)
    if earlier is not None:
        policy = without_unneeded(policy, ends)
    kept = kept_nodes(backend, compiled, ends)
    await asyncio.sleep(0)
    result: ClusterResult[Any] = ClusterResult(compiled, parameter, policy.runs)
    result._lies_on(backend.client, kept_text(backend.keep))
    connection = await Connection.to(backend.client)
    await asyncio.sleep(0)
    name = connection.new_run()
    values, elsewhere = _known_values(policy, result)
    calls = Calls(name, policy.compiled, values, elsewhere)
    tasks: dict[int, list[NodeTask]] = {}
    with CalmCollector(len(policy.runs)) as collector:
        if by_item:
            here = () if compiled.dynamic is None else compiled.dynamic.streams
            await _check_all(calls, policy, here)
        else:
            tasks = await _tasks_of_all(calls, policy, collector)
    lanes = await connection.describe()
    unknown = [address for address, *_ in lanes if address not in connection.clocks]
    await connection.set_clocks(unknown)
    collected = [
        compiled.slots[node] if compiled.tasks[node] is None and node not in values else ()
        for node in range(len(compiled.nodes))
    ]
    # The clock of the trace starts here: what was done before is no part of the run.
    result.trace = Trace(compiled.graph, time.perf_counter)
    result.trace.processors = None  # the workers may be on several machines
    loop = asyncio.get_running_loop()
    hosts = connection.hosts
    workers = {
        address: Lane(lane, threads, 0.0, NOT_YET, *hosts.get(address, (None, None)))
        for address, lane, threads in lanes
    }
    if by_item:
        return ItemRun(name, policy, result, connection, workers, calls, kept, loop)

    # Again some milliseconds each for ten thousand nodes, in turns of their own.
    await asyncio.sleep(0)
    dependencies, dependents = compiled.graph.dependencies, policy.compiled.dependents
    keeping = Keeping(kept, collected, dependencies, dependents, policy.runs)
    order = [node async for node in in_turns(depth_first(dependencies, policy.runs))]
    await asyncio.sleep(0)
    columns = TraceWriter(result.trace, policy.runs, dependencies, dependents)
    await asyncio.sleep(0)
    run = GraphRun(name, policy, result, connection, workers, tasks, columns, keeping, order, loop)
    await asyncio.sleep(0)
    return run


def _ends(policy: Policy) -> Sequence[int]:
    """The targets; without any, the nodes that no other node takes."""
    if policy.targets is not None:
        return policy.targets
    dependencies = policy.compiled.graph.dependencies
    taken = set(chain.from_iterable(dependencies))
    return [node for node in range(len(dependencies)) if node not in taken]


def _known_values(
    policy: Policy, result: ClusterResult[Any]
) -> tuple[dict[int, object], dict[int, Key]]:
    """The values of nodes that do not run: those that are here, and the keys of those that are not."""
    values: dict[int, object] = {
        node: value
        for node in policy.compiled.given
        if (value := value_at(result, node)) is not MISSING
    }
    elsewhere: dict[int, Key] = {}
    for node in policy.reused:
        assert policy.earlier is not None
        value = value_at(policy.earlier, node)
        if type(value) is Remote:
            result._hold(node, value.future)
            elsewhere[node] = value.future.key
        elif next(remotes_in(value), None) is None:
            values[node] = value
            result._take_over(node, value)
    return values, elsewhere


async def _check_all(calls: Calls, policy: Policy, here: Collection[int]) -> None:
    """Refuse what can't travel, in turns; the nodes in `here` run in this process."""
    async for node in in_turns(policy.runs):
        if policy.compiled.tasks[node] is not None and node not in here:
            calls.check(node)


async def _tasks_of_all(
    calls: Calls, policy: Policy, collector: CalmCollector
) -> dict[int, list[NodeTask]]:
    """The tasks for Dask by node, the node's own last in each list."""
    tasks: dict[int, list[NodeTask]] = {}
    asks = 0 if policy.slots is None else SIZE
    async for node in in_turns(policy.runs):
        if policy.compiled.tasks[node] is not None:
            tasks[node] = list(calls.tasks_of(node, asks))
            collector.made(1)
    return tasks


# The order in which nodes are handed to the scheduler: depth first, so that values are soon used.


def depth_first(dependencies: Sequence[Sequence[int]], nodes: Collection[int]) -> Iterator[int]:
    """The nodes in an order in which each stands behind what it needs, and one chain behind the other.

    Handed over breadth first, all first nodes of sixty chains would run before the second one of any,
    and all of their values lie in memory at once.

    >>> list(depth_first([(), (), (0,), (1,), (2, 3)], range(5)))
    [0, 2, 1, 3, 4]
    """
    among = nodes if isinstance(nodes, (set, frozenset, range)) else frozenset(nodes)
    needed = {other for node in among for other in dependencies[node]}
    seen: set[int] = set()
    for end in among:
        if end in needed:
            continue
        stack = [(end, iter(dependencies[end]))]
        seen.add(end)
        while stack:
            node, rest = stack[-1]
            for other in rest:
                if other in among and other not in seen:
                    seen.add(other)
                    stack.append((other, iter(dependencies[other])))
                    break
            else:
                stack.pop()
                yield node


# `reuse=` on a cluster: which values of an earlier result are still there, here or on a worker.


def as_on_cluster(reuse: Any, client: Client, asks: Mapping[int, int]) -> Any:
    """The result with a `Remote` for each value that the cluster of this client still has.

    `asks` says of which nodes more must be known than where their values lie. What is no result of a
    cluster, or of another one, is returned as it is: the values here are used.
    """
    if not isinstance(reuse, ClusterResult) or reuse.client is not client:
        return reuse
    return reuse._as_on_cluster(asks)


def without_unneeded(policy: Policy, ends: Collection[int]) -> Policy:
    """The policy without nodes whose values nobody asks for, as what takes them is reused.

    Here all values of an earlier run are there; on a cluster those that were used up have been dropped.
    """
    dependencies = policy.compiled.graph.dependencies
    reused = set(policy.reused)
    needed = algorithms.reachable(
        [() if node in reused else needs for node, needs in enumerate(dependencies)], list(ends)
    )
    runs = {node for node in policy.runs if node in needed}
    dropped = set(policy.runs) - runs
    return policy._replace(
        compiled=policy.compiled.only(runs),
        runs=runs,
        not_needed=sorted({*policy.not_needed, *dropped}),
    )
