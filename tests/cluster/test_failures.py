"""Failures, cancellation and lost workers, on a real cluster."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed")

from distributed import Client, KilledWorker
from distributed.comm import CommClosedError

from async_dag import (
    OUTSIDE,
    ClusterError,
    InvocationError,
    NodeCancelled,
    ResultUnavailableError,
    build_dag,
    in_thread,
    report,
)
from async_dag.cluster import run as cluster_run
from async_dag.cluster.connection import Connection
from async_dag.cluster.worker.names import PLUGIN
from async_dag.trace.columns import LOST, VALUE_LOST
from tests.support.cluster import Cluster, kill


async def number(n: int) -> int:
    return n


async def wait_for_ever(cleaned: str, *_: object) -> None:
    Path(f"{cleaned} begun").touch()  # noqa: ASYNC240
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0.1)
        Path(cleaned).write_text("clean", encoding="utf-8")  # noqa: ASYNC240


async def fail_after(others: str, *_: object) -> None:
    """Fails once there is this file; at once if it is "" that is named."""
    while others and not Path(others).exists():  # noqa: ASYNC240
        await asyncio.sleep(0.02)
    try:
        raise KeyError("inner")
    except KeyError as error:
        raise OSError("no route") from error


async def use(*_: object) -> str:
    return "used"


def test_a_failure_cancels_the_others_and_waits_for_their_clean_up(
    cluster: Cluster, tmp_path: Path
) -> None:
    """The rest is cancelled on the workers, cleans up there, and what was done is kept."""
    cleaned = tmp_path / "cleaned"
    with build_dag() as tm:
        first = tm.add_node(number, 1)
        waits = tm.add_node(wait_for_ever, str(cleaned), first)
        fails = tm.add_node(fail_after, f"{cleaned} begun", first)
        last = tm.add_node(use, waits, fails)

    async def main(client: Client) -> None:
        await tm.invoke(on=client, targets=[first])
        with pytest.raises(InvocationError) as caught:
            await tm.invoke(on=client)
        error = caught.value
        result = error.result
        assert cleaned.exists()
        assert result.trace.states == ["done", "cancelled", "failed", "skipped"]
        assert result.trace.causes == {1: 2, 3: 2}
        [inner] = error.exceptions
        assert isinstance(inner, OSError)
        assert inner.__notes__ == ["in node 'fail_after'"]
        assert isinstance(inner.__cause__, KeyError)
        shown = "".join(traceback.format_exception(inner))
        assert 'raise OSError("no route") from error' in shown
        assert "async_dag/cluster" not in "".join(traceback.format_tb(inner.__traceback__))
        assert result.trace.errors == {2: "OSError: no route"}
        assert tm.last_unfinished is result
        assert await result.gather(first) == 1  # type: ignore[attr-defined]
        with pytest.raises(
            ResultUnavailableError, match="never started, because node 'fail_after'"
        ):
            result[last]

    cluster.run(main)


def test_on_error_continue_skips_only_what_depends_on_the_failure(cluster: Cluster) -> None:
    """All else finishes before the error is raised."""
    with build_dag() as tm:
        fails = tm.add_node(fail_after, "")
        tm.add_node(use, tm.collect([fails, fails]))
        good = tm.add_node(use, tm.add_node(number, 1))

    async def main(client: Client) -> None:
        with pytest.raises(InvocationError) as caught:
            await tm.invoke(on=client, on_error="continue")
        result: Any = caught.value.result
        states = result.trace.states
        assert states == ["failed", "skipped", "skipped", "done", "done"]
        assert await result.gather(good) == "used"

    cluster.run(main)


def test_several_failures_come_together(cluster: Cluster, tmp_path: Path) -> None:
    """With a failure in the clean-up of another: both are in the group."""
    begun = tmp_path / "begun"

    async def fails_in_clean_up() -> None:
        begun.touch()
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("clean-up")

    with build_dag() as tm:
        tm.add_node(fails_in_clean_up)
        tm.add_node(fail_after, str(begun))

    async def main(client: Client) -> None:
        with pytest.raises(InvocationError, match="2 nodes failed") as caught:
            await tm.invoke(on=client)
        assert {type(error) for error in caught.value.exceptions} == {OSError, ValueError}
        assert caught.value.result.trace.states == ["failed", "failed"]

    cluster.run(main)


def test_cancelling_the_invoke_cancels_there(cluster: Cluster, tmp_path: Path) -> None:
    """Whoever cancels waits until the clean-up on the workers is over; so does `run.cancel()`."""
    cleaned = tmp_path / "cleaned"
    with build_dag() as tm:
        first = tm.add_node(number, 1)
        waits = tm.add_node(wait_for_ever, str(cleaned), first)
        tm.add_node(use, waits)

    async def main(client: Client) -> None:
        runs: list[Any] = []
        for how in ("task", "run"):
            with tm.watch(runs.append):
                invoke = asyncio.create_task(tm.invoke(on=client))
                while not runs or runs[-1].trace.states[waits.index] != "running":
                    await asyncio.sleep(0.02)
            if how == "task":
                invoke.cancel()
            else:
                threading.Thread(target=runs[-1].cancel).start()
            with pytest.raises(asyncio.CancelledError):
                await invoke
            assert cleaned.exists()
            cleaned.unlink()
            unfinished = tm.last_unfinished
            assert unfinished is not None
            assert unfinished.trace.states == ["done", "cancelled", "skipped"]
            assert unfinished.trace.causes == {1: OUTSIDE, 2: OUTSIDE}
            runs.clear()

    cluster.run(main)


def test_what_a_node_may_raise(cluster: Cluster) -> None:
    """Cancelling itself, leaving the program, exceptions that can't be pickled, texts beyond UTF-8."""

    async def gives_up() -> None:
        raise asyncio.CancelledError

    async def leaves() -> None:
        raise SystemExit(3)

    async def odd() -> None:
        class OddError(Exception):
            def __init__(self) -> None:
                super().__init__("holds a lock")
                self.lock = threading.Lock()

        raise OddError

    async def names_a_file() -> None:
        class OddNameError(OSError):
            def __repr__(self) -> str:
                return f"<{self}>"

        report(0, 1, "caf\udce9")  # a byte of Latin-1 in a file's name
        raise OddNameError("caf\udce9")

    def raised_by(task: Any) -> Any:
        with build_dag() as tm:
            tm.add_node(task)
        return tm

    async def main(client: Client) -> None:
        with pytest.raises(InvocationError) as caught:
            await raised_by(gives_up).invoke(on=client)
        assert isinstance(caught.value.exceptions[0], NodeCancelled)
        with pytest.raises(SystemExit):
            await raised_by(leaves).invoke(on=client)
        with pytest.raises(InvocationError) as caught:
            await raised_by(odd).invoke(on=client)
        [error] = caught.value.exceptions
        assert isinstance(error, ClusterError)
        assert "OddError: holds a lock (the exception itself can't be pickled)" in str(error)
        with pytest.raises(InvocationError) as caught:
            await raised_by(names_a_file).invoke(on=client)
        assert str(caught.value.exceptions[0]) == "caf\udce9"
        trace = caught.value.result.trace
        assert trace.progress[0] == (0.0, 1.0, r"caf\udce9")
        # Both workers have survived all of it, and still answer.
        assert len(await client.nthreads()) == 2
        assert await client.gather(client.map(abs, [-1, -2], pure=False)) == [1, 2]

    cluster.run(main)


