"""The pictures of many runs: they show the figures, fit their paper, and are escaped."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from base64 import b64decode
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import async_dag
from async_dag.errors import MissingExtraError, WrongArgumentError
from async_dag.runs import draw
from async_dag.runs.pictures import difference_content, profile_content
from async_dag.runs.profile import Profile
from async_dag.runs.run_set import RunSet
from async_dag.runs.storage.histogram import MAKESPAN, Histogram
from async_dag.views.common.palette import DARK, LIGHT
from async_dag.views.drawing.artists import TextArtist
from async_dag.views.many_runs.node_panel import opacity
from tests.support.made_runs import graph_of, traces_of
from tests.support.synthetic_runs import Machine, finishes

NASTY = [
    "<script>&'\"",
    "a $x^2$ of _b_",
    "任务 🚀",
    "\u202egnp\x1b[31m\x00\n.exe",
    "x" * 500,
    "\ud800",
    " ",
]


def machine_of(nodes: int = 7) -> Machine:
    """A chain of two branches: every third node is beside the chain."""
    dependencies: list[tuple[int, ...]] = [()]
    dependencies += [(node - 1,) if node % 3 else (max(0, node - 3),) for node in range(1, nodes)]
    return Machine(dependencies, [0.02 + 0.01 * (node % 5) for node in range(nodes)], sigma=0.1)


def profile_of(runs: int = 60, names: list[str] | None = None, nodes: int = 7) -> Profile:
    machine = machine_of(nodes)
    return async_dag.profile(traces_of(graph_of(machine, names), machine.rows(Random(1), runs)))


def outside(figure: Figure) -> list[str]:
    """The texts that stick out of the figure."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    whole = figure.bbox
    return [
        text.original
        for text in figure.findobj(TextArtist)
        for box in [text.get_window_extent(renderer)]
        if box.x0 < whole.x0 - 1 or box.x1 > whole.x1 + 1 or box.y0 < whole.y0 - 1
    ]


def bars(figure: Figure) -> list[tuple[float, float, float]]:
    """Left, right and opacity of the bars of nodes, from the first row on."""
    found = []
    for collection in figure.findobj(PolyCollection):
        faces = collection.get_facecolor()
        if len(faces) and to_hex(faces[0]) == LIGHT.holding:
            [path] = collection.get_paths()
            across = path.vertices[:, 0]
            found.append((across.min(), across.max(), collection.get_alpha()))
    return found


def test_bars_go_from_median_start_to_median_end_and_fade_with_criticality() -> None:
    """On one scale, computed here from the rows themselves by the standard library."""
    machine = machine_of()
    rows = machine.rows(Random(1), 60)
    profile = async_dag.profile(traces_of(graph_of(machine), rows))
    figure = profile.draw.gantt()
    ends = [finishes(machine.dependencies, row) for row in rows]
    drawn = bars(figure)[:7]
    by_name = {row.node: place for place, row in enumerate(profile.table)}
    left = drawn[by_name["n0"]][0]
    scale = (drawn[by_name["n6"]][1] - left) / median([run[6] for run in ends])
    for node in range(7):
        start, end, alpha = drawn[by_name[f"n{node}"]]
        started = median([run[node] - row[node] for run, row in zip(ends, rows, strict=True)])
        assert start - left == pytest.approx(scale * started, abs=0.01)
        assert end - left == pytest.approx(scale * median([run[node] for run in ends]), abs=0.01)
        row = profile.table[by_name[f"n{node}"]]
        assert alpha == pytest.approx(opacity(row.criticality))


def test_whiskers_are_the_first_and_the_last_tenth() -> None:
    """As the standard library's inclusive quantiles have them."""
    machine = machine_of()
    rows = machine.rows(Random(1), 60)
    content = profile_content(async_dag.profile(traces_of(graph_of(machine), rows)))
    ends = sorted(finishes(machine.dependencies, row)[2] for row in rows)
    tenths = quantiles(ends, n=10, method="inclusive")
    [shown] = [row for row in content.rows if row.name == "n2"]
    assert shown.finished == pytest.approx((tenths[0], median(ends), tenths[8]))


def test_the_histogram_counts_every_run_and_says_what_lies_beyond() -> None:
    """One run that takes a hundred times as long does not squeeze the others."""
    machine = machine_of()
    rows = machine.rows(Random(1), 500)
    rows[7] = [100 * seconds for seconds in rows[7]]
    content = profile_content(async_dag.profile(traces_of(graph_of(machine), rows)))
    assert sum(one.runs for one in content.bins) == 499
    assert re.fullmatch(r"1 run beyond, up to [\d.,]+ ms", content.beyond)
    assert [mark.name for mark in content.marks] == ["p50", "p95", "p99"]
    assert all(mark.band for mark in content.marks)
    few = profile_content(profile_of(12))
    assert [mark.name for mark in few.marks] == ["p50"]


def test_of_a_sample_the_histogram_is_that_of_all_runs() -> None:
    """Also of those that were not kept."""
    machine = machine_of()
    graph = graph_of(machine)
    histogram = Histogram()
    rows = machine.rows(Random(1), 2000)
    for row in rows:
        histogram.add(machine.makespan(row))
    runs = RunSet(graph, traces_of(graph, rows[:50]), seen=2000, histograms={MAKESPAN: histogram})
    content = profile_content(Profile(runs))
    assert sum(one.runs for one in content.bins) == 2000
    assert content.below.startswith("2,000 runs")


