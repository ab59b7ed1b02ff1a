"""`tm.choose`: what only the side not taken needs never starts, and no value is ever made up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from async_dag import (
    NOT_CHOSEN,
    ExecutionResult,
    ForeignNodeError,
    InvocationError,
    LifecycleError,
    ResultUnavailableError,
    TaskManager,
    TaskNode,
    Trace,
    WrongArgumentError,
    WrongTypeError,
    build_dag,
    compare,
    report,
    streaming,
)
from async_dag.graph.choices import Choice
from tests.support.virtual import VirtualLoop, run_virtual


class Bench:
    """Tasks that take a second each and say that they ran."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.tm = TaskManager[Any](clock=loop.time)
        self.calls: Counter[str] = Counter()

    def task(
        self, name: str, *needed: Any, gives: Any = ..., fails: bool = False
    ) -> TaskNode[Any, Any]:
        """Add a task that returns its name, or what it `gives`."""

        async def run(*_: Any) -> Any:
            self.calls[name] += 1
            await asyncio.sleep(1)
            if fails:
                raise OSError(name)
            return name if gives is ... else gives

        return self.tm.options(name=name).add_node(run, *needed)

    def states(self, trace: Trace) -> dict[str, str]:
        """By name."""
        return dict(zip(trace.graph.names, trace.states, strict=True))