@pytest.fixture(scope="module")
def mortal_cluster() -> Iterator[Cluster]:
    """A cluster whose workers may be killed: others take their places, of which one must wait."""
    with Cluster() as running:
        yield running


def test_a_worker_that_is_killed_costs_time_but_no_value(
    mortal_cluster: Cluster, tmp_path: Path
) -> None:
    """What ran there runs again elsewhere; both attempts are told, the first with its reason."""
    killed = tmp_path / "killed"

    async def slow(n: int) -> int:
        while not killed.exists():
            await asyncio.sleep(0.02)
        return n + 1

    with build_dag() as tm:
        firsts = [tm.add_node(number, n) for n in range(4)]
        slows = [tm.add_node(slow, first) for first in firsts]
        end = tm.add_node(use, *slows)

    async def main(client: Client) -> None:
        await client.wait_for_workers(2)
        runs: list[Any] = []
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke(on=client))
            while not runs or runs[0].trace.states[4:8] != ["running"] * 4:
                await asyncio.sleep(0.02)
        trace = runs[0].trace
        lane = trace.lane_of[slows[0].index]
        victims = [node.index for node in slows if trace.lane_of[node.index] == lane]
        [address] = [
            address
            for address, name in (await names_of(client)).items()
            if f"worker {name}" == trace.lanes[lane].name
        ]
        await kill(client, address)
        killed.touch()
        result = await invoke
        assert await result.gather(end) == "used"
        assert trace.states == ["done"] * 9
        assert trace.lanes[lane].end == pytest.approx(trace.lanes[lane].end)  # it is no NaN
        # Also of one that took the lost one's place.
        assert all(trace.lanes[where].host for where in trace.lane_of.values())
        ran_twice = {attempt.node for attempt in trace.attempts}
        assert ran_twice >= set(victims)
        for node in victims:
            first, *_, last = [one for one in trace.attempts if one.node == node]
            assert (first.error, first.lane) == (LOST, lane)
            assert first.end == trace.lanes[lane].end
            assert last.error is None
            assert last.lane != lane
        for attempt in trace.attempts:
            assert attempt.error in (None, LOST, VALUE_LOST)

    mortal_cluster.run(main)


