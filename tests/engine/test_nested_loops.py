"""Event loops that run within a step of a node, as nest_asyncio allows."""

from __future__ import annotations

import pytest

from tests.support.programs import output_of

# ipykernel brings it. It changes asyncio for the whole process, so each test has one of its own.
pytest.importorskip("nest_asyncio")

PROGRAM = """
    import asyncio, sys
    import nest_asyncio

    if sys.argv[1] == "before":
        nest_asyncio.apply()
    from async_dag import build_dag
    if sys.argv[1] == "after":
        nest_asyncio.apply()

    async def other():
        await asyncio.sleep(0.001)
        return 5

    def nested():
        return asyncio.get_event_loop().run_until_complete(other())

    async def at_once(*values):
        return nested() + sum(values)

    async def later(*values):
        await asyncio.sleep(0)
        return nested() + sum(values)

    async def plain(*values):
        await asyncio.sleep(0.001)
        return sum(values) + 1

    with build_dag() as tm:
        a = tm.add_node(at_once)
        b = tm.add_node(plain)
        c = tm.add_node(plain, a, b)
        d = tm.add_node(at_once, c)
        e = tm.add_node(later, d)
        f = tm.add_node(plain, e, a)
        g = tm.options(timeout=20).add_node(at_once, b)
        h = tm.options(timeout=20).add_node(later, b)

    async def main():
        for slots in (None, 1, 3):
            result = await asyncio.wait_for(tm.invoke(max_concurrency=slots), 20)
            print([result[node] for node in (a, b, c, d, e, f, g, h)])

    asyncio.run(main())
"""


@pytest.mark.parametrize("applied", ["before", "after"])
def test_values_where_nodes_run_nested_loops(applied: str) -> None:
    """No node is forgotten, whether its first step or a later one runs the loop."""
    assert output_of(PROGRAM, applied) == "[5, 1, 7, 12, 17, 23, 6, 6]\n" * 3
