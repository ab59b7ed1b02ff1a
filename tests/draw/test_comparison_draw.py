"""A comparison as charts, and alone in a notebook cell."""

from __future__ import annotations

import re
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


def test_each_way_is_a_band_on_one_axis(comparison: Comparison) -> None:
    """Named, with its time and its factor; what is measured and what is computed is said once."""
    figure = comparison.draw(theme="dark", title="README")
    words = texts(figure)
    for text in ("one by one", "wave by wave", "as a DAG", "README", "0.80 s saved"):
        assert words.count(text) == 1
    assert {"2.00 s", "1.60 s · 1.2×", "1.20 s · 1.7×"} <= set(words)
    assert words.count("slow_b") == 3
    assert sum("measured as a DAG, otherwise computed" in text for text in words) == 1
    assert isinstance(figure, Figure)


def test_a_notebook_shows_the_bands(comparison: Comparison) -> None:
    """As SVG and PNG with its size, and as text; only what is asked for."""
    data, metadata = comparison._repr_mimebundle_()
    assert list(data) == ["text/html", "image/svg+xml", "image/png", "text/plain"]
    assert data["text/plain"] == comparison.text()
    assert re.findall(r'data-way="(\w+)" data-seconds="([\d.]+)"', data["image/svg+xml"]) == [
        ("sequential", "2"),
        ("waves", "1.6"),
        ("dag", "1.2"),
    ]
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["width"] > 400
    assert set(comparison._repr_mimebundle_(include=["text/plain"])[0]) == {"text/plain"}
    assert set(comparison._repr_mimebundle_(exclude=["image/png", "text/html"])[0]) == {
        "image/svg+xml",
        "text/plain",
    }


def test_a_figure_of_matplotlib_says_the_same(comparison: Comparison) -> None:
    """Its bands are groups with the same attributes."""
    found = re.findall(r'<g data-way="(\w+)" data-seconds="([\d.]+)"', comparison.draw().as_svg())
    assert found == [("sequential", "2"), ("waves", "1.6"), ("dag", "1.2")]


def test_repeated_runs_are_a_line_and_a_range() -> None:
    """From the shortest to the longest of them, behind the time of the median one."""
    timelines = {"dag": made_trace(*README_BARS).timeline}
    comparison = Comparison(timelines, {}, {"dag": (1.15, 1.2, 1.4)})
    assert "1.20 s · 1.7× (1.15–1.40 s)" in comparison.text(encoding="utf-8")
    assert "each the median of 3 runs" in comparison.text(encoding="utf-8")
    assert "each the median of 3 runs" in " ".join(texts(comparison.draw()))


def test_a_way_that_failed_has_no_band_but_its_line() -> None:
    """The others are drawn, and the text says what failed."""
    failed = compared(failing(2))
    data, _ = failed._repr_mimebundle_()
    assert 'data-way="waves"' not in data["image/svg+xml"]
    assert 'data-way="sequential"' in data["image/svg+xml"]
    assert "wave by wave failed: node 'flaky' failed: OSError: no route" in data["text/plain"]


def test_without_matplotlib_the_text_names_what_is_missing(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`draw` raises it; a cell shows the table with it."""
    folders = (
        "async_dag.views.gantt.figure.",
        "async_dag.views.drawing.",
        "async_dag.views.ways.p",
    )
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


def test_of_nothing_there_is_no_band() -> None:
    """No nodes, or none that ran: it says so."""
    for nothing in (made_trace(), made_trace(Bar("never", state="skipped", cause=-2))):
        words = texts(nothing.timeline.comparison(["dag"]).draw())
        assert words.count("nothing ran") == 1
