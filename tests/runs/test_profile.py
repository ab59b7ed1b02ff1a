"""`profile`: what makes many runs slow."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import pytest

import async_dag
from async_dag import HistoryError, InvocationError, TaskManager, WrongTypeError, build_dag
from async_dag.runs.profile import Profile
from async_dag.runs.run_set import RunSet
from async_dag.runs.storage.histogram import MAKESPAN, Histogram
from tests.support.histories import invoke, six_nodes, step
from tests.support.made_runs import graph_of, traces_of
from tests.support.synthetic_runs import Machine
from tests.support.virtual import VirtualLoop, run_virtual


def rare_fault(runs: int) -> tuple[Machine, list[list[float]]]:
    """Two branches; `n0` is nearly always the longer one, `n1` takes five times as long in 2 %."""
    machine = Machine([(), (), (0, 1)], [0.1, 0.05, 0.02], sigma=0.05)
    machine.rarely[1] = (0.02, 5.0)
    return machine, machine.rows(Random(3), runs)


def test_table_and_findings_tell_the_long_node_and_the_rare_one() -> None:
    """The gain is of the node that is critical, the slowest 1 % of the one that hardly ever is."""
    machine, rows = rare_fault(1000)
    profile = async_dag.profile(traces_of(graph_of(machine), rows))
    by_name = {row.node: row for row in profile.table}
    assert by_name["n0"].criticality > 0.95
    assert by_name["n1"].criticality < 0.1
    assert by_name["n0"].p50 == pytest.approx(0.1, rel=0.02)
    gain, *_, tail = profile.findings()
    assert (gain.kind, gain.nodes) == ("gain", ("n0",))
    assert gain.figure is not None
    assert gain.figure.low < 0.05 < gain.figure.high + 0.005  # the other branch takes 0.05 as well
    assert (tail.kind, tail.nodes) == ("tail", ("n1",))
    assert "slowest 1% slow is n1" in str(tail)


def test_what_if_is_what_new_runs_take_with_that_node_mended() -> None:
    """The median of runs whose node really takes half its time lies near the one that is computed."""
    machine, rows = rare_fault(400)
    profile = async_dag.profile(traces_of(graph_of(machine), rows))
    told = profile.what_if(faster={"n0": 2, "n2": 4})
    new = machine.rows(Random(9), 2000)
    for row in new:
        row[0] /= 2
        row[2] /= 4
    really = median([machine.makespan(row) for row in new])
    assert told.median == pytest.approx(really, rel=0.02)
    assert profile.makespan().seconds - told.median == pytest.approx(told.gain.estimate, rel=0.05)


def test_runs_with_slots_are_simulated() -> None:
    """Two tasks of 1 s on one slot: halving one saves half a second, which no path would tell."""

    async def main(loop: VirtualLoop) -> TaskManager[None]:
        tm = TaskManager[None](clock=loop.time)
        tm.options(name="a").add_node(asyncio.sleep, 1.0)
        tm.options(name="b").add_node(asyncio.sleep, 1.0)
        tm.sort()
        for _ in range(8):
            await tm.invoke(max_concurrency=1)
        return tm

    told = async_dag.profile(run_virtual(main)).what_if(faster={"a": 2})
    assert told.median == pytest.approx(1.5)
    assert told.gain.estimate == pytest.approx(0.5)


def test_runs_that_did_not_come_to_their_end_are_left_out() -> None:
    """They are counted, and neither change medians nor gains."""

    async def fail() -> None:
        raise OSError

    with build_dag() as tm:
        good, bad = tm.add_node(step), tm.add_node(fail)
    results: list[Any] = []

    async def main() -> None:
        for _ in range(3):
            with pytest.raises(InvocationError) as caught:
                await tm.invoke()
            results.append(caught.value.result)
        results.append(await tm.invoke(targets=[good]))

    asyncio.run(main())
    assert bad.name == "fail"
    with pytest.raises(HistoryError, match="runs that came to their end; given were 4 runs"):
        async_dag.profile(results)
    with pytest.raises(HistoryError, match="4 runs that did not"):
        async_dag.profile(tm)
    with_one = async_dag.profile(_complete_and_failed())
    assert (with_one.runs, with_one.left_out) == (1, 1)


def _complete_and_failed() -> list[Any]:
    tries: list[int] = []

    async def flaky() -> None:
        tries.append(0)
        if len(tries) == 1:
            raise OSError

    with build_dag() as tm:
        tm.add_node(flaky)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    return [caught.value.result, asyncio.run(tm.invoke())]


def test_a_file_a_manager_its_history_and_a_list_tell_the_same(tmp_path: Path) -> None:
    """Wherever the runs come from; times in a file are kept to 0.1 µs."""
    tm = six_nodes()
    with async_dag.history(tmp_path / "runs.db", label="v1"):
        invoke(tm, 12)
        live = async_dag.profile(tmp_path / "runs.db")  # what is recorded so far is written first
    traces = list(tm.history)
    profiles = [
        async_dag.profile(source)
        for source in (tmp_path / "runs.db", str(tmp_path / "runs.db"), tm, tm.history, traces)
    ]
    expected = profiles[-1].makespan().seconds
    for profile in [*profiles, live]:
        assert profile.runs == 12
        assert profile.makespan().seconds == pytest.approx(expected, abs=2e-7)
        assert [row.node for row in profile.table] == [row.node for row in profiles[-1].table]


def test_of_a_file_labels_times_and_graphs_choose(tmp_path: Path) -> None:
    """And what is not there is said, with what is."""
    path = tmp_path / "runs.db"
    first, second = six_nodes(), build_one()
    for label, tm in (("v1", first), ("v2", first), ("v2", second)):
        with async_dag.history(path, label=label):
            invoke(tm, 5)
    assert async_dag.profile(path, label="v1").runs == 5
    assert async_dag.profile(path, tm=first).runs == 10
    assert async_dag.profile(path, tm=first, last="1h").runs == 10
    assert async_dag.profile(path, tm=second, last=timedelta(days=1)).runs == 5
    with pytest.raises(HistoryError, match=r"several graphs.*dag=.*tm="):
        async_dag.profile(path)
    assert async_dag.profile(path, dag="alone").runs == 5
    with pytest.raises(
        HistoryError, match=r"no such runs of 'lone'; it has .*'alone' of 'histories' \(1 node"
    ):
        async_dag.profile(path, dag="lone")
    with pytest.raises(HistoryError, match=r"label 'v3'; its labels are 'v1', 'v2'"):
        async_dag.profile(path, label="v3")
    with pytest.raises(HistoryError, match="no such runs of this manager's graph"):
        async_dag.profile(path, tm=second, label="v1")
    time.sleep(0.02)
    with pytest.raises(HistoryError, match="no such runs"):
        async_dag.profile(path, last="0.01s")


def build_one() -> TaskManager[None]:
    """A manager of another graph."""
    with build_dag() as tm:
        tm.options(name="alone").add_node(step)
    return tm


@pytest.mark.parametrize(
    ("source", "options", "match"),
    [
        (3, {}, "takes the path of a history, a manager, or a list"),
        ([3], {}, "among them was 3"),
        ([], {"last": 24}, "span of time such as '24h'"),
        ([], {"last": "a day"}, "a number with one of s, min, h, d, w"),
        ([], {"label": "v1"}, "runs in memory have no label"),
        ([], {"dag": "a"}, "among the graphs of a history file"),
        ([], {}, "needs runs that came to their end; given were none"),
    ],
)
def test_what_cannot_be_used_is_refused(source: Any, options: Any, match: str) -> None:
    """With what was given and what is expected."""
    with pytest.raises((TypeError, ValueError), match=match):
        async_dag.profile(source, **options)


def test_runs_of_several_graphs_are_no_profile() -> None:
    """A list of results of two managers is refused, and both graphs are described."""
    results = [asyncio.run(tm.invoke()) for tm in (six_nodes(), build_one())]
    with pytest.raises(HistoryError, match=r"runs of several: .*6 nodes.*1 node"):
        async_dag.profile(results)


def test_wrong_factors_are_refused() -> None:
    """By name, with the nearest ones, and by type."""
    tm = six_nodes()
    invoke(tm, 2)
    profile = async_dag.profile(tm)
    with pytest.raises(KeyError, match="the nearest are"):
        profile.what_if(faster={"stepp": 2})
    with pytest.raises(ValueError, match="a factor"):
        profile.what_if(faster={"step": 0})
    with pytest.raises(WrongTypeError, match="a mapping such as"):
        profile.what_if(faster=["step"])  # type: ignore[arg-type]


def test_its_durations_are_taken_by_invoke() -> None:
    """`durations=profile`: the medians, by name."""
    tm = six_nodes()
    invoke(tm, 5)
    profile = async_dag.profile(tm)
    assert set(profile.durations) == {row.node for row in profile.table}
    asyncio.run(tm.invoke(max_concurrency=2, durations=profile))


def test_of_a_sample_the_slow_runs_tell_the_tail_and_histograms_the_quantiles() -> None:
    """Of 20,000 runs 600 at random and the slowest were kept: the p99 is within 2 % of the truth."""
    machine, rows = rare_fault(20_000)
    graph = graph_of(machine)
    makespans = [machine.makespan(row) for row in rows]
    histogram = Histogram()
    for makespan in makespans:
        histogram.add(makespan)
    slowest = sorted(range(len(rows)), key=makespans.__getitem__)[-250:]
    at_random = Random(1).sample(range(len(rows)), 600)
    runs = RunSet(
        graph,
        traces_of(graph, [rows[place] for place in at_random]),
        traces_of(graph, [rows[place] for place in slowest]),
        seen=len(rows),
        histograms={MAKESPAN: histogram},
    )
    profile = Profile(runs)
    assert profile.runs == 20_000
    assert profile.makespan(0.99).seconds == pytest.approx(
        sorted(makespans)[int(0.99 * len(rows))], rel=0.021
    )
    [tail] = [finding for finding in profile.findings() if finding.kind == "tail"]
    assert tail.nodes == ("n1",)


def test_ten_thousand_runs_of_thirty_nodes_take_under_five_seconds() -> None:
    """Table, findings and a what-if, in processor time of this process."""
    rng = Random(0)
    machine = Machine.random(rng, 30)
    traces = traces_of(graph_of(machine), machine.rows(rng, 10_000))
    before = time.process_time()
    profile = async_dag.profile(traces)
    assert len(profile.table) == 30
    assert profile.findings()
    profile.what_if(faster={"n3": 2})
    assert time.process_time() - before < 5


def test_few_runs_say_that_they_are_few() -> None:
    """One run has a table, and no finding but that."""
    tm = six_nodes()
    invoke(tm)
    [finding] = async_dag.profile(tm).findings()
    assert finding.kind == "too few"
    assert "1 run so far" in str(finding)


def test_a_cell_shows_the_chart_and_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are escaped; what goes wrong is shown as text."""
    with build_dag() as tm:
        tm.options(name="<script>&").add_node(step)
    invoke(tm, 8)
    for shown in (tm.history, async_dag.profile(tm)):
        data, metadata = shown._repr_mimebundle_()
        assert next(iter(data)) == "text/html"
        assert data.pop("image/png").startswith(b"\x89PNG")
        assert json.dumps([data, metadata])
        assert "<script>" not in data["text/html"] + data["image/svg+xml"]
        assert "&lt;script&gt;&amp;" in data["text/html"]
        assert "8 runs" in data["text/plain"]
    assert list(async_dag.profile(tm)._repr_mimebundle_(include={"text/plain"})[0]) == [
        "text/plain"
    ]
    profile = async_dag.profile(tm)
    monkeypatch.setattr(Profile, "findings", lambda _: 1 / 0)
    assert "can't be shown: ZeroDivisionError" in profile._repr_mimebundle_()[0]["text/plain"]