@pytest.mark.parametrize("by_item", [False, True])
def test_a_worker_that_is_killed_before_it_told_of_an_end_holds_nobody_up(
    mortal_cluster: Cluster, by_item: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others have the value, so the node never runs again: that it is done tells its future."""

    # Before the node comes: of its start, too, nobody may hear, however long that takes.
    def fall_silent(dask_worker: Any) -> None:
        dask_worker.plugins[PLUGIN]._journal._send = lambda *_: None

    def speak_if_other(than: int, dask_worker: Any) -> None:
        if os.getpid() != than:
            plugin = dask_worker.plugins[PLUGIN]
            plugin._journal._send = plugin._send

    def give_pid() -> list[int]:
        return [os.getpid(), 2, 3]

    async def first_of(pids: list[int]) -> int:
        return pids[0]

    async def same(pid: int) -> int:
        return pid

    monkeypatch.setattr(cluster_run, "UNTOLD", 0.1)
    with build_dag() as tm:
        source = tm.add_node(in_thread(give_pid))
        end: Any = tm.map(same, source) if by_item else tm.add_node(first_of, source)

    async def main(client: Client) -> None:
        await client.wait_for_workers(2)
        await Connection.to(client)  # it brings the workers what tells
        await client.run(fall_silent)
        runs: list[Any] = []
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke(on=client))
            while not runs or source.index not in runs[0].result._futures:
                await asyncio.sleep(0.01)
        future = runs[0].result.future(source)
        pid = (await future)[0]
        await client.run(speak_if_other, pid)
        await client.replicate([future], n=2)
        os.kill(pid, signal.SIGKILL)
        result = await invoke
        assert await result.gather(end) == ([pid, 2, 3] if by_item else pid)
        trace = result.trace
        assert set(trace.states) == {"done"}
        assert trace.finished[source.index] <= trace.ready[end.index]
        assert trace.attempts == []

    mortal_cluster.run(main)


def test_a_worker_that_is_lost_while_it_is_asked_for_its_time_is_left_out() -> None:
    """What it has told is waiting for its clock: that is guessed then."""

    class Losing:
        asynchronous = True

        async def run(self, *_: object, **__: object) -> dict[str, Any]:
            raise CommClosedError

    client: Any = Losing()
    connection = Connection(client)
    asyncio.run(connection.set_clocks(["tcp://127.0.0.1:1"]))
    assert connection.clocks == {}
    connection.guess("tcp://127.0.0.1:1", 5.0, 7.0)
    assert connection.clocks["tcp://127.0.0.1:1"].here(6.0) == 8.0


async def names_of(client: Client) -> dict[str, Any]:
    def names(dask_scheduler: Any) -> dict[str, Any]:
        return {address: worker.name for address, worker in dask_scheduler.workers.items()}

    return await client.run_on_scheduler(names)  # type: ignore[no-any-return]


def test_a_task_that_kills_its_worker_each_time_fails(
    mortal_cluster: Cluster, tmp_path: Path
) -> None:
    """Dask gives up after some workers; the node fails with its `KilledWorker`, others are skipped."""

    def give_up_sooner(dask_scheduler: Any) -> None:
        dask_scheduler.allowed_failures = 1  # after two workers, not four

    async def dies() -> None:
        tries = len(list(tmp_path.glob("died *")))  # noqa: ASYNC240 - some files
        while not (tmp_path / f"heard {tries}").exists():
            await asyncio.sleep(0.02)
        (tmp_path / f"died {tries}").touch()
        os.kill(os.getpid(), signal.SIGKILL)

    with build_dag() as tm:
        node = tm.add_node(dies)
        tm.add_node(use, node)

    async def main(client: Client) -> None:
        await client.wait_for_workers(2)
        await client.run_on_scheduler(give_up_sooner)
        runs: list[Any] = []
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke(on=client))
            # It dies once it is known here that it runs: of what nobody has told nothing can be known.
            while not runs or runs[0].trace.states[node.index] != "running":
                await asyncio.sleep(0.02)
            (tmp_path / "heard 0").touch()
            while len(runs[0].trace.attempts) < 2:
                await asyncio.sleep(0.02)
            (tmp_path / "heard 1").touch()
        with pytest.raises(InvocationError) as caught:
            await invoke
        [error] = caught.value.exceptions
        assert isinstance(error, KilledWorker)
        trace = caught.value.result.trace
        assert trace.states == ["failed", "skipped"]
        assert {attempt.error for attempt in trace.attempts} == {LOST}
        assert len(trace.attempts) > 1

    mortal_cluster.run(main, seconds=120)


def test_a_client_that_closes_ends_the_invoke(cluster: Cluster) -> None:
    """The invoke does not wait for ever for a cluster that it has lost."""

    async def nap() -> None:
        await asyncio.sleep(60)

    with build_dag() as tm:
        tm.add_node(nap)

    async def main(client: Client) -> None:
        async with Client(cluster.address, asynchronous=True, set_as_default=False) as other:
            runs: list[Any] = []
            with tm.watch(runs.append):
                invoke = asyncio.create_task(tm.invoke(on=other))
                while not runs or runs[0].trace.states != ["running"]:
                    await asyncio.sleep(0.02)
        with pytest.raises(ClusterError, match="the client was closed during the invoke"):
            await invoke
        with pytest.raises(ClusterError, match="the client is closed"):
            await tm.invoke(on=other)

    cluster.run(main)


def test_what_was_cancelled_by_others_ends_the_invoke(cluster: Cluster) -> None:
    """Somebody cancels a future of the run: it can't end any more, and says so."""

    async def nap() -> None:
        await asyncio.sleep(60)

    with build_dag() as tm:
        node = tm.add_node(nap)

    async def main(client: Client) -> None:
        runs: list[Any] = []
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke(on=client))
            while not runs or runs[0].trace.states != ["running"]:
                await asyncio.sleep(0.02)
        await client.cancel([runs[0].result.future(node)])
        with pytest.raises(ClusterError, match="the future of node 'nap' was cancelled"):
            await invoke

    cluster.run(main)


def test_a_thread_is_not_waited_for(cluster: Cluster, tmp_path: Path) -> None:
    """A plain function can't be stopped: the cancelled invoke leaves it behind, as it does here."""
    told, over = tmp_path / "told", tmp_path / "over"

    def block() -> None:
        while not told.exists():
            time.sleep(0.02)
        over.touch()

    with build_dag() as tm:
        tm.add_node(in_thread(block))

    async def main(client: Client) -> None:
        runs: list[Any] = []
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke(on=client))
            while not runs or runs[0].trace.states != ["running"]:
                await asyncio.sleep(0.02)
        invoke.cancel()
        with pytest.raises(asyncio.CancelledError):
            await invoke
        assert not over.exists()
        assert runs[0].trace.states == ["cancelled"]
        told.touch()
        while not over.exists():  # its worker is others', too
            await asyncio.sleep(0.02)

    cluster.run(main)
