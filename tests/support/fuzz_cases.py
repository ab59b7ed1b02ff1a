"""Random DAGs of tasks that behave in some forty ways, and what must hold of every run of them.

A case is made of a seed alone. `run_case` runs it, and `check` compares what the result says with what
the tasks themselves have logged.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from async_dag import (
    ExecutionResult,
    InvocationError,
    NodeCancelled,
    NodeTimeoutError,
    TaskManager,
    TaskNode,
    Trace,
)
from async_dag.trace.columns import OUTSIDE
from tests.support.fuzz_tasks import (
    FAIL,
    INTERFERE,
    KINDS,
    SUCCEED,
    Behaviour,
    Event,
    World,
    task_of,
    wrapped,
)
from tests.support.loops import FACTORIES, Factory, FactoryError, RaisingFactory, run_with
from tests.support.virtual import VirtualLoop

TIMEOUT = 0.012
"""Seconds that `timeout=` gives a node: some behaviours are in time, some are not."""


class HangError(Exception):
    """Nothing is due any more, but the run is not over."""


class FuzzLoop(VirtualLoop):
    """A virtual loop that notices when nobody will ever go on."""

    def __init__(self) -> None:
        super().__init__()
        self._turns = 0
        select = self._jumping.select  # type: ignore[has-type]

        def counted(timeout: float | None = None) -> Any:
            self._turns += 1
            if timeout is None or self._turns > 50_000:
                raise HangError("for ever" if timeout is None else "in circles")
            return select(timeout)

        self._jumping.select = counted  # type: ignore[method-assign]


@dataclass
class Spec:
    """One node of a case."""

    behaviour: Behaviour
    kind: str
    needed: tuple[int, ...]
    keyword: int | None
    option: str | None


@dataclass
class Case:
    """What a seed says."""

    seed: int
    nodes: list[Spec]
    slots: int | None
    continues: bool
    cancel_after: float | None
    streams: bool
    leaves_after: int | None

    @classmethod
    def of(cls, seed: int) -> Case:
        """The case of that seed."""
        chance = random.Random(seed)
        ill = chance.choice([0.0, 0.1, 0.1, 0.3])
        rude = chance.choice([0.0, 0.0, 0.1, 0.2])
        nodes: list[Spec] = []
        for index in range(chance.randint(1, 9)):
            count = min(index, chance.choice([0, 0, 1, 1, 2, 3]))
            needed = tuple(chance.sample(range(index), count))
            keyword = chance.randrange(index) if index and chance.random() < 0.15 else None
            roll = chance.random()
            pool = FAIL if roll < ill else INTERFERE if roll < ill + rude else SUCCEED
            nodes.append(
                Spec(
                    chance.choice(pool),
                    chance.choice(KINDS),
                    needed,
                    keyword,
                    chance.choice([None] * 7 + ["timeout", "retry", "limit", "collect"]),
                )
            )
        streams = chance.random() < 0.2
        return cls(
            seed,
            nodes,
            chance.choice([None, None, None, 1, 2, 3]),
            chance.random() < 0.3,
            chance.choice([None] * 4 + [0.0, 0.005, 0.015, 0.03]),
            streams,
            chance.choice([None, None, 0, 1, 2]) if streams else None,
        )


@dataclass
class Outcome:
    """What came of a case."""

    world: World = field(default_factory=World)
    nodes: list[TaskNode[None, Any]] = field(default_factory=list)
    raised: BaseException | None = None
    result: ExecutionResult[None] | None = None
    delivered: list[tuple[TaskNode[None, Any], Any]] = field(default_factory=list)
    trouble: list[dict[str, Any]] = field(default_factory=list)


def build(case: Case, outcome: Outcome) -> TaskManager[None]:
    """The manager of a case; `outcome.nodes` has the node that stands for each spec."""
    tm = TaskManager[None]()
    limit = asyncio.Semaphore(1 + case.seed % 2)
    options: dict[str | None, dict[str, Any]] = {
        "timeout": {"timeout": TIMEOUT},
        "retry": {"retry": three_attempts},
        "limit": {"limit": limit},
    }
    add: Any
    for index, spec in enumerate(case.nodes):
        task = wrapped(task_of(outcome.world, index, spec.behaviour), spec.kind)
        arguments: list[Any] = [outcome.nodes[other] for other in spec.needed]
        if spec.option == "collect" and len(arguments) > 1:
            arguments = [tm.collect(arguments)]
        named = {} if spec.keyword is None else {"key": outcome.nodes[spec.keyword]}
        add = tm.options(**options.get(spec.option, {})).add_node
        outcome.nodes.append(add(task, *arguments, **named))
    tm.sort()
    return tm


async def three_attempts() -> AsyncIterator[Any]:
    """A retrying that swallows `Exception` twice."""
    for number in range(3):
        attempt = _Attempt(last=number == 2)
        yield attempt
        if not attempt.failed:
            return


class _Attempt:
    def __init__(self, *, last: bool) -> None:
        self._last = last
        self.failed = False

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self.failed = kind is not None
        return kind is not None and issubclass(kind, Exception) and not self._last


async def run_case(case: Case, outcome: Outcome) -> None:
    """Run it on the loop that is running; `outcome` says what came of it."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: outcome.trouble.append(context))
    world = outcome.world
    tm = build(case, outcome)
    options: dict[str, Any] = {
        "max_concurrency": case.slots,
        "on_error": "continue" if case.continues else "cancel",
    }

    async def parent() -> None:
        world.parent = asyncio.current_task()
        with tm.watch(lambda run: setattr(world, "run", run)):
            if case.cancel_after is not None:
                loop.call_later(case.cancel_after, world.cancel_parent)
            try:
                if case.streams:
                    await read(tm, options)
                else:
                    outcome.result = await tm.invoke(**options)
            except BaseException as error:  # noqa: BLE001 - this is what it is about
                outcome.raised = error
                if not case.streams:  # a stream may be over when its reader is cancelled
                    outcome.result = tm.last_unfinished

    async def read(tm: TaskManager[None], options: dict[str, Any]) -> None:
        async with tm.stream(**options) as stream:
            outcome.result = stream.result
            async for pair in stream:
                outcome.delivered.append(pair)
                if case.leaves_after is not None and len(outcome.delivered) > case.leaves_after:
                    world.log.append(Event("cancels", -1))
                    break

    # In a task of its own: one that is cancelled in its very end is no concern of ours.
    task: asyncio.Future[None] = asyncio.Task(parent(), loop=loop)
    await asyncio.wait([task])
    await asyncio.sleep(0)  # done callbacks of what was there
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"tasks left behind: {left}"


