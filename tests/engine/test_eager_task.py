"""Tasks that make their first step the moment they are made, where asyncio can't do so by itself."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from async_dag.engine import eager_task
from tests.support import needs

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 12), reason=needs.EAGER_TASKS)


def test_the_first_step_is_that_of_the_task_itself() -> None:
    """It is the current task in its own first step, and the one around it is so again behind it."""
    seen: list[Any] = []

    async def node() -> int:
        seen.append(asyncio.current_task())
        await asyncio.sleep(0)
        seen.append(asyncio.current_task())
        return 1

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert eager_task.can_start_eagerly(loop, None)
        around = asyncio.current_task()
        task = eager_task.EagerTask(node(), loop=loop)
        assert seen == [task]
        assert asyncio.current_task() is around
        assert await task == 1
        assert seen == [task, task]

    asyncio.run(main())


def test_what_another_thread_has_put_behind_the_first_step_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The step alone is taken out of what the loop calls next, and the order of the rest is kept."""
    order: list[object] = []

    def make(coroutine: Any, *, loop: Any, context: Any) -> asyncio.Task[Any]:
        loop.call_soon(order.append, "before")
        task = asyncio.Task(coroutine, loop=loop, context=context)
        for name in ("behind", "last"):
            loop.call_soon(order.append, name)
        return task

    async def node() -> None:
        order.append("step")

    async def main() -> None:
        monkeypatch.setattr(eager_task, "Task", make)
        task = eager_task.EagerTask(node(), loop=asyncio.get_running_loop())
        assert task.done()
        assert order == ["step"]
        await asyncio.sleep(0)

    asyncio.run(main())
    assert order == ["step", "before", "behind", "last"]


def test_a_loop_with_a_way_of_its_own_is_left_alone() -> None:
    """Where a loop puts callbacks elsewhere, or has a task factory, tasks start in its next turn."""

    class Own(asyncio.SelectorEventLoop):
        def call_soon(self, *args: Any, **options: Any) -> asyncio.Handle:
            return super().call_soon(*args, **options)

    loop = Own()
    assert not eager_task.can_start_eagerly(loop, None)
    loop.close()
    plain = asyncio.new_event_loop()
    assert not eager_task.can_start_eagerly(plain, object())
    plain.close()
