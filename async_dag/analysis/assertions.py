"""Assertions about a timeline for test suites; a failure shows the run as a Gantt chart in text."""

from __future__ import annotations

from functools import cached_property
from typing import NoReturn

from async_dag._common.arguments import finite_number
from async_dag._common.plural import plural
from async_dag.analysis.by_name import ByName, index_of
from async_dag.errors import UnknownNodeError, WrongArgumentError
from async_dag.trace.trace import Trace


class Assertions:
    """The part of a `Timeline` that test suites use. Each raises `AssertionError` if it does not hold.

    The bounds are in seconds or numbers of tasks; give `at_least`, `at_most` or both. Calls that can't
    be meant raise `WrongArgumentError` (a `ValueError`), `WrongTypeError` (a `TypeError`) or
    `UnknownNodeError` (a `KeyError`, with the nearest names).

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def nap(seconds: float) -> float:
    ...     await asyncio.sleep(seconds)
    ...     return seconds
    >>> with build_dag() as tm:
    ...     first = tm.add_node(nap, 0.01)
    ...     second = tm.add_node(nap, first)
    >>> timeline = asyncio.run(tm.invoke()).timeline
    >>> timeline.assert_order("nap", "nap_2")
    >>> try:
    ...     timeline.assert_parallelism(at_least=2)
    ... except AssertionError as error:
    ...     print(error)
    at least 2 tasks should run at once, but at most 1 did:
    nap ...
    """

    # What it is about; a `Timeline` has them.

    trace: Trace

    @cached_property
    def makespan(self) -> float:
        """Seconds from the call of `invoke` to the end of the last task."""
        raise NotImplementedError

    @property
    def speedup(self) -> float:
        """How many tasks ran at once on average."""
        raise NotImplementedError

    @cached_property
    def peak_parallelism(self) -> int:
        """The most tasks that ran at the same moment."""
        raise NotImplementedError

    @cached_property
    def held(self) -> ByName:
        """Of each task for how many seconds it held the event loop."""
        raise NotImplementedError

    def assert_parallelism(
        self, *, at_least: int | None = None, at_most: int | None = None
    ) -> None:
        """So many tasks ran at once at the busiest moment."""
        _check_bounds("assert_parallelism", at_least, at_most)
        peak = self.peak_parallelism
        if at_least is not None and peak < at_least:
            self._fail(
                f"at least {plural(at_least, 'task')} should run at once, but at most {peak} did"
            )
        if at_most is not None and peak > at_most:
            self._fail(f"at most {plural(at_most, 'task')} should run at once, but {peak} did")

    def assert_makespan(
        self, *, at_least: float | None = None, at_most: float | None = None
    ) -> None:
        """From the call to the end of the last task it took so many seconds."""
        _check_bounds("assert_makespan", at_least, at_most)
        self._within("the run should take", self.makespan, at_least, at_most, " s")

    def assert_speedup(
        self, *, at_least: float | None = None, at_most: float | None = None
    ) -> None:
        """So many tasks ran at once on average: the sum of their durations by the makespan."""
        _check_bounds("assert_speedup", at_least, at_most)
        self._within("the speed-up should be", self.speedup, at_least, at_most, "×")

    def assert_held(self, name: str | None = None, *, at_most: float) -> None:
        """The task of that name, or any one task, held the event loop for so many seconds at most."""
        _check_bounds("assert_held", None, at_most)
        held = self.held
        names = list(held) if name is None else [self._ran(name)]
        longest = max(names, key=held.__getitem__, default=None)
        if longest is not None and held[longest] > at_most:
            self._fail(
                f"{longest} should hold the event loop for at most {at_most:g} s, but held it for "
                f"{held[longest]:.4g} s"
            )

    def assert_overlap(self, one: str, other: str) -> None:
        """Two tasks ran at the same time, if only for a moment."""
        (start, end), (other_start, other_end) = self._span(one), self._span(other)
        if not (start < other_end and other_start < end):
            first, second = (one, other) if end <= other_start else (other, one)
            self._fail(
                f"{one} and {other} should run at the same time, but {first} was over before "
                f"{second} began"
            )

    def assert_order(self, *names: str) -> None:
        """Each of these tasks was over before the next one began."""
        if len(names) < 2:
            raise WrongArgumentError(
                f"assert_order takes two names or more, in their order; given was {names!r}"
            )
        spans = [self._span(name) for name in names]
        for place in range(len(names) - 1):
            (_, end), (start, _) = spans[place], spans[place + 1]
            if start < end:
                self._fail(
                    f"{names[place]} should be over before {names[place + 1]} begins, but it ended at "
                    f"{end:.4g} s, and {names[place + 1]} began at {start:.4g} s"
                )

    def assert_complete(self) -> None:
        """Every task was done, or its value reused: nothing failed, was cancelled or was left out."""
        states = zip(self.trace.graph.names, self.trace.states, strict=True)
        others = [f"{name} ({state})" for name, state in states if state not in ("done", "reused")]
        if others:
            more = f" and {len(others) - 5:,} more" if len(others) > 5 else ""
            self._fail(f"every task should be done, but not {', '.join(others[:5])}{more}")

    def _within(
        self, what: str, value: float, at_least: float | None, at_most: float | None, unit: str
    ) -> None:
        for words, bound, broken in (
            ("at least", at_least, at_least is not None and value < at_least),
            ("at most", at_most, at_most is not None and value > at_most),
        ):
            if broken:
                self._fail(f"{what} {words} {bound:g}{unit}, but it was {value:.4g}{unit}")

    def _ran(self, name: str) -> str:
        index_of(self.trace.graph, name, "this assertion")
        if name not in self.held:
            raise UnknownNodeError(
                f"node {name!r} did not run, so nothing can be said of when it did"
            )
        return name

    def _span(self, name: str) -> tuple[float, float]:
        node = index_of(self.trace.graph, self._ran(name))
        finished = self.trace.finished[node]
        return self.trace.started[node], finished if finished == finished else self.trace.elapsed

    def _fail(self, what: str) -> NoReturn:
        raise AssertionError(f"{what}:\n{self.trace.draw.text()}")


def _check_bounds(what: str, at_least: float | None, at_most: float | None) -> None:
    bounds = {"at_least": at_least, "at_most": at_most}
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    if not given:
        raise WrongArgumentError(f"{what} takes a bound: at_least=, at_most= or both")
    for name, bound in given.items():
        finite_number(f"{what}({name}=)", bound, at_least=0)
