"""`SchedulerWatch`: what the scheduler tells, which no worker knows.

That is: workers that join and leave, nodes that failed without a word (their worker died of them), and
nodes that the scheduler keeps back while every worker is busy.
"""

from __future__ import annotations

import time
from typing import Any, Final

from distributed import Scheduler, SchedulerPlugin

from async_dag._common.version import __version__
from async_dag.cluster.worker.journal import DELAY
from async_dag.cluster.worker.names import EVERYBODY, PLUGIN, node_of, topic_of

SCHEDULER: Final = "scheduler"
"""Stands for the scheduler where an address of a worker is called for."""


class SchedulerWatch(SchedulerPlugin):
    """Tells clients what the scheduler alone knows."""

    name = PLUGIN
    idempotent = True  # a second client leaves the first one's as it is

    async def start(self, scheduler: Scheduler) -> None:
        """Dask calls it when the scheduler gets the plugin."""
        self._scheduler = scheduler
        self._told: dict[str, dict[str, list[list[Any]]]] = {}  # by run and kind
        self._scheduled = False

    def transition(self, key: Any, start: str, finish: str, *_: Any, **__: Any) -> None:
        """Dask calls it whenever a task changes its state at the scheduler."""
        if finish == "queued" or start == "queued" or finish == "erred":
            of = node_of(key)
            if of is None:
                return
            run, node = of
            if finish == "erred":
                state = self._scheduler.tasks.get(key)
                blamed = None if state is None else state.exception_blame
                if blamed is None or blamed.key == key:
                    self._tell(run, "erred", node)
            elif finish == "queued":
                self._tell(run, "queued", node, time.perf_counter())
            else:
                self._tell(run, "unqueued", node, time.perf_counter())

    def _tell(self, run: str, kind: str, *fields: Any) -> None:
        self._told.setdefault(run, {}).setdefault(kind, []).append(list(fields))
        if not self._scheduled:
            self._scheduled = True
            self._scheduler.loop.call_later(DELAY, self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        batches, self._told = self._told, {}
        for run, batch in batches.items():
            self._scheduler.log_event(topic_of(run), {"run": run, "worker": SCHEDULER, **batch})

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:
        """Dask calls it when a worker has joined."""
        scheduler.log_event(EVERYBODY, {"joined": lane_of(scheduler, worker)})

    def remove_worker(self, scheduler: Scheduler, worker: str, **_: Any) -> None:
        """Dask calls it when a worker is gone, whichever way."""
        scheduler.log_event(EVERYBODY, {"lost": worker, "time": time.perf_counter()})


def lane_of(scheduler: Scheduler, address: str) -> list[Any]:
    """A worker's address, its name and how many threads it has."""
    state = scheduler.workers[address]
    name = state.name
    return [address, f"worker {name}" if isinstance(name, int) else str(name), state.nthreads]


def describe(dask_scheduler: Scheduler) -> dict[str, Any]:
    """What `client.run_on_scheduler` calls to learn what the cluster is made of."""
    lanes = [lane_of(dask_scheduler, address) for address in dask_scheduler.workers]
    return {
        "version": __version__,
        "time": time.perf_counter(),
        "lanes": sorted(lanes, key=lambda lane: (len(lane[1]), lane[1])),  # 2 comes before 10
    }
