"""A page that is not heard gets whole frames, since nobody knows which of them have reached it."""

from __future__ import annotations

from typing import Any

import pytest

from async_dag.trace.trace import Trace
from async_dag.workbench.feed.feed import Feed
from async_dag.workbench.feed.updates import MOST_ROWS
from tests.support.schedules import Job, made_trace


class Ears:
    """A page that keeps what it is sent."""

    def __init__(self) -> None:
        self.frames: list[tuple[dict[str, Any], list[int]]] = []

    def send(self, message: dict[str, Any], buffers: Any) -> None:
        if message["kind"] == "columns":
            rows = memoryview(bytes(buffers[0])).cast("I").tolist()
            self.frames.append((message, rows))

    def show_runs(self, runs: list[dict[str, Any]]) -> None:
        pass


def running_trace(tasks: int) -> Trace:
    """A run in which nothing has happened yet."""
    return Trace(made_trace([Job("task", 1.0)] * tasks).graph)


@pytest.fixture
def ears() -> Ears:
    return Ears()


def test_frames_are_whole_until_the_page_is_heard(ears: Ears) -> None:
    """Then each has what is new alone; and it says whether the page has been heard."""
    trace = running_trace(4)
    feed = Feed(ears)
    record = feed.add(trace)
    for node in range(4):
        trace.ready[node] = trace.started[node] = float(node)
        feed.pump(float(node))
        if node == 2:
            feed.handle({"kind": "ack", "run": record.key, "frame": record.frame})
    assert [rows for _, rows in ears.frames] == [[0], [0, 1], [0, 1, 2], [3]]
    assert [message["full"] for message, _ in ears.frames] == [True, True, True, False]
    assert [message["heard"] for message, _ in ears.frames] == [False, False, False, True]


def test_sparse_tables_are_whole_as_well(ears: Ears) -> None:
    """A page that saw only the last frame knows of every error and cause."""
    trace = running_trace(2)
    feed = Feed(ears)
    feed.add(trace)
    trace.errors[0] = "ValueError: first"
    feed.pump(0.0)
    trace.errors[1] = "ValueError: second"
    feed.pump(1.0)
    assert ears.frames[-1][0]["events"]["errors"] == [
        [0, "ValueError: first"],
        [1, "ValueError: second"],
    ]


def test_what_fits_into_no_frame_is_told_in_pieces(ears: Ears) -> None:
    """Of a very large run a whole frame would never be whole: each row comes once."""
    trace = running_trace(MOST_ROWS + 10)
    feed = Feed(ears)
    feed.add(trace)
    for node in range(len(trace)):
        trace.ready[node] = trace.started[node] = 0.5
    for second in range(3):
        feed.pump(10.0 * second)
    assert not any(message["full"] for message, _ in ears.frames)
    assert sorted(row for _, rows in ears.frames for row in rows) == list(range(len(trace)))
