"""How a node, or an item of a map, streams while maps already take its elements."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

from async_dag.engine.growth import Growth
from async_dag.engine.items import Items
from async_dag.engine.map_windows import let_one_in
from async_dag.engine.stream_parts import StreamParts
from async_dag.engine.windows import Window
from async_dag.nodes.spaces import streaming_map

if TYPE_CHECKING:
    from async_dag.engine.dynamic_run import DynamicRun
    from async_dag.engine.items import Block


class Streams:
    """The streaming nodes and items of one run.

    Args:
        run: that run.
        generators: by the index of each streaming node its generator function.
        of_items: the same of maps whose items stream.

    Attributes:
        generators: see above.
        parts: by the row of what streams the rows between its yields.
        waiting: by row what waits for room in a window.
    """

    __slots__ = ("_of_items", "_run", "generators", "parts", "waiting")

    def __init__(
        self,
        run: DynamicRun,
        generators: dict[int, Callable[..., Any]],
        of_items: dict[int, Callable[..., Any]],
    ) -> None:
        self._run = run
        self._of_items = of_items
        self.generators: dict[int, Callable[..., Any]] = generators
        self.waiting: dict[int, asyncio.Future[bool]] = {}
        self.parts: dict[int, StreamParts] = {}  # of those that run

    def streams(self, block: Block | None, row: int) -> bool:
        """Whether what is to be called for a row is a generator function whose elements maps take."""
        return row in self.generators if block is None else block.items.node in self._of_items

    async def call(self, block: Block | None, row: int) -> list[Any]:
        """Call the generator function of a node or item, and pass on what it yields."""
        run = self._run
        growth = run._flow.growth
        self.parts[row] = StreamParts(run.trace, growth.owner, row)
        if block is None:
            numbers = run._dynamic.opened_by[row]
            for number in numbers:
                growth.open_stream(number)
            generator = self._generator_of_node(row)
        else:
            items, index = block.items, row - block.shift
            numbers = open_item_stream(growth, items, index)
            generator = run._flow.arguments.call(block, row, self._of_items[items.node])
        elements: list[Any] = []
        async with aclosing(generator):
            while True:
                windows = await self._room(row, numbers)
                came = False
                try:
                    element = await anext(generator)
                    came = True
                except StopAsyncIteration:
                    return elements
                finally:
                    for window in windows:
                        window.asked -= 1
                        if not came:
                            window.tell_stream()  # another one may go on
                elements.append(element)
                run._flow.now = now = run._now = run.trace.elapsed
                self.parts[row].yielded(now)
                if block is None:
                    for number in numbers:
                        growth.push(number, element)
                else:
                    push_of_item(growth, block.items, row - block.shift, numbers, element)
                run._grant_soon()  # not right here, in the middle of this row's step
                await asyncio.sleep(0)

    def _generator_of_node(self, node: int) -> Any:
        compiled, values = self._run._compiled, self._run._values
        arguments = [values[slot] for slot in compiled.slots[node]]
        slots = compiled.keyword_slots.get(node, {})
        keywords = {key: values[slot] for key, slot in slots.items()}
        return self.generators[node](*arguments, **keywords)

    async def _room(self, row: int, numbers: list[int]) -> list[Window]:
        """Wait until there is room for one more element; returns the windows that it will be in."""
        growth = self._run._flow.growth
        is_forced = False
        while True:
            rooms = [
                (window, growth.born(number))
                for number in numbers
                for window in growth.windows_of(number)
            ]
            windows = [window for window, _ in rooms]
            if is_forced or all(window.has_room(born) for window, born in rooms):
                break
            is_forced = await self._wait_for_room(row, windows)
        for window in windows:
            window.asked += 1
        self.parts[row].asked(self._run.trace.elapsed)
        return windows

    async def _wait_for_room(self, row: int, windows: list[Window]) -> bool:
        """Wait until an element has gone through the maps behind, without a slot or a limit.

        The maps behind may need these. Returns whether there is none, but nothing else can go on.
        """
        run = self._run
        slots = run._slots
        room: asyncio.Future[bool] = run._loop.create_future()

        told_by: list[Window] = []

        def there_is_room(window: Window) -> None:
            told_by.append(window)
            if not room.done():
                room.set_result(False)

        callbacks = [(window, partial(there_is_room, window)) for window in windows]
        attempts = run._attempts
        seconds_left = attempts.stop_timeout(row)
        held_slot = slots is not None and slots.holds(row)
        if slots is not None and held_slot:
            slots.release(row)
            run._grant_soon()
        await attempts.leave_limit(row)
        for window, callback in callbacks:
            window.on_room.append(callback)
        part = self.parts[row].held_back()
        run._waits.begin(part, "window", run.trace.elapsed)
        self.waiting[row] = room
        self.look_soon()
        try:
            is_forced = await room
        except BaseException:
            if room.done():  # it was told at that very moment: another one may go on instead
                for window in windows:
                    window.tell_stream()
            raise
        finally:
            del self.waiting[row]
            run._waits.end(part)
            for window in told_by:
                window.told -= 1
            for window, callback in callbacks:
                if callback in window.on_room:
                    window.on_room.remove(callback)
        await attempts.enter_limit(row, part)
        if slots is not None and held_slot:
            slot: asyncio.Future[None] = run._loop.create_future()
            slots.ask(row, slot)
            try:
                await slot
            except BaseException:
                slots.give_up(row)
                run._grant_soon()
                raise
        attempts.restart_timeout(row, seconds_left)
        return is_forced

    def look_soon(self) -> None:
        """Look in the next turn whether anything goes on but what waits for room."""
        if self.waiting and not self._run._loop.is_closed():
            self._run._loop.call_soon(self._look, context=self._run._context.copy())

    def _look(self) -> None:
        run = self._run
        is_busy = run._queue or run._starting or run._stopping
        if is_busy or not self.waiting or len(run._running) > len(self.waiting):
            return
        if let_one_in(run._flow):
            run._grant_now()
            return
        rooms = [room for room in self.waiting.values() if not room.done()]
        if len(rooms) == len(self.waiting):
            rooms[0].set_result(True)

    def done(self, row: int, now: float) -> None:
        """A node or item is done; nothing to do unless it streams."""
        parts = self.parts.pop(row, None)
        if parts is not None:
            parts.done(now)
            self._end_of_item(row, complete=not self._run._stopping)

    def complete(self, node: int) -> None:
        """No more elements of a streaming node come."""
        for number in self._run._dynamic.opened_by[node]:
            self._run._flow.growth.end_stream(number)

    def cut_off(self, row: int, now: float) -> None:
        """A node or item failed or was cancelled; nothing to do unless it streams."""
        parts = self.parts.pop(row, None)
        if parts is not None:
            parts.cut_off(now, self._run.trace.causes.get(row, row))
            self._end_of_item(row, complete=False)

    def _end_of_item(self, row: int, *, complete: bool) -> None:
        """What streamed is over; nothing to do for a node."""
        block = self._run._owner[row]
        if block is not None:
            index = row - block.shift
            end_item_stream(self._run._flow.growth, block.items, index, complete=complete)


# Where the elements go that an item of a map streams: to families within its own element.


def open_item_stream(growth: Growth, items: Items, index: int) -> list[int]:
    """An item begins to stream; returns the numbers of the spaces of its elements."""
    own = items.elements
    numbers = [
        child
        for child in own.plan.children
        if growth._elements[child].used
        and streaming_map(growth._elements[child].space) == items.node
    ]
    growth.streaming[items.node, index] = []
    for number in numbers:
        growth.open_within(growth._elements[number], own, own.family_of(index), index)
    return numbers


def push_of_item(
    growth: Growth, items: Items, index: int, numbers: Sequence[int], value: Any
) -> None:
    """An item that streams has yielded its next element."""
    so_far = growth.streaming[items.node, index]
    so_far.append(value)
    for number in numbers:
        child = growth._elements[number]
        family = child.by_parent.get(index)  # none if no choice has demanded it yet
        if family is not None and family.born < len(so_far):
            more = so_far[family.born :]
            growth._grow(child, family, len(more), more)


def end_item_stream(growth: Growth, items: Items, index: int, *, complete: bool) -> None:
    """An item streams no more; if it is `complete`, what it has yielded is all there is."""
    growth.streaming.pop((items.node, index), None)
    for number in items.elements.plan.children if complete else ():
        within = growth._elements[number]
        family = within.by_parent.get(index)
        is_streamed = streaming_map(within.space) == items.node
        if family is not None and family.total is None and is_streamed:
            growth._set_total(within, family, family.born)
