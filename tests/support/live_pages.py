"""What tests of the live view do in a page: follow it while it changes, and read what it shows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Locator, Page

from tests.support.jupyter import PATIENCE, Notebook

#: The view under a cell, while it is a widget and when it stands in the place of its picture.
VIEW = ".async-dag"

LOAD = "%load_ext async_dag"

README_GRAPH = """
from async_dag import build_dag
from async_dag.demos.readme import add_tasks
with build_dag(int) as tm:
    add_tasks(tm)
"""

# Looks at every animation frame which state each node has, and notes what has changed.
_RECORD = """(selector) => {
  const known = {}, seen = [];
  globalThis.asyncDagSeen = seen;
  const look = () => {
    const cell = document.querySelector(selector);
    const changes = [];
    for (const group of cell?.querySelectorAll("[data-box][data-node][data-state]") ?? []) {
      const node = Number(group.getAttribute("data-node"));
      const state = group.getAttribute("data-state");
      if (known[node] !== state) { known[node] = state; changes.push([node, state]); }
    }
    if (changes.length) {
      const prompt = cell.querySelector(".jp-InputPrompt")?.textContent.trim();
      const bars = cell.querySelectorAll("[data-node][data-started]").length;
      seen.push({ at: performance.now(), changes, prompt, bars });
    }
    if (globalThis.asyncDagSeen === seen) requestAnimationFrame(look);
  };
  look();
}"""


@dataclass(frozen=True)
class Sight:
    """What changed in the page from one frame to the next."""

    at: float  # seconds
    changes: list[tuple[int, str]]  # node, its new state
    prompt: str
    bars: int  # rows that have begun


async def record(page: Page, cell: str) -> None:
    """From now on note each change of a node's state under the cell of that selector."""
    await page.evaluate(_RECORD, cell)


async def recorded(page: Page) -> list[Sight]:
    """What `record` has noted; it notes no more."""
    noted = await page.evaluate("() => { const s = asyncDagSeen; asyncDagSeen = null; return s; }")
    return [
        Sight(
            one["at"] / 1000,
            [(node, state) for node, state in one["changes"]],
            one["prompt"],
            one["bars"],
        )
        for one in noted
    ]


async def until(
    condition: Callable[[], Awaitable[Any]], what: str, *, timeout: float = PATIENCE
) -> Any:
    """Wait until `condition` gives something true, and return it."""
    limit = time.monotonic() + timeout
    pause = 0.02
    while not (given := await condition()):
        assert time.monotonic() < limit, f"not within {timeout} s: {what}"
        await asyncio.sleep(pause)
        # Each look keeps four processes busy, at the cost of what is waited for.
        pause = min(pause * 1.5, 0.1)
    return given


async def states(view: Locator) -> dict[int, str]:
    """The state of each node that has a box, by its index."""
    found = await view.locator("[data-box][data-node][data-state]").evaluate_all(
        "all => all.map(one => [Number(one.dataset.node), one.dataset.state])"
    )
    return dict(found)


async def times(view: Locator) -> dict[int, tuple[float | None, float | None]]:
    """When each node's row says that it started and finished, by its index."""
    found = await view.locator("[role=treeitem][data-node]").evaluate_all(
        "all => all.map(one => "
        "[Number(one.dataset.node), one.dataset.started ?? null, one.dataset.finished ?? null])"
    )
    return {
        node: (None if a is None else float(a), None if b is None else float(b))
        for node, a, b in found
    }


def view_of(notebook: Notebook, cell: int) -> Locator:
    """The view under a cell."""
    return notebook.output(cell).locator(VIEW)


async def chip(view: Locator) -> str:
    """The state of the run, as its head says."""
    return (await view.locator(".ad-chip").first.text_content() or "").strip()
