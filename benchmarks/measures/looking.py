"""What a reader of the trace costs the run: a thread that asks for all states ten times a second."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from threading import Event, Thread
from typing import TYPE_CHECKING, TypedDict

from benchmarks.contender import Contender
from benchmarks.contenders.ours import build
from benchmarks.graphs import Node, TaskGraph, layers
from benchmarks.tasks import Task

if TYPE_CHECKING:
    from async_dag import Run

COUNT = 5_000
SECONDS = 6.0
"""The run is to take at least five."""

PERIOD = 0.1


class Looking(TypedDict):
    """Seconds of the run; how many times the trace was read, and processor seconds of the reader."""

    wall: float
    cpu: float
    looks: int
    reader: float


def loops_per_node() -> int:
    """Turns of an empty loop that keep the processor busy so long that the run takes `SECONDS`.

    Found once and given to all, so that every run has the same work.
    """
    tries = 200_000
    start = time.process_time()  # what else runs on the machine must not make the work less
    for _ in range(tries):
        pass
    return round(tries * SECONDS / COUNT / (time.process_time() - start))


class Reader:
    """Reads the trace of a run from a thread of its own."""

    def __init__(self) -> None:
        self.looks = 0
        self.seconds = 0.0
        self._end = Event()
        self._thread: Thread | None = None

    def begin(self, run: Run) -> None:
        """To be given to `watch`."""
        self._thread = Thread(target=self._read, args=[run])
        self._thread.start()

    def end(self) -> None:
        """Wait for the thread to end."""
        self._end.set()
        if self._thread is not None:
            self._thread.join()

    def _read(self, run: Run) -> None:
        while not self._end.wait(PERIOD):
            states = run.trace.snapshot().states
            assert len(states) == len(run.trace)
            self.looks += 1
        self.seconds = time.thread_time()


def measure(contender: Contender, read: bool, loops: int) -> Looking:
    """One run that never leaves the processor idle, so whatever a reader takes is taken from it."""
    del contender  # only ours has a trace

    def busy(task: Task) -> Task:
        async def work(*values: int) -> int:
            for _ in range(loops):
                pass
            return await task(*values)

        return work

    plain = layers(COUNT, False)
    graph = TaskGraph(tuple(Node(busy(node.task), node.arguments) for node in plain.nodes))
    expected = plain.expected(0)
    tm, nodes = build(graph)
    reader = Reader()

    async def run() -> tuple[float, float]:
        cpu, start = time.process_time(), time.perf_counter()
        result = await tm.invoke(0)
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        graph.check({i: node.extract_result(result) for i, node in enumerate(nodes)}, expected)
        return wall, cpu

    with ExitStack() as stack:
        if read:
            stack.callback(reader.end)
            stack.enter_context(tm.watch(reader.begin))
        wall, cpu = asyncio.run(run())
    return {"wall": wall, "cpu": cpu, "looks": reader.looks, "reader": reader.seconds}