def test_a_manager_that_never_ran_shows_that() -> None:
    """Its history is empty, and says so."""
    tm = six_nodes()
    assert tm.history._repr_mimebundle_()[0] == {"text/plain": "<RecentRuns: 0 runs, 0 left out>"}


def test_of_runs_with_maps_each_map_is_a_node(tmp_path: Path) -> None:
    """However many items it has; from a file as from memory, and its half is what-if and gain."""
    counts = [2, 5, 3, 4, 2, 6, 3, 5]

    async def numbers() -> list[float]:
        return [1.0] * counts[0]

    async def main(loop: VirtualLoop) -> TaskManager[None]:
        tm = TaskManager[None](clock=loop.time)
        naps = tm.map(asyncio.sleep, tm.add_node(numbers))
        tm.options(name="end", after=[naps]).add_node(asyncio.sleep, 0.5)
        tm.sort()
        for _ in range(8):
            await tm.invoke()
            counts.append(counts.pop(0))
        return tm

    with async_dag.history(tmp_path / "runs.db"):
        tm = run_virtual(main)
    for source in (tm, tmp_path / "runs.db"):
        profile = async_dag.profile(source)
        assert [(row.node, round(row.p50, 6)) for row in profile.table] == [
            ("numbers", 0.0),
            ("sleep", 1.0),
            ("end", 0.5),
        ]
        assert profile.what_if(faster={"sleep": 2}).median == pytest.approx(1.0)
    difference = async_dag.diff(list(tm.history), tmp_path / "runs.db")
    assert [row.node for row in difference.table] == ["numbers", "sleep", "end"]


