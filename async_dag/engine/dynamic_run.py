"""`DynamicRun`: an invoke of a DAG with maps or choices; items get their rows while it runs.

A DAG without these is run by `Run` or `PolicyRun`, which pay nothing for them.
"""

from __future__ import annotations

from asyncio import Task
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Iterable, Sequence
from types import CoroutineType
from typing import Any, Final, cast

from async_dag.engine.carrying import EarlierItems
from async_dag.engine.choosing import Choosing
from async_dag.engine.demands import demands_of_items
from async_dag.engine.eager_task import EagerTask
from async_dag.engine.first_maps import maps_through
from async_dag.engine.interruption import lost
from async_dag.engine.item_flow import ItemFlow
from async_dag.engine.item_slots import ItemSlotQueue
from async_dag.engine.items import Block, NoValue
from async_dag.engine.map_windows import let_one_in
from async_dag.engine.policy import Policy
from async_dag.engine.policy_run import PolicyRun
from async_dag.engine.result import MISSING, ExecutionResult
from async_dag.engine.run import MUCH_OF_TURN, TURN
from async_dag.engine.slots import SlotQueue
from async_dag.engine.steps import as_coroutine, failing
from async_dag.engine.streams import Streams
from async_dag.errors import WrongArgumentError
from async_dag.graph.algorithms import dependents_of
from async_dag.nodes.failure import Failure
from async_dag.nodes.options import NodeOptions
from async_dag.trace.columns import LONG_STEP, NOT_YET

GROW: Final = -1
"""In the queue instead of a node: there are elements whose items have no rows yet."""

START: Final = -2
"""In the queue instead of a node: maps and choices that wait for nothing."""


