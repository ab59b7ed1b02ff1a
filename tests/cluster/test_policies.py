"""What `invoke` and `options` ask for beyond running all nodes, on a real cluster."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed")

import stamina
from distributed import Client

from async_dag import (
    ClusterError,
    Dask,
    InvocationError,
    NodeTimeoutError,
    TaskManager,
    WrongArgumentError,
    WrongTaskError,
    build_dag,
    in_thread,
)
from async_dag.cluster import connection
from async_dag.trace.columns import Attempt
from tests.support.cluster import Cluster


async def nap(seconds: float, *_: object) -> float:
    await asyncio.sleep(seconds)
    return seconds


async def mark(path: str, *_: object) -> str:
    with Path(path).open("a", encoding="utf-8") as file:  # noqa: ASYNC230 - a line
        file.write("ran\n")
    return path


def runs_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


def at_most_five() -> Any:
    """As users retry; made on the worker."""
    return stamina.retry_context(on=OSError, attempts=5, wait_initial=0.05, wait_jitter=0)


def test_a_timeout_counts_from_the_start_of_the_task(cluster: Cluster) -> None:
    """A node that takes longer fails with `NodeTimeoutError`, on its worker."""
    with build_dag() as tm:
        tm.options(timeout=0.2).add_node(nap, 10.0)

    async def main(client: Client) -> None:
        with pytest.raises(InvocationError) as caught:
            await tm.invoke(on=client)
        [error] = caught.value.exceptions
        assert isinstance(error, NodeTimeoutError)
        assert "node 'nap' took longer than its timeout of 0.2 s" in str(error)

    cluster.run(main)


def test_a_retry_is_made_on_the_worker(cluster: Cluster, tmp_path: Path) -> None:
    """Each attempt is in the trace, with its error and on its lane, and how many are allowed."""
    path = str(tmp_path / "runs")

    async def flaky() -> int:
        await mark(path)
        if runs_of(Path(path)) < 3:
            raise OSError("try again")
        return 7

    with build_dag() as tm:
        node = tm.options(retry=at_most_five).add_node(flaky)

    async def main(client: Client) -> None:
        result = await tm.invoke(on=client)
        assert await result.gather(node) == 7
        attempts = result.trace.attempts
        assert [one.error for one in attempts] == ["OSError: try again"] * 2 + [None]
        assert {one.most for one in attempts} == {5}
        assert {one.lane for one in attempts} == {result.trace.lane_of[0]}
        assert all(isinstance(one, Attempt) and one.end >= one.start for one in attempts)

    cluster.run(main)


def test_max_concurrency_bounds_the_whole_cluster(cluster: Cluster) -> None:
    """No more nodes than slots are there at once; the others wait for a slot, here."""
    with build_dag() as tm:
        for _ in range(6):
            tm.add_node(nap, 0.1)

    async def main(client: Client) -> Any:
        return (await tm.invoke(on=client, max_concurrency=2)).trace

    trace = cluster.run(main)
    assert trace.timeline.peak_parallelism <= 2
    assert trace.max_concurrency == 2
    assert {wait.node for wait in trace.waits if wait.kind == "slot"} == {2, 3, 4, 5}


def test_a_large_value_is_used_before_the_next_one_is_made(cluster: Cluster) -> None:
    """With two slots two blocks of twelve chains are alive at a time, though paths say otherwise."""

    async def make(size: int) -> bytes:
        await asyncio.sleep(0.02)
        return bytes(size)

    async def use(block: bytes) -> int:
        await asyncio.sleep(0.02)
        return len(block)

    with build_dag(int) as tm:
        made = [tm.add_node(make, tm.parameter_node) for _ in range(12)]
        used = [tm.add_node(use, node) for node in made]

    async def main(client: Client) -> Any:
        return (await tm.invoke(200_000, on=client, max_concurrency=2)).trace

    trace = cluster.run(main)
    assert {trace.sizes[node.index] >= 200_000 for node in made} == {True}
    alive = [
        (trace.finished[maker.index], trace.finished[user.index])
        for maker, user in zip(made, used, strict=True)
    ]
    most = max(sum(start <= now < end for start, end in alive) for now, _ in alive)
    # Twelve if the makers went first; one more than slots, for what two clocks may differ by.
    assert most <= 3


def test_limits_are_kept_here(cluster: Cluster) -> None:
    """A semaphore of this process bounds nodes that run on workers; the others go on."""

    async def main(client: Client) -> Any:
        with build_dag() as tm:
            one_at_a_time = tm.options(limit=asyncio.Semaphore(1))
            limited = [one_at_a_time.add_node(nap, 0.1) for _ in range(3)]
            tm.add_node(nap, 0.1, *limited)
        trace = (await tm.invoke(on=client)).trace
        spans = sorted((trace.started[node.index], trace.finished[node.index]) for node in limited)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
        assert len([wait for wait in trace.waits if wait.kind == "limit"]) >= 2
        return trace

    assert cluster.run(main).states == ["done"] * 4


def test_a_limit_that_raises_fails_its_node(cluster: Cluster) -> None:
    """The node never gets to the cluster, and its dependents are skipped."""

    class Broken:
        async def __aenter__(self) -> None:
            raise OSError("no licence")

        async def __aexit__(self, *_: object) -> None: ...

    with build_dag() as tm:
        tm.add_node(nap, 0.0, tm.options(limit=Broken()).add_node(nap, 0.0))

    async def main(client: Client) -> None:
        with pytest.raises(InvocationError, match="no licence") as caught:
            await tm.invoke(on=client)
        assert caught.value.result.trace.states == ["failed", "skipped"]

    cluster.run(main)


def test_targets_cull_the_rest(cluster: Cluster, tmp_path: Path) -> None:
    """Only what the targets need runs, and they are what is kept."""
    needed, other = tmp_path / "needed", tmp_path / "other"
    with build_dag() as tm:
        first = tm.add_node(mark, str(needed))
        target = tm.add_node(nap, 0.0, first)
        tm.add_node(mark, str(other), target)

    async def main(client: Client) -> None:
        result = await tm.invoke(on=client, targets=[target])
        assert set(result.futures) == {target}
        assert result.trace.states == ["done", "done", "skipped"]

    cluster.run(main)
    assert (runs_of(needed), runs_of(other)) == (1, 0)


def test_reuse_takes_what_the_workers_still_have(cluster: Cluster, tmp_path: Path) -> None:
    """After a failure only what is missing runs again; values that were used up are not made anew."""
    first, second, ready = tmp_path / "first", tmp_path / "second", tmp_path / "ready"

    async def once_ready(path: str, *_: object) -> str:
        if not Path(path).exists():  # noqa: ASYNC240
            raise OSError("not yet")
        return "done"

    with build_dag() as tm:
        one = tm.add_node(mark, str(first))
        two = tm.add_node(mark, str(second), one)
        end = tm.add_node(once_ready, str(ready), two)

    async def main(client: Client) -> None:
        with pytest.raises(InvocationError):
            await tm.invoke(on=client)
        ready.touch()
        result = await tm.invoke(on=client, reuse=tm.last_unfinished)
        assert result.trace.states == ["skipped", "reused", "done"]
        assert await result.gather(end) == "done"
        assert await result.gather(two) == str(second)
        here = await tm.invoke()
        again = await tm.invoke(on=Dask(client, keep="all"), reuse=here)
        assert again.trace.states == ["reused"] * 3
        assert again[end] == "done"

    cluster.run(main)
    assert (runs_of(first), runs_of(second)) == (2, 2)


def test_what_cannot_travel_is_refused_before_anything_is_submitted(
    cluster: Cluster, tmp_path: Path
) -> None:
    """By the node's name, with the reason and the cure; nothing has run by then."""
    path = tmp_path / "ran"
    lock = threading.Lock()

    async def locked() -> bool:
        return lock.locked()

    async def locked_too(_: float) -> bool:
        return lock.locked()

    def manager(add: Any) -> TaskManager[None]:
        tm = TaskManager[None]()
        tm.add_node(mark, str(path))
        add(tm)
        tm.sort()
        return tm

    pool = ThreadPoolExecutor(1)
    function = manager(lambda tm: tm.add_node(locked))
    value = manager(lambda tm: tm.add_node(nap, 0.0, lock))
    retry = manager(lambda tm: tm.options(retry=lambda: lock).add_node(nap, 0.0))
    pooled = manager(lambda tm: tm.add_node(in_thread(time.sleep, pool=pool), 0.0))
    mapped = manager(lambda tm: tm.map(locked_too, [0.0, 0.0]))

    async def main(client: Client) -> None:
        with pytest.raises(
            WrongTaskError, match=r"node 'locked' .* its function .* pickled .*lock"
        ):
            await function.invoke(on=client)
        with pytest.raises(
            WrongArgumentError, match=r"node 'nap' .* its argument 1, <.*lock.*>, can't"
        ):
            await value.invoke(on=client)
        with pytest.raises(WrongTaskError, match=r"node 'nap' can't run on a cluster"):
            await retry.invoke(on=client)
        with pytest.raises(WrongTaskError, match=r"node 'sleep' .* in_thread\(..., pool=\)"):
            await pooled.invoke(on=client)
        with pytest.raises(WrongTaskError, match=r"node 'locked_too' .* its function .* pickled"):
            await mapped.invoke(on=client)

    cluster.run(main)
    assert runs_of(path) == 0


