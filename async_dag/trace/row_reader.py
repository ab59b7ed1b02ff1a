"""`RowReader`: the times of one run and the rows of its tables, as they stand in JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from async_dag.trace.columns import (
    NOT_CHOSEN,
    NOT_NEEDED,
    NOT_YET,
    OUTSIDE,
    WAIT_KINDS,
    Attempt,
    Call,
    Lane,
    LateStep,
    Move,
    Progress,
    Step,
    Wait,
)
from async_dag.trace.fields import (
    choice_of,
    count_of,
    index_of,
    number_of,
    sequence_of,
    shown,
    size_of,
    text_of,
    text_or_none,
)

ROUNDING: Final = 1e-6
"""Seconds by which a sum of times may pass the end of the run, since floats are rounded."""

LONGEST: Final = 1e10
"""Seconds that a run can have lasted: three hundred years."""

SHORTEST: Final = 1e-15
"""Seconds below which a time is none: no clock tells them, and what divides by them overflows."""


def seconds_of(value: Any) -> float:
    """Seconds that a run can have lasted."""
    number = number_of(value)
    if number < 0:
        raise ValueError(f"is {number}, a negative time; seconds are zero or more")
    if number > LONGEST:
        raise ValueError(f"is {number:g}, more seconds than a run can last ({LONGEST:g})")
    return number if number >= SHORTEST else 0.0


def lane_of_run(elapsed: float) -> Callable[[Any], Lane]:
    """Reads a worker of a run that ended after so many seconds."""
    read = RowReader(0, elapsed)

    def convert(row: Any) -> Lane:
        name, threads, start, end, *more = sequence_of(row, 4, 5, 6)
        host, processors, *_ = *more, None, None
        count = count_of(1)(threads)
        if count is None:
            raise ValueError("has null for its number of threads")
        return Lane(
            text_of(name),
            count,
            *read._span(start, end),
            text_or_none(host),
            count_of(1)(processors),
        )

    return convert


class RowReader:
    """Reads what happened in a run of `size` nodes that ended after `elapsed` seconds.

    `lanes` is the number of workers that it ran on, if that was a cluster.

    Each method takes a value as JSON has it and returns it checked, or raises a `ValueError` that goes
    on after "field 'x' ".
    """

    def __init__(self, size: int, elapsed: float, lanes: int = 0) -> None:
        self._index = index_of(size)
        self.lane: Callable[[Any], int] = index_of(lanes, "lane")
        self._elapsed = elapsed

    def seconds(self, value: Any) -> float:
        """Seconds between 0 and the end of the run."""
        number = seconds_of(value)
        if number > self._elapsed + ROUNDING:
            raise ValueError(f"is {number}, after the end of the run")
        return number

    def time(self, value: Any) -> float:
        """The same, or null for 'not yet'."""
        return NOT_YET if value is None else self.seconds(value)

    def cause(self, value: Any) -> int:
        """A node, or why else one was cut short."""
        # Not True and not -1.0, which equal numbers that are allowed.
        if type(value) is int and value in (OUTSIDE, NOT_NEEDED, NOT_CHOSEN):
            return value
        return self._index(value)

    def step(self, row: Any) -> Step:
        """A long step; version 1 has no processor time."""
        node, start, length, *processor = sequence_of(row, 3, 4)
        step = Step(
            self._index(node),
            self.seconds(start),
            self.seconds(length),
            self._seconds_or_none(processor[0]) if processor else None,
        )
        self.seconds(step.start + step.length)
        return step

    def late_step(self, row: Any) -> LateStep:
        """A step that began late."""
        node, start, at_least, at_most = sequence_of(row, 4)
        late = LateStep(
            self._index(node), self.seconds(start), self.seconds(at_least), self.seconds(at_most)
        )
        if late.at_least > late.at_most:
            raise ValueError(f"is late by {at_least} at least, but by {at_most} at most")
        if late.at_most > late.start + ROUNDING:
            raise ValueError(f"begins at {start}, so it can't be late by {at_most}")
        return late

    def call(self, row: Any) -> Call:
        """A call off the loop; the first files of version 2 have no waits for a processor."""
        node, kind, start, end, processor, switches, *run_delay = sequence_of(row, 6, 7)
        return Call(
            self._index(node),
            choice_of(("thread", "process"))(kind),
            *self._whole_span(start, end),
            self._seconds_or_none(processor),
            count_of(0)(switches),
            self._seconds_or_none(run_delay[0]) if run_delay else None,
        )

    def wait(self, row: Any) -> Wait:
        """A wait, which may go on."""
        node, kind, start, end = sequence_of(row, 4)
        return Wait(self._index(node), choice_of(WAIT_KINDS)(kind), *self._span(start, end))

    def attempt(self, row: Any) -> Attempt:
        """An attempt, which may go on."""
        node, start, end, error, *more = sequence_of(row, 4, 5, 6)
        lane, most, *_ = *more, None, None
        return Attempt(
            self._index(node),
            *self._span(start, end),
            text_or_none(error),
            None if lane is None else self.lane(lane),
            count_of(1)(most),
        )

    def move(self, row: Any) -> Move:
        """A value that moved."""
        node, source, target, start, end, size = sequence_of(row, 6)
        return Move(
            self._index(node),
            self.lane(source),
            self.lane(target),
            *self._whole_span(start, end),
            size_of(size),
        )

    def progress(self, row: Any) -> tuple[int, Progress]:
        """What a task reported."""
        node, done, total, message = sequence_of(row, 4)
        reported = Progress(
            number_of(done), None if total is None else number_of(total), text_of(message)
        )
        return self._index(node), reported

    def _seconds_or_none(self, value: Any) -> float | None:
        return None if value is None else seconds_of(value)

    def _span(self, start: Any, end: Any) -> tuple[float, float]:
        span = self.seconds(start), self.time(end)
        if span[1] < span[0]:  # false for NaN
            raise ValueError(f"ends at {span[1]}, before it starts at {span[0]}")
        return span

    def _whole_span(self, start: Any, end: Any) -> tuple[float, float]:
        if end is None:
            raise ValueError(f"has {shown(end)} for its end; only what is over is recorded")
        return self._span(start, end)
