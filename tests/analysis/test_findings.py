"""Findings: planted faults are found, named, and their gain holds what mending really brings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_dag import TaskManager, Trace
from async_dag.analysis.findings import Finding
from tests.support.made_traces import Bar, made_trace
from tests.support.readme_example import README_BARS
from tests.support.strategies import Spec, build, dags
from tests.support.virtual import VirtualLoop, run_virtual

Fill = Callable[[TaskManager[None], VirtualLoop], object]


def run(fill: Fill, **options: Any) -> Trace:
    """The trace of a run of what `fill` adds."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        fill(tm, loop)
        tm.sort()
        return (await tm.invoke(**options)).trace

    return run_virtual(main)


def only(trace: Trace, kind: str) -> Finding:
    """The one finding of that kind; as every finding it has a sentence that names what it is about."""
    findings = trace.timeline.findings()
    [found] = [finding for finding in findings if finding.kind == kind]
    assert str(found) == found.sentence
    assert found.nodes
    assert found.nodes[0] in found.sentence or len(found.nodes) > 1
    assert (found.why_range is None) == (found.gain.low == found.gain.high)
    # Ranked, and none of them below 2 %.
    gains = [finding.gain.low for finding in findings if finding.kind != "nothing to gain"]
    assert gains == sorted(gains, reverse=True)
    assert all(gain >= 0.02 * trace.timeline.makespan for gain in gains)
    return found


def assert_holds(finding: Finding, before: Trace, mended: Trace) -> None:
    """What mending really saved lies in the range, give or take a tenth of it."""
    saved = before.timeline.makespan - mended.timeline.makespan
    assert saved > 0.02 * before.timeline.makespan
    assert finding.gain.low - 0.1 * saved <= saved <= finding.gain.high + 0.1 * saved


async def nap(seconds: float, *needed: object) -> int:
    await asyncio.sleep(seconds)
    return len(needed)


def with_holder(holds: bool, before: float) -> Fill:
    """Naps of which the holder delays some; it awaits, where it does not hold the loop."""

    def fill(tm: TaskManager[None], loop: VirtualLoop) -> None:
        async def parse() -> None:
            if before:
                await asyncio.sleep(before)
            if holds:
                loop.hold(0.3)
            else:
                await asyncio.sleep(0.3)

        tm.add_node(parse)
        for n in range(5):
            short = tm.options(name=f"short_{n}").add_node(nap, 0.2 + 0.01 * n)
            tm.options(name=f"long_{n}").add_node(nap, 0.4, short)

    return fill


def test_a_holder_that_nobody_could_start_beside() -> None:
    """At the very start all are ready, and it is plain what each waited: the gain is one figure."""
    before, mended = run(with_holder(True, 0.0)), run(with_holder(False, 0.0))
    found = only(before, "held loop")
    assert found.nodes[0] == "parse"
    assert set(found.nodes[1:]) == {f"short_{n}" for n in range(5)}
    assert str(found) == (
        "parse held the event loop for 0.30 s at 0.00 s, while short_0, short_1 and 3 more could not "
        "go on; moving that work off the loop with in_thread saves 0.30 s."
    )
    assert_holds(found, before, mended)


def test_a_holder_while_others_sleep_gains_what_the_cure_brings() -> None:
    """When the sleeps were over is known, so the gain is one figure, the true one."""
    before, mended = run(with_holder(True, 0.1)), run(with_holder(False, 0.1))
    found = only(before, "held loop")
    assert found.gain.low == found.gain.high
    saved = before.timeline.makespan - mended.timeline.makespan
    assert found.gain.low == pytest.approx(saved, rel=0.01)


def test_what_is_unclear_is_no_finding() -> None:
    """A run of version 1 does not tell when sleeps were over: between nothing and all was lost."""
    before = run(with_holder(True, 0.1))
    before.knows_lateness = False
    findings = before.timeline.findings()
    assert "held loop" not in {finding.kind for finding in findings}
    # Nor is it told that there is nothing to gain.
    assert "nothing to gain" not in {finding.kind for finding in findings}


def test_many_small_steps_of_one_function_are_one_finding() -> None:
    """Twenty tasks that hold the loop for 2 % each are named by their function."""

    def made(holds: bool) -> Fill:
        def fill(tm: TaskManager[None], loop: VirtualLoop) -> None:
            async def parse(_: int) -> None:
                if holds:
                    loop.hold(0.02)
                else:
                    await asyncio.sleep(0.02)

            for n in range(20):
                tm.add_node(parse, tm.options(name=f"load_{n}").add_node(nap, 0.1))

        return fill

    before, mended = run(made(True)), run(made(False))
    found = only(before, "held loop")
    assert str(found).startswith(
        "20 tasks of parse held the event loop for 0.40 s in 20 steps, the longest of 0.02 s at "
    )
    assert set(found.nodes) >= {"parse", "parse_20"}
    assert_holds(found, before, mended)


