"""The benchmarks compute what they should; how fast, no test asks."""

from __future__ import annotations

import asyncio
import configparser
import json
import os
from pathlib import Path

import pytest

from async_dag import Range
from benchmarks import table, truth
from benchmarks.adapting import as_plain_function, renamed
from benchmarks.cases import overhead
from benchmarks.contender import CannotExpressError, Contender
from benchmarks.contenders import OURS, all_contenders
from benchmarks.environments import python_for
from benchmarks.graphs import SHAPES, TaskGraph
from benchmarks.measures import instructions, looking, mapping, schedule
from benchmarks.measures import overhead as overhead_measure
from benchmarks.recorded import load
from benchmarks.rounds import Job, run_once, run_rounds
from benchmarks.summary import rows
from benchmarks.tasks import after_three, three, three_paused

CONTENDERS = all_contenders()
ON_BOARD = [one for one in CONTENDERS.values() if not one.requirements]
GATHER = CONTENDERS["asyncio: gather"]
COUNTERS = CONTENDERS["asyncio: counters"]


async def values_of(contender: Contender, graph: TaskGraph, parameter: int) -> dict[int, int]:
    """What a contender computes in its second run; the first must leave nothing behind."""
    async with contender.prepare(graph) as prepared:
        await prepared.invoke(parameter + 1)
        return dict(prepared.values(await prepared.invoke(parameter)))


@pytest.mark.parametrize("contender", ON_BOARD, ids=lambda one: one.name)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("paused", [False, True])
def test_values_are_right(contender: Contender, shape: str, paused: bool) -> None:
    """Every contender that needs no package computes the values of the plainest loop."""
    graph = SHAPES[shape](30, paused)
    if contender is GATHER and shape == "chain":
        with pytest.raises(CannotExpressError, match="nothing to gather"):
            asyncio.run(values_of(contender, graph, 3))
        return
    found = asyncio.run(values_of(contender, graph, 3))
    assert [found[index] for index in range(len(graph))] == graph.expected(3)


def test_a_wrong_value_is_noticed() -> None:
    """The check that every measurement makes refuses a wrong value and a missing one."""
    graph = SHAPES["layers"](12, False)
    expected = graph.expected(0)
    right = dict(enumerate(expected))
    graph.check(right, expected)
    with pytest.raises(ValueError, match="node 5 is"):
        graph.check({**right, 5: -1}, expected)
    with pytest.raises(ValueError, match="node 11 has no value"):
        graph.check({index: right[index] for index in range(11)}, expected)


def test_the_shapes_are_as_told() -> None:
    """A chain of levels of one, no dependencies, layers of 100 after three others, the README's six."""
    assert SHAPES["chain"](5, False).levels() == [[0], [1], [2], [3], [4]]
    assert SHAPES["independent"](5, False).levels() == [[0, 1, 2, 3, 4]]
    layers = SHAPES["layers"](10_000, True)
    assert [len(level) for level in layers.levels()] == [100] * 100
    assert {len(set(node.dependencies)) for node in layers.nodes[100:]} == {3}
    assert SHAPES["readme"](6, False).expected(0)[-1] == 15


def test_a_copy_of_a_task_takes_other_names() -> None:
    """Libraries that connect functions by name get the same function with the names they want."""
    task = renamed(after_three, "value_9", ["x", "y", "z"])
    assert asyncio.run(task(x=1, y=2, z=3)) == asyncio.run(after_three(1, 2, 3))  # type: ignore[arg-type]
    assert task.__name__ == "value_9"


def test_a_task_that_awaits_is_no_plain_function() -> None:
    """A task that gives the loop a turn is refused, instead of being cut short."""
    assert as_plain_function(three)() == 3
    with pytest.raises(TypeError, match="awaits"):
        as_plain_function(three_paused)()


def test_ours_is_measured_at_every_size() -> None:
    """A slow contender's ratio is taken against ours at the size that it is given."""
    contenders = [CONTENDERS[OURS], COUNTERS, CONTENDERS["prefect"]]
    jobs = [job for job in overhead(contenders, ["chain"]) if job.line == "chain, never awaits"]
    assert [(job.label, job.size) for job in jobs] == [
        (OURS, 5_000),
        (OURS, 10),
        ("asyncio: counters", 5_000),
        ("prefect", 10),
    ]


@pytest.mark.parametrize("contender", [CONTENDERS[OURS], COUNTERS], ids=lambda one: one.name)
def test_maps_hand_on_without_a_barrier(contender: Contender) -> None:
    """What is ours, and what is written by hand, begins the second stage of an element at once."""
    answer = mapping.measure(contender, count=20, runs=1)
    assert 0 < answer["wall"] < 0.1
    assert 0 <= answer["handed_on"] < 0.2
    assert answer["behind"] == 0
    assert answer["longer"] >= 1
    with pytest.raises(CannotExpressError, match="has no maps"):
        mapping.measure(GATHER, count=20, runs=1)


def test_overhead_is_per_node() -> None:
    """The measure answers with seconds for one node, by the clock and of the processor."""
    answer = overhead_measure.measure(CONTENDERS[OURS], "layers", 36, True, runs=2, repeats=2)
    assert 0 < answer["wall"] < 0.1
    assert 0 <= answer["cpu"] < 0.1


