"""What the critical path is made of, and what one could do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from async_dag.analysis.findings.finding import WORTH_TELLING, Finding, Gain
from async_dag.analysis.findings.mended import MendedRun, why_range
from async_dag.analysis.findings.words import short
from async_dag.trace.columns import WAIT_KINDS

_WAITING: Final[dict[str, str]] = {
    "pause": "in pauses between attempts",
    **{str(kind): words for kind, words in WAIT_KINDS.items()},
    "loop": "waiting for the event loop",
    "turn": "waiting for its turn",
}

_NEARLY_ALL: Final = 0.8
"""The share of the tasks of a run from which on to make them faster is to make everything faster."""


def critical_path(run: MendedRun) -> Iterator[Finding]:
    """What decided the makespan, and what it is made of."""
    ran = set(run.times.ran)
    path = [node for node in run.path if node in ran]
    if not path:
        return  # nothing has started yet
    seconds = _seconds_on_path(run, path)
    longest = max(path, key=seconds.__getitem__)
    alike = _alike(run, path, seconds)
    gain = _halved(run, [longest])
    mended, named = [longest], f"{run.say.name(longest)} is"
    # Where many do the same, one of them made faster only lets the next one decide. (That all
    # tasks in half their time take half as long is no news.)
    if 1 < len(alike) <= _NEARLY_ALL * len(run.times.ran):
        together = _halved(run, alike)
        if together.high > 1.5 * gain.high:
            gain, mended = together, alike
            named = f"tasks of {short(run.function(alike[0]))} are"
    share = min(1.0, sum(seconds.get(node, 0.0) for node in mended) / run.makespan)
    what = "it" if len(mended) == 1 else f"all {len(mended):,} of them"
    # More than half of their part of the path: what waits there waits for them.
    them = "it" if len(mended) == 1 else "them"
    waited_for = f", others wait for {them}" if gain.low > 0.6 * share * run.makespan else ""
    saves = "is unclear" if gain.is_unclear(run.makespan) else run.say.saves(gain)
    halving = f"what halving {what} saves" if gain.is_unclear(run.makespan) else f"halving {what}"
    yield Finding(
        "critical path",
        f"The critical path {run.say.path(run.path)} is {run.say.seconds(run.makespan)}"
        f"{_waiting(run)}; {named} {share:.0%} of it{waited_for}, and {halving} {saves}.",
        tuple(run.names[node] for node in dict.fromkeys([*mended, *path])),
        gain,
        why_range(gain),
    )


def _seconds_on_path(run: MendedRun, path: Sequence[int]) -> dict[int, float]:
    """How much of the path each of its nodes ran, as its pieces have it."""
    node_of = {run.names[node]: node for node in path}
    seconds = dict.fromkeys(path, 0.0)
    for piece in run.pieces:
        if piece.kind == "running" and piece.node in node_of:
            seconds[node_of[piece.node]] += piece.length
    return seconds


def _waiting(run: MendedRun) -> str:
    """What of the critical path is not work: `, 0.30 s of it waiting for a slot`."""
    seconds: dict[str, float] = {}
    for piece in run.pieces:
        if piece.kind in _WAITING:
            seconds[piece.kind] = seconds.get(piece.kind, 0.0) + piece.length
    worth = WORTH_TELLING * run.makespan
    waits = [
        f"{run.say.seconds(sum_)} of it {_WAITING[kind]}"
        for kind, sum_ in seconds.items()
        if sum_ >= worth
    ]
    return "".join(f", {wait}" for wait in waits)


def _alike(run: MendedRun, path: Sequence[int], seconds: Mapping[int, float]) -> list[int]:
    """All tasks of the function that takes most of the critical path, on it or not."""
    by_function: dict[str, float] = {}
    for node in path:
        if (function := run.function(node)) is not None:
            by_function[function] = by_function.get(function, 0.0) + seconds[node]
    if not by_function:
        return []
    most = max(by_function, key=by_function.__getitem__)
    return [node for node in run.times.ran if run.function(node) == most]


def _halved(run: MendedRun, nodes: Sequence[int]) -> Gain:
    return run.gain(faster={run.names[node]: 2.0 for node in nodes})
