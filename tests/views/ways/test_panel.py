"""The bands as a picture: as long as the times, no higher than there is room, nothing made up."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from random import Random

import pytest

pytest.importorskip("matplotlib")
from PIL import Image

from async_dag.trace.trace import Trace
from async_dag.views.common.palette import DARK, LIGHT
from async_dag.views.common.terminal import Terminal
from async_dag.views.drawing.canvas import Canvas
from async_dag.views.drawing.drawing import Boxes, Drawing, Lines, Plane, Polygons, Words
from async_dag.views.drawing.drawn_picture import DrawnPicture
from async_dag.views.drawing.look import Look, look_for
from async_dag.views.ways.panel import WaysPanel
from async_dag.views.ways.text import ways_text
from async_dag.views.ways.ways import Way, Ways, ways_expected, ways_of, ways_of_run
from tests.support.made_traces import Bar, made_trace, made_uncertain_trace
from tests.support.readme_example import README_BARS

HIGHEST = 320 * 72 / 96
"""Points of the highest picture."""


def layered(tasks: int, seed: int = 0) -> Trace:
    """A run of many tasks, each of which needs up to two of the earlier ones."""
    random = Random(seed)
    bars: list[Bar] = []
    for number in range(tasks):
        count = min(number, random.randint(0, 2)) if number >= tasks // 8 else 0
        needs = tuple(random.sample(range(number), count))
        start = max((bars[need].finished for need in needs), default=0.0)
        end = start + random.choice((0.05, 0.1, 0.3, 0.6)) * random.random() + 0.01
        bars.append(Bar(f"task_{number}", start, start, end, needs=needs))
    return made_trace(*bars)


def drawn(ways: Ways | None, look: Look | None = None) -> Drawing:
    look = look or look_for("notebook", "light")
    return DrawnPicture.of([WaysPanel(ways, look)], look, "").drawing


def bands(drawing: Drawing) -> dict[str, Plane]:
    return {plane.data["way"]: plane for plane in drawing.planes if plane.data}


def extent(plane: Plane) -> tuple[float, float]:
    """From the left to the right of all segments of a band, in points."""
    edges = [
        edge
        for mark in plane.marks
        if isinstance(mark, Boxes)
        for box in mark.boxes
        for edge in (box.left, box.right)
    ]
    edges += [
        x
        for mark in plane.marks
        if isinstance(mark, Polygons)
        for path in mark.paths
        for x, _ in path
    ]
    ((left, _),) = plane.at([(min(edges), 0.0)])
    ((right, _),) = plane.at([(max(edges), 0.0)])
    return left, right


def readme() -> Ways:
    ways = ways_of_run(made_trace(*README_BARS).timeline)
    assert ways is not None
    return ways


@pytest.mark.parametrize("size", ["notebook", "paper", "slides"])
@pytest.mark.parametrize("tasks", [6, 14, 43, 212, 2122])
def test_bands_are_as_long_as_their_times(tasks: int, size: str) -> None:
    """To within half a point, at any number of tasks; and never higher than 320 pixels."""
    ways = ways_of_run(layered(tasks).timeline)
    assert ways is not None
    look = look_for(size, "light")  # type: ignore[arg-type]
    assert 60 < WaysPanel(ways, look).height <= HIGHEST + 0.1
    planes = bands(drawn(ways, look))
    starts = {round(extent(plane)[0], 1) for plane in planes.values()}
    assert len(starts) == 1
    second = (extent(planes["sequential"])[1] - starts.pop()) / ways.bands[0].seconds.high
    for band in ways.bands:
        left, right = extent(planes[band.way])
        assert right - left == pytest.approx(second * band.seconds.high, abs=0.51)


def test_svg_tells_which_way_and_how_long() -> None:
    """The DAG of the README is 60 % as long as one by one, as its attributes and its shapes say."""
    look = look_for("notebook", "light")
    svg = DrawnPicture.of([WaysPanel(readme(), look)], look, "").as_svg()
    groups = re.findall(r'<g data-way="(\w+)" data-seconds="([^"]+)">(.*?)\n</g>', svg, re.DOTALL)
    assert [(way, seconds) for way, seconds, _ in groups] == [
        ("sequential", "2"),
        ("waves", "1.6"),
        ("dag", "1.2"),
    ]
    lengths = {}
    for way, _, body in groups:
        spans = [
            (float(x), float(x) + float(width))
            for x, width in re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', body)
        ]
        lengths[way] = max(end for _, end in spans) - min(start for start, _ in spans)
    assert lengths["dag"] / lengths["sequential"] == pytest.approx(0.6, abs=0.01)
    assert lengths["waves"] / lengths["sequential"] == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_png_shows_it(theme: str) -> None:
    """The same ratio, counted in pixels of the colours of the bands."""
    look = look_for("notebook", theme)  # type: ignore[arg-type]
    png = DrawnPicture.of([WaysPanel(readme(), look)], look, "").as_png()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    palette = LIGHT if theme == "light" else DARK

    def columns(colour: str) -> list[int]:
        wanted = tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))
        across, down = image.size
        pixels = image.load()
        assert pixels is not None
        return [x for x in range(across) if any(pixels[x, y] == wanted for y in range(down))]

    others, own = columns(palette.computed), columns(palette.awaiting)
    assert (own[-1] - own[0]) / (others[-1] - others[0]) == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_text_shows_it(encoding: str) -> None:
    """In columns of a terminal, to within one of them, and no line is too long."""
    lines = list(ways_text(readme(), Terminal(80, encoding)))
    sign = "█" if encoding == "utf-8" else "#"
    ends = {
        line[:14].strip(): line.rindex(sign) - 13
        for line in lines
        if sign in line and line[0] != " "
    }
    assert ends["as a DAG"] / ends["one by one"] == pytest.approx(0.6, abs=0.01)
    assert all(len(line) <= 80 for line in lines)
    assert "×" not in "".join(lines) or encoding == "utf-8"


def test_many_lanes_in_text_are_one_line() -> None:
    """How many run at once, as blocks."""
    ways = ways_of_run(layered(212).timeline)
    assert ways is not None
    shown = list(ways_text(ways, Terminal(100, "utf-8")))
    assert sum(line.startswith(("one by one", "wave by wave", "as a DAG")) for line in shown) == 3
    assert not any(line.startswith("   ") for line in shown)
    assert any("▁" in line or "▂" in line for line in shown)


def test_each_segment_of_a_lane_that_can_be_told_apart_is_one() -> None:
    """The README's six tasks are six in each way; of the critical path each is outlined."""
    planes = bands(drawn(readme()))
    for way, plane in planes.items():
        filled = [mark for mark in plane.marks if isinstance(mark, Boxes) and mark.style.fill]
        assert sum(len(mark.boxes) for mark in filled) == 6
        outlined = [
            box
            for mark in plane.marks
            if isinstance(mark, Boxes) and mark.style.stroke == LIGHT.critical
            for box in mark.boxes
        ]
        assert [round(box.left, 6) for box in outlined] == ([0.0, 0.1, 1.1] if way == "dag" else [])
    dashed = [
        mark for mark in planes["waves"].marks if isinstance(mark, Lines) and mark.style.dashes
    ]
    assert [path[0][0] for mark in dashed for path in mark.paths] == pytest.approx([0.5, 1.5])


