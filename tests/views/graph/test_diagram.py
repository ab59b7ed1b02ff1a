"""What a diagram shows of a graph and of a run, before any drawing program sees it."""

from __future__ import annotations

import re
from itertools import pairwise
from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag import InvocationError, LifecycleError, TaskManager, WrongArgumentError
from async_dag.views.common.terminal import columns
from async_dag.views.graph.diagram import Diagram
from async_dag.views.graph.graph_diagram import graph_diagram
from async_dag.views.graph.run_diagram import run_diagram
from tests.support.diagrams import every_state, fetch, hostile_diagrams, layers, shop, shop_run
from tests.support.made_traces import Bar, made_graph, made_trace
from tests.support.strategies import Spec, build, dags
from tests.support.virtual import run_virtual


def box(diagram: Diagram, title: str) -> Any:
    (found,) = [one for one in diagram.boxes if one.title == title]
    return found


def edges(diagram: Diagram) -> set[tuple[str, str]]:
    return {
        (diagram.boxes[arrow.tail].key, diagram.boxes[arrow.head].key) for arrow in diagram.arrows
    }


@given(dags())
def test_a_small_graph_is_drawn_in_full(specs: list[Spec]) -> None:
    """A box for each node and an arrow for each dependency, from what is needed to who needs it."""
    tm, nodes = build(specs, lambda: 0.0)
    diagram = tm.draw.diagram()
    assert sorted(one.key for one in diagram.boxes) == sorted(node.name for node in nodes)
    assert edges(diagram) == {
        (needed.name, node.name) for node in nodes for needed in node.dependencies
    }
    assert len(edges(diagram)) == len(diagram.arrows)
    assert all(arrow.tail < arrow.head for arrow in diagram.arrows)


@given(dags(failures=True), st.sampled_from(["full", "bundles"]))
def test_a_run_is_the_same_boxes_with_what_happened(specs: list[Spec], detail: str) -> None:
    """States are those of the trace, of a bundle the worst; the path is that of the timeline."""

    async def main(loop: Any) -> Any:
        tm, _ = build(specs, loop.time)
        try:
            return await tm.invoke()
        except InvocationError as error:
            return error.result

    result = run_virtual(main)
    graph = result.manager.draw.diagram(detail=detail)
    run = result.draw.diagram(detail=detail)
    assert [one.title for one in run.boxes] == [one.title for one in graph.boxes]
    assert edges(run) == edges(graph)
    if detail == "full":
        states = dict(zip(result.trace.graph.names, result.trace.states, strict=True))
        assert {one.key: one.state for one in run.boxes} == states
        path = result.timeline.critical_path
        assert {one.key for one in run.boxes if one.critical} == set(path)
        # From a failure the path leads on to whom it cut off, which need not depend on it.
        names = result.trace.graph.names
        needed = {
            (names[dependency], names[node])
            for node, dependencies in enumerate(result.trace.graph.dependencies)
            for dependency in dependencies
        }
        steps = [step for step in pairwise(path) if step in needed]
        assert sum(arrow.critical for arrow in run.arrows) == len(steps)
    failed = any(state == "failed" for state in result.trace.states)
    assert failed == any(one.state == "failed" for one in run.boxes)


@given(hostile_diagrams())
def test_texts_are_short_and_print_as_themselves(diagram: Diagram) -> None:
    """Whatever things are called: no control characters, no lines that run out of the picture."""
    keys = [one.key for one in diagram.boxes]
    assert len(set(keys)) == len(keys)
    for one in diagram.boxes:
        for text in (one.title, *one.lines, one.tooltip):
            assert text
            assert all(character.isprintable() for character in text)
        assert columns(one.title) <= 30
        assert all(columns(line) <= 46 for line in one.lines)
        assert columns(one.tooltip) <= 300


def test_immediates_and_options_are_lines_of_their_own() -> None:
    """Positions as they are, keywords with their names; limit and timeout below."""
    diagram = shop(lambda: 0.0).draw.diagram()
    assert box(diagram, "fetch").lines == (
        "'/users', page=2",
        "limit Semaphore (2), timeout 5 s",
    )
    assert box(diagram, "join").lines == ("on='user_id'",)
    assert box(diagram, "'tok-2f9c'").shape == "immediate"
    assert box(diagram, "list of 2").shape == "collect"
    assert box(diagram, "parameter").shape == "parameter"
    hidden = shop(lambda: 0.0).draw.diagram(immediates=False)
    assert box(hidden, "fetch").lines == ("limit Semaphore (2), timeout 5 s",)
    assert "tok" not in repr(hidden)


def test_a_value_that_has_no_decent_repr_does_not_spoil_the_picture() -> None:
    """One that raises, one of a megabyte, one with an address, one that is huge to walk through."""

    class Broken:
        def __repr__(self) -> str:
            raise OSError

    class Plain:
        pass

    tm = TaskManager[None]()
    for value in (
        Broken(),
        "x" * 1_000_000,
        Plain(),
        dict.fromkeys(range(100_000)),
        len,
        [Broken()],
    ):
        tm.add_node(fetch, value)  # type: ignore[arg-type]
    tm.sort()
    lines = [one.lines[0] for one in tm.draw.diagram().boxes]
    assert "Broken" in lines[0]
    assert len(lines[1]) < 50
    assert lines[2] == "<Plain>"
    assert lines[3] == "<dict of 100,000>"
    assert lines[4] == "len"
    assert not [line for line in lines if re.search("0x", line)]


def test_the_tooltip_says_where_the_task_was_written() -> None:
    """By the file's name alone: a picture that is handed on tells nothing of the machine."""
    tooltip = box(shop(lambda: 0.0).draw.diagram(), "orders").tooltip
    line = fetch.__code__.co_firstlineno
    assert tooltip == f"orders, calls fetch, diagrams.py:{line}"


