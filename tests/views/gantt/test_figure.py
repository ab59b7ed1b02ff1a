"""The drawn Gantt chart: what is drawn is what happened, whatever the names are, and nothing leaks."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from math import nan
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.collections import Collection, LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.path import Path

from async_dag.errors import UnknownNodeError, WrongArgumentError, WrongTypeError
from async_dag.trace.columns import Attempt, Wait
from async_dag.trace.trace import Trace
from async_dag.views.common.area import Area, thinned
from async_dag.views.common.palette import DARK, LIGHT, Palette
from async_dag.views.drawing.artists import TextArtist
from async_dag.views.drawing.fonts import drawable, fitted, tidy, width, wrapped
from tests.support.made_traces import Bar, made_trace

SVG = "{http://www.w3.org/2000/svg}"
NASTY = (
    "$x^2$ and $\\frac{1}{2}$",
    "a_b^c",
    "<script>alert('&')</script>",
    '"]]>',
    "end\nof line\x1b[31m\x00",
    "任务",
    "🚀 \U0001f469\u200d\U0001f467",
    "שלום עולם",
    "مرحبا",
    "\u202egnp.exe",
    "\ud800",
    "e\u0301" * 5,
    "x" * 5000,
    "",
    " ",
)


def readme_run() -> Trace:
    """The README's example: makespan 1.2 s, 2.0 s one by one, 1.6 s in waves."""
    return made_trace(
        Bar("fast_task_a", 0, 0, 0.1),
        Bar("slow_task_a", 0, 0, 0.5, steps=((0.4, 0.1),)),
        Bar("fast_task_b", 0, 0, 0.2),
        Bar("slow_task_b", 0.1, 0.1, 1.1, needs=(0,)),
        Bar("fast_task_c", 0.5, 0.5, 0.6, needs=(1, 2)),
        Bar("end_task", 1.1, 1.1, 1.2, needs=(3, 4)),
    )


