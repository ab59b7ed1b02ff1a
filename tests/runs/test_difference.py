"""`diff` and its command: what changed between two sets of runs."""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
from pathlib import Path
from random import Random

import pytest

import async_dag
from async_dag import Difference, HistoryError, TaskManager, build_dag
from async_dag.cli.main import main
from async_dag.runs.difference_findings import findings_of
from async_dag.runs.storage.writer import Writer
from tests.support.histories import invoke, six_nodes
from tests.support.made_runs import graph_of, trace_of, traces_of
from tests.support.synthetic_runs import Machine, in_batches


def two_sides(one: float = 1.0, every: float = 1.0, runs: int = 100) -> Difference:
    """A chain of ten nodes; after the change `n4`, or every node, takes so much longer."""
    rng = Random(2)
    machine = Machine([(), *[(node,) for node in range(9)]], [0.05] * 10, sigma=0.05)
    rows = machine.rows(rng, 2 * runs)
    for row in rows[runs:]:
        row[4] *= one
        row[:] = [seconds * every for seconds in row]
    graph = graph_of(machine)
    return async_dag.diff(traces_of(graph, rows[:runs]), traces_of(graph, rows[runs:]))


def kinds(difference: Difference) -> list[str]:
    return [finding.kind for finding in difference.findings()]


def test_a_slower_node_is_found_with_its_size_and_its_share_of_the_makespan() -> None:
    """A fifth on one of ten: the makespan takes 2 % more, and the node explains it."""
    difference = two_sides(one=1.2)
    change, makespan, unseen = difference.findings()
    assert (change.kind, change.nodes) == ("change", ("n4",))
    assert change.figure is not None
    assert change.figure.low < 1.2 < change.figure.high
    assert str(change).startswith("n4 takes ")
    assert (makespan.kind, makespan.nodes) == ("makespan", ("n4",))
    assert difference.makespan.low < 1.02 < difference.makespan.high
    assert difference.unexplained == pytest.approx(1.0, abs=0.006)
    assert unseen.kind == "unseen"
    assert str(unseen).startswith("Of the other 9, a change of")
    assert difference.slowdown == pytest.approx(1.2, abs=0.03)


def test_all_nodes_slower_names_no_node() -> None:
    """It is one finding, of what all share."""
    difference = two_sides(every=1.1)
    [common, *_] = difference.findings()
    assert (common.kind, common.nodes) == ("common", ())
    assert "change" not in kinds(difference)
    assert difference.slowdown == pytest.approx(1.1, abs=0.02)


def test_all_nodes_faster_is_said_as_less() -> None:
    """The sentence has the share that was saved, with its band, and no minus sign."""
    difference = two_sides(every=0.8)
    [common, *_] = difference.findings()
    assert common.kind == "common"
    assert re.match(r"All nodes take (1[89]|2[01])\.\d% less \[", str(common))
    assert difference.slowdown == 1.0


def test_many_slower_nodes_are_named_in_part() -> None:
    """Each has its own finding; the one about the makespan names a few and counts the rest."""
    rng = Random(5)
    machine = Machine([(), *[(node,) for node in range(19)]], [0.05] * 20, sigma=0.02)
    rows = machine.rows(rng, 200)
    for row in rows[100:]:
        for node in range(0, 14, 2):
            row[node] *= 1.5
    graph = graph_of(machine)
    difference = async_dag.diff(traces_of(graph, rows[:100]), traces_of(graph, rows[100:]))
    found = difference.findings()
    assert [finding.kind for finding in found].count("change") == 7
    [makespan] = [finding for finding in found if finding.kind == "makespan"]
    assert len(makespan.nodes) == 7
    assert re.search(r"n\d+ and \d+ more explain all but", str(makespan))