def test_boxes_of_a_run_tell_the_state_in_words() -> None:
    """With how long it took, and of a failure why."""
    diagram = every_state()
    assert box(diagram, "load").lines == ("✓ 1.00 s",)
    assert box(diagram, "fetch").lines == ("✗ failed after 2.50 s", "OSError: <no> route")
    assert box(diagram, "clean").lines == ("⊘ cancelled after 1.50 s",)
    assert box(diagram, "cached").lines == ("↺ reused",)
    assert box(diagram, "join").lines == ("– never started",)
    assert box(diagram, "still").lines == ("▶ running 3.00 s",)
    assert box(diagram, "queued").lines == ("◔ ready",)
    assert box(diagram, "later").lines == ("… waiting",)
    assert "1 failed" in diagram.note
    assert "3.00 s so far" in diagram.note


def test_the_note_of_a_run_says_how_it_went() -> None:
    """How many tasks, the makespan, and what the thick lines mean."""
    note = shop_run().draw.diagram().note
    assert note == "4 tasks, all done, makespan 1.20 s, thick: the critical path"
    assert "1 failed" in shop_run(broken=True).draw.diagram().note


def test_a_large_graph_is_drawn_in_bundles() -> None:
    """Twenty layers of a hundred nodes are twenty boxes; in full there are two thousand."""
    tm = layers(20, 100)
    diagram = tm.draw.diagram()
    assert [one.title for one in diagram.boxes] == ["join ×100"] * 20
    assert diagram.note == "2,000 nodes in 20 boxes; detail='full' draws each"
    full = tm.draw.diagram(detail="full")
    assert (len(full.boxes), len(full.arrows), full.note) == (2000, 3800, "")


def test_a_dense_graph_is_bundled_sooner() -> None:
    """A hundred nodes with thousands of dependencies can't be read one by one."""
    dense = [Bar(f"a_{n}", task="a") for n in range(30)]
    dense += [Bar(f"b_{n}", task="b", needs=tuple(range(30))) for n in range(30)]
    assert [one.title for one in graph_diagram(made_graph(dense)).boxes] == ["a ×30", "b ×30"]


def test_a_bundle_of_a_run_counts_the_states() -> None:
    """And says how long its nodes took, from the shortest to the longest."""
    bars = [Bar(f"map_{n}", 0, 0, 1 + n, task="map") for n in range(200)]
    bars[7] = Bar("map_7", 0, 0, 0.02, "failed", error="OSError: no", task="map")
    bars[8] = Bar("map_8", state="skipped", cause=7, task="map")
    bars.append(Bar("end", state="skipped", cause=7, needs=tuple(range(200))))
    diagram = run_diagram(made_trace(*bars), [199])
    one = box(diagram, "map ×200")
    assert one.lines == ("✓ 198 done, ✗ 1 failed, – 1 never started", "20.0 ms – 200.0 s")
    assert one.state == "failed"
    assert one.critical
    assert box(diagram, "end").lines == ("– never started",)


def test_groups_are_frames() -> None:
    """Around their boxes; a bundle that is all of its group needs none."""
    assert [one.label for one in shop(lambda: 0.0).draw.diagram().frames] == ["sources"]
    bars = [Bar(f"load_{n}", task=f"load_{n % 2}", group="load") for n in range(10)]
    bars += [Bar("end", needs=tuple(range(10)))]
    bundled = graph_diagram(made_graph(bars), detail="bundles")
    assert [one.title for one in bundled.boxes] == ["load ×10", "end"]
    assert bundled.frames == ()
    full = graph_diagram(made_graph(bars), detail="full")
    assert [(one.label, len(full.boxes_in(at))) for at, one in enumerate(full.frames)] == [
        ("load", 10)
    ]


def test_a_wide_graph_leads_to_the_right() -> None:
    """Forty boxes beside each other are wider than a page; a chain, or a choice of yours, stays."""
    wide = made_graph([Bar(f"a_quite_long_name_{n}") for n in range(40)])
    chain = made_graph([Bar(f"step_{n}", needs=(n - 1,) if n else ()) for n in range(40)])
    assert graph_diagram(wide).direction == "LR"
    assert graph_diagram(wide, direction="TB").direction == "TB"
    assert graph_diagram(chain).direction == "TB"
    assert graph_diagram(made_graph([])).direction == "TB"


@pytest.mark.parametrize("what", ["direction", "detail"])
@pytest.mark.parametrize("given", ["up", "", None, 3])
def test_what_there_is_to_choose_from_is_named(what: str, given: Any) -> None:
    """Another direction or detail is an error with what was given and what is taken."""
    for draw in (shop(lambda: 0.0).draw, shop_run().draw):
        for method in (draw.graphviz, draw.mermaid, draw.diagram):
            with pytest.raises(WrongArgumentError, match=f"{what}=.*'auto'"):
                method(**{what: given})


def test_a_manager_is_sorted_before_it_is_drawn() -> None:
    """The error says so."""
    with pytest.raises(LifecycleError, match="sort"):
        TaskManager[None]().draw.mermaid()


def test_a_run_that_goes_on_is_drawn_as_it_is_now() -> None:
    """From a trace that is being written, too, which has no immediates."""
    trace = made_trace(Bar("one", 0, 0, 1), Bar("two", 1, 1, nan, "running", needs=(0,)), elapsed=3)
    assert box(trace.draw.diagram(), "two").lines == ("▶ running 2.00 s",)
    saved = shop_run().trace.draw.diagram()
    assert box(saved, "fetch").lines == ("✓ 0.20 s",)
    assert box(saved, "immediate").shape == "immediate"
