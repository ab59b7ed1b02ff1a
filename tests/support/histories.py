"""Managers that run quickly, and what is in a history file, read by SQLite itself."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

from async_dag import TaskManager, build_dag


async def step(*_: object) -> None:
    """A task that gives the loop a turn."""
    await asyncio.sleep(0)


def six_nodes() -> TaskManager[None]:
    """The graph of the README: two branches that meet."""
    with build_dag() as tm:
        first, second = tm.add_node(step), tm.add_node(step)
        third, fourth = tm.add_node(step, first), tm.add_node(step)
        fifth = tm.add_node(step, third, fourth)
        tm.add_node(step, second, fifth)
    return tm


def invoke(tm: TaskManager[Any], times: int = 1) -> None:
    """Run it so many times on one loop."""

    async def main() -> None:
        for _ in range(times):
            await tm.invoke()

    asyncio.run(main())


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What SQLite itself finds in the file."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def is_whole(path: Path) -> bool:
    """Whether SQLite finds nothing wrong with the file."""
    return rows(path, "PRAGMA integrity_check") == [("ok",)]