def fuzz(
    seed: int,
    factory: str | Factory = "none",
    *,
    debug: bool = False,
    new_loop: Callable[[], asyncio.AbstractEventLoop] = FuzzLoop,
) -> None:
    """Run the case of that seed, and check it; an error names the seed."""
    case, outcome = Case.of(seed), Outcome()
    try:
        run_with(run_case(case, outcome), factory, debug=debug, new_loop=new_loop)
        check(case, outcome)
    except BaseException as error:
        error.add_note(f"seed {seed}, factory {factory}, {case}")
        raise


def check(case: Case, outcome: Outcome) -> None:
    """Compare what the result says with what the tasks have logged."""
    result, log = outcome.result, outcome.world.log
    assert result is not None
    trace = result.trace
    assert trace.over
    Trace.from_json(trace.to_json())  # which refuses a trace that contradicts itself
    assert not outcome.trouble, outcome.trouble
    _check_calls(case, outcome, result)
    _check_slots(case, log)
    states = [trace.states[node.index] for node in outcome.nodes]
    was_cancelled = any(event.what == "cancels" for event in log)
    for index, (spec, node, state) in enumerate(
        zip(case.nodes, outcome.nodes, states, strict=True)
    ):
        events = [event for event in log if event.node == index]
        last = events[-1] if events else None
        if state == "done":
            assert last is not None
            assert last.what == "returns"
            assert result[node] == last.value
        elif state == "failed":
            _check_failure(spec, result.errors[node.index], last)
        elif state == "cancelled":
            if spec.option is None:
                assert last is not None
                assert last.what == "raises"
                assert issubclass(type(last.value), asyncio.CancelledError)
        else:
            assert state == "skipped"
            assert last is None
    _check_causes(case, outcome, result, was_cancelled)
    _check_what_is_raised(outcome, result, was_cancelled)