def virtually(test: Callable[[Bench], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test on a virtual clock."""

    def run() -> None:
        run_virtual(lambda loop: test(Bench(loop)))

    run.__doc__, run.__name__ = test.__doc__, test.__name__
    return run


@virtually
async def test_the_side_taken_starts_when_the_flag_is_known(bench: Bench) -> None:
    """What only a side needs waits for the flag, and what both need starts at once."""
    flag = bench.task("flag", gives=True)
    both = bench.task("both")
    then = bench.task("then", bench.task("before then", both))
    other = bench.task("other", both)
    choice = bench.tm.options(name="choice").choose(flag, then, other)
    last = bench.task("last", choice, both)
    bench.tm.sort()
    result = await bench.tm.invoke(None)
    trace = result.trace
    assert (result[choice], result[last]) == ("then", "last")
    assert trace.started[both.index] == 0.0
    assert trace.started[bench.tm["before then"].index] == 1.0 == trace.finished[flag.index]
    assert trace.finished[last.index] == 4.0
    assert "other" not in bench.calls
    assert trace.outcomes == {other.index: "skipped"}
    assert trace.causes == {other.index: NOT_CHOSEN}
    with pytest.raises(ResultUnavailableError, match="no choice took what needs it"):
        result[other]
    assert trace.graph.choices[choice.index] == Choice(
        flag.index, then.index, other.index, taken=True
    )
    assert other.index not in trace.graph.dependencies[choice.index]
    assert flag.index in trace.graph.dependencies[bench.tm["before then"].index]


@virtually
async def test_what_is_needed_elsewhere_starts_at_once(bench: Bench) -> None:
    """A side that another node takes, or that nothing but the user takes, is no one's to withhold."""
    flag = bench.task("flag", gives=False)
    taken = bench.task("taken")
    end = bench.task("end", bench.task("of end"))
    choice = bench.tm.choose(flag, taken, bench.tm.collect([bench.tm["of end"]]))
    bench.task("takes it", taken)
    bench.tm.sort()
    result = await bench.tm.invoke(None)
    assert result[choice] == ["of end"]
    for node in (taken, bench.tm["of end"]):
        assert result.trace.started[node.index] == 0.0
    assert result[end] == "end"
    assert set(result.trace.states) == {"done"}


@virtually
async def test_items_of_a_value_demand_nothing(bench: Bench) -> None:
    """`a, b = node` makes nodes that nothing takes: they don't start what no choice takes."""
    pair = bench.task("pair", gives=(1, 2))
    first, second = pair[0], pair[1]
    choice = bench.tm.choose(bench.task("flag", gives=False), first, "none")
    bench.tm.sort()
    result = await bench.tm.invoke(None)
    assert result[choice] == "none"
    assert "pair" not in bench.calls
    assert result.trace.causes == dict.fromkeys((pair.index, first.index, second.index), NOT_CHOSEN)


@virtually
async def test_choices_within_choices(bench: Bench) -> None:
    """Neither the flag nor a side of a choice starts before an outer one takes it."""
    inner_flag = bench.task("inner flag", gives=False)
    inner = bench.tm.options(name="inner").choose(inner_flag, bench.task("a"), bench.task("b"))
    outer = bench.tm.choose(bench.task("flag", gives=True), inner, bench.task("c"))
    left = bench.tm.choose(
        bench.task("flag 2", gives=False), bench.tm.choose(True, bench.task("d"), 1), 2
    )
    bench.tm.sort()
    result = await bench.tm.invoke(None)
    assert (result[outer], result[left]) == ("b", 2)
    assert result.trace.started[inner_flag.index] == 1.0
    assert result.trace.started[bench.tm["b"].index] == 2.0
    assert set(bench.calls) == {"inner flag", "b", "flag", "flag 2"}


@pytest.mark.parametrize("depth", [5000])
def test_deeply_nested_choices(depth: int) -> None:
    """Thousands of choices within one another are no recursion, taken or not."""

    async def flag(n: int) -> bool:
        return n >= 0

    for first in (1, -1):
        with build_dag(int) as tm:
            node: Any = tm.parameter_node
            for _ in range(depth):
                node = tm.choose(tm.add_node(flag, tm.parameter_node), node, "left")
        expected = first if first > 0 else "left"
        assert asyncio.run(tm.invoke(first))[node] == expected


@virtually
async def test_plain_values_and_given_flags(bench: Bench) -> None:
    """A flag may be the parameter or a plain bool, and sides may be plain values."""
    tm = bench.tm
    chosen = tm.choose(tm.parameter_node, "yes", None)
    fixed = tm.choose(False, bench.task("never"), bench.task("always"))
    same = tm.choose(tm.parameter_node, bench.tm["always"], bench.tm["always"])
    itself = tm.choose(tm.parameter_node, tm.parameter_node, 3)
    tm.sort()
    result = await tm.invoke([])
    assert [result[node] for node in (chosen, fixed, same, itself)] == [None, "always", "always", 3]
    result = await tm.invoke([1])
    assert [result[node] for node in (chosen, fixed, same, itself)] == [
        "yes",
        "always",
        "always",
        [1],
    ]
    assert "never" not in bench.calls


class Vague:
    """Like an array of several elements."""

    def __bool__(self) -> bool:
        raise ValueError("the truth value is ambiguous")


@virtually
async def test_a_flag_without_truth_fails_its_choice(bench: Bench) -> None:
    """The error names the choice, and neither side starts."""
    choice = bench.tm.choose(bench.task("flag", gives=Vague()), bench.task("a"), bench.task("b"))
    bench.task("last", choice)
    alone = bench.task("alone", bench.task("first"), bench.task("second"))
    bench.tm.sort()
    with pytest.raises(
        InvocationError, match="node 'choice' failed: ValueError: the truth"
    ) as caught:
        await bench.tm.invoke(None, on_error="continue")
    result = caught.value.result
    states = bench.states(result.trace)
    assert states["choice"] == "failed"
    assert {states[name] for name in ("a", "b", "last")} == {"skipped"}
    assert {result.trace.causes[bench.tm[name].index] for name in ("a", "b", "last")} == {
        choice.index
    }
    assert result[alone] == "alone"


@pytest.mark.parametrize("where", ["flag", "taken", "left", "before flag"])
def test_failures(where: str) -> None:
    """Only what needs a node is skipped; a side that is not taken may fail, if it runs at all."""

    async def main(bench: Bench) -> None:
        tm = bench.tm
        before = bench.task("before flag", fails=where == "before flag")
        flag = bench.task("flag", before, gives=True, fails=where == "flag")
        taken, left = (bench.task(name, fails=name == where) for name in ("taken", "left"))
        inner = tm.options(name="inner").choose(True, bench.task("a"), bench.task("b"))
        within = tm.options(name="within").choose(flag, taken, left)
        choice = tm.options(name="outer").choose(tm.choose(True, flag, flag), within, inner)
        bench.task("takes left", left)
        bench.task("last", choice)
        tm.sort()
        with pytest.raises(InvocationError) as caught:
            await tm.invoke(None, on_error="continue")
        result = caught.value.result
        states, trace = bench.states(result.trace), result.trace
        failed = tm[where].index
        assert set(trace.states) <= {"done", "failed", "skipped"}
        assert trace.outcomes[failed] == "failed"
        assert Trace.from_json(trace.to_json()).states == trace.states
        if where == "left":
            assert states["last"] == "done"
            assert result[choice] == "taken"
            assert states["takes left"] == "skipped"
        else:
            assert states["last"] == states["outer"] == states["within"] == "skipped"
            assert trace.causes[tm["last"].index] == failed
            assert not {"a", "b"} & set(bench.calls)
        if where in ("flag", "before flag"):
            assert {trace.causes[tm[name].index] for name in ("a", "b", "taken")} == {failed}

    run_virtual(lambda loop: main(Bench(loop)))


@virtually
async def test_a_failure_cancels_what_waits_to_be_chosen(bench: Bench) -> None:
    """Under `on_error="cancel"` whatever has not started is skipped for the failure."""
    flag = bench.task("flag", bench.task("slow", bench.task("slower")), gives=True)
    bench.tm.choose(flag, bench.task("a"), bench.task("b"))
    bench.task("fails", fails=True)
    bench.tm.sort()
    with pytest.raises(InvocationError) as caught:
        await bench.tm.invoke(None)
    trace = caught.value.result.trace
    failed = bench.tm["fails"].index
    for name in ("a", "b", "choice", "flag"):
        assert trace.outcomes[bench.tm[name].index] == "skipped"
        assert trace.causes[bench.tm[name].index] == failed


@virtually
async def test_targets(bench: Bench) -> None:
    """A target that is a side is run, whatever the choice; without the choice nothing waits for it."""
    side, other = bench.task("side"), bench.task("other")
    choice = bench.tm.choose(bench.task("flag", gives=False), side, other)
    bench.tm.sort()
    result = await bench.tm.invoke(None, targets=[side, choice])
    assert result[side] == "side"
    assert result.trace.started[side.index] == 0.0
    bench.calls.clear()
    result = await bench.tm.invoke(None, targets=[side])
    assert set(bench.calls) == {"side"}
    bench.calls.clear()
    result = await bench.tm.invoke(None, targets=[choice])
    assert set(bench.calls) == {"flag", "other"}
    assert result.trace.causes == {side.index: NOT_CHOSEN}


@virtually
async def test_reuse(bench: Bench) -> None:
    """A choice that was made stays made; one that was not is made from what is there."""
    flag = bench.task("flag", bench.tm.parameter_node, gives=True)
    side = bench.task("side")
    choice = bench.tm.choose(flag, side, bench.task("other"))
    fragile: list[bool] = []

    async def fail_once(value: object) -> object:
        fragile.append(True)
        if len(fragile) == 1:
            raise OSError
        return value

    last = bench.tm.add_node(fail_once, choice)
    bench.tm.sort()
    with pytest.raises(InvocationError) as caught:
        await bench.tm.invoke(1)
    bench.calls.clear()
    result = await bench.tm.invoke(1, reuse=caught.value.result)
    assert result[last] == "side"
    assert not bench.calls
    states = bench.states(result.trace)
    assert states == {
        "parameter": "done", "flag": "reused", "side": "reused", "other": "skipped",
        "choice": "reused", "fail_once": "done",
    }  # fmt: skip
    assert result.trace.causes == {bench.tm["other"].index: NOT_CHOSEN}
    assert result.trace.graph.choices[choice.index].taken is True
    assert Trace.from_json(result.trace.to_json()).to_json() == result.trace.to_json()
    # Another parameter: the flag runs again, and the side that is taken is there.
    result = await bench.tm.invoke(2, reuse=result)
    assert set(bench.calls) == {"flag"}


@virtually
async def test_with_slots_the_side_counts_for_its_flag(bench: Bench) -> None:
    """The way through the side taken is that of the flag, too: it comes before a shorter one."""
    short = bench.task("short", bench.task("shorter"))
    flag = bench.task("flag", gives=True)
    long = bench.task("d", bench.task("c", bench.task("b", bench.task("a"))))
    bench.tm.choose(flag, long, None)
    bench.tm.sort()
    result = await bench.tm.invoke(None, max_concurrency=1)
    assert result.trace.started[flag.index] == 0.0
    assert result.trace.started[short.index] > 0.0
    assert result.trace.timeline.makespan == 7.0
    assert result.trace.timeline.simulate(max_concurrency=2).makespan == 5.0


@virtually
async def test_maps_and_streams_as_sides(bench: Bench) -> None:
    """A map that is not chosen has no items; one that is goes on element by element."""
    yielded: list[int] = []

    async def numbers() -> Any:
        for n in range(3):
            await asyncio.sleep(1)
            yielded.append(n)
            yield n

    async def double(n: int) -> int:
        await asyncio.sleep(1)
        return 2 * n

    tm = bench.tm
    flag = bench.task("flag", gives=True)
    source = tm.add_node(streaming(numbers))
    taken = tm.options(name="twice").map(double, tm.options(name="once").map(double, source))
    left = tm.options(name="left").map(double, list(range(1000)))
    choice = tm.choose(flag, taken, left)
    total = tm.fold(_add, 0, choice)
    tm.sort()
    result = await tm.invoke(None)
    trace = result.trace
    assert result[choice] == [0, 4, 8]
    assert result[total] == 12
    rows = {name: row for row, name in enumerate(trace.graph.names)}
    assert trace.started[source.index] >= 1.0
    for number in range(3):
        assert trace.ready[rows[f"twice[{number}]"]] == trace.finished[rows[f"once[{number}]"]]
    assert not any(name.startswith("left[") for name in rows)
    assert trace.causes == {left.index: NOT_CHOSEN}


async def _add(a: int, b: int) -> int:
    return a + b


@virtually
async def test_an_unchosen_stream_is_never_asked(bench: Bench) -> None:
    """A generator that only the side left needs does not run, and neither does what folds over it."""

    async def numbers() -> Any:
        bench.calls["stream"] += 1
        yield 1

    tm = bench.tm
    summed = tm.fold(_add, 0, tm.map(_same, tm.add_node(streaming(numbers))))
    choice = tm.choose(bench.task("flag", gives=False), summed, "nothing")
    tm.sort()
    for options in ({}, {"max_concurrency": 1}, {"on_error": "continue"}):
        result = await tm.invoke(None, **options)  # type: ignore[call-overload]
        assert result[choice] == "nothing"
    assert "stream" not in bench.calls


async def _same(n: int) -> int:
    return n


@virtually
async def test_outcomes_of_items_behind_a_choice(bench: Bench) -> None:
    """Where only outcomes are taken, items of the side taken may fail."""

    async def invert(n: int) -> float:
        return 1 / n

    tm = bench.tm
    outcomes = tm.outcomes(tm.map(invert, [2, 0]))
    choice = tm.choose(bench.task("flag", gives=True), outcomes, [])
    tm.sort()
    result = await tm.invoke(None)
    value, failure = result[choice]
    assert value == 0.5
    assert repr(failure) == "<Failure of 'invert[1]': ZeroDivisionError>"


@virtually
async def test_in_sub_dags(bench: Bench) -> None:
    """Each use of a sub-DAG makes its own choices, from its own parameter."""
    with build_dag(bool) as sub:

        async def yes() -> str:
            return "yes"

        answer = sub.options(name="answer").choose(sub.parameter_node, sub.add_node(yes), "no")
    tm = bench.tm
    first, second = (
        tm.add_dag(sub, flag)[answer] for flag in (True, bench.task("flag", gives=False))
    )
    tm.sort()
    result = await tm.invoke(None)
    assert (result[first], result[second]) == ("yes", "no")
    assert (first.name, second.name) == ("sub/answer", "sub_2/answer")
    assert bench.states(result.trace)["sub_2/yes"] == "skipped"


@virtually
async def test_stream_yields_what_ran(bench: Bench) -> None:
    """`tm.stream` yields the tasks that ran, and none that was not chosen; `report` tells as ever."""

    async def reports() -> str:
        report(1, 2, "half")
        return "told"

    told = bench.tm.add_node(reports)
    bench.tm.choose(bench.task("flag", gives=True), told, bench.task("b"))
    bench.tm.sort()
    async with bench.tm.stream(None) as stream:
        seen = [(node.name, value) async for node, value in stream]
    assert seen == [("flag", True), ("reports", "told")]
    assert stream.result.trace.progress[told.index].message == "half"


@virtually
async def test_the_rows_of_a_run_with_choices(bench: Bench) -> None:
    """Pieces tile the makespan, `simulate` gives it again, and rows say why a node never ran."""
    flag = bench.task("flag", gives=True)
    choice = bench.tm.choose(flag, bench.task("a"), bench.task("b"))
    bench.task("last", choice)
    bench.tm.sort()
    result = await bench.tm.invoke(None)
    timeline = result.timeline
    assert timeline.critical_path == ("flag", "a", "last")
    assert [(piece.start, piece.end) for piece in timeline.pieces] == [(0, 1), (1, 2), (2, 3)]
    assert timeline.simulate().makespan == timeline.makespan == 3.0
    assert timeline.simulate("sequential").makespan == 3.0
    assert timeline.slack["flag"] == 0.0
    assert [row["cause"] for row in result.trace.to_rows() if row["name"] == "b"] == ["not chosen"]
    assert not any(finding.kind in ("failed", "cancelled") for finding in timeline.findings())


def _wrong_uses() -> list[Any]:
    async def one() -> bool:
        return True

    with build_dag() as other:
        foreign = other.add_node(one)
    cases: list[tuple[Callable[[TaskManager[Any]], Any], type[Exception], str]] = [
        (lambda tm: tm.choose("yes", 1, 2), WrongTypeError, "a node for its flag.*given was 'yes'"),
        (lambda tm: tm.choose(one, 1, 2), WrongTypeError, "a node for its flag"),
        (lambda tm: tm.choose(foreign, 1, 2), ForeignNodeError, "'one', passed to choose, belongs"),
        (
            lambda tm: tm.choose(True, foreign, 2),
            ForeignNodeError,
            "'one', passed to choose, belongs",
        ),
        (lambda tm: tm.choose(True, 1, [tm.add_node(one)]), WrongArgumentError, "tm.collect"),
        (
            lambda tm: tm.options(timeout=1).choose(True, 1, 2),
            WrongArgumentError,
            "choose calls none",
        ),
        (
            lambda tm: tm.options(at_once=1).choose(True, 1, 2),
            WrongArgumentError,
            "choose calls none",
        ),
    ]
    return cases


@pytest.mark.parametrize(("call", "error", "words"), _wrong_uses())
def test_wrong_uses(call: Callable[[Any], Any], error: type[Exception], words: str) -> None:
    """Each error says what was given and what to do, and adds nothing."""
    tm = TaskManager[Any]()
    with pytest.raises(error, match=words):
        call(tm)
    assert all(node.kind != "choice" for node in tm.nodes)


def test_a_choice_after_sort() -> None:
    """A sorted manager is complete."""
    with build_dag() as tm:
        tm.choose(True, 1, 2)
    with pytest.raises(LifecycleError, match="choose came after sort"):
        tm.choose(True, 1, 2)


def test_strategies_are_refused() -> None:
    """One by one and wave by wave can't be run, since what runs is known only then."""
    with build_dag() as tm:
        tm.choose(True, 1, 2)
    with pytest.raises(WrongArgumentError, match="maps or choices"):
        asyncio.run(compare(tm))


def test_a_reader_sees_no_choice_undone() -> None:
    """In snapshots from another thread a choice that has its value says which side it took."""
    results: list[ExecutionResult[Any]] = []

    async def nap(*_: object) -> bool:
        await asyncio.sleep(0.002)
        return True

    with build_dag() as tm:
        node: Any = tm.add_node(nap)
        for _ in range(30):
            node = tm.choose(tm.add_node(nap, node), tm.add_node(nap), tm.add_node(nap))

    async def main() -> None:
        runs: list[Any] = []
        seen: list[Trace] = []
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(0)

        def look() -> None:
            while not runs[0].trace.over:
                seen.append(runs[0].trace.snapshot())

        await asyncio.gather(asyncio.to_thread(look), invoke)
        results.append(await invoke)
        assert len(seen) > 20
        for trace in seen[:: max(1, len(seen) // 100)]:
            states, graph = trace.states, trace.graph
            for node, choice in graph.choices.items():
                assert choice.taken is True or states[node] == "waiting"
                if states[choice.other or 0] == "skipped":
                    assert trace.causes[choice.other or 0] == NOT_CHOSEN
                    assert choice.other not in graph.dependencies[node]
            assert trace.to_json()

    asyncio.run(main())
    assert results[0].trace.states.count("skipped") == 30
