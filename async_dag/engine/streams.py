"""How a streaming node runs while maps already take its elements."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from async_dag.engine.stream_parts import StreamParts

if TYPE_CHECKING:
    from async_dag.engine.dynamic_run import DynamicRun


class Streams:
    """The streaming nodes of one run.

    Args:
        run: that run.
        generators: by the index of each such node its generator function.
    """

    __slots__ = ("_parts", "_run", "generators")

    def __init__(self, run: DynamicRun, generators: dict[int, Callable[..., Any]]) -> None:
        self._run = run
        self.generators: dict[int, Callable[..., Any]] = generators
        self._parts: dict[int, StreamParts] = {}  # of those that run

    async def call(self, node: int) -> list[Any]:
        """Call the generator function of a node, and pass on what it yields."""
        run = self._run
        compiled, values = run._compiled, run._values
        numbers = run._dynamic.opened_by[node]
        growth = run._flow.growth
        for number in numbers:
            growth.open_stream(number)
        self._parts[node] = StreamParts(run.trace, growth.owner, node)
        arguments = [values[slot] for slot in compiled.slots[node]]
        slots = compiled.keyword_slots.get(node, {})
        keywords = {key: values[slot] for key, slot in slots.items()}
        elements: list[Any] = []
        async with aclosing(self.generators[node](*arguments, **keywords)) as generator:
            async for element in generator:
                elements.append(element)
                run._flow.now = now = run._now = run.trace.elapsed
                self._parts[node].yielded(now)
                for number in numbers:
                    growth.push(number, element)
                run._grant_soon()  # not right here, in the middle of this node's step
                await asyncio.sleep(0)
                while not all(growth.has_room(number) for number in numbers):
                    await self._wait_for_room(node, numbers)
        return elements

    async def _wait_for_room(self, node: int, numbers: list[int]) -> None:
        """Wait until an element has gone through the maps behind, without a slot."""
        run = self._run
        growth, slots = run._flow.growth, run._slots
        room = run._loop.create_future()

        def there_is_room() -> None:
            if not room.done():
                room.set_result(None)

        held_slot = slots is not None and slots.holds(node)
        if slots is not None and held_slot:
            slots.release(node)
            run._grant_soon()
        for number in numbers:
            growth.call_on_room(number, there_is_room)
        run._waits.begin(node, "window", run.trace.elapsed)
        try:
            await room
        finally:
            run._waits.end(node)
            for number in numbers:
                growth.call_on_room(number, None)
        if slots is not None and held_slot:
            slot: asyncio.Future[None] = run._loop.create_future()
            slots.ask(node, slot)
            try:
                await slot
            except BaseException:
                slots.give_up(node)
                run._grant_soon()
                raise

    def done(self, node: int, now: float) -> None:
        """A streaming node is done."""
        parts = self._parts.pop(node, None)
        if parts is not None:
            parts.done(now)
        for number in self._run._dynamic.opened_by[node]:
            self._run._flow.growth.end_stream(number)

    def cut_off(self, node: int, now: float) -> None:
        """A node failed or was cancelled; nothing to do unless it streams."""
        parts = self._parts.pop(node, None)
        if parts is not None:
            parts.cut_off(now, self._run.trace.causes.get(node, node))