def test_runs_with_choices_count_each_node_where_it_ran(tmp_path: Path) -> None:
    """Two of three runs take the short side: both sides have their medians, and what is critical."""
    turns = [True, True, False] * 8

    async def turn() -> bool:
        return turns.pop()

    async def main(loop: VirtualLoop) -> TaskManager[None]:
        tm = TaskManager[None](clock=loop.time)
        short = tm.options(name="short").add_node(asyncio.sleep, 1.0)
        long = tm.options(name="long").add_node(asyncio.sleep, 3.0)
        tm.choose(tm.add_node(turn), short, long)
        tm.sort()
        for _ in range(24):
            await tm.invoke()
        return tm

    with async_dag.history(tmp_path / "runs.db"):
        tm = run_virtual(main)
    for source in (tm, tmp_path / "runs.db"):
        profile = async_dag.profile(source)
        assert (profile.runs, profile.left_out) == (24, 0)
        rows = {row.node: (row.runs, row.p50) for row in profile.table}
        assert rows == {"turn": (24, 0.0), "short": (16, 1.0), "long": (8, 3.0)}
        assert profile.durations == {"turn": 0.0, "short": 1.0, "long": 3.0}
        assert profile.not_chosen == {"short": 8, "long": 16}
        [told] = [str(finding) for finding in profile.findings() if finding.kind == "choice"]
        assert told.startswith("Not chosen, of 24 runs: long in 16, short in 8.")
        assert profile.what_if(faster={"short": 2}).median == pytest.approx(0.5)
    assert tm.history.durations(tm.graph) == {"turn": 0.0, "short": 1.0, "long": 3.0}
    difference = async_dag.diff(list(tm.history)[:12], list(tm.history)[12:])
    assert [row.node for row in difference.table] == ["turn"]
    [finding] = [finding for finding in difference.findings() if finding.kind == "choice"]
    assert finding.nodes == ("short", "long")
    assert "of 12 runs before and 12 after: short 8 before, 8 after; long 4 before, 4" in str(
        finding
    )
