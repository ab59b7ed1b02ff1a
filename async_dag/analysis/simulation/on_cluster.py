"""What `simulate` takes about a cluster: `workers=`, `threads=`, `moves=` and `placement=`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from async_dag._common.arguments import finite_number, whole_number
from async_dag._common.names import nearest
from async_dag._common.shortening import short_repr
from async_dag.analysis.by_name import index_of, rows_of
from async_dag.analysis.critical_path import NodeTimes
from async_dag.analysis.simulation.cluster import ClusterSimulator
from async_dag.errors import UnknownNodeError, WrongArgumentError, WrongTypeError
from async_dag.trace.columns import Lane
from async_dag.trace.trace import Trace


def simulated_on_cluster(
    times: NodeTimes,
    *,
    workers: int | None,
    threads: int | None,
    moves: bool,
    placement: Mapping[str, str] | None,
    faster: Mapping[str, float] | None,
    others: Mapping[str, object],
) -> Trace:
    """The computed trace; `others` are arguments of `simulate` that don't go with these, by name.

    Raises what `Timeline.simulate` raises.
    """
    trace = times.trace
    if not trace.lanes:
        raise WrongArgumentError(
            "simulate(workers=), threads=, moves= and placement= take a run on a cluster: this one was "
            "in one process, so nobody knows how large its values are; invoke(on=client) tells"
        )
    for name, given in others.items():
        if given:
            raise WrongArgumentError(
                f"simulate({name}={short_repr(given)}) does not go with workers=, threads=, moves= and "
                "placement=: these take all tasks as they ran on the cluster; leave one of both out"
            )
    return ClusterSimulator(times).run(
        workers=_count("simulate(workers=)", workers),
        threads=_count("simulate(threads=)", threads),
        moves=moves,
        placement=_placed(times, placement),
        faster=_factors(times, faster),
    )


def _count(where: str, given: int | None) -> int | None:
    return None if given is None else whole_number(where, given, at_least=1, or_none=True)


def _placed(times: NodeTimes, placement: Mapping[str, str] | None) -> dict[int, int]:
    if placement is None:
        return {}
    if not isinstance(placement, Mapping):
        raise WrongTypeError(
            "placement= takes a mapping such as {'merge': 'worker 0'}, not " + short_repr(placement)
        )
    graph = times.trace.graph
    return {
        index_of(graph, name, "placement="): _lane_called(times.trace.lanes, worker)
        for name, worker in placement.items()
    }


def _lane_called(lanes: Sequence[Lane], name: object) -> int:
    names = [lane.name for lane in lanes]
    if not isinstance(name, str) or name not in names:
        raise UnknownNodeError(f"no worker is called {short_repr(name)}{nearest(name, names)}")
    return names.index(name)


def _factors(times: NodeTimes, faster: Mapping[str, float] | None) -> dict[int, float]:
    if faster is None:
        return {}
    if not isinstance(faster, Mapping):
        raise WrongTypeError(
            f"faster= takes a mapping such as {{'fetch': 2.0}}, not {short_repr(faster)}"
        )
    trace = times.trace
    of_maps: dict[int, float] = {}
    of_tasks: dict[int, float] = {}
    for name, factor in faster.items():
        where: Any = f"simulate(faster=), for {short_repr(name)},"
        if factor != inf:
            finite_number(where, factor, above=0, what="a factor (math.inf: no time)")
        node = index_of(trace.graph, name, "faster=")
        of_maps.update(dict.fromkeys(rows_of(trace.births, node), factor))
        of_tasks[node] = factor
    return {**of_maps, **of_tasks}  # what names one item goes first