@settings(max_examples=300)
@given(dags(), st.integers(0, 11), st.integers(0, 8), st.integers(1, 8))
def test_the_range_of_a_holder_always_holds(
    specs: list[Spec], holder: int, after: int, ticks: int
) -> None:
    """Whatever the graph: what moving the steps off the loop really saves lies in the range."""
    holder %= len(specs)

    def made(holds: bool) -> Fill:
        def fill(tm: TaskManager[None], loop: VirtualLoop) -> None:
            nodes: list[Any] = []
            for index, spec in enumerate(specs):

                async def task(*_: object, index: int = index, spec: Spec = spec) -> None:
                    if index == holder:
                        await asyncio.sleep(after / 16)
                        if holds:
                            loop.hold(ticks / 16)
                        else:
                            await asyncio.sleep(ticks / 16)
                    for place, seconds in enumerate(spec.sleeps):
                        # Never two at once: which of them is called first would be up to the loop.
                        await asyncio.sleep(seconds + (index + 1) * (place + 1) / 1024)

                nodes.append(tm.add_node(task, *[nodes[one] for one in spec.dependencies]))

        return fill

    before, mended = run(made(True)).timeline, run(made(False)).timeline
    saved = before.makespan - mended.makespan
    findings = before.findings()
    found = [finding for finding in findings if finding.kind == "held loop"]
    # Between two figures that differ by less than a hundredth none is told.
    rounding = 0.1 * saved + 0.01 * before.makespan
    if not found:
        least = findings[-1].gain.low if len(findings) == 5 else 0.02 * before.makespan
        assert saved <= least + rounding
    else:
        [finding] = found
        assert finding.nodes[0] == f"task_{holder + 1}" or holder == 0
        assert finding.gain.low - rounding <= saved <= finding.gain.high + rounding


def forty(limit: Any = None) -> Fill:
    def fill(tm: TaskManager[None], loop: VirtualLoop) -> None:
        calls = tm if limit is None else tm.options(limit=limit)
        for n in range(40):
            calls.add_node(nap, 0.1 + 0.001 * n)

    return fill


def test_slots_that_cost_time() -> None:
    """Two slots for forty nodes; and how many would do."""
    before, mended = run(forty(), max_concurrency=2), run(forty())
    found = only(before, "slots")
    assert str(found).startswith(
        "max_concurrency=2 made nap_3, nap_4 and 36 more wait for a slot; "
    )
    assert "max_concurrency=40 saves " in str(found)
    assert len(found.nodes) == 38
    assert_holds(found, before, mended)


def test_a_limit_that_costs_time() -> None:
    """A semaphore of two for forty nodes is told like slots, by the limit's name."""
    before, mended = run(forty(asyncio.Semaphore(2))), run(forty())
    found = only(before, "limit")
    assert str(found).startswith("The limit ")
    assert "it let 2 in at once, and letting in 40 saves " in str(found)
    assert_holds(found, before, mended)


def test_slots_that_cost_nothing_are_no_finding() -> None:
    """As many as there is use for."""
    kinds = [finding.kind for finding in run(forty(), max_concurrency=40).timeline.findings()]
    assert kinds == ["nothing to gain"]


def needless(needed: bool) -> Fill:
    def fill(tm: TaskManager[None], loop: VirtualLoop) -> None:
        async def report(text: int, _: int) -> int:
            await asyncio.sleep(0.3)
            return text

        text = tm.options(name="text").add_node(nap, 0.1)
        audit = tm.options(name="audit").add_node(nap, 0.5)
        tm.add_node(report, text, audit if needed else 0)

    return fill


def test_a_dependency_whose_value_nobody_looks_at() -> None:
    """Read from the code of the task: its parameter is never used."""
    before, mended = run(needless(True)), run(needless(False))
    found = only(before, "dependency")
    assert str(found) == (
        "report waits for audit, but never looks at its value; unless it must come after it, dropping "
        "that dependency saves 0.30 s."
    )
    assert found.nodes == ("report", "audit")
    assert_holds(found, before, mended)


def test_without_its_code_a_dependency_is_asked_about_if_it_costs_much() -> None:
    """In a loaded trace; and only where the node depends on others, too."""
    trace = Trace.from_json(run(needless(True)).to_json())
    assert str(only(trace, "dependency")) == (
        "report waited for audit 0.40 s longer than for anything else; if it does not need it, "
        "dropping that dependency saves 0.30 s."
    )
    chain = made_trace(Bar("a", 0.0, 0.0, 1.0), Bar("b", 1.0, 1.0, 2.0, needs=(0,)))
    assert [one.kind for one in chain.timeline.findings()] == ["critical path", "nothing to gain"]


def test_a_dependency_that_is_looked_at_is_none_to_ask_about() -> None:
    """However much it costs."""

    def fill(tm: TaskManager[None], loop: VirtualLoop) -> None:
        async def report(text: int, audit: int) -> int:
            await asyncio.sleep(0.3)
            return text + audit

        tm.add_node(report, tm.add_node(nap, 0.1), tm.add_node(nap, 0.5))

    kinds = [finding.kind for finding in run(fill).timeline.findings()]
    assert "dependency" not in kinds


