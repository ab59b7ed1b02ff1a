"""A speed-up curve as a picture: the curve, its knee, and the critical path below it."""

from __future__ import annotations

import pickle

import pytest

from async_dag import SpeedupCurve
from async_dag.views.drawing.drawing import Lines, Words
from async_dag.views.drawing.look import look_for
from async_dag.views.many_runs.speedup_picture import speedup_picture
from tests.support.made_traces import Bar, made_trace
from tests.support.readme_example import README_BARS


@pytest.fixture
def curve() -> SpeedupCurve:
    return made_trace(*README_BARS).timeline.speedup_curve()


def test_it_is_the_tuple_that_it_was(curve: SpeedupCurve) -> None:
    """Three parts, equal to one made of these; the knee and the bound are beside them."""
    points, unlimited, enough = curve
    assert curve == SpeedupCurve(points, unlimited, enough) == (points, unlimited, enough)
    assert len(curve) == 3
    assert curve.knee == (2, pytest.approx(1.2))
    assert curve.bound == pytest.approx(1.2)
    assert pickle.loads(pickle.dumps(curve)).knee == curve.knee


def test_the_knee_is_told_with_its_own_seconds() -> None:
    """Also where it is no power of two, so that the curve has no point there."""
    curve = made_trace(*(Bar(f"a{n}", 0.0, 0.0, 1.0) for n in range(6))).timeline.speedup_curve()
    assert curve.knee == (6, 1.0)
    assert 6 not in dict(curve.points)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_knee_and_bound_are_marked(curve: SpeedupCurve, theme: str) -> None:
    """Each with a label; the dashed line is as high as the critical path is long."""
    picture = speedup_picture(curve, look_for("notebook", theme), "")  # type: ignore[arg-type]
    marks = [mark for plane in picture.drawing.planes for mark in plane.marks]
    texts = [mark.text for mark in marks if isinstance(mark, Words)]
    assert {"knee: 2 slots, 1.20 s", "critical path: 1.20 s", "4 slots"} <= set(texts)
    assert "2 slots are enough: 1.20 s instead of 2.00 s with one" in texts
    bound, line = (mark for mark in marks if isinstance(mark, Lines) and mark.order in (4, 5))
    assert bound.style.dashes
    assert bound.paths[0][0][1] == pytest.approx(line.paths[0][-1][1])


def test_a_cell_shows_it(curve: SpeedupCurve) -> None:
    """As a picture, and as the text that it was; only what is asked for."""
    data, metadata = curve._repr_mimebundle_()
    assert list(data) == ["text/html", "image/svg+xml", "image/png", "text/plain"]
    assert data["text/plain"] == repr(curve)
    assert metadata["image/png"]["width"] > 400
    assert list(curve._repr_mimebundle_(include=["text/plain"])[0]) == ["text/plain"]


def test_of_nothing_and_of_one_task() -> None:
    """There is a picture, too."""
    assert "one slot is enough" in made_trace().timeline.speedup_curve().draw().summary
    one = made_trace(Bar("a", 0.0, 0.0, 1.0)).timeline.speedup_curve().draw(theme="dark", width=4)
    assert one.summary == "one slot is enough: 1.00 s; all computed from this run"
