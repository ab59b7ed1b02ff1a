"""`compare`: really runs the same nodes one by one, wave by wave and as a DAG."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from async_dag._common.arguments import whole_number
from async_dag._common.misuse import explains_wrong_calls
from async_dag._common.shortening import short_repr
from async_dag.analysis.comparison import Comparison
from async_dag.baselines.strategies import run_sequential, run_waves
from async_dag.engine.result import MISSING, ExecutionResult
from async_dag.errors import InvocationError, WrongArgumentError, WrongTypeError
from async_dag.graph.strategies import STRATEGIES, Strategy
from async_dag.manager.manager import TaskManager
from async_dag.trace.trace import Trace

if TYPE_CHECKING:
    from async_dag.analysis.timeline import Timeline

P = TypeVar("P")

_Way = Callable[[TaskManager[Any], Any], Awaitable[ExecutionResult[Any]]]


async def _run_dag(tm: TaskManager[Any], parameter: Any) -> ExecutionResult[Any]:
    return await (tm.invoke() if parameter is MISSING else tm.invoke(parameter))


RUNNERS: Final[dict[Strategy, _Way]] = {
    "sequential": run_sequential,
    "waves": run_waves,
    "dag": _run_dag,
}


@explains_wrong_calls("compare(tm, parameter, repeat=3)", repeats="it is repeat=")
async def compare(
    tm: TaskManager[P],
    parameter: Any = MISSING,
    strategies: Iterable[Strategy] = tuple(STRATEGIES),
    repeat: int = 1,
) -> Comparison:
    """Really run the nodes of `tm` several ways, one after the other, and compare: all measured.

    The tasks run `repeat` times for each strategy: each time they write files, send requests and call
    services. `result.timeline.comparison()` computes the same from a single run, and runs nothing.

    Args:
        tm: a sorted manager.
        parameter: as for `TaskManager.invoke`.
        strategies: the strategies, in order: `sequential` runs one node after the other, like one
            `await` per line; `waves` gathers all nodes that are ready, then the next ones, as
            people write it by hand; `dag` is `invoke`.
        repeat: how many times to run each; the strategies take turns, so that none of them gets all the
            quiet moments of the machine.

    Returns:
        A `Comparison`, which a notebook draws: `rows` (dicts of strategy, makespan, speedup and
        measured), the timelines (of each strategy's median run) and `draw`. If nodes failed in a
        strategy, its row has an `error`; the others keep their figures.

    Raises:
        InvocationError: nodes failed in every strategy; a note names the strategy.
        WrongArgumentError, WrongTypeError: an argument can't be used (a `ValueError`, a `TypeError`).
        and what `TaskManager.invoke` raises before anything runs.

    >>> import asyncio
    >>> from async_dag import build_dag, compare
    >>> async def nap(seconds: float) -> float:
    ...     await asyncio.sleep(seconds)
    ...     return seconds
    >>> with build_dag() as tm:
    ...     naps = [tm.add_node(nap, 0.03) for _ in range(4)]
    >>> comparison = asyncio.run(compare(tm, strategies=["sequential", "dag"]))
    >>> [row["strategy"] for row in comparison.rows if row["measured"]]
    ['sequential', 'dag']
    >>> comparison.rows[1]["speedup"] > 1
    True
    """
    if not isinstance(tm, TaskManager):
        raise WrongTypeError(
            "compare takes a sorted TaskManager, whose nodes it runs: compare(tm); given was "
            f"{short_repr(tm)}"
        )
    wanted = _checked(strategies)
    whole_number("compare(repeat=)", repeat, at_least=1)
    traces: dict[Strategy, list[Trace]] = {strategy: [] for strategy in wanted}
    failures: dict[Strategy, InvocationError] = {}
    for _ in range(repeat):
        for strategy in wanted:
            if strategy in failures:
                continue
            try:
                result = await RUNNERS[strategy](tm, parameter)
            except InvocationError as error:
                error.add_note(f"while compare ran the nodes {STRATEGIES[strategy]}")
                failures[strategy] = error
            else:
                traces[strategy].append(result.trace)
    if len(failures) == len(wanted):
        raise failures[wanted[0]]
    return _comparison(traces, failures)


def _checked(strategies: Iterable[str]) -> list[Strategy]:
    known = ", ".join(map(repr, RUNNERS))
    if isinstance(strategies, str) or not isinstance(strategies, Iterable):
        raise WrongTypeError(
            f"strategies= takes a list of some of {known}; given was {short_repr(strategies)}"
        )
    wanted: list[Any] = list(strategies)
    for strategy in wanted:
        if strategy not in RUNNERS:
            raise WrongArgumentError(
                f"strategies= takes some of {known}; among them was {short_repr(strategy)}"
            )
    if not wanted or len(set(wanted)) < len(wanted):
        raise WrongArgumentError(
            f"strategies= takes one or more of {known}, each once; given was {short_repr(wanted)}"
        )
    return wanted


def _comparison(
    traces: dict[Strategy, list[Trace]], failures: dict[Strategy, InvocationError]
) -> Comparison:
    # Imported on use: `import async_dag` provides `compare`, and need not load the analysis.
    from async_dag.analysis.timeline import Timeline

    timelines: dict[Strategy, Timeline] = {}
    makespans: dict[Strategy, tuple[float, ...]] = {}
    for strategy, runs in traces.items():
        measured = [Timeline(trace, strategy=strategy) for trace in runs]
        makespans[strategy] = tuple(timeline.makespan for timeline in measured)
        if strategy not in failures:
            # The lower of the two in the middle: an actual run, which can be drawn.
            measured.sort(key=lambda timeline: timeline.makespan)
            timelines[strategy] = measured[(len(measured) - 1) // 2]
    return Comparison(timelines, failures, makespans)