def _check_calls(case: Case, outcome: Outcome, result: ExecutionResult[None]) -> None:
    """Every call came after its dependencies had returned, with their values."""
    returned: dict[int, Any] = {}
    first_failed = next(iter(result.errors), None)
    stopped = False
    for event in outcome.world.log:
        if event.what == "begins":
            spec = case.nodes[event.node]
            expected: list[Any] = [returned[other] for other in spec.needed]
            if spec.option == "collect" and len(expected) > 1:
                expected = [expected]
            if spec.keyword is not None:
                expected.append(returned[spec.keyword])
            assert list(event.value) == expected
            assert not stopped, "a node began after the failure"
        elif event.what == "returns":
            returned[event.node] = event.value
        elif event.what == "raises" and not case.continues:
            spec = case.nodes[event.node]
            plain = spec.option in (None, "collect")
            stopped |= plain and outcome.nodes[event.node].index == first_failed


def _check_slots(case: Case, log: list[Event]) -> None:
    running: set[int] = set()
    for event in log:
        if event.what == "begins":
            running.add(event.node)
            assert case.slots is None or len(running) <= case.slots
        else:
            running.discard(event.node)


def _check_failure(spec: Spec, error: BaseException, last: Event | None) -> None:
    kind = type(error)
    if last is None:  # cancelled by a sibling before its first step, or never given a task
        assert kind in (NodeCancelled, FactoryError)
    elif kind is NodeCancelled:
        by_itself = last.what == "raises" and error.__cause__ is last.value
        assert by_itself or spec.option in ("retry", "limit", "timeout")
    elif kind is NodeTimeoutError:
        assert spec.option == "timeout"
    else:
        assert last.what == "raises"
        assert error is last.value


def _check_causes(
    case: Case, outcome: Outcome, result: ExecutionResult[None], was_cancelled: bool
) -> None:
    """Who was cancelled or skipped was so for the first failure, for one before it, or from outside."""
    trace = result.trace
    failed = list(result.errors)
    if not failed and not was_cancelled:
        assert set(trace.states) == {"done"}
    for cause in trace.causes.values():
        if cause == OUTSIDE:
            assert was_cancelled
        elif case.continues:
            assert cause in failed
        else:
            assert cause == failed[0]
    if case.continues and not was_cancelled and all(map(_is_ordinary, result.errors.values())):
        # Nothing was stopped: skipped is who depends on a failure, and nobody else.
        for index, needed in enumerate(trace.graph.dependencies):
            ready = all(trace.states[other] == "done" for other in needed)
            assert (trace.states[index] == "skipped") == (not ready)


def _is_ordinary(error: BaseException) -> bool:
    return issubclass(type(error), Exception)


def _check_what_is_raised(
    outcome: Outcome, result: ExecutionResult[None], was_cancelled: bool
) -> None:
    raised = outcome.raised
    errors = list(result.errors.values())
    fatal = next((error for error in errors if not _is_ordinary(error)), None)
    if raised is None:
        assert not errors or was_cancelled
    elif isinstance(raised, asyncio.CancelledError):
        assert was_cancelled
    elif fatal is not None:
        assert raised is fatal
    else:
        assert isinstance(raised, InvocationError)
        assert list(map(id, raised.exceptions)) == list(map(id, errors))
    if fatal is not None and raised is None:
        raise AssertionError("a fatal exception was dropped") from fatal
    for node, value in outcome.delivered:
        assert result[node] is value


def main() -> None:
    """Run many cases and print those that fail."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 1000), metavar=("FROM", "TO"))
    parser.add_argument("--factory", choices=[*FACTORIES, "raising"], default="none")
    parser.add_argument("--loop", choices=["virtual", "real", "uvloop"], default="virtual")
    parser.add_argument("--debug", action="store_true")
    options = parser.parse_args()
    new_loop: Callable[[], asyncio.AbstractEventLoop] = FuzzLoop
    if options.loop == "real":
        new_loop = asyncio.new_event_loop
    elif options.loop == "uvloop":
        import uvloop

        new_loop = uvloop.new_event_loop
    failed = 0
    for seed in range(*options.seeds):
        factory = RaisingFactory(2 + seed % 6) if options.factory == "raising" else options.factory
        try:
            fuzz(seed, factory, debug=options.debug, new_loop=new_loop)
        except BaseException as error:  # noqa: BLE001 - of any kind, it is printed
            failed += 1
            traceback.print_exception(error)
            if isinstance(error, KeyboardInterrupt) and not getattr(error, "__notes__", None):
                break
    sys.stdout.write(f"{failed} failed of seeds {options.seeds[0]} to {options.seeds[1] - 1}\n")
    raise SystemExit(bool(failed))


if __name__ == "__main__":
    main()
