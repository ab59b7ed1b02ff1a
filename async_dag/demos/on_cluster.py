"""`async-dag demo cluster`: one workflow on worker processes of this machine."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import sys
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final, TextIO

from async_dag import ExecutionResult, TaskManager, TaskNode, build_dag, in_thread
from async_dag._common.extras import extra
from async_dag.demos.three_ways import seen_live

Seen = Callable[[], AbstractContextManager[None]]

MEGABYTES: Final = 20
"""Of what the workflow reads."""


def read(seed: int) -> bytes:
    """Bytes of letters."""
    return random.Random(seed).randbytes(MEGABYTES * 1_000_000).translate(_LETTERS)


def read_next(seed: int) -> bytes:
    """Those of the next seed."""
    return read(seed + 1)


_LETTERS: Final = bytes(97 + code % 26 for code in range(256))


def blocks(text: bytes) -> bytes:
    """The text with its blocks of 1 kB in another order."""
    starts = range(0, len(text), 1000)
    return b"".join(text[start : start + 1000] for start in reversed(starts))


async def index(text: bytes) -> dict[str, int]:
    """Where a few words are, asked for in small steps between which others may run."""
    counts: dict[str, int] = {}
    for word in ("dag", "task", "wave", "slack"):
        counts[word] = text.count(word.encode())
        await asyncio.sleep(0.05)
    return counts


async def labels(text: bytes) -> list[int]:
    """As from a service that answers after a while."""
    await asyncio.sleep(0.4)
    return list(text[:100])


def features(text: bytes) -> bytes:
    """What is left of a third of the text when it is compressed."""
    return zlib.compress(text[: len(text) // 3], 6)


def merge(first: bytes, second: bytes) -> str:
    """One digest of both."""
    return hashlib.sha256(first + second).hexdigest()


def alike(first: bytes, second: bytes) -> int:
    """At how many places of every tenth block the two texts have the same letter."""
    step = 10_000
    return sum(
        mine == theirs
        for start in range(0, len(first), step)
        for mine, theirs in zip(
            first[start : start + 1000], second[start : start + 1000], strict=True
        )
    )


async def checks(counts: dict[str, int], marks: list[int]) -> int:
    """How many of the labels are letters."""
    await asyncio.sleep(0.2)
    return sum(97 <= mark <= 122 for mark in marks) + len(counts)


def report(digest: str, same: int, good: int) -> str:
    """What is told of it all."""
    return f"{digest[:12]}, {same:,} alike, {good} labels"


def workflow() -> tuple[TaskManager[int], TaskNode[int, str]]:
    """The workflow, and its end."""
    with build_dag(int) as tm:
        text_a = tm.options(name="read_a").add_node(in_thread(read), tm.parameter_node)
        text_b = tm.options(name="read_b").add_node(in_thread(read_next), tm.parameter_node)
        blocks_a = tm.options(name="blocks_a").add_node(in_thread(blocks), text_a)
        blocks_b = tm.options(name="blocks_b").add_node(in_thread(blocks), text_b)
        counts = tm.add_node(index, text_a)
        marks = tm.add_node(labels, text_b)
        features_a = tm.options(name="features_a").add_node(in_thread(features), blocks_a)
        features_b = tm.options(name="features_b").add_node(in_thread(features), blocks_b)
        same = tm.add_node(in_thread(alike), blocks_a, blocks_b)
        digest = tm.add_node(in_thread(merge), features_a, features_b)
        good = tm.add_node(checks, counts, marks)
        end = tm.add_node(in_thread(report), digest, same, good)
    return tm, end


async def at_home_and_there(
    tm: TaskManager[int],
    end: TaskNode[int, str],
    *,
    workers: int,
    threads: int,
    kill: bool,
    seen: Seen,
) -> tuple[ExecutionResult[int], ExecutionResult[int], str]:
    """The result here, the one on a new cluster, and the value of the end there.

    With `kill` one of the workers is killed, as `kill -9` does, while it runs `features_b`.
    """
    with extra("dask"):
        from async_dag.cluster.local import local_client

    with seen():
        here = await tm.invoke(1)
    async with local_client(workers, threads) as client:
        await tm.invoke(1, on=client, targets=["report"])  # the first run brings our plugins there
        with seen():
            invoke = asyncio.ensure_future(tm.invoke(1, on=client))
            if kill:
                await _kill_a_worker(tm, client, invoke)
            there: Any = await invoke  # a ClusterResult, as pyright can't tell of an untyped client
        return here, there, await there.gather(end)


async def _kill_a_worker(tm: TaskManager[int], client: Any, invoke: asyncio.Future[Any]) -> None:
    """Kill the worker of `features_b` a moment after that has begun there."""
    pids: dict[str, int] = await client.run(os.getpid)
    node = tm["features_b"].index
    while not invoke.done():
        running: dict[str, tuple[Any, ...]] = await client.processing()
        for address, keys in running.items():
            if any(isinstance(key, tuple) and key[1] == node for key in keys):
                await asyncio.sleep(0.1)
                os.kill(pids[address], signal.SIGKILL)
                return
        await asyncio.sleep(0.01)


def main(
    *,
    workers: int = 2,
    threads: int = 1,
    kill: bool = False,
    out: TextIO | None = None,
    width: int | None = None,
    html: str | None = None,
) -> int:
    """Run the workflow here and on a new cluster, and print the graph and both charts.

    Args:
        workers: how many worker processes the cluster has.
        threads: how many threads each of them has.
        kill: whether one of them is killed in the middle of the run.
        out: where to print, by default `sys.stdout`.
        width: the columns there are, by default those of the terminal.
        html: the file of a page with both runs, if one is wanted.

    Returns 0, or 1 if the values of both runs differ. Raises `MissingExtraError` (an `ImportError`)
    without `distributed`.
    """
    stream = sys.stdout if out is None else out
    encoding = stream.encoding or "utf-8"

    def say(text: str) -> None:
        print(text, file=stream, flush=True)

    tm, end = workflow()
    say(tm.draw.text(width, encoding=encoding) + "\n")
    here, there, value = asyncio.run(
        at_home_and_there(
            tm,
            end,
            workers=workers,
            threads=threads,
            kill=kill,
            seen=lambda: seen_live(tm, stream, width),
        )
    )
    for title, result in (("in this process", here), (f"on {workers} workers", there)):
        say(f"{title}:\n{result.draw.text(width, encoding=encoding)}\n")
    for finding in there.timeline.findings():
        say(f"- {finding}")
    same = value == here[end]
    say(f"\nThe value is the same here and there: {value}" if same else "\nThe values differ!")
    if html is not None:
        from async_dag.workbench.standalone import ShownRun, save_page

        save_page(html, [ShownRun(here, "in this process"), ShownRun(there, "on a cluster")])
    return 0 if same else 1
