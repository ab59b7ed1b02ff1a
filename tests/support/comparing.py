"""Runs `compare` on the virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from async_dag import Comparison, TaskManager, compare
from tests.support.virtual import VirtualLoop, run_virtual


def compared(
    made: Callable[[VirtualLoop], TaskManager[Any]], *args: Any, **options: Any
) -> Comparison:
    """What `compare` says of this manager on the virtual clock."""

    async def main(loop: VirtualLoop) -> Comparison:
        return await compare(made(loop), *args, **options)

    return run_virtual(main)


def failing(*calls_that_fail: int) -> Callable[[VirtualLoop], TaskManager[Any]]:
    """A manager whose one node takes a second, and fails the times it is called that are named."""

    def made(loop: VirtualLoop) -> TaskManager[Any]:
        calls: list[None] = []

        async def flaky() -> None:
            calls.append(None)
            await asyncio.sleep(1.0)
            if len(calls) in calls_that_fail:
                raise OSError("no route")

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(flaky)
        tm.sort()
        return tm

    return made


def test_a_way_that_fails_says_so_and_the_others_keep_their_figures() -> None:
    """In its row, in the text, and as an exception that names the way."""
    comparison = compared(failing(2))
    assert [row["makespan"] for row in comparison.rows] == [1.0, None, 1.0]
    assert comparison.rows[1]["error"] == "node 'flaky' failed: OSError: no route"
    assert comparison.rows[1]["speedup"] is None
    assert comparison.failures["waves"].__notes__ == ["while compare ran the nodes wave by wave"]
    assert set(comparison.timelines) == {"sequential", "dag"}
    assert (
        repr(comparison) == "<Comparison, measured: sequential 1.000 s, waves failed, dag 1.000 s>"
    )
    text = comparison.text(100, encoding="ascii")
    assert "wave by wave  failed" in text
    assert "wave by wave failed: node 'flaky' failed: OSError: no route" in text