def large_run(count: int = 2122) -> Trace:
    """So many tasks in three layers, 50 at once in each."""
    bars: list[Bar] = []
    for n in range(count):
        start = n // 50 * 0.5
        layer = ("load", "check", "store")[n * 3 // count]
        bars.append(Bar(f"{layer}_{n}", start, start, start + 0.5, task=layer))
    return made_trace(*bars)


def texts(figure: Figure) -> list[str]:
    """What stands in the figure, as it was meant."""
    return [found.original for found in figure.findobj(TextArtist)]


def spans(figure: Figure, color: str) -> set[tuple[float, float]]:
    """From when to when the shapes of that colour reach, in seconds; those of the rows alone."""
    rows = figure.axes[1]  # the first one is the sheet of paper
    return {
        reach(path)
        for found in collections(rows)
        if found.get_facecolor().size and to_hex(found.get_facecolor()[0]) == color
        for path in found.get_paths()
    }


def reach(path: Path) -> tuple[float, float]:
    """From where to where it goes, in seconds."""
    across = path.vertices[:, 0]
    return round(across.min(), 3), round(across.max(), 3)


def collections(axes: Any) -> Iterator[Collection]:
    return (found for found in axes.get_children() if isinstance(found, Collection))


def with_gid(figure: Figure, gid: str) -> list[Any]:
    return [
        found for axes in figure.axes[1:] for found in collections(axes) if found.get_gid() == gid
    ]


def segments(figure: Figure, gid: str) -> list[list[tuple[float, float]]]:
    """The lines called so, in seconds and points."""
    return [
        [(round(float(x), 3), round(float(y), 1)) for x, y in path.vertices]
        for found in with_gid(figure, gid)
        if isinstance(found, LineCollection)
        for path in found.get_paths()
    ]


@pytest.mark.parametrize(("theme", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_bars_lie_where_tasks_ran(theme: Any, palette: Palette) -> None:
    """Light from start to end, dark in the long step, framed if on the critical path."""
    figure = readme_run().draw.gantt(theme=theme)
    light = spans(figure, palette.awaiting)
    assert {(0, 0.1), (0, 0.5), (0, 0.2), (0.1, 1.1), (0.5, 0.6), (1.1, 1.2)} <= light
    assert spans(figure, palette.holding) == {(0.4, 0.5)}
    (frames,) = with_gid(figure, "critical")
    framed = {
        (round(p.vertices[:, 0].min(), 3), round(p.vertices[:, 0].max(), 3))
        for p in frames.get_paths()
    }
    assert framed == {(0, 0.1), (0.1, 1.1), (1.1, 1.2)}
    assert to_hex(figure.get_facecolor()) == palette.ground


def test_names_seconds_and_ways_are_said() -> None:
    """Each task with its time; one by one and wave by wave as what they are: computed."""
    said = texts(readme_run().draw.gantt())
    assert {"fast_task_a", "slow_task_b", "0.50 s", "1.00 s", "peak 3"} <= set(said)
    assert "6 tasks, all done" in said
    assert any(text.startswith("makespan 1.20 s, work 2.00 s") for text in said)
    assert {"2.00 s", "1.60 s · 1.2×", "1.20 s · 1.7×"} <= set(said)
    note = "measured as a DAG, otherwise computed from this run; at the limit of its critical path"
    assert note in said


def test_a_run_that_a_limit_held_up_is_not_at_its_limit() -> None:
    """Two independent tasks one after the other could run at once."""
    figure = made_trace(Bar("a", 0, 0, 1), Bar("b", 0, 1, 2)).draw.gantt()
    assert not any("at the limit" in text for text in texts(figure))
    assert with_gid(figure, "queued")


def test_waves_are_computed_with_the_slots_of_the_run() -> None:
    """With two slots the four tasks of a wave take two rounds, as they did; it says so."""
    starts = (0, 0, 1, 1)
    trace = made_trace(*[Bar(f"t{n}", 0, start, start + 1) for n, start in enumerate(starts)])
    trace.max_concurrency = 2
    trace.waits = [Wait(2, "slot", 0, 1), Wait(3, "slot", 0, 1)]
    said = texts(trace.draw.gantt())
    assert any("with its 2 slots" in text for text in said)
    assert said.count("2.00 s · 2.0×") == 2  # in waves, and the run itself


def test_one_definition_of_the_speed_up() -> None:
    """What the heading says of a retried run is what the timeline and the bar say; pauses count not."""
    trace = made_trace(Bar("a", 0, 0, 4.0), Bar("b", 0, 0, 1.0))
    trace.attempts = [Attempt(0, 0, 1, "OSError"), Attempt(0, 3, 4, None)]
    trace.waits = [Wait(0, "slot", 1.5, 3)]
    said = texts(trace.draw.gantt())
    speedup = trace.timeline.speedup
    assert any(f"speed-up {speedup:.2f}×, at most 2 at once" in text for text in said)
    assert any(text.endswith(f"· {speedup:.1f}×") for text in said)
    assert f"{trace.timeline.durations['a']:.2f} s" in said


def test_no_line_breaks_between_a_number_and_its_unit() -> None:
    """However narrow it is."""
    sentence = "halving it saves between 0.03 s and 1,200 ms of 5 s."
    for room in range(40, 300, 7):
        lines = wrapped(sentence, room, 8)
        assert not any(line.startswith(("s", "ms")) and line[:5] != "saves" for line in lines)
        assert room < 80 or " ".join(lines) == sentence


def retried() -> Trace:
    trace = made_trace(
        Bar("fetch", 0, 0, 2.2),
        Bar("broken", 0, 0.5, 1.6, "failed", error="OSError: no route"),
        Bar("join", state="skipped", needs=(0, 1), cause=1),
        Bar("slow", 0, 0, 1.6, "cancelled", cause=1),
        elapsed=2.2,
    )
    trace.attempts = [Attempt(0, 0, 0.5, "OSError"), Attempt(0, 1.0, 2.2, None)]
    trace.waits = [Wait(1, "limit", 0, 0.5)]
    return trace


def test_attempts_failures_and_who_cut_whom_off() -> None:
    """Failed attempts are red, pauses dotted, waits hatched; notes say what and why."""
    figure = retried().draw.gantt(width=9)
    assert spans(figure, LIGHT.failed_fill) == {(0, 0.5)}  # tried again: nothing is lost by it
    assert spans(figure, LIGHT.failed) == {(0.5, 1.6)}
    assert spans(figure, LIGHT.awaiting) == {(1.0, 2.2)}
    assert segments(figure, "pauses")[0][0][0] == 0.5
    assert segments(figure, "pauses")[0][1][0] == 1.0
    ((above, below),) = segments(figure, "causes")
    assert above[0] == below[0] == 1.6
    assert above[1] != below[1]
    (hatched,) = with_gid(figure, "queued")
    assert hatched.get_hatch()
    said = texts(figure)
    assert "✗ failed" in said
    assert "⊘ cancelled: broken failed" in said
    assert "– never started: broken failed" in said
    assert "broken failed: OSError: no route" in said
    assert not any("computed" in text for text in said), "what did not run has no duration"


def test_a_run_that_goes_on_is_drawn_up_to_now() -> None:
    """With a line of now, and signs beside what has not ended."""
    trace = made_trace(Bar("a", 0, 0, nan), Bar("b", 0.5, nan), Bar("c"), elapsed=1.0)
    figure = trace.draw.gantt()
    said = texts(figure)
    assert "now" in said
    assert any(text.startswith("▶") for text in said)
    assert any(text.startswith("◔") for text in said)
    assert "… waiting" in said


@pytest.mark.parametrize(
    ("wanted", "edges"), [(True, 5), (False, 0), (["fast_task_c"], 3), ("fast_task_a", 1)]
)
def test_dependencies_on_demand(wanted: Any, edges: int) -> None:
    """All of them, none, or those from and to the tasks that are named; never back in time."""
    drawn = segments(readme_run().draw.gantt(dependencies=wanted), "elbows")
    assert len(drawn) == edges
    for line in drawn:
        assert [x for x, _ in line] == sorted(x for x, _ in line)


def test_a_large_run_is_bundles_and_quick() -> None:
    """2,122 tasks: three rows, drawn as SVG and PNG in under two seconds, and small."""
    trace = large_run()
    trace.draw.gantt().as_png()  # what is loaded but once
    begin = time.process_time()
    figure = trace.draw.gantt()
    svg, png = figure.as_svg(), figure.as_png()
    assert time.process_time() - begin < 2
    assert len(svg) < 200_000
    assert len(png) < 300_000
    assert {"load", "check", "store", "×708"} <= set(texts(figure))


def test_a_bundle_opens() -> None:
    """Into its own bars: as many shapes as tasks."""
    figure = large_run(300).draw.gantt(opened=["load"])
    (bodies,) = (
        found
        for found in collections(figure.axes[1])
        if found.get_facecolor().size
        and to_hex(found.get_facecolor()[0]) == LIGHT.awaiting
        and len(found.get_paths()) > 3
    )
    assert len(bodies.get_paths()) == 100


@pytest.mark.parametrize("detail", ["auto", "full"])
def test_all_rows_fit_on_the_page(detail: Any) -> None:
    """Whatever the number of rows, no text lies outside of the figure."""
    for count in (1, 40, 160):
        figure = large_run(count).draw.gantt(detail=detail, findings=True)
        right, top = figure.bbox.width, figure.bbox.height
        figure.draw_without_rendering()  # a picture of all these rows takes gigabytes
        for found in figure.findobj(TextArtist):
            box = found.get_window_extent()
            assert -1 <= box.x0 <= box.x1 <= right + 1, found.original
            assert -1 <= box.y0 <= box.y1 <= top + 1, found.original


@pytest.mark.parametrize("size", ["notebook", "paper", "slides"])
def test_any_name_is_drawn_as_it_is(size: Any) -> None:
    """No formula, no markup, no warning for characters that no font has; and it stays in its column."""
    bars = [Bar(name, n, n, n + 1, task="t") for n, name in enumerate(NASTY)]
    trace = made_trace(*bars, Bar("bad", 0, 0, 1, "failed", error="$\\x$ <b> \n" * 30))
    figure = trace.draw.gantt(size=size, title="$\\frac{1}{2}$ 任务", dependencies=True)
    figure.as_png()
    figure.savefig(io.BytesIO(), format="pdf")
    root = ET.fromstring(figure.as_svg())
    drawn = ["".join(found.itertext()) for found in root.iter(f"{SVG}text")]
    assert {"$x^2$ and $\\frac{1}{2}$", "<script>alert('&')</script>", "任务", "שלום עולם"} <= set(
        drawn
    )
    assert "$\\frac{1}{2}$ 任务" in drawn
    assert not list(root.iter(f"{SVG}script"))
    left = figure.axes[1].get_window_extent().x0
    for found in figure.findobj(TextArtist):
        if found.original in NASTY:
            assert found.get_window_extent().x1 <= left


def test_svg_is_small_text_that_any_reader_has() -> None:
    """Texts are texts, with fonts to fall back on; the same run gives nearly the same file."""
    svg = readme_run().draw.gantt().as_svg()
    assert svg.startswith("<svg")
    assert len(svg) < 40_000
    assert ">fast_task_a</text>" in svg
    assert "sans-serif" in svg
    assert "<dc:date>" not in svg


def test_no_setting_and_no_state_of_pyplot_is_touched() -> None:
    """pyplot is not even loaded by drawing; settings are as they were; style sheets change nothing."""
    before = dict(mpl.rcParams)
    svg = readme_run().draw.gantt(theme="dark").as_svg()
    assert dict(mpl.rcParams) == before
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path"}):
        styled = readme_run().draw.gantt(theme="dark").as_svg()
        assert mpl.rcParams["svg.fonttype"] == "path"
    assert len(svg) == len(styled)
    if "matplotlib.pyplot" in sys.modules:
        assert sys.modules["matplotlib.pyplot"].get_fignums() == []


def test_figures_are_drawn_in_threads() -> None:
    """Four at once, all of them whole."""
    made: list[str] = []

    def draw() -> None:
        made.append(readme_run().draw.gantt().as_svg())

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert all(svg.count("<text") == made[0].count("<text") for svg in made)


def test_a_notebook_is_given_what_it_asks_for() -> None:
    """HTML first, SVG, PNG with its size on the page, text; only what is asked for is made."""
    figure = readme_run().draw.gantt()
    data, metadata = figure._repr_mimebundle_()
    assert list(data) == ["text/html", "image/svg+xml", "image/png", "text/plain"]
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["width"] == round(96 * figure.get_size_inches()[0])
    data, metadata = figure._repr_mimebundle_(include={"text/plain"})
    assert (set(data), metadata) == ({"text/plain"}, {})
    assert "makespan 1.20 s" in data["text/plain"]


def test_a_baseline_is_drawn_above_on_the_same_axis() -> None:
    """Both runs, and a table of what became slower and faster, and what that did to the makespan."""
    slower = made_trace(Bar("a", 0, 0, 2.0), Bar("b", 0, 0, 0.5), Bar("new", 0, 0, 1.0))
    faster = made_trace(Bar("a", 0, 0, 1.0), Bar("b", 0, 0, 1.0))
    figure = slower.draw.gantt(baseline=faster)
    said = texts(figure)
    assert said.index("baseline") < said.index("this run")
    table = said[said.index("What became slower or faster") :]
    assert table[6:] == [
        *("a", "1.00 s", "2.00 s", "+1.00 s (+100%)", "+1.00 s"),
        *("new", "–", "1.00 s", "not done in the baseline", "–"),
        *("b", "1.00 s", "0.50 s", "−0.50 s (−50%)", "0.00 s"),
    ]
    limits = {axes.get_xlim() for axes in figure.axes[1:]}
    assert limits == {(0.0, 2.0)}
    said = texts(faster.draw.gantt(baseline=faster))
    assert said[said.index("No task became slower or faster") :] == [
        "No task became slower or faster"
    ]


def test_a_baseline_has_a_headline() -> None:
    """How much longer the run is, and the tasks that made it so; others changed without effect."""
    before = made_trace(
        Bar("a", 0, 0, 1.0), Bar("b", 0, 0, 0.3), Bar("end", 1, 1, 1.4, needs=(0, 1))
    )
    after = made_trace(
        Bar("a", 0, 0, 0.81), Bar("b", 0, 0, 0.6), Bar("end", 0.81, 0.81, 1.21, needs=(0, 1))
    )
    figure = after.draw.gantt(baseline=before)
    headline, reasons = texts(figure)[:2]
    assert headline == "1.40 → 1.21 s, 14% shorter"
    assert reasons == "What changed the makespan, computed task by task: a −0.19 s"
    assert figure.summary.startswith("1.40 → 1.21 s, 14% shorter\n")
    titled = texts(after.draw.gantt(baseline=before, title="Tuesday"))
    assert titled[:2] == ["Tuesday", "1.40 → 1.21 s, 14% shorter"]


@pytest.mark.parametrize("count", [6, 43, 400])
def test_no_text_is_below_11_pixels(count: int) -> None:
    """At the natural size of the picture, whatever the number of tasks; at 600 px wide as well."""
    bars = [Bar(f"fetch_page_{n}", 0, 0.01 * n, 0.5 + 0.02 * n, task="fetch") for n in range(count)]
    trace = made_trace(*bars, Bar("end", 9, 9, 10, needs=tuple(range(count)), task="end"))
    figure = trace.draw.gantt(findings=True)
    svg = ET.fromstring(figure.as_svg())
    width = float(svg.attrib["viewBox"].split()[2])
    sizes = [
        float(size[1])
        for element in svg.iter()
        if (size := re.search(r"font(?:-size)?:[^;]*?([\d.]+)px", element.get("style", "")))
    ]
    assert sizes
    # The numbers of the SVG are points: 72 of them are 96 pixels.
    assert min(sizes) * 96 / 72 >= 11
    assert min(sizes) * min(96 / 72, 600 / width) >= 10.99


def test_the_axis_ends_with_the_run() -> None:
    """Ways that take longer have an axis of their own; the bars are not halved for them."""
    figure = readme_run().draw.gantt()
    rows, running, *ways = (round(axes.get_xlim()[1], 6) for axes in figure.axes[1:])
    assert (rows, running, set(ways)) == (1.2, 1.2, {2.0})


def test_handovers_are_no_dips() -> None:
    """A few hundred microseconds between a task and its dependent are not drawn as a needle."""
    chain = [
        Bar(
            f"t{n}", 0.01 * n, 0.01 * n + (n > 0) * 0.0003, 0.01 * (n + 1), needs=(n - 1,) * (n > 0)
        )
        for n in range(5)
    ]
    steps = made_trace(*chain).timeline.parallelism()
    area = Area([step.time for step in steps], [step.running for step in steps])
    assert area.counts.count(0) == 5
    assert thinned(area, 0.05, 600) == Area([0.0, 0.05], [1, 0])


def test_a_failed_run_is_not_told_how_to_be_faster() -> None:
    """Its figure says what failed, once, with findings and without them."""
    trace = retried()
    texts_of_failed = texts(trace.draw.gantt(findings=True))
    assert "What failed" in texts_of_failed
    for findings in (True, False):
        told = " ".join(texts(trace.draw.gantt(findings=findings)))
        assert told.count("OSError: no route") == 1, told
    assert "What limits this run" not in texts_of_failed


@pytest.mark.parametrize(
    ("trace", "said"),
    [
        (made_trace(), "no tasks to run"),
        (made_trace(Bar("a", state="skipped")), "nothing started: 1 task, 1 never started"),
    ],
)
def test_a_chart_of_nothing_says_so(trace: Trace, said: str) -> None:
    """No axis without a bar, but words; also beside another run."""
    figure = trace.draw.gantt()
    assert texts(figure) == [said]
    figure.as_png()
    both = readme_run().draw.gantt(baseline=trace)
    assert any(said.partition(":")[0] in text for text in texts(both))


def test_a_task_that_took_no_time_is_seen() -> None:
    """It has a mark at least, and the axis some length."""
    figure = made_trace(Bar("a", 0, 0, 0)).draw.gantt()
    ((start, end),) = spans(figure, LIGHT.awaiting)
    assert start == 0 < end
    assert "peak 1" in texts(figure)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"size": "huge"}, WrongArgumentError, "size= takes 'notebook', 'paper' or 'slides'"),
        (
            {"theme": "pink"},
            WrongArgumentError,
            "theme= takes 'auto', 'light' or 'dark'; given was 'pink'",
        ),
        ({"width": "10"}, WrongTypeError, "width= takes inches.*given was '10'"),
        ({"width": 400}, WrongArgumentError, "width= takes 3 to 40 inches; given was 400"),
        ({"sort": "name"}, WrongArgumentError, "sort= takes"),
        ({"dependencies": ["slow_task"]}, UnknownNodeError, "the nearest are 'slow_task_b'"),
        ({"dependencies": 3}, WrongTypeError, "dependencies= takes names .* given was 3"),
        ({"opened": None}, WrongTypeError, "opened= takes names .* given was None"),
        ({"title": 3}, WrongTypeError, "title= takes a text"),
        ({"baseline": [1]}, WrongTypeError, r"another result, or its trace; given was \[1\]"),
        ({"opened": ["fats_task_a"]}, UnknownNodeError, "'fast_task_a'"),
    ],
)
def test_wrong_options_are_told(options: dict[str, Any], error: type[Exception], said: str) -> None:
    """What was given, what is expected."""
    with pytest.raises(error, match=said):
        readme_run().draw.gantt(**options)