def test_red_is_what_changed_and_the_ratios_are_the_tables() -> None:
    """Each row has the ratio with its band; only what changed beyond noise is red."""
    machine = machine_of(9)
    graph = graph_of(machine)
    before = traces_of(graph, machine.rows(Random(1), 60))
    machine.factors[4] = 1.3
    difference = async_dag.diff(before, traces_of(graph, machine.rows(Random(2), 60)))
    content = difference_content(difference)
    assert [row.name for row in content.rows if row.changed] == ["n4"]
    for row, told in zip(content.rows, difference.table, strict=True):
        assert row.ratio == tuple(told.ratio)
    figure = difference.draw.ratios()
    [red] = [
        text.original
        for text in figure.findobj(TextArtist)
        if to_hex(text.get_color()) == LIGHT.critical
    ]
    assert red.startswith("+")
    assert "n4 takes" in figure.summary
    assert outside(figure) == []


@pytest.mark.parametrize("size", ["notebook", "paper", "slides"])
@pytest.mark.parametrize("nodes", [1, 7, 300])
def test_no_text_sticks_out(size: Any, nodes: int) -> None:
    """In any size, of one node and of hundreds, of which some forty have rows."""
    profile = profile_of(8, nodes=nodes)
    figure = profile.draw.gantt(size=size)
    assert outside(figure) == []
    texts = [text.original for text in figure.findobj(TextArtist)]
    assert ("260 more nodes: the table has them all" in texts) is (nodes == 300)
    assert sum(bool(re.fullmatch(r"n\d+", text)) for text in texts) == min(nodes, 40) + (
        nodes == 1
    )  # its title


def test_a_narrow_picture_keeps_its_axes_and_wraps_its_notes() -> None:
    """At 4 inches no note is cut off, and the ratios have an axis that one can read."""
    figure = profile_of(400).draw.gantt(width=4)
    assert outside(figure) == []
    texts = " ".join(text.original for text in figure.findobj(TextArtist))
    assert "the more often critical; red frame: mostly" in texts
    assert "red: the slowest 1%" in texts
    machine = machine_of()
    traces = traces_of(graph_of(machine), machine.rows(Random(1), 60))
    figure = async_dag.diff(traces[:30], traces[30:]).draw.ratios(width=4)
    assert outside(figure) == []
    texts = " ".join(text.original for text in figure.findobj(TextArtist))
    assert "may go unseen" in texts
    assert len(re.findall(r"×\d", texts)) >= 2


def test_all_rows_are_drawn_on_request() -> None:
    """`detail="full"`; another word is refused with both."""
    figure = profile_of(8, nodes=60).draw.gantt(detail="full")
    texts = [text.original for text in figure.findobj(TextArtist)]
    assert sum(bool(re.fullmatch(r"n\d+", text)) for text in texts) == 60
    with pytest.raises(WrongArgumentError, match=r"detail=.*auto.*full"):
        profile_of(8).draw.gantt(detail="some")  # type: ignore[arg-type]


def test_names_of_any_kind_are_escaped_and_fit() -> None:
    """In the SVG, which is well-formed, in HTML and on the page."""
    profile = profile_of(8, NASTY)
    figure = profile.draw.gantt()
    assert outside(figure) == []
    ET.fromstring(figure.as_svg())
    assert "<script>" not in figure.as_html()


def test_the_picture_has_a_dark_copy_and_a_text() -> None:
    """In dark colours throughout, and `theme="dark"` draws in them at once."""
    profile = profile_of()
    html = profile.draw.gantt().as_html()
    alt = re.search(r'alt="([^"]+)"', html)
    assert alt is not None
    assert "60 runs" in alt[1]
    assert "halving it saves" in alt[1]
    [_, dark] = [
        b64decode(found).decode()
        for found in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", html)
    ]
    light_only = set(vars(LIGHT).values()) - set(vars(DARK).values())
    assert not {colour for colour in light_only if colour in dark}
    assert DARK.ground in profile.draw.gantt(theme="dark").as_svg()


def test_pages_need_no_network_and_have_the_whole_table(tmp_path: Path) -> None:
    """Of a profile and of a difference, with hostile names, dark where the reader's system is."""
    profile = profile_of(8, NASTY)
    difference = async_dag.diff(profile, profile)
    for name, drawn in (("profile", profile.draw), ("difference", difference.draw)):
        page = drawn.html(tmp_path / f"{name}.html").read_text(encoding="utf-8")
        assert "<script" not in page
        assert "&lt;script&gt;" in page
        assert not re.findall(r"(?:src|href)=\"(?!data:)", page)
        assert "default-src &#x27;none&#x27;" in page
        assert page.count("<tr>") == 8
        assert not re.findall("[\x00\x1b\u202e]", page)
    texts = [profile.table.text(), difference.table.text(), *map(str, profile.findings())]
    assert not re.findall("[\x00\x1b\u202e]", "".join(texts))
    assert len(profile.table.text().splitlines()) == 8
    with pytest.raises(TypeError, match=r"html\('runs.html'\)"):
        profile.draw.html(3)  # type: ignore[arg-type]


def test_without_matplotlib_there_is_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a cell and on the page, which says what to install."""

    def missing(_: str) -> Any:
        raise MissingExtraError("install async-dag-workbench[notebook]")

    monkeypatch.setattr(draw, "extra", missing)
    profile = profile_of(8)
    data, _ = profile._repr_mimebundle_()
    assert "<table>" in data["text/html"]
    assert "image/png" not in data
    page = profile.draw.html(tmp_path / "runs.html").read_text(encoding="utf-8")
    assert "async-dag-workbench[notebook]" in page
    assert "<table>" in page
