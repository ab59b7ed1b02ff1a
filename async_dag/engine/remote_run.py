"""`RemoteRun`: an invoke of a DAG with maps or choices whose tasks are called elsewhere.

Everything is decided here, as at home: which items start, which sides of choices, who waits for a
limit, a slot or a window. What would call a task hands the call to a `Stage`, which tells how it ended.
"""

from __future__ import annotations

import asyncio
from asyncio import CancelledError, Task
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from async_dag.engine.attempts import NodeAttempts
from async_dag.engine.dynamic_run import DynamicRun
from async_dag.engine.ending import Ending
from async_dag.engine.items import Items
from async_dag.engine.offload import in_thread
from async_dag.engine.policy import Policy
from async_dag.engine.result import MISSING, ExecutionResult
from async_dag.errors import ClusterError
from async_dag.nodes.dynamic_plan import DynamicPlan
from async_dag.nodes.options import NodeOptions


class NotHere(ClusterError):
    """Something was asked of a value that only those can tell who have it."""


class RemoteValue:
    """Stands for a value that lies elsewhere.

    Attributes:
        row: the node or item whose value it is, or is taken from.
        is_list_here: whether its elements are known here, or what stands for them.
    """

    __slots__ = ("row",)

    row: int

    @property
    def is_list_here(self) -> bool:
        """See above."""
        return False


class RemoteCall(NamedTuple):
    """A call that is to be made elsewhere; some of what it takes may be a `RemoteValue`."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]


class Stage(Protocol):
    """Who makes the calls."""

    def hand_over(
        self, row: int, call: RemoteCall, options: NodeOptions | None, *, waited: bool
    ) -> None:
        """Make a call for a row; raises what can't be handed over.

        `waited` says that the row may have had to wait here, though all was there that it takes.
        """

    def stop(self, cause: int) -> None:
        """Stop the calls that are being made."""

    def node_over_here(self) -> None:
        """A node that ran here has ended: perhaps nothing is left to do."""

    def node_over(self, node: int) -> None:
        """A node of the graph is done, be it a map."""


class _Caller:
    """In place of a map's task: says what would be called."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function: Callable[..., Any] = function

    def __call__(self, *arguments: Any, **keywords: Any) -> RemoteCall:
        return RemoteCall(self.function, arguments, keywords)


