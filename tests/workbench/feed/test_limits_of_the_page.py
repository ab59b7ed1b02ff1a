"""What the page calls the limits that nodes wait for: by their names, with how many may be within."""

from __future__ import annotations

import asyncio
import json
import re

from async_dag import build_dag
from async_dag.workbench.feed.graph_payload import graph_payload, limit_sizes
from async_dag.workbench.standalone import ShownRun, page


async def one(*_: object) -> int:
    return 1


def test_a_limit_has_its_name_and_number() -> None:
    """Two of one kind are told apart; one that does not tell its size has its name alone."""

    class Gate:
        async def __aenter__(self) -> None: ...
        async def __aexit__(self, *_: object) -> None: ...

    with build_dag() as tm:
        for limit in (asyncio.Semaphore(4), asyncio.Semaphore(2), Gate(), None):
            tm.options(limit=limit).add_node(one)
    wanted = ["Semaphore (4)", "Semaphore_2 (2)", "Gate", None]
    assert graph_payload(tm.graph, None, limit_sizes(tm))["limits"] == wanted
    # A trace alone knows the names.
    assert graph_payload(tm.graph, None)["limits"] == ["Semaphore", "Semaphore_2", "Gate", None]


def test_a_saved_page_has_them_of_results() -> None:
    """Traces don't know how large a limit was."""
    with build_dag() as tm:
        tm.options(limit=asyncio.Semaphore(4)).add_node(one)
    result = asyncio.run(tm.invoke())

    def limits_of(html: str) -> object:
        found = re.search(r'<script[^>]*recording"[^>]*>(.*?)</script>', html, re.DOTALL)
        assert found
        return json.loads(found[1])["state"]["graph"]["limits"]

    assert limits_of(page([ShownRun(result)])) == ["Semaphore (4)"]
    assert limits_of(page([ShownRun(result.trace)])) == ["Semaphore"]
