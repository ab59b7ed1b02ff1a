"""What tests of timelines share: a run to look at, and what must hold of its critical path."""

from __future__ import annotations

from itertools import pairwise

from async_dag import InvocationError, Trace
from async_dag.analysis.timeline import Timeline
from tests.support.strategies import Spec, build
from tests.support.virtual import VirtualLoop, run_virtual


def trace_of(specs: list[Spec]) -> Trace:
    """The trace of a run of these tasks on the virtual clock, whether it fails or not."""

    async def main(loop: VirtualLoop) -> Trace:
        tm, _ = build(specs, loop.time)
        try:
            return (await tm.invoke()).trace
        except InvocationError as error:
            return error.result.trace

    return run_virtual(main)


def assert_tiles(timeline: Timeline) -> None:
    """The pieces begin at 0, end at the makespan, and one begins where the one before ends."""
    pieces = timeline.pieces
    assert all(piece.start < piece.end for piece in pieces)
    assert all(one.end == other.start for one, other in pairwise(pieces))
    if timeline.makespan:
        assert (pieces[0].start, pieces[-1].end) == (0.0, timeline.makespan)
    else:
        assert pieces == ()
    assert [*dict.fromkeys(piece.node for piece in pieces)] == [
        name for name in timeline.critical_path if name in {piece.node for piece in pieces}
    ]


def longest_path(specs: list[Spec]) -> float:
    """The seconds that the slowest chain of dependencies takes."""
    ends: list[float] = []
    for spec in specs:
        start = max((ends[needed] for needed in spec.dependencies), default=0.0)
        ends.append(start + spec.duration)
    return max(ends)