def test_the_readme_run_has_nothing_left_but_its_critical_path() -> None:
    """The path, what dominates it, and that nothing else is left to gain."""
    path, nothing = made_trace(
        *[bar for bar in README_BARS if bar.name != "slow_a"][:2]
    ).timeline.findings()
    assert str(path) == (
        "The critical path fast_a → slow_b is 1.10 s; slow_b is 91% of it, and halving it saves 0.50 s."
    )
    assert path.nodes == ("slow_b", "fast_a")
    assert path.gain == pytest.approx((0.5, 0.5))
    assert nothing.kind == "nothing to gain"
    assert "the makespan of 1.10 s" in str(nothing)


def test_a_function_that_dominates_is_told_as_one() -> None:
    """Halving one of many equal tasks saves nothing; halving all of them does."""
    bars = [Bar(f"fetch_{n}", 0.0, 0.0, 1.0, task="Client.fetch") for n in range(30)]
    others = [Bar(f"log_{n}", 0.0, 0.0, 0.1) for n in range(10)]
    trace = made_trace(*bars, Bar("join", 1.0, 1.0, 1.2, needs=tuple(range(30))), *others)
    found = only(trace, "critical path")
    assert str(found) == (
        "The critical path fetch_29 → join is 1.20 s; tasks of fetch are 83% of it, and halving all 30 "
        "of them saves 0.50 s."
    )


def test_that_everything_could_be_faster_is_no_finding() -> None:
    """Thirty equal tasks of one function, and one more: that all could be faster is no news."""
    bars = [Bar(f"fetch_{n}", 0.0, 0.0, 1.0, task="fetch") for n in range(30)]
    trace = made_trace(*bars, Bar("join", 1.0, 1.0, 1.01, needs=tuple(range(30))))
    [finding] = trace.timeline.findings()
    assert str(finding) == (
        "With these tasks and dependencies nothing is left to gain: the makespan of 1.01 s is the "
        "length of the critical path."
    )


def test_code_outside_the_run_that_held_the_loop() -> None:
    """A node was ready, waited for nothing, and nobody here held the loop."""
    trace = made_trace(Bar("a", 0.0, 0.0, 1.0), Bar("b", 1.0, 1.5, 2.0, needs=(0,)))
    found = only(trace, "outside")
    assert str(found) == (
        "Code outside this run held the event loop for 0.50 s, the longest 0.50 s at 1.00 s, while b "
        "was ready; without it the run saves 0.50 s."
    )
    assert found.gain == (0.5, 0.5)


def test_waits_on_the_critical_path_are_told() -> None:
    """How much of it is no work."""

    def with_a_report(tm: TaskManager[None], loop: VirtualLoop) -> None:
        forty()(tm, loop)
        tm.add_node(nap, 1.0, *tm.nodes)

    path = only(run(with_a_report, max_concurrency=2), "critical path")
    assert ", 2.26" in str(path)
    assert " s of it waiting for a slot; " in str(path)


@settings(max_examples=200, deadline=None)
@given(dags(), st.sampled_from([None, 1, 2, 3]))
def test_no_more_than_five_each_of_them_worth_telling(specs: list[Spec], slots: int | None) -> None:
    """What gains most for certain comes first, and each names what is to be mended."""

    def fill(tm: TaskManager[None], loop: VirtualLoop) -> None:
        made, _ = build(specs, loop.time)
        tm.add_dag(made)

    trace = run(fill, max_concurrency=slots)
    findings = trace.timeline.findings()
    assert len(findings) <= 5
    assert all(set(finding.nodes) <= set(trace.graph.names) for finding in findings)
    assert all(finding.nodes for finding in findings)
    # What is unclear is told where nothing else can be.
    is_unclear = len(findings) == 1 and findings[0].gain.is_unclear(trace.timeline.makespan)
    told = [one for one in findings if one.kind != "nothing to gain" and not is_unclear]
    gains = [finding.gain.low for finding in told]
    assert gains == sorted(gains, reverse=True)
    assert all(gain >= 0.02 * trace.timeline.makespan for gain in gains)


@given(dags(failures=True))
def test_whatever_ran_has_findings(specs: list[Spec]) -> None:
    """Also of a failed run, and of one that goes on; each has a figure, and no more is promised."""

    async def main(loop: VirtualLoop) -> Trace:
        tm, _ = build(specs, loop.time)
        runs: list[Trace] = []
        with tm.watch(lambda run: runs.append(run.trace)):
            await asyncio.gather(tm.invoke(), return_exceptions=True)
        return runs[0]

    trace = run_virtual(main)
    for finding in trace.timeline.findings():
        assert 0 <= finding.gain.low <= finding.gain.high <= trace.timeline.makespan
        assert any(character.isdigit() for character in finding.sentence)


def test_nothing_that_ran_has_no_findings() -> None:
    """Nor has what took no time."""
    assert made_trace().timeline.findings() == []
    assert made_trace(Bar("quick", 0.0, 0.0, 0.0)).timeline.findings() == []