def test_another_version_on_the_cluster_is_refused(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says who has which version, and how to install ours."""
    monkeypatch.setattr(connection, "__version__", "99.1")
    with build_dag() as tm:
        tm.add_node(nap, 0.0)

    async def main(client: Client) -> None:
        with pytest.raises(ClusterError, match=r"async_dag 99.1 is needed .* the scheduler has .*"):
            await tm.invoke(on=client)

    cluster.run(main)


def test_order_without_a_value(cluster: Cluster) -> None:
    """`after=` is kept, though nothing moves for it."""
    with build_dag() as tm:
        first = tm.add_node(nap, 0.2)
        second = tm.options(after=[first]).add_node(nap, 0.0)

    async def main(client: Client) -> Any:
        return (await tm.invoke(on=client)).trace

    trace = cluster.run(main)
    assert trace.started[second.index] >= trace.finished[first.index]
    assert trace.moves == []


def test_sub_dags_run_like_other_nodes(cluster: Cluster) -> None:
    """A DAG within a DAG is inlined, so it needs nothing of its own there."""
    with build_dag(float) as sub:
        title = sub.add_node(nap, sub.parameter_node)
    with build_dag(float) as tm:
        used = tm.add_dag(sub, tm.parameter_node)
        end = tm.add_node(nap, used[title])

    async def main(client: Client) -> float:
        return await (await tm.invoke(0.01, on=client)).gather(end)

    assert cluster.run(main) == 0.01