class RemoteRun(DynamicRun):
    """The engine's part of such a run.

    Limits and slots are kept here; the timeout of a call, and its retrying, are for the stage. A
    streaming node whose elements maps take runs here: who decides what starts must have each element
    the moment it is yielded, and may ask for the next one only when there is room for it.

    Args:
        policy: what is asked for.
        result: what is written; its values will be those that are here, and `RemoteValue`s.
        stage: makes the calls, and says when they have ended.
        ending: how the run ends.
    """

    __slots__ = ("_limits", "_making", "_stage", "_told")

    def __init__(
        self, policy: Policy, result: ExecutionResult[Any], stage: Stage, ending: Ending
    ) -> None:
        compiled = policy.compiled
        plan = compiled.dynamic or DynamicPlan()
        maps = {node: replace(of, task=_Caller(of.task)) for node, of in plan.maps.items()}
        calls: list[None] = [None] * len(compiled.nodes)  # none is made from the hot path
        compiled = compiled.with_columns(
            # A worker calls an item as a whole, which then gives its whole list.
            dynamic=replace(plan, maps=maps, item_streams={}),
            calls=calls,
        )
        super().__init__(policy._replace(compiled=compiled), result)
        self.trace.knows_lateness = False
        self._deferred = None
        self._attempts = _Attempts(self, self._slots, self._waits)
        self._ending = ending
        self._stage = stage
        self._making: dict[int, asyncio.Future[Any]] = {}  # calls for which a task here waits
        self._told: dict[int, float] = {}  # when a call ended, until that is written
        self._limits: dict[int, NodeOptions | None] = {}  # by node its limit, if it has one

    def begin(self) -> None:
        """Start what waits for nothing."""
        for index in self._compiled.given:
            self._ready[index] = self._started[index] = self._finished[index] = 0.0
        for index in self._compiled.roots:
            self._ready[index] = 0.0
        self._queue.extend(self._compiled.roots)
        self._began = self.trace.began
        self._now = 0.0
        self._start_guarded()

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs, and nothing is left to start."""
        return not (self._running or self._queue or self._starting)

    def is_open(self, row: int) -> bool:
        """Whether the call for a row is being made."""
        return row in self._running

    def node_of(self, row: int) -> int:
        """The node of a row: the map of an item, else itself."""
        block = self._owner[row]
        return row if block is None else block.items.node

    def row_beside(self, row: int, other: int) -> int:
        """The row of the item of another map for the same element."""
        block = self._owner[row]
        assert block is not None
        return self._flow.items[other].row_of(row - block.shift)

    def rows_of(self, node: int) -> list[int]:
        """A node itself, or the rows of the items of a map."""
        items = self._flow.items.get(node)
        return [node] if items is None else [row for block in items.blocks for row in block.rows]

    def is_node_over(self, node: int) -> bool:
        """Whether a node, or the list of a map, is done."""
        return self._finished[node] == self._finished[node]  # not NaN

    def items(self) -> dict[int, Items]:
        """The items of the maps, by index, be they those of an earlier run."""
        kept: Any = self._flow.kept
        return {**kept, **self._flow.items}

    def values(self) -> dict[int, Any]:
        """The values of nodes, by index."""
        size = len(self._compiled.nodes)
        return {
            node: value for node, value in enumerate(self._values[:size]) if value is not MISSING
        }

    # What the stage tells

    def succeeded(self, row: int, value: Any, now: float) -> None:
        """The call for a row has returned, at that time."""
        self._told[row] = now
        made = self._making.pop(row, None)
        if made is None:
            self._succeeded(row, value, now)
            self._leave(row)
        elif not made.done():
            made.set_result(value)

    def failed(self, row: int, error: BaseException, now: float) -> None:
        """The call for a row has raised, at that time."""
        self._told[row] = now
        made = self._making.pop(row, None)
        if made is None:
            self._failed(row, error, now)
            self._leave(row)
        elif not made.done():
            made.set_result(_Raised(error))

    def stop(self, cause: int) -> None:
        """Start nothing more, because of that row."""
        if not self._stopping:
            self._stop(cause)

    async def settle(self) -> None:
        """Nothing more is told: what is still open was cancelled."""
        for row in list(self._running):
            if not isinstance(self._running[row], Task) or row in self._making:
                self.failed(row, CancelledError(), max(self.trace.elapsed, self._started[row]))
        tasks = [task for task in self._running.values() if isinstance(task, Task)]
        while any(not task.done() for task in tasks):
            try:
                await asyncio.wait(tasks)
            except CancelledError as error:
                self._cancelled(error)

    def close(self) -> None:
        """The run is over."""
        self._waits.close()
        if self._stopping and self._ending is not None:
            self._ending.settle()
        self._queue.clear()

    def forget(self) -> None:
        """Let go of the result: the run and its flow of items hold each other, and would keep it."""
        self._ending = None
        del self.result, self._attempts, self._stage

    # How nodes and items start

    def _runs_here(self, index: int) -> bool:
        return index in self._streams.generators

    def _start_task(self, index: int) -> None:
        if self._options_of(index) is not None:
            self._running[index] = Task(
                self._live_in_attempts(index), loop=self._loop, context=self._context.copy()
            )
            return
        self._running[index] = _ELSEWHERE
        try:
            self._hand_over(index, waited=self._may_have_waited(index))
        except Exception as error:  # noqa: BLE001 - a value that can't be pickled, most likely
            del self._running[index]
            self._failed(index, error, self._ready[index])

    def _may_have_waited(self, index: int) -> bool:
        block = self._owner[index]
        return self._slots is not None or (block is not None and block.items.window is not None)

    def _hand_over(self, index: int, *, waited: bool) -> None:
        block = self._owner[index]
        if block is not None:
            call: Any = self._flow.arguments.call(block, index)
            options = block.items.plan.options
        else:
            call = self._call_of(index)
            options = self._compiled.options.get(index)
        self._stage.hand_over(index, call, options, waited=waited)

    def _call_of(self, node: int) -> RemoteCall:
        compiled, values = self._compiled, self._values
        keywords = compiled.keyword_slots.get(node, {})
        return RemoteCall(
            compiled.tasks[node] or in_thread(compiled.computes[node]),
            tuple([values[slot] for slot in compiled.slots[node]]),
            {key: values[slot] for key, slot in keywords.items()},
        )

    async def _made(self, index: int) -> Any:
        """The value of a row that has its limit, and its slot, which are held until the call ends."""
        made = self._loop.create_future()
        self._hand_over(index, waited=True)
        self._making[index] = made
        while not made.done():
            try:
                await asyncio.wait([made])
            except CancelledError:
                if not self._stopping:  # else the call ends soon, and is told
                    raise
        value = made.result()
        if type(value) is _Raised:
            raise value.error
        return value

    def _options_of(self, index: int) -> NodeOptions | None:
        """The limit of a row; a timeout and a retry are not for here, unless it runs here."""
        block = self._owner[index]
        node = index if block is None else block.items.node
        if self._runs_here(node):
            return super()._options_of(node) or NodeOptions()
        if node not in self._limits:
            options = super()._options_of(index)
            limit = None if options is None else options.limit
            self._limits[node] = None if limit is None else NodeOptions(limit=limit)
        return self._limits[node]

    def _collect(self, index: int) -> None:
        is_choice = self._choosing is not None and index in self._choosing.choices
        compute = self._compiled.computes.get(index)
        if compute is None or is_choice:
            super()._collect(index)
            return
        taken = [self._values[slot] for slot in self._compiled.slots[index]]
        try:
            # What is here, be it a list of values that are not, is taken apart here.
            if any(isinstance(value, RemoteValue) and not value.is_list_here for value in taken):
                raise NotHere
            value = compute(*taken)
        except NotHere:
            self._start_task(index)
        except Exception as error:  # noqa: BLE001 - whatever a value does when it is asked for an item
            self._failed(index, error, self._ready[index])
        else:
            now = self._started[index] = self._ready[index]
            self._succeeded(index, value, now)

    def _called_late(
        self, index: int, since: float, awaiting_since: float, awaited: object
    ) -> None:
        """A step of a streaming node is late: nothing is known of what else holds this loop."""

    # How nodes and items end

    def _leave(self, index: int) -> None:
        super()._leave(index)
        if self._runs_here(index):
            self._stage.node_over_here()

    def _succeeded(self, index: int, value: object, now: float) -> None:
        told = self._told.pop(index, None)
        if told is None:
            super()._succeeded(index, value, now)
            return
        # Ends are told in any order; what waited for several is ready at the last of them.
        self._now = max(self._now, told)
        super()._succeeded(index, value, self._now)
        self._finished[index] = told

    def _failed(self, index: int, error: BaseException, now: float) -> None:
        told = self._told.pop(index, None)
        if told is None:
            super()._failed(index, error, now)
            return
        self._now = max(self._now, told)
        super()._failed(index, error, self._now)
        if self._finished[index] == self._finished[index]:  # else it never started
            self._finished[index] = told

    def _node_done(self, node: int, value: object, now: float) -> None:
        super()._node_done(node, value, now)
        self._stage.node_over(node)

    def _stop(self, cause: int) -> Ending:
        ending = super()._stop(cause)
        self._stage.stop(cause)
        return ending


class _Elsewhere:
    """In place of the asyncio task of a row whose call is made elsewhere."""

    def cancel(self) -> None:
        """The stage is told to stop everything at once."""

    def done(self) -> bool:
        """Once it is, it is no longer here."""
        return False


_ELSEWHERE: Any = _Elsewhere()


class _Raised:
    """What a call has raised."""

    def __init__(self, error: BaseException) -> None:
        self.error: BaseException = error


class _Attempts(NodeAttempts):
    """Limits and slots alone: what they let through is called elsewhere."""

    __slots__ = ()

    async def _recorded_call(self, index: int, options: NodeOptions, most: int | None) -> Any:
        run: Any = self._run
        if run._runs_here(index):
            return await super()._recorded_call(index, options, most)
        return await run._made(index)
