"""`reuse=` on a cluster: which values of an earlier result are still there, here or on a worker."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from async_dag.cluster.result import ClusterResult
from async_dag.engine.policy import Policy
from async_dag.graph import algorithms

if TYPE_CHECKING:
    from distributed import Client


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