class DynamicRun(PolicyRun):
    """A run with maps or choices.

    Args:
        policy: what is asked for.
        result: what is written.
        on_done: called with each task that is done, the moment it is.
    """

    __slots__ = (
        "_all_dependents",
        "_choosing",
        "_dynamic",
        "_flow",
        "_owner",
        "_plain_items",
        "_runs",
        "_streams",
    )

    def __init__(
        self,
        policy: Policy,
        result: ExecutionResult[Any],
        on_done: Callable[[int], object] | None = None,
    ) -> None:
        dynamic = policy.compiled.dynamic
        assert dynamic is not None
        self._dynamic = dynamic
        # Before the rest: the slots need to know the items.
        demands = demands_of_items(
            policy.compiled, policy.runs, policy.targets, policy.gone_through
        )
        self._flow = ItemFlow(dynamic, policy.runs, result.trace, result._values, self, demands)
        self._owner = self._flow.growth.owner
        self._streams = Streams(self, dynamic.streams, dynamic.item_streams)
        super().__init__(policy, result, on_done)
        self._all_dependents: list[list[int]] | None = None
        # Whether the end of an item that never awaits may be inlined.
        self._plain_items = on_done is None and self._slots is None
        self._runs = policy.runs
        self._choosing = Choosing(self, policy) if dynamic.choices else None
        if on_done is not None:  # `on_done` asks for the values of items later
            for items in self._flow.items.values():
                items.drops = False
        result.item_values = self._flow
        earlier = policy.earlier
        if earlier is not None and isinstance(earlier.item_values, EarlierItems):
            self._flow.carry_over(earlier.item_values, policy.compiled.graph.maps, policy.same)
        self._queue.append(START)

    def _new_slots(self, slots: int, paths: Sequence[float], at_once: Collection[int]) -> SlotQueue:
        owner, items = self._owner, self._flow.items
        return ItemSlotQueue(self._waits, slots, paths, at_once, owner, items)

    # How nodes and items start

    def _start_ready(self, is_in_context: bool) -> None:
        """As in `Run`, for items; everything else takes the slow path."""
        if self._slots is not None:
            self._slots.grant()
        self._starting = True
        queue, owner, flow = self._queue, self._owner, self._flow
        ready, started, held, finished = self._ready, self._started, self._held, self._finished
        trace, context, loop = self.trace, self._context, self._loop
        clock, origin = self._clock, self._began
        deferred, running, plain_items = self._deferred, self._running, self._plain_items
        first_in_queue = queue.appendleft if isinstance(queue, deque) else queue.append
        began = now = self._now
        turn_ends = began + TURN - self._spent
        last: Block | None = None  # of the item before: mostly this one's, too
        # What is taken of that block, once there is one.
        call = items = source = item_values = all_following = cast("Any", None)
        shift, never_waits, takes_more, is_plain = 0, False, False, False
        while queue:
            if now > turn_ends:
                self._give_way(now)
                return
            if deferred is not None and len(deferred.unstarted) >= deferred.window:
                break
            row = queue.popleft()
            block = owner[row] if row >= 0 else None
            if block is None or block is not last:
                quick = block.items.quick if block is not None and deferred is None else None
                if block is None or quick is None:
                    if row == GROW and now > turn_ends - MUCH_OF_TURN:
                        # That takes as long as a turn may, so it gets a new one.
                        first_in_queue(row)
                        self._give_way(now)
                        return
                    self._now = now
                    self._start_slow_path(row)
                    now = clock() - origin
                    last = None
                    continue
                last, call = block, quick
                items, shift, all_following = block.items, block.shift, block.next
                source, never_waits, takes_more = items.source, items.never_waits, items.takes_more
                item_values, is_plain = items.values, items.plain
            index = row - shift
            coroutine: Coroutine[Any, Any, Any]
            try:
                if takes_more:
                    coroutine = call(source[index], *items.rest, **items.keywords)
                else:
                    coroutine = call(source[index])
                if type(coroutine) is not CoroutineType:
                    coroutine = as_coroutine(coroutine, self.result.node_of(row))
            except BaseException as error:  # noqa: BLE001 - the item shall fail of it
                coroutine = failing(error)
            # As in `Run`, an item starts when the last step ended, unless others were told of that.
            started[row] = trace.holder_since = since = now
            trace.holder = row
            task: Task[Any] | None = None
            if never_waits:
                try:
                    if is_in_context:
                        task = EagerTask(coroutine, loop=loop, eager_start=True)
                    else:
                        task = EagerTask(
                            coroutine, loop=loop, context=context.copy(), eager_start=True
                        )
                    value = task.result()
                except BaseException as error:  # noqa: BLE001 - it is recorded, or raised again
                    self._did_not_return(row, task, error, since)
                    now = self._now
                    continue
                now = clock() - origin
                held[row] = step = now - since
                if step > LONG_STEP:
                    self._held_long(row, since, now)
                if self._stopping or not plain_items:
                    self._succeeded(row, value, now)
                else:  # the same, inlined
                    item_values[index] = value
                    finished[row] = now
                    items.left -= 1
                    for following in all_following:
                        if following.items.is_simple:
                            after = index + following.shift
                            ready[after] = now
                            first_in_queue(after)
                        else:
                            flow.now = now
                            flow.one_less(following, index)
                            now = clock() - origin
                    if not items.left or not is_plain:
                        flow.now = now
                        flow.after(block, index)
                        now = clock() - origin
            else:
                task = EagerTask(
                    self._live(row, coroutine, since, None),
                    loop=loop,
                    context=context.copy(),
                    eager_start=True,
                )
                if not task.done():
                    running[row] = task
                elif finished[row] != finished[row]:  # NaN: nothing is recorded
                    lost(self, row, task)
                now = self._now
        self._now = now
        self._starting = False
        self._spent += now - began
        if self._spent > MUCH_OF_TURN and not self._new_turn_is_due:
            self._new_turn_is_due = True
            loop.call_soon(self._new_turn, context=context.copy())
        self._nothing_left()

    def _nothing_left(self) -> None:
        is_idle = not (self._running or self._queue or self._starting or self._stopping)
        if is_idle and let_one_in(self._flow):
            self._grant_soon()
        self._streams.look_soon()
        super()._nothing_left()

    def _start_slow_path(self, index: int) -> None:
        """Start a node, or an item that is not the call of a plain async function; or open maps."""
        if index >= 0:
            if self._owner[index] is None:
                super()._start_slow_path(index)
            else:
                self._start_task(index)
            return
        self._flow.now = self._now
        if index == GROW:
            self._flow.growth.go_on()
        else:
            self._open_first()
        self._now = self.trace.elapsed

    def _open_first(self) -> None:
        """Open the maps and collections that wait for nothing, and make the choices that do."""
        if self._choosing is not None:
            self._choosing.begin()
        # Before any is opened: a map whose items are all carried over ends at once, and opens others.
        values = self._values
        there = [slot for slot in self._dynamic.opened_by if values[slot] is not MISSING]
        for node in self._flow.items:
            if not self._missing[node] and not self._flow.items[node].is_open:
                self._flow.open(node)
        for slot in there:
            for number in self._dynamic.opened_by[slot]:
                self._open_space(number, values[slot])

    def _options_of(self, index: int) -> NodeOptions | None:
        block = self._owner[index]
        return super()._options_of(index) if block is None else block.items.plan.options

    def _has_limit(self, index: int) -> None:
        self._leave_backlog(index)
        if self._queue:
            self._grant_soon()  # not right here, in the middle of this item's step

    def _leave_backlog(self, row: int) -> None:
        """An item no longer waits for its limit, so the next one may."""
        block = self._owner[row]
        if block is not None and block.items.backlog is not None and not self._stopping:
            block.items.backlog.leave(row)

    def _call(self, index: int) -> Coroutine[Any, Any, Any]:
        block = self._owner[index]
        if self._streams.streams(block, index):
            return self._streams.call(block, index)
        if block is None:
            return super()._call(index)
        returned = self._flow.arguments.call(block, index)
        if type(returned) is CoroutineType:
            return returned
        return as_coroutine(returned, self.result.node_of(index))

    # How nodes and items end

    def _failed(self, index: int, error: BaseException, now: float) -> None:
        cause = self._has_told(index, error)
        if cause is not None:
            self._ready[index] = self._started[index] = NOT_YET
            self.skip([index], cause)
            return
        super()._failed(index, error, now)
        self._streams.cut_off(index, now)
        self._streams.look_soon()
        self._leave_backlog(index)

    def _has_told(self, index: int, error: BaseException) -> int | None:
        """The row that failed of the same lists: zipped, they can be no list, nor gone through.

        That is one failure, and not two.
        """
        is_list = self._owner[index] is None and self._compiled.tasks[index] is None
        if not is_list or not isinstance(error, WrongArgumentError):
            return None
        zipped = self._compiled.dependencies_of(index)
        for row, known in self.result.errors.items():
            block = self._owner[row]
            taken = self._compiled.dependencies_of(row if block is None else block.items.node)
            of_same = index in taken or set(zipped) <= set(taken)
            if of_same and type(known) is type(error) and str(known) == str(error):
                return row
        return None

    def _collect(self, index: int) -> None:
        if self._choosing is not None and index in self._choosing.choices:
            now = self._started[index] = max(self._ready[index], self._now)
            self._succeeded(index, self._choosing.value(index), now)
        else:
            super()._collect(index)

    def _succeeded(self, index: int, value: object, now: float) -> None:
        if self._stopping and self.trace.over:  # the invoke was closed, and this node went on
            return
        self._finished[index] = now
        block = self._owner[index]
        self._flow.now = now
        if self._streams.parts:
            self._streams.done(index, now)
        if block is None:
            self._values[index] = value
            if not self._stopping:
                self._node_done(index, value, now)
        elif self._stopping:
            block.items.values[index - block.shift] = value
        else:
            self._flow.done(block, index, value)
        if self._streams.waiting:
            self._streams.look_soon()
        self._free_slot(index)
        if self._on_done is not None and (
            block is not None or (self._compiled.tasks[index] and index not in self._flow.items)
        ):
            self._on_done(index)

    def _node_done(self, node: int, value: object, now: float) -> None:
        """A node of the graph is done: start what waited for it."""
        if node in self._streams.generators:
            self._streams.complete(node)
        missing = self._missing
        for dependent in self._dependents[node]:
            missing[dependent] = left = missing[dependent] - 1
            if not left:
                self.lacks_nothing(dependent, now)
        if self._choosing is not None:
            self._choosing.done(node, now)
        if node not in self._streams.generators:
            for number in self._dynamic.opened_by.get(node, ()):
                self._open_space(number, value)

    def _open_space(self, number: int, collection: Any) -> None:
        """The collection of a space is there: its elements get rows, if any map of them may run."""
        if self._choosing is None or self._choosing.may_open(number, collection):
            self._flow.growth.open(number, collection)

    def lacks_nothing(self, node: int, now: float) -> None:
        """All is there that a node waits for, or of a map what all of its items do."""
        if node in self._flow.items:
            self._flow.open(node)
        elif self._choosing is not None and node in self._choosing.choices:
            self._choosing.choose(node, now)
        else:
            self._ready[node] = now
            self._queue.append(node)

    def _after_failure(self, index: int) -> None:
        """Let the others go on if that was asked for; dependents of the node or item never start."""
        block = self._owner[index]
        ending = self._ending
        assert ending is not None  # it has the failure
        is_handled = block is not None and block.items.node in self._flow.handled
        if ending.fatal is not None or not (is_handled or self._continues_on_error):
            self._stop(cause=index)
            return
        if is_handled:
            ending.handled(index)
        self._flow.now = self._now
        if block is None:
            self._skip_dependents(index, index)
        else:
            self._flow.failed(block, index)

    def _skip_dependents(self, node: int, cause: int) -> None:
        """Start nothing that depends on a node, not even element by element."""
        self.skip(self._who_needs(node), cause)
        if self._choosing is not None:
            self.skip(self._choosing.never_made(node, cause), cause)

    def _who_needs(self, node: int) -> Iterable[int]:
        """The nodes that can't run without that one."""
        if self._all_dependents is None:
            self._all_dependents = dependents_of(self._compiled.graph.dependencies)
        of = self._all_dependents[node]
        dependents = [other for other in of if not self._is_mere_side(node, other)]
        return dependents if self._choosing is None else self._choosing.who_needs(node, dependents)

    def _is_mere_side(self, node: int, choice: int) -> bool:
        """Whether a node is a side of a choice made for each element: its items see who lacks it."""
        plan = self._dynamic.maps.get(choice)
        return plan is not None and plan.choice is not None and node not in plan.choice.gates

    def skip(self, nodes: Iterable[int], cause: int) -> None:
        """Mark nodes as never started, and everything that needs them."""
        trace = self.trace
        behind = [*nodes]
        while behind:
            node = behind.pop()
            if node in trace.outcomes:
                continue
            trace.causes[node] = cause
            trace.outcomes[node] = "skipped"
            if node in self._flow.items:
                self._flow.stop(node, cause)
            behind.extend(self._who_needs(node))
            if self._choosing is not None:
                behind.extend(self._choosing.never_made(node, cause))

    # What the flow of items asks for: see `Runner`

    @property
    def is_stopping(self) -> bool:
        """Whether nothing more starts."""
        return self._stopping

    def start_items(self, rows: Sequence[int], *, first: bool) -> None:
        """Start items, before or behind those that could start before."""
        if self._stopping:
            return
        queue = self._queue
        if first and isinstance(queue, deque):
            queue.extendleft(reversed(rows))
        else:
            queue.extend(rows)

    def item_waits(self, row: int) -> None:
        """Record that only the window of its map holds an item back."""
        self._waits.begin(row, "window", self._flow.now)

    def item_waits_no_more(self, row: int) -> None:
        """Record that the window of its map lets an item in."""
        self._waits.end(row)

    def item_skipped(self, row: int, cause: int) -> None:
        """Record that an item never starts."""
        self.trace.causes[row] = cause
        self.trace.outcomes[row] = "skipped"

    def item_chosen(self, row: int) -> None:
        """Record that a choice has the value of the side that it took."""
        self._ready[row] = self._started[row] = self._finished[row] = self._flow.now

    def item_failed(self, row: int, error: Exception) -> None:
        """A choice can't be made for an element, or its side has no value there."""
        now = self._ready[row] = self._started[row] = self._flow.now
        self._failed(row, error, now)

    def map_done(self, node: int, value: Any) -> None:
        """The value of a map is there."""
        now = self._ready[node] = self._started[node] = self._flow.now
        self._succeeded(node, value, now)

    def map_skipped(self, node: int, cause: int) -> None:
        """The list of a map will never be there."""
        if node not in self.trace.outcomes:
            self.trace.causes[node] = cause
            self.trace.outcomes[node] = "skipped"
            outcomes = self._dynamic.outcomes.get(node, ())
            # (Maps over its list, where they can't go on item by item, don't wait for it as a node.)
            dependents = [*self._dependents[node], *maps_through(self._flow, node)]
            if self._choosing is not None:
                dependents += self._choosing.takers(node)
            self.skip((taker for taker in dependents if taker not in outcomes), cause)
            for taker in outcomes:
                if taker in self._runs and taker not in self.trace.outcomes:
                    value = self._flow.outcomes(node, taker)
                    if type(value) is NoValue:
                        # Not `skip`: what takes outcomes element by element sees for itself.
                        self.map_skipped(taker, value.row)
                    else:
                        self.map_done(taker, value)

    def failure(self, row: int) -> Failure:
        """The stand-in for the value of an item that has none because the row failed."""
        return Failure(self.result.node_of(row), self.result.errors[row])

    def map_failed(self, node: int, error: Exception) -> None:
        """A map fails: its collection can't be used."""
        now = self._ready[node] = self._started[node] = self._flow.now
        self._failed(node, error, now)

    def more_later(self) -> None:
        """Give more elements their rows in a later turn."""
        if not self._stopping:
            self._queue.append(GROW)
