"""A comparison as charts, and alone in a notebook cell."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from matplotlib.figure import Figure

from async_dag import Comparison, MissingExtraError
from async_dag.draw import comparison_draw as comparison_view
from tests.support.comparing import compared, failing
from tests.support.made_traces import Bar, made_trace
from tests.support.readme_example import README_BARS


@pytest.fixture
def comparison() -> Comparison:
    return made_trace(*README_BARS).timeline.comparison()


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text"))]


def test_the_charts_stand_above_each_other_on_one_axis(comparison: Comparison) -> None:
    """A chart a way, named, and told whether it is measured or computed; the same end of time."""
    figure = comparison.draw(theme="dark", title="README")
    words = texts(figure)
    for title in (
        "one by one (computed)",
        "wave by wave (computed)",
        "as a DAG (measured)",
        "README",
    ):
        assert title in words
    assert words.count("slow_b") == 3
    assert words.count("2.0 s") == 3
    assert isinstance(figure, Figure)


def test_a_notebook_shows_the_charts_and_the_table(comparison: Comparison) -> None:
    """As SVG and PNG with its size, and as text; only what is asked for."""
    data, metadata = comparison._repr_mimebundle_()
    assert list(data) == ["text/html", "image/svg+xml", "image/png", "text/plain"]
    assert data["text/plain"] == comparison.text()
    svg = data["image/svg+xml"]
    assert "wave by wave (computed)" in svg
    for row in comparison.rows:
        assert f"{row['speedup']:.2f}×" in svg, "a table of speed-ups stands above the charts"
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["width"] > 400
    assert set(comparison._repr_mimebundle_(include=["text/plain"])[0]) == {"text/plain"}
    assert set(comparison._repr_mimebundle_(exclude=["image/png", "text/html"])[0]) == {
        "image/svg+xml",
        "text/plain",
    }


def test_a_way_that_failed_has_no_chart_but_its_line() -> None:
    """The others are drawn, and the text says what failed."""
    failed = compared(failing(2))
    data, _ = failed._repr_mimebundle_()
    assert "wave by wave (" not in data["image/svg+xml"]
    assert "one by one (measured)" in data["image/svg+xml"]
    assert "wave by wave failed: node 'flaky' failed: OSError: no route" in data["text/plain"]


def test_without_matplotlib_the_text_names_what_is_missing(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`draw` raises it; a cell shows the table with it."""
    folders = ("async_dag.views.gantt.figure.", "async_dag.views.drawing.")
    for module in [name for name in sys.modules if name.startswith(folders)]:
        monkeypatch.delitem(sys.modules, module)
        monkeypatch.delattr(module, raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match="pip install matplotlib"):
        comparison.draw()
    data, _ = comparison._repr_mimebundle_()
    assert set(data) == {"text/plain"}
    assert data["text/plain"].startswith(comparison.text())
    assert "pip install matplotlib" in data["text/plain"]


def test_a_repr_never_raises(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong while drawing is shown instead."""

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no ink")

    monkeypatch.setattr(comparison_view, "comparison_picture", broken)
    data, _ = comparison._repr_mimebundle_()
    assert "it can't be drawn: RuntimeError: no ink" in data["text/plain"]


def test_of_many_nodes_no_picture_is_made_unasked(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text names the call that draws them."""
    monkeypatch.setattr(comparison_view, "_MOST_DRAWN", 17)
    data, _ = comparison._repr_mimebundle_()
    assert set(data) == {"text/plain"}
    assert "18 nodes in all: comparison.draw()" in data["text/plain"]


def test_charts_of_nothing_say_so() -> None:
    """No nodes, or none that ran."""
    words = texts(made_trace().timeline.comparison().draw())
    assert words.count("no tasks to run") == 3
    words = texts(
        made_trace(Bar("never", state="skipped", cause=-2)).timeline.comparison(["dag"]).draw()
    )
    assert any("nothing started" in word for word in words)
