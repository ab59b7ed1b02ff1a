"""What a screen reader says of a diagram."""

from __future__ import annotations

import asyncio

from async_dag import InvocationError, build_dag
from async_dag.views.graph.alt_text import alt_text
from tests.support.diagrams import fetch, join, layers


def test_boxes_and_their_dependencies_are_named() -> None:
    """Each box with what stands in it and which boxes it comes after."""
    with build_dag() as tm:
        users = tm.add_node(fetch, "/users")
        tm.add_node(join, users, tm.add_node(fetch, "/orders"))
    assert alt_text(tm.draw.diagram()) == (
        "Diagram of 3 boxes and 2 arrows: fetch '/users'; fetch_2 '/orders'; "
        "join, after fetch and fetch_2"
    )


def test_a_run_tells_states_times_and_the_critical_path() -> None:
    """They are colours and outlines in the picture."""

    async def fail() -> None:
        raise OSError("no route")

    async def after(_: object) -> None:
        """Never called."""

    with build_dag() as tm:
        tm.add_node(after, tm.add_node(fail))
    try:
        asyncio.run(tm.invoke())
    except InvocationError as error:
        diagram = error.result.draw.graphviz()._diagram
    text = alt_text(diagram)
    assert "fail ✗ failed after" in text
    assert "OSError: no route, on the critical path" in text
    assert "after – never started, after fail" in text
    assert text.endswith("s")  # the makespan


def test_a_bundled_graph_and_an_empty_one() -> None:
    """As many words as there are boxes, and none about boxes that are not there."""
    text = alt_text(layers(20, 100).draw.diagram())
    assert len(text) < 2_000
    assert "2,000 nodes in" in text
    with build_dag() as tm:
        pass
    assert alt_text(tm.draw.diagram()) == "Diagram without boxes"