def test_many_runs_at_once_on_a_busy_machine_name_no_node_and_say_what_helps() -> None:
    """All before and then all after, twenty at a time: what they share drifts, by turns it may."""
    rng = Random(8)
    machine = Machine([(), *[(node,) for node in range(9)]], [0.002] * 10, sigma=0.05)
    machine.common = in_batches(20, 0.4)
    graph = graph_of(machine)
    traces = [
        trace_of(graph, row, 0.05 * (place // 20))
        for place, row in enumerate(machine.rows(rng, 200))
    ]
    difference = async_dag.diff(traces[:100], traces[100:])
    drift, unseen = difference.findings()
    assert (drift.kind, drift.nodes) == ("drift", ())
    assert "interleave the two" in str(drift)
    assert "interleave" not in str(unseen)
    assert difference.slowdown == 1.0
    assert kinds(async_dag.diff(traces[::2], traces[1::2])) == ["unseen"]
    steady = two_sides().changes._replace(in_parts=True)
    [unseen] = findings_of("abcdefghij", steady, difference.makespan, lambda: 1.0, [], [])
    assert str(unseen).endswith("interleave the two, as a busier machine hides what is less.")


def test_nothing_changed_says_what_would_have_been_seen() -> None:
    """No verdict, and the smallest change that would have had one."""
    difference = two_sides()
    assert kinds(difference) == ["unseen"]
    assert difference.slowdown == 1.0
    assert {row.verdict for row in difference.table} == {"unchanged"}


def test_nodes_are_matched_though_one_was_put_in_before_them() -> None:
    """The call that shifted all numbers is new, and no other node is compared with another one."""
    names = ["fetch", "check", "fetch_2", "report"]
    before = Machine([(), (0,), (1,), (2,)], [0.1, 0.02, 0.3, 0.05], sigma=0.03)
    after = Machine([(), (), (1,), (2,), (0, 3)], [0.01, 0.1, 0.02, 0.3, 0.05], sigma=0.03)
    rng = Random(4)
    early = traces_of(graph_of(before, names), before.rows(rng, 40))
    graph = graph_of(after, ["fetch", "fetch_2", "check", "fetch_3", "report"])
    late = [trace_of(graph, row, 100.0 + n) for n, row in enumerate(after.rows(rng, 40))]
    difference = async_dag.diff(early, late)
    compared = {row.node: row for row in difference.table}
    assert compared["fetch_2"].before == pytest.approx(0.1, rel=0.05)
    assert compared["fetch_3"].before == pytest.approx(0.3, rel=0.05)
    assert {row.verdict for row in difference.table} == {"unchanged"}


def test_what_cannot_be_told_apart_is_compared_as_one() -> None:
    """Three calls alike and a fourth: the mean of each side."""
    before = Machine([(), (0,), (0,), (0,), (1, 2, 3)], [0.1] * 5, sigma=0.03)
    after = Machine([(), (0,), (0,), (0,), (0,), (1, 2, 3, 4)], [0.1] * 6, sigma=0.03)
    after.factors = dict.fromkeys(range(1, 5), 1.5)
    rng = Random(6)
    names = ["root", "fetch", "fetch_2", "fetch_3", "end"]
    early = traces_of(graph_of(before, names), before.rows(rng, 40))
    late = traces_of(graph_of(after, [*names[:4], "fetch_4", "end"]), after.rows(rng, 40))
    verdicts = {row.node: row.verdict for row in async_dag.diff(early, late).table}
    assert verdicts == {"root": "unchanged", "fetch (4 alike)": "slower", "end": "unchanged"}


def test_too_few_runs_and_graphs_apart_are_refused() -> None:
    """With how many there are, and how many it takes."""
    tm = six_nodes()
    invoke(tm, 8)
    results = list(tm.history)
    with pytest.raises(HistoryError, match=r"at least 6 runs on each side.*after has 3"):
        async_dag.diff(results[:5] + results[5:6], results[:3])


def test_a_cell_shows_it_and_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """As HTML with a text alternative, and as text; what goes wrong is shown."""
    difference = two_sides(one=1.2)
    data, _ = difference._repr_mimebundle_()
    assert next(iter(data)) == "text/html"
    assert "\nn4 takes" in data["text/html"]
    assert "- n4 takes" in data["text/plain"]
    assert "against" in repr(difference)
    monkeypatch.setattr(Difference, "findings", lambda _: 1 / 0)
    assert "can't be shown: ZeroDivisionError" in difference._repr_mimebundle_()[0]["text/plain"]


# On a real loop


def naps(slower: float = 1.0, scale: float = 1.0) -> TaskManager[None]:
    """Six tasks that sleep for some milliseconds, each time somewhat longer or shorter."""

    async def nap(seconds: float, *_: object) -> None:
        await asyncio.sleep(scale * seconds * random.lognormvariate(0, 0.1))

    with build_dag() as tm:
        first, second = (tm.options(name=name).add_node(nap, 0.002) for name in "ab")
        third = tm.options(name="c").add_node(nap, 0.004 * slower, first)
        fourth = tm.options(name="d").add_node(nap, 0.003, second)
        fifth = tm.options(name="e").add_node(nap, 0.002, third, fourth)
        tm.options(name="f").add_node(nap, 0.001, fifth)
    return tm


async def by_turns(before: TaskManager[None], after: TaskManager[None], runs: int) -> Difference:
    """The difference between two managers that run one after the other, again and again."""
    results = [(await before.invoke(), await after.invoke()) for _ in range(runs)]
    early, late = zip(*results, strict=True)
    return async_dag.diff(early, late)


def test_on_a_real_loop_the_same_code_is_no_change_and_a_slower_node_is_one() -> None:
    """Of ten comparisons of the same code at most three are alarms; twice as slow is found.

    With a chance of 5 % each, four or more come once in a thousand times.
    """
    random.seed(5)
    alarms = 0
    for _ in range(10):
        same = asyncio.run(by_turns(naps(scale=0.5), naps(scale=0.5), 20))
        alarms += any(finding.kind in ("change", "common") for finding in same.findings())
    assert alarms <= 3
    slower = asyncio.run(by_turns(naps(), naps(slower=2.0), 60))
    changed = [finding.nodes for finding in slower.findings() if finding.kind == "change"]
    assert ("c",) in changed


# On the command line


def history_of(path: Path, one: float) -> Path:
    """A history with sixty runs labelled v41 and sixty labelled v42, in which `n4` is slower."""
    rng = Random(3)
    machine = Machine([(), *[(node,) for node in range(9)]], [0.05] * 10, sigma=0.05)
    for number, label in enumerate(("v41", "v42")):
        writer = Writer(path, label, None)
        for place, row in enumerate(machine.rows(rng, 60)):
            row[4] *= one if number else 1.0
            writer.record(trace_of(graph_of(machine), row, 1000.0 * number + place))
        writer.close()
    return path


@pytest.mark.parametrize(
    ("one", "fail_over", "status"),
    [(1.2, "5%", 1), (1.2, "50%", 0), (1.2, None, 0), (1.0, "0%", 0)],
)
def test_diff_fails_over_a_slowdown(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    one: float,
    fail_over: str | None,
    status: int,
) -> None:
    """Status 1 only beyond the limit and beyond noise; the findings are printed either way."""
    path = history_of(tmp_path / "runs.db", one)
    options = [] if fail_over is None else ["--fail-over", fail_over]
    assert main(["diff", str(path), "--label", "v41", "v42", *options]) == status
    printed = capsys.readouterr().out
    assert "runs.db · v41 → runs.db · v42: 60 runs against 60" in printed
    assert ("n4 takes" in printed) == (one > 1)
    assert ("slower by more than 5%" in printed) == (status == 1)


def test_both_write_a_page_and_choose_among_graphs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--html` beside what is printed; `--dag` where a history has runs of several graphs."""
    path = history_of(tmp_path / "runs.db", 1.3)
    with async_dag.history(path, label="v42"):
        invoke(six_nodes(), 3)
    page = tmp_path / "page.html"
    assert main(["history", str(path)]) == 2
    assert "by its name (dag=)" in capsys.readouterr().err
    assert main(["history", str(path), "--dag", "n9", "--html", str(page)]) == 0
    assert "120 runs" in capsys.readouterr().out
    assert "n9" in page.read_text(encoding="utf-8")
    options = ["--label", "v41", "v42", "--dag", "n9", "--html", str(page)]
    assert main(["diff", str(path), *options]) == 0
    assert "n4 takes" in page.read_text(encoding="utf-8")
    assert "n4 takes" in capsys.readouterr().out


def test_history_prints_the_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of all runs, or of one label."""
    path = history_of(tmp_path / "runs.db", 1.0)
    assert main(["history", str(path)]) == 0
    assert "120 runs" in capsys.readouterr().out
    assert main(["history", str(path), "--label", "v42"]) == 0
    printed = capsys.readouterr().out
    assert "60 runs" in printed
    assert "halving it saves" in printed


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["history", "FILE", "--label", "v9"], "no runs with the label 'v9'"),
        (["history", "FILE", "--last", "soon"], "such as '24h'"),
        (["history", "missing.db"], "there is no history at"),
        (["diff", "FILE", "--label", "v41", "v9"], "no runs with the label 'v9'"),
        (["diff", "FILE", "--label", "v41", "v42", "--fail-over", "much"], "a percentage"),
        (["diff", "FILE"], "--label"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], match: str
) -> None:
    """On stderr, and nothing else is printed."""
    path = history_of(tmp_path / "runs.db", 1.0)
    assert main([str(path) if one == "FILE" else one for one in arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    [line] = told.err.splitlines()
    assert match in line


def test_a_newer_history_is_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused by name."""
    path = history_of(tmp_path / "runs.db", 1.0)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    assert main(["diff", str(path), "--label", "v41", "v42"]) == 2
    assert "newer version" in capsys.readouterr().err