def test_instructions_are_per_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The difference between many invokes and a few, over their nodes; the start counts nowhere."""
    # It runs the program, as valgrind does, and then tells 1,000,000 for the start and 3,000 an invoke.
    valgrind = tmp_path / "valgrind"
    script = (
        '#!/bin/sh\nshift 2\n"$@" || exit 1\nfor invokes; do :; done\n'
        'echo "==1== Collected : $((1000000 + 3000 * invokes))" >&2\n'
    )
    valgrind.write_text(script, encoding="utf-8")
    valgrind.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    answer = instructions.measure(CONTENDERS[OURS], "chain", 10, True, few=1, many=3)
    assert answer == {"instructions": 300}


def test_instructions_need_valgrind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is missing, the table says so."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CannotExpressError, match="valgrind"):
        instructions.measure(CONTENDERS[OURS], "chain", 10, True, few=1, many=3)


def test_a_recorded_workflow_is_scaled(tmp_path: Path) -> None:
    """Durations shrink so that the longest chain takes what was asked for; values stay the same."""
    path = tmp_path / "diamond.json"
    tasks = [["a", 100, []], ["b", 300, [0]], ["c", 50, [0]], ["d", 0, [1, 2]]]
    path.write_text(json.dumps({"name": "diamond", "tasks": tasks}), encoding="utf-8")
    assert load(path, 0).expected(0) == load(path, 0.001).expected(0) == [1, 2, 2, 5]
    assert [node.arguments for node in load(path, 1).nodes] == [(), (0,), (0,), (1, 2)]
    makespan, _ = asyncio.run(schedule._run(CONTENDERS[OURS], load(path, 0.02), [1, 2, 2, 5]))
    assert makespan >= 0.019  # the loop's timers may be early by their resolution


def test_the_reader_looks_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader of the trace reads while the run goes on, and not at all where none is wanted."""
    monkeypatch.setattr(looking, "COUNT", 9)
    monkeypatch.setattr(looking, "PERIOD", 0.0001)
    assert looking.measure(CONTENDERS[OURS], read=True, loops=100_000)["looks"] > 0
    assert looking.measure(CONTENDERS[OURS], read=False, loops=1)["looks"] == 0


def test_a_worker_answers() -> None:
    """A job is done in a process of its own; what can't be expressed comes back as its reason."""
    options = {"shape": "chain", "count": 5, "paused": False, "runs": 1, "repeats": 1}
    ours = run_once(Job("chain", CONTENDERS[OURS], "overhead", options))
    assert set(ours) == {"wall", "cpu"}
    assert run_once(Job("chain", GATHER, "overhead", options)) == {
        "cannot": "a chain has nothing to gather"
    }


def test_the_table_tells_medians_ratios_and_reasons() -> None:
    """Ratios are medians of those within a round; who can't, says why in the table."""
    options = {"count": 5}
    ours = Job("chain", CONTENDERS[OURS], "overhead", options)
    other = Job("chain", COUNTERS, "overhead", options)
    gather = Job("chain", GATHER, "overhead", options, cannot="a chain has nothing to gather")
    ours.answers = [{"wall": wall, "cpu": 1e-6} for wall in (1e-6, 2e-6, 9e-6)]
    other.answers = [{"wall": wall, "cpu": 2e-6} for wall in (2e-6, 4e-6, 9e-6)]
    found = rows([ours, other, gather])
    assert found[0].medians["wall"] == 2e-6
    assert found[1].ratios == {"wall": 0.5, "cpu": 0.5}
    text = "\n".join(table.lines(found))
    assert "– a chain has nothing to gather" in text
    assert "over asyncio: counters, geometric mean of 1: 0.5 " in text


def test_a_contender_that_cannot_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason of the first round stays, and no further process is started."""
    asked: list[str] = []

    def answer(job: Job) -> dict[str, str]:
        asked.append(job.line)
        return {"cannot": "no"}

    monkeypatch.setattr("benchmarks.rounds.run_once", answer)
    job = Job("chain", GATHER, "overhead", {})
    run_rounds([job], 3)
    assert (asked, job.cannot) == (["chain"], "no")


def test_a_contender_for_a_later_python_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """On an older Python no environment is made for it."""
    monkeypatch.setattr("sys.version_info", (3, 11, 0))
    with pytest.raises(CannotExpressError, match=r"needs Python 3\.12 or later"):
        python_for(CONTENDERS["async-dag 0.3.1"])


def test_the_extra_names_the_same_versions() -> None:
    """Each library's requirement is that of the extra `bench`, which type checkers may have."""
    settings = configparser.ConfigParser()
    settings.read(Path(__file__).parent.parent / "setup.cfg", encoding="utf-8")
    extra = set(settings["options.extras_require"]["bench"].split())
    libraries = [one for one in CONTENDERS.values() if one.requirements]
    assert {one.requirements[0] for one in libraries} - extra == {"async-dag==0.3.1"}
    assert len(libraries) == 10


@pytest.mark.parametrize(
    ("told", "holds"),
    [
        ((1.0, 1.0), True),
        ((1.14, 1.14), True),
        ((1.16, 1.16), False),
        ((0.84, 0.84), False),
        ((0.8, 1.25), True),  # no wider than half of what was measured
        ((0.8, 1.35), False),
        ((1.05, 1.5), False),  # does not contain it
    ],
)
def test_what_holds(told: tuple[float, float], holds: bool) -> None:
    """A figure within 15 % of what was measured, or a narrow range that contains it."""
    line = truth.Line("tasks", "one by one", Range(*told), 1.0)
    assert line.holds is holds
    assert line.text.endswith("holds" if holds else "WRONG")


def test_what_is_told_of_sleeps_is_true() -> None:
    """One case and one fault of the benchmark, really measured; on a busy machine not at once."""
    [needless] = [fault for fault in truth.FAULTS if fault.kind == "dependency"]
    wrong: list[str] = []
    for _ in range(5):
        lines = asyncio.run(truth.lines_of_case("sleep"))
        assert [line.figure for line in lines] == ["one by one", "in waves", "speed-up"]
        lines.append(asyncio.run(truth.line_of_fault(needless)))
        wrong = [line.text for line in lines if not line.holds]
        if not wrong:
            return
    assert wrong == []