def test_names_stand_where_they_fit_and_are_never_cut() -> None:
    """In lanes that are high enough; thousands of tasks have none."""
    for tasks in (6, 43, 2122):
        ways = ways_of_run(layered(tasks).timeline)
        assert ways is not None
        known = set(ways.bands[0].names)
        for plane in bands(drawn(ways)).values():
            assert {mark.text for mark in plane.marks if isinstance(mark, Words)} <= known
    assert not any(
        isinstance(mark, Words) for plane in bands(drawn(ways)).values() for mark in plane.marks
    )


def test_tasks_that_nobody_could_tell_apart_are_drawn_as_one() -> None:
    """Ten thousand in a row are one shape, as long as they are, and no task vanishes at the end."""
    bars = [Bar(f"t{n}", n / 64, n / 64, (n + 1) / 64) for n in range(10_000)]
    bars.append(Bar("end", 157.0, 157.0, 157.0001))
    way = Way("dag", "as a DAG", made_trace(*bars).timeline, "measured")
    plane = bands(drawn(ways_of([way])))["dag"]
    filled = [mark for mark in plane.marks if isinstance(mark, Boxes) and mark.style.fill]
    ((first, *others),) = (mark.boxes for mark in filled)
    assert len(others) <= 1
    assert (first.left, extent(plane)[1]) == (0.0, pytest.approx(plane.left + plane.width))


def test_what_is_not_certain_is_hatched() -> None:
    """From the least to the most that one by one takes."""
    plane = bands(drawn(ways_of_run(made_uncertain_trace().timeline)))["sequential"]
    (hatched,) = (mark for mark in plane.marks if isinstance(mark, Polygons) and mark.style.hatch)
    assert {x for path in hatched.paths for x, _ in path} == {2.5, 3.5}


def test_what_is_expected_is_dashed_and_not_filled() -> None:
    """Nothing of it has happened."""
    timeline = made_trace(*README_BARS).timeline
    for plane in bands(drawn(ways_expected(timeline, 1.2))).values():
        segments = [mark for mark in plane.marks if isinstance(mark, Boxes)]
        assert any(mark.style.dashes for mark in segments)
        assert not any(mark.style.fill for mark in segments)


def test_where_there_is_no_truth_there_is_no_band() -> None:
    """Of a run that failed nothing is drawn, and no room is taken."""
    failed = made_trace(Bar("a", 0, 0, 1.0, "failed", error="OSError"), Bar("b", 0, 0, 2.0))
    look = look_for("notebook", "light")
    assert ways_of_run(failed.timeline) is None
    assert WaysPanel(None, look).height == 0
    canvas = Canvas(look, 10)
    WaysPanel(None, look).draw(canvas, 0)
    assert not any(plane.marks for plane in canvas.drawing.planes)
    assert 'data-way="' not in failed.draw.gantt().as_svg()
    assert "one by one" not in failed.draw.text()


def test_no_text_lies_on_another_or_beyond_the_edge() -> None:
    """Labels, times, the bracket and its words, at any size."""
    for size in ("notebook", "paper", "slides"):
        for trace in (made_trace(*README_BARS), made_uncertain_trace(), layered(43), layered(2122)):
            look = look_for(size, "light")  # type: ignore[arg-type]
            drawing = drawn(ways_of_run(trace.timeline), look)
            marks = drawing.in_order()
            boxes = [box_of(plane, mark) for plane, mark in marks if isinstance(mark, Words)]
            for left, right, top, bottom in boxes:
                assert left >= 0
                assert right <= drawing.width + 0.5
                assert 0 <= top < bottom <= drawing.height
            boxes.sort(key=lambda box: (round(box[2]), box[0]))
            for (_, right, top, _), (left, _, other, _) in pairwise(boxes):
                assert round(top) != round(other) or right <= left + 0.5


def box_of(plane: Plane, words: Words) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of a text, in points."""
    from async_dag.views.drawing.fonts import width

    ((x, y),) = plane.at([(words.x, words.y)])
    wide = width(words.text, words.size, words.weight)
    left = x - {"left": 0.0, "center": wide / 2, "right": wide}[words.align]
    return left, left + wide, y - words.size / 2, y + words.size / 2
