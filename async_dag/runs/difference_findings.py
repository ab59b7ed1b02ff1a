"""The findings of a difference, as sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from async_dag._common.band import Band
from async_dag._common.plural import plural
from async_dag.runs.finding import RunsFinding
from async_dag.runs.statistics.change import Changes
from async_dag.runs.words import change, change_band

_NAMED: Final = 3
_VERDICTS: Final = ("slower", "faster")


def findings_of(
    names: Sequence[str],
    changes: Changes,
    makespan: Band,
    unexplained: Callable[[], float],
    removed: Sequence[str],
    added: Sequence[str],
    chosen: Mapping[str, tuple[int, int]] | None = None,
    runs: tuple[int, int] = (0, 0),
) -> list[RunsFinding]:
    """The findings of a difference, the largest change first.

    Args:
        names: of the nodes that were compared.
        changes: what changed in them.
        makespan: how the makespan changed.
        unexplained: how it would have changed without the nodes that did.
        removed: the nodes that only the first graph has.
        added: the nodes that only the second graph has.
        chosen: by the name of a task that was not compared, as some runs did not choose it, how many
            did before and after.
        runs: how many runs there were before and after.
    """
    of_nodes = list(zip(names, changes.nodes, strict=True))
    changed = [(name, node) for name, node in of_nodes if node.verdict in _VERDICTS]
    changed.sort(key=lambda pair: abs(pair[1].ratio.estimate - 1), reverse=True)
    findings: list[RunsFinding] = [
        RunsFinding("change", f"{name} takes {_more(node.ratio)}.", (name,), node.ratio)
        for name, node in changed
    ]
    common = changes.common
    if common is not None and common.verdict in _VERDICTS:
        sentence = (
            f"All nodes take {_more(common.ratio)} alike: it is the machine, or what they share, "
            "and no node."
        )
        findings.append(RunsFinding("common", sentence, (), common.ratio))
    if changed or changes.makespan.verdict in _VERDICTS:
        findings.append(_of_makespan([name for name, _ in changed], makespan, unexplained))
    drifts = _of_drift([name for name, node in of_nodes if node.verdict == "drifts"], changes)
    findings += drifts
    same = [node for _, node in of_nodes if node.verdict == "unchanged"]
    if same:
        who = f"the other {len(same)}" if changed else plural(len(same), "node")
        seen = max(node.seen for node in same)
        sentence = f"Of {who}, a change of {100 * (seen - 1):.0f}% or more would have been seen"
        if changes.in_parts and not drifts:  # these say so already
            sentence += (
                "; many runs went on at once, and all before came before all after: interleave the "
                "two, as a busier machine hides what is less"
            )
        findings.append(RunsFinding("unseen", f"{sentence}.", (), None))
    for side, only in (("before", removed), ("after", added)):
        if only:
            findings.append(RunsFinding("nodes", f"Only {side}: {_listed(only)}.", tuple(only)))
    if chosen:
        findings.append(_of_choices(chosen, runs))
    return findings


def _of_choices(chosen: Mapping[str, tuple[int, int]], runs: tuple[int, int]) -> RunsFinding:
    texts = [f"{name} {early:,} before, {late:,} after" for name, (early, late) in chosen.items()]
    more = len(texts) - _NAMED
    listed = "; ".join([*texts[:_NAMED], *([f"and {more:,} more"] if more > 0 else [])])
    sentence = (
        "Not compared, as choices differ from run to run; chosen in so many of "
        f"{runs[0]:,} runs before and {runs[1]:,} after: {listed}."
    )
    return RunsFinding("choice", sentence, tuple(chosen))


def _of_makespan(
    changed: Sequence[str], makespan: Band, unexplained: Callable[[], float]
) -> RunsFinding:
    subject = f"The makespan: {change_band(makespan)}"
    if not changed:
        return RunsFinding(
            "makespan", f"{subject}, though no node's own time explains it: waits do.", (), makespan
        )
    if makespan.low <= 1 <= makespan.high:
        sentence = f"{subject}, which may be noise."
        return RunsFinding("makespan", sentence, (), makespan)
    verb = "explains" if len(changed) == 1 else "explain"
    rest = change(unexplained())
    sentence = f"{subject}, of which {_listed(changed)} {verb} all but {rest}."
    return RunsFinding("makespan", sentence, tuple(changed), makespan)


def _of_drift(names: Sequence[str], changes: Changes) -> list[RunsFinding]:
    advice = (
        "neighbouring runs are alike, so a change can't be told from that: interleave the two, run by "
        "run"
    )
    findings: list[RunsFinding] = []
    if names:
        verb = "drifts" if len(names) == 1 else "drift"
        findings.append(RunsFinding("drift", f"{_listed(names)} {verb}: {advice}.", tuple(names)))
    if changes.common is not None and changes.common.verdict == "drifts":
        sentence = f"What all nodes share drifts: {advice}."
        findings.append(RunsFinding("drift", sentence, ()))
    return findings


def _more(ratio: Band) -> str:
    """`9.3% more [5.7–12.9]`, or `4.1% less [2.0–6.1]`."""
    word, sides = "more", (ratio.low - 1, ratio.high - 1)
    if ratio.estimate < 1:
        word, sides = "less", (1 - ratio.high, 1 - ratio.low)
    low, high = (f"{100 * side:.1f}".replace("-", "−") for side in sides)
    return f"{100 * abs(ratio.estimate - 1):.1f}% {word} [{low}–{high}]"


def _listed(names: Sequence[str]) -> str:
    listed = list(names[:_NAMED])
    more = len(names) - len(listed)
    if more:
        return f"{', '.join(listed)} and {more:,} more"
    return " and ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
