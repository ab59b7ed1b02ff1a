"""What slots and limits cost, and which would not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from async_dag.analysis.findings.finding import WORTH_TELLING, Finding
from async_dag.analysis.findings.mended import MendedRun, why_range


def slots(run: MendedRun) -> Iterator[Finding]:
    """What the bound on how many run at once costs, and which bound would not."""
    count = run.trace.max_concurrency
    waited = list(dict.fromkeys(wait.node for wait in run.trace.waits if wait.kind == "slot"))
    if count is None or not waited:
        return
    gain = run.gain(max_concurrency=None)
    if gain.high < WORTH_TELLING * run.makespan:
        return
    enough = _enough(
        run,
        count,
        lambda most: run.simulated(run.plain, max_concurrency=most, as_started=False),
        run.simulated(run.plain, max_concurrency=None),
    )
    yield Finding(
        "slots",
        f"max_concurrency={count} made {run.say.listed(waited)} wait for a slot; "
        f"max_concurrency={enough} {run.say.saves(gain)}.",
        tuple(run.names[node] for node in waited),
        gain,
        why_range(gain),
    )


def limits(run: MendedRun) -> Iterator[Finding]:
    """The same for each limit that nodes share."""
    known = run.plain.limits
    for name in sorted(set(known.of.values())):
        waited = list(
            dict.fromkeys(
                wait.node
                for wait in run.trace.waits
                if wait.kind == "limit" and known.of.get(wait.node) == name
            )
        )
        if not waited:
            continue
        gain = run.gain(limits={name: None})
        if gain.high < WORTH_TELLING * run.makespan:
            continue
        yield Finding(
            "limit",
            f"The limit {name} made {run.say.listed(waited)} wait; "
            f"{_wider(run, name, known.counts.get(name))} {run.say.saves(gain)}.",
            tuple(run.names[node] for node in waited),
            gain,
            why_range(gain),
        )


def _wider(run: MendedRun, name: str, count: int | None) -> str:
    if count is None:
        return "without it the run"
    enough = _enough(
        run,
        count,
        lambda most: run.simulated(run.plain, limits={name: most}),
        run.simulated(run.plain, limits={name: None}),
    )
    return f"it let {count} in at once, and letting in {enough}"


def _enough(run: MendedRun, count: int, seconds: Callable[[int], float], goal: float) -> int:
    """The smallest number over `count` with which a run is within 2 % of the goal; by bisection."""
    goal *= 1 + WORTH_TELLING
    low, high = count, count * 2
    most = len(run.times.ran)
    while high < most and seconds(high) > goal:
        low, high = high, high * 2
    high = min(high, most)
    while high - low > 1:
        middle = (low + high) // 2
        if seconds(middle) <= goal:
            high = middle
        else:
            low = middle
    return high
