"""`Choosing`: how the choices of one run are made, and what starts, or never does, as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from async_dag.engine.demands import Demands, flags_of, sides_of_choices
from async_dag.engine.item_choices import users_of_spaces
from async_dag.engine.policy import Policy
from async_dag.engine.result import MISSING
from async_dag.trace.columns import NOT_CHOSEN

if TYPE_CHECKING:
    from async_dag.engine.dynamic_run import DynamicRun


class Choosing:
    """The choices of one run.

    Args:
        run: that run.
        policy: what is asked for.

    Attributes:
        choices: by the index of each choice the slots of its flag and of its two sides.
    """

    __slots__ = (
        "_collections",
        "_demands",
        "_never",
        "_run",
        "_takers",
        "_to_make",
        "_users",
        "choices",
    )

    def __init__(self, run: DynamicRun, policy: Policy) -> None:
        compiled, trace = policy.compiled, run.trace
        assert compiled.dynamic is not None
        self._run = run
        self.choices: Mapping[int, tuple[int, ...]] = compiled.dynamic.choices
        self._takers: dict[
            int, list[int]
        ] = {}  # by a side the choices that took it, and wait for it
        self._never: set[int] = set()  # nodes that were not chosen
        # By the number of a space: the maps that go through it, and its collection, if that is there
        # and it is not known yet whether one of them will run.
        self._users = users_of_spaces(run._flow)
        self._collections: dict[int, Any] = {}
        self._to_make: list[tuple[int, float]] | None = None
        self._demands = demands = Demands(
            compiled,
            sides_of_choices(compiled),
            policy.runs,
            policy.targets,
            policy.gone_through,
        )
        # Whoever waits to be demanded lacks one thing more.
        for node in demands.waiting:
            run._missing[node] += 1
        roots = [node for node in compiled.roots if node not in demands.waiting]
        run._compiled = compiled.with_columns(roots=roots)
        flags = flags_of(demands, compiled)
        trace.chosen_by.update({node: flag for node, flag in flags.items() if flag >= 0})
        if policy.earlier is not None:
            earlier = policy.earlier.trace.taken
            for node in policy.reused:
                if node in earlier:
                    trace.taken[node] = earlier[node]

    def begin(self) -> None:
        """Make the choices that wait for nothing."""
        run = self._run
        self._never_chosen(self._demands.without_demand(self._demands.undemanded))
        for choice in self.choices:
            if choice in run._runs and not run._missing[choice]:
                self.choose(choice, run._now)

    def choose(self, choice: int, now: float) -> None:
        """A choice has its flag and is demanded: make it, and all that can be made then."""
        if self._to_make is not None:  # not by recursion, as choices may lie in one another
            self._to_make.append((choice, now))
            return
        self._to_make = [(choice, now)]
        try:
            while self._to_make:
                self._make(*self._to_make.pop())
        finally:
            self._to_make = None

    def _make(self, choice: int, now: float) -> None:
        run = self._run
        if run._stopping or choice in run.trace.outcomes:
            return
        flag, then, other = self.choices[choice]
        try:
            taken = bool(run._values[flag])
        except Exception as error:  # noqa: BLE001 - of a foreign value, such as an array
            run._ready[choice] = run._started[choice] = now
            run._failed(choice, error, now)
            return
        run.trace.taken[choice] = taken
        side, left = (then, other) if taken else (other, then)
        if side < 0 or run._values[side] is not MISSING:
            self._has_value(choice, now)
        elif side in run.trace.outcomes:
            run.skip([choice], run.trace.causes.get(side, side))
        else:
            self._takers.setdefault(side, []).append(choice)
        for node in self._demands.demand(side):
            if flag >= 0:
                run.trace.chosen_by[node] = flag
            else:
                run.trace.chosen_by.pop(node, None)
            run._missing[node] -= 1
            if not run._missing[node] and node not in run.trace.outcomes:
                run.lacks_nothing(node, now)
        for number in [number for number in self._collections if self._is_used(number)]:
            run._flow.growth.open(number, self._collections.pop(number))
        if left >= 0:
            self._never_chosen(self._demands.withdraw([left]))
        run._flow.choices.made_for_all(choice, taken, flag)

    def _has_value(self, choice: int, now: float) -> None:
        self._run._ready[choice] = now
        self._run._queue.append(choice)

    def _never_chosen(self, nodes: Sequence[int]) -> None:
        # (The outcomes of a map of which items failed are there with these, whatever is chosen.)
        nodes = [node for node in nodes if self._run._values[node] is MISSING]
        for node in nodes:
            self._run.trace.chosen_by.pop(node, None)
        self._never.update(nodes)
        self._run.skip(nodes, NOT_CHOSEN)

    def may_open(self, number: int, collection: Any) -> bool:
        """Whether a map over a collection that is there will run; if not yet, it is opened later."""
        if self._is_used(number):
            return True
        self._collections[number] = collection
        return False

    def _is_used(self, number: int) -> bool:
        waiting = self._demands.waiting
        return any(node not in waiting and node not in self._never for node in self._users[number])

    def value(self, choice: int) -> Any:
        """The value of a choice that was made, whose side has one."""
        return self._run._values[self._side(choice)]

    def _side(self, choice: int) -> int:
        """The slot of the side that a choice took."""
        _, then, other = self.choices[choice]
        return then if self._run.trace.taken[choice] else other

    def done(self, node: int, now: float) -> None:
        """A node is done: so are the choices that took it."""
        for choice in self._takers.pop(node, ()):
            self._has_value(choice, now)

    def takers(self, node: int) -> Sequence[int]:
        """The choices that took a node as their side and still wait for it."""
        return self._takers.get(node, ())

    def who_needs(self, node: int, dependents: Iterable[int]) -> list[int]:
        """Of the nodes that depend on one those that can't be without it."""
        taken, gates = self._run.trace.taken, self._run._compiled.gates
        return [
            other
            for other in dependents
            if other not in self.choices
            or node in gates[other]
            or (other in taken and self._side(other) == node)
        ]

    def never_made(self, node: int, cause: int) -> list[int]:
        """A node failed or never starts: of a choice, the nodes that only it could have demanded."""
        if node not in self.choices or node in self._run.trace.taken:
            return []
        closed = self._demands.close(node)
        for other in closed:
            self._run.trace.chosen_by.pop(other, None)
        self._run._flow.choices.closed_for_all(node, cause)
        return closed