def test_without_matplotlib_the_error_says_what_to_install() -> None:
    """One error with one cure; and a run alone in a cell is text that says the same."""
    script = """
import sys
sys.modules["matplotlib"] = None
from async_dag.errors import MissingExtraError
from tests.support.made_traces import Bar, made_trace
trace = made_trace(Bar("a", 0, 0, 1))
try:
    trace.draw.gantt()
except MissingExtraError as error:
    print(error)
data, metadata = trace._repr_mimebundle_()
print(list(data), metadata, data["text/plain"].splitlines()[-1])
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    cure = "Gantt charts need matplotlib: pip install matplotlib"
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == [cure, f"['text/plain'] {{}} {cure}"]


def test_width_is_taken() -> None:
    """In inches; names are shortened to fit."""
    figure = readme_run().draw.gantt(width=4)
    assert figure.get_size_inches()[0] == 4


def test_texts_are_cut_to_their_room() -> None:
    """In the middle or at the end, broken at blanks; never wider than asked."""
    for text in (*NASTY, "word " * 40):
        clean = tidy(text)
        assert clean.isprintable() or "\u200d" in clean
        assert width(fitted(clean, 60, 9), 9) <= 60 or len(fitted(clean, 60, 9)) <= 1
        assert all(width(line, 9) <= 100 for line in wrapped(clean, 100, 9))
    assert fitted("download_page_12", 60, 9).count("…") == 1
    assert drawable("a\ud800") == "a□"


@pytest.mark.parametrize(("held", "named"), [(0.4, True), (0.05, False)])
def test_the_legend_has_what_darkens_a_bar(held: float, named: bool) -> None:
    """Short steps that hold the loop have no place of their own: the whole bar is darker."""
    figure = made_trace(Bar("a", 0, 0, 1.0, held=held)).draw.gantt()
    assert (spans(figure, LIGHT.awaiting) == set()) == named
    assert ("holding the event loop" in texts(figure)) == named
