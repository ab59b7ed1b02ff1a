"""`GraphRun`: an invoke on a cluster that is told of all nodes as fast as it can take them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final

from async_dag.cluster.connection import Connection
from async_dag.cluster.gate import Gate
from async_dag.cluster.keeping import Keeping
from async_dag.cluster.node_task import NodeTask
from async_dag.cluster.run import ClusterRun
from async_dag.cluster.trace_writer import TraceWriter
from async_dag.trace.columns import NOT_NEEDED, Lane, WaitKind

if TYPE_CHECKING:
    from async_dag.cluster.result import ClusterResult
    from async_dag.engine.policy import Policy


HEAVY: Final = 100_000
"""Bytes from which on a value is so large that who takes it gets a slot before who takes none."""


class GraphRun(ClusterRun):
    """The run of a DAG without maps and choices.

    Nodes are handed over in blocks, each after what it needs, and the scheduler does the rest; only
    those that must wait for a limit or a slot are held back here.

    Args:
        tasks: what each node is for Dask.
        columns: writes the trace.
        keeping: which values the workers keep.
        order: the nodes that run, in the order in which they are handed over.
    """

    def __init__(
        self,
        name: str,
        policy: Policy,
        result: ClusterResult[Any],
        connection: Connection,
        lanes: Mapping[str, Lane],
        tasks: dict[int, list[NodeTask]],
        columns: TraceWriter,
        keeping: Keeping,
        order: Sequence[int],
        loop: asyncio.AbstractEventLoop,
        *,
        as_graph: bool = True,
    ) -> None:
        compiled = policy.compiled
        super().__init__(
            name, policy, result, connection, lanes, columns, tasks, loop, as_graph=as_graph
        )
        self._keeping = keeping
        limits = {
            node: options.limit
            for node in compiled.with_attempts
            if node in policy.runs and (options := compiled.options[node]).limit is not None
        }
        slots = policy.slots if policy.paths else None
        names = compiled.graph.names
        self._gate: Gate | None = None
        gated: set[int] = set()
        if limits or slots is not None or compiled.after:
            self._gate = Gate(
                slots,
                policy.paths,
                limits,
                names,
                compiled.after.keys(),
                lambda: self.trace.elapsed,
                self._passed,
                self._waited,
                self._failed_here,
            )
            gated = {
                node
                for node in policy.runs
                if compiled.tasks[node] is not None and self._gate.holds(node)
            }
        self._gated = gated
        self._submission = Submission(order, compiled.missing, compiled.dependents, gated)
        self._columns.tell_ready = self._became_ready if gated else None
        self._columns.tell_size = self._is_heavy if policy.slots is not None else None
        self._left = sum(compiled.tasks[node] is not None for node in policy.runs)
        self.trace.max_concurrency = policy.slots
        for node in policy.not_needed:
            self.trace.causes[node] = NOT_NEEDED
            self.trace.outcomes[node] = "skipped"
        for node in policy.reused:
            self.trace.outcomes[node] = "reused"
            self.trace.ready[node] = self.trace.finished[node] = 0.0
        for node in compiled.given:
            self.trace.ready[node] = self.trace.started[node] = self.trace.finished[node] = 0.0

    def _begin(self) -> None:
        self._columns.begin()

    def _next(self, most: int) -> list[int]:
        return self._submission.take(most)

    def _tables(self) -> list[dict[Any, Any]]:
        tables: list[dict[Any, Any]] = [self._tasks, self._keys]
        return tables + self._columns.tables() + self._keeping.tables() + self._submission.tables()

    def _is_done(self) -> bool:
        return not self._left

    def _keeps(self, node: int) -> bool:
        return self._keeping.keeps(node)

    def _over(self, node: int) -> None:
        outcome = self.trace.outcomes.get(node)
        if self._policy.compiled.tasks[node] is not None:
            self._left -= 1
            if self._gate is not None and node in self._gated:
                self._gate.ended(node)
        if outcome is None:
            for other in self._keeping.ended(node):
                self._release(other)
        elif outcome == "failed":
            self._failed(node)
            self._after_failure(node)

    # Gates

    def _became_ready(self, node: int) -> None:
        if self._gate is not None and node in self._gated:
            self._gate.ready(node)

    def _is_heavy(self, node: int, size: int) -> None:
        """A value is there, and its size is known: whoever takes it goes first."""
        if self._gate is None or size < HEAVY:
            return
        compiled = self._policy.compiled
        takers = [*compiled.dependents[node]]
        while takers:
            taker = takers.pop()
            if compiled.tasks[taker] is None:  # a collect
                takers += compiled.dependents[taker]
            elif taker in self._gated:
                self._gate.takes_large(taker)

    def _passed(self, node: int) -> None:
        self._submission.passed(node)
        self._wake()

    def _waited(self, node: int, kind: WaitKind, start: float, end: float) -> None:
        self._columns.waited(node, kind, start, end)

    def _failed_here(self, node: int, error: BaseException) -> None:
        """A limit raised, so its node never got to the cluster."""
        self._columns.failed(node, self.trace.elapsed)
        self._columns.ended.remove(node)
        self._left -= 1
        self._record(node, error)
        self._after_failure(node)
        self._wake()

    # Failures

    def _record(self, node: int, error: BaseException) -> None:
        self._ending.record(node, error, self.trace.finished[node], stopping=False)

    def _after_failure(self, node: int) -> None:
        if not self._policy.continues_on_error:
            self._stop_soon(node)
            return
        trace = self.trace
        dependents = self._policy.compiled.dependents
        behind = [*dependents[node]]
        while behind:
            dependent = behind.pop()
            if dependent not in trace.outcomes:
                trace.causes[dependent] = node
                trace.outcomes[dependent] = "skipped"
                if self._policy.compiled.tasks[dependent] is not None:
                    self._left -= 1
                behind.extend(dependents[dependent])

    # The end

    async def _let_go(self) -> None:
        if self._gate is not None:
            await self._gate.close()

    async def _gone(self) -> None:
        """Nothing is left: what did not end is told by the columns."""

    def _settle(self) -> None:
        trace = self.trace
        if self._stopping or self._left:
            for node in self._policy.runs:
                if trace.outcomes.get(node) == "cancelled":
                    trace.causes[node] = self._ending.cause
            running = [
                node
                for node in self._policy.runs
                if trace.started[node] == trace.started[node]
                and trace.finished[node] != trace.finished[node]
            ]
            for node in running:
                trace.causes[node] = self._ending.cause
                trace.outcomes[node] = "cancelled"
                trace.finished[node] = max(trace.elapsed, trace.started[node])
            self._ending.settle()
        self._gate = None
        self._columns.tell_ready = self._columns.tell_size = None


# `Submission`: which nodes may be handed to the scheduler now, and in which order.


class Submission:
    """The nodes of a run that were not handed over yet.

    A node may go once all that it needs has gone; one that must pass a gate once it has passed.

    Args:
        order: the nodes that run, in the order in which they go if they may (see `depth_first`).
        missing: of every node how many others it needs that run.
        dependents: of every node.
        gated: the nodes that must pass.

    >>> submission = Submission([0, 1, 2], [0, 0, 2], [[2], [2], []], gated={1})
    >>> submission.take(10)
    [0]
    >>> submission.passed(1)
    >>> submission.take(10)
    [1, 2]
    """

    def __init__(
        self,
        order: Sequence[int],
        missing: Sequence[int],
        dependents: Sequence[Sequence[int]],
        gated: Collection[int],
    ) -> None:
        self._place = {node: place for place, node in enumerate(order)}
        self._order = order
        self._dependents = dependents
        self._waits_for = list(missing)
        for node in gated:
            self._waits_for[node] += 1
        # In order, so it is a heap.
        self._free = [place for place, node in enumerate(order) if not self._waits_for[node]]
        self.left: int = len(order)

    def tables(self) -> list[dict[Any, Any]]:
        """What it keeps of each node, of no use once all are handed over."""
        return [self._place]

    def __bool__(self) -> bool:
        """Whether there is a node that may go now."""
        return bool(self._free)

    def passed(self, node: int) -> None:
        """A node has passed its gate."""
        self._unlock(node)

    def take(self, most: int) -> list[int]:
        """The next nodes to hand over, at most so many."""
        taken: list[int] = []
        while self._free and len(taken) < most:
            node = self._order[heappop(self._free)]
            taken.append(node)
            for dependent in self._dependents[node]:
                if dependent in self._place:
                    self._unlock(dependent)
        self.left -= len(taken)
        return taken

    def _unlock(self, node: int) -> None:
        self._waits_for[node] -= 1
        if not self._waits_for[node]:
            heappush(self._free, self._place[node])
