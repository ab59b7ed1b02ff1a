"""The graph in text: waves, dependencies, and bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag import LifecycleError, TaskManager, build_dag
from async_dag.views.common.terminal import columns
from async_dag.views.graph.text import graph_text
from tests.support.made_traces import Bar, made_graph


def text_of(*bars: Bar, width: int = 60, rows: int = 60) -> list[str]:
    graph = made_graph(bars)
    return graph_text(graph, width=width, rows=rows, encoding="utf-8").splitlines()


def test_the_readme_example() -> None:
    """Each task stands in its wave, with what it takes, in the order it takes it."""

    async def fast_a(n: int) -> int:
        return n

    async def slow_b(a: int) -> int:
        return a

    async def end(b: int, a: int) -> int:
        return a + b

    with build_dag(int) as tm:
        a = tm.add_node(fast_a, tm.parameter_node)
        b = tm.add_node(slow_b, a)
        tm.add_node(end, b, a)
    assert tm.draw.text(60, encoding="utf-8").splitlines() == [
        "3 tasks in 3 waves, 3 dependencies",
        "given: parameter",
        "wave 1",
        "  fast_a  ← parameter",
        "wave 2",
        "  slow_b  ← fast_a",
        "wave 3",
        "  end     ← slow_b, fast_a",
    ]


def test_a_collect_stands_where_its_value_is_there() -> None:
    """It is in no wave of its own: what takes it is in the next one."""
    assert text_of(
        Bar("one"),
        Bar("two"),
        Bar("collect", kind="collect", needs=(0, 1)),
        Bar("all", needs=(2,)),
    ) == [
        "3 tasks in 2 waves, 3 dependencies",
        "wave 1",
        "  one",
        "  two",
        "  collect  ← one, two",
        "wave 2",
        "  all      ← collect",
    ]


def test_an_unsorted_manager_is_refused() -> None:
    """The graph is there once it is sorted; looking at `tm.draw` alone is no error."""
    draw = TaskManager[None]().draw
    with pytest.raises(LifecycleError, match="sort"):
        draw.text()


def test_a_graph_of_nothing_says_so() -> None:
    """No node, or none that runs."""
    assert text_of() == ["no nodes"]
    assert text_of(Bar("parameter", kind="parameter")) == [
        "no tasks to run",
        "given: parameter",
    ]


def test_a_large_graph_is_grouped_by_function() -> None:
    """The nodes of a function in a wave are one row; what they need is counted likewise."""
    first = [Bar(f"load_{n}", task="load") for n in range(100)]
    then = [Bar(f"parse_{n}", task="mod.parse", needs=(n, 0)) for n in range(100)]
    assert text_of(*first, *then, Bar("end", needs=tuple(range(100, 200))), rows=10) == [
        "201 tasks in 3 waves, 300 dependencies",
        "wave 1",
        "  load ×100",
        "wave 2",
        "  parse ×100  ← load ×100",
        "wave 3",
        "  end         ← parse ×100",
    ]


def test_a_long_chain_keeps_its_beginning_and_its_end() -> None:
    """What lies between is counted."""
    chain = [Bar(f"step{n}x", needs=(n - 1,) if n else ()) for n in range(20_000)]
    lines = text_of(*chain, rows=6)
    assert lines[0] == "20,000 tasks in 20,000 waves, 19,999 dependencies"
    assert "… 19,994 more rows …" in lines
    assert lines[2].strip() == "step0x"
    assert lines[-1].split() == ["step19999x", "←", "step19998x"]
    assert len(lines) < 20


def test_many_dependencies_are_counted() -> None:
    """A node that needs a thousand does not fill the screen."""
    lines = text_of(*(Bar(f"n{n}") for n in range(50)), Bar("all", needs=tuple(range(50))))
    text = " ".join(line.strip() for line in lines[-4:])
    assert "n0, n1," in text
    assert text.endswith("38 more")


@given(
    st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=12, unique=True),
    st.integers(20, 120),
    st.integers(2, 12),
    st.randoms(use_true_random=False),
)
def test_any_graph_fits_its_width(names: list[str], width: int, rows: int, random: object) -> None:
    """Whatever the nodes are called, no line is too long and none has a control character."""
    bars = [Bar(name, needs=tuple(range(max(0, n - 3), n))) for n, name in enumerate(names)]
    for encoding in ("utf-8", "ascii"):
        text = graph_text(made_graph(bars), width=width, rows=rows, encoding=encoding)
        text.encode(encoding)
        for line in text.split("\n"):
            assert columns(line) <= width
            assert line.replace("\u200e", "").isprintable()
