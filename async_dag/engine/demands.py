"""`Demands`: which nodes of a DAG with choices are needed in any case, and which only once chosen.

A node is *demanded* if somebody will take its value: a node that is demanded in turn, or a choice
that takes this side. Demanded in any case are targets, nodes that nothing takes, and what is done
already in the earlier run whose values are reused. What is demanded by sides alone waits until one of
their choices takes it, or none is left that could.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import copy

from async_dag.graph import algorithms
from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.dynamic_plan import Sides


class Demands:
    """The demands of one invoke.

    Args:
        compiled: the nodes of the DAG.
        choices: what its choices may take. Of a DAG that runs for each element the demands are those of
            one of these: other choices than its own, and those outside, need both of their sides there.
        runs: those that run in this invoke.
        targets: those that are demanded by the caller; None for all that nothing takes.
        gone_through: maps that run only so that another map gets their items, as they are done already.

    Attributes:
        waiting: the nodes that wait until they are demanded.
        undemanded: those of them that nothing can demand any more, since a choice was made earlier.
        sole: of the nodes that only one choice can demand that choice.
    """

    __slots__ = (
        "_choices",
        "_closed",
        "_compiled",
        "_counts",
        "sole",
        "undemanded",
        "waiting",
    )

    def __init__(
        self,
        compiled: CompiledGraph[object],
        choices: Mapping[int, Sides],
        runs: Collection[int],
        targets: Collection[int] | None,
        gone_through: Collection[int],
    ) -> None:
        dynamic = compiled.dynamic
        assert dynamic is not None
        self._compiled = compiled
        self._choices = choices
        self._closed: set[int] = set()  # choices that will never be made
        size = len(compiled.nodes)
        counts = [0] * size
        self.waiting: set[int] = set()
        self.sole: dict[int, int] = {}
        dependencies = compiled.graph.dependencies
        given = frozenset(compiled.given)
        demanded = [False] * size
        taken = [False] * size  # whether a node that matters takes it
        # Of nodes that wait the one choice that can demand them; -1 if there are several.
        sole: dict[int, int] = {}
        for node in reversed(algorithms.in_order(dependencies)):
            if node in given or (targets is not None and node not in runs):
                continue
            is_end = not taken[node] if targets is None else node in targets
            is_no_work = (
                compiled.tasks[node] is None
                and node not in dynamic.choices
                and node not in dynamic.maps
            )
            if is_end and is_no_work and targets is None:
                # A list, or an item of a value: worth no work by itself. It has its value if what it
                # takes has one.
                continue
            for needed in dependencies[node]:
                taken[needed] = True
            choice = self._choices.get(node)
            # What is done already keeps its value: the choice that took it may be reused, and then
            # doesn't ask for its side again.
            is_done = node not in runs or node in gone_through
            if is_end or demanded[node] or is_done:
                for needed in self._needed(node):
                    demanded[needed] = True
            else:
                self.waiting.add(node)
                for needed in self._needed(node):
                    counts[needed] += 1
                    _only(sole, needed, sole.get(node, -1))
            if choice is not None and node in runs:
                for side in (*choice.then, *choice.other):
                    counts[side] += 1
                    _only(sole, side, node)
        # How many may still demand a node that waits.
        self._counts = {node: counts[node] for node in self.waiting}
        self.undemanded: list[int] = [node for node in self.waiting if not counts[node]]
        for node in self.waiting:
            choice_of = sole.get(node, -1)
            if choice_of >= 0:
                self.sole[node] = choice_of

    def _needed(self, node: int) -> Sequence[int]:
        """What a node needs once it is demanded: of a choice not its sides, until it is made."""
        choice = self._choices.get(node)
        return self._compiled.dependencies_of(node) if choice is None else choice.gates

    def _sides(self, choice: int) -> list[int]:
        return [*self._choices[choice].then, *self._choices[choice].other]

    def sides_of(self, choice: int) -> Sides:
        """What a choice may take."""
        return self._choices[choice]

    def copy(self) -> Demands:
        """The same demands, of which choices can be made without a change to these."""
        same = copy(self)
        same.waiting = set(self.waiting)
        same._counts = dict(self._counts)
        same._closed = set(self._closed)
        return same

    def demand(self, node: int) -> list[int]:
        """A node is demanded; returns all that need wait for that no longer, it and what it needs."""
        stack, freed = [node], []
        while stack:
            current = stack.pop()
            if current in self.waiting:
                self.waiting.discard(current)
                freed.append(current)
                stack += self._needed(current)
        return freed

    def withdraw(self, nodes: Sequence[int]) -> list[int]:
        """A choice does not need these; returns all that nothing can demand any more."""
        for node in nodes:
            if node in self._counts:
                self._counts[node] -= 1
        return self.without_demand(nodes)

    def without_demand(self, nodes: Sequence[int]) -> list[int]:
        """Those of the nodes that nothing can demand any more, and what only they could have."""
        stack, freed = list(nodes), []
        while stack:
            current = stack.pop()
            if current not in self.waiting or self._counts[current]:
                continue
            self.waiting.discard(current)
            freed.append(current)
            needed = [*self._needed(current)]
            if current in self._choices and current not in self._closed:
                self._closed.add(current)
                needed += self._sides(current)
            for dependency in needed:
                if dependency in self._counts:
                    self._counts[dependency] -= 1
            stack += needed
        return freed

    def close(self, choice: int) -> list[int]:
        """A choice will never be made; returns what only it could have demanded."""
        if choice in self._closed:
            return []
        self._closed.add(choice)
        return self.withdraw(self._sides(choice))


def sides_of_choices(compiled: CompiledGraph[object]) -> dict[int, Sides]:
    """What the choices may take that are made once in an invoke."""
    assert compiled.dynamic is not None
    return {
        choice: Sides(
            compiled.gates[choice],
            [slot for slot in (then,) if slot >= 0],
            [slot for slot in (other,) if slot >= 0],
        )
        for choice, (_, then, other) in compiled.dynamic.choices.items()
    }


def flags_of(demands: Demands, compiled: CompiledGraph[object]) -> dict[int, int]:
    """Of the nodes that only one choice can demand the slot of its flag."""
    assert compiled.dynamic is not None
    choices = compiled.dynamic.choices
    return {node: choices[choice][0] for node, choice in demands.sole.items()}


def demands_of_items(
    compiled: CompiledGraph[object],
    runs: Collection[int],
    targets: Collection[int] | None,
    gone_through: Collection[int],
) -> dict[int, Demands]:
    """The demands of each element, by the number of the space of the elements.

    They are those before anything was chosen, where something there waits to be.
    """
    dynamic = compiled.dynamic
    assert dynamic is not None
    by_space: dict[int, dict[int, Sides]] = {}
    for node, plan in dynamic.maps.items():
        if plan.choice is not None:
            by_space.setdefault(plan.space, {})[node] = plan.choice
    outside = sides_of_choices(compiled)
    return {
        space: Demands(compiled, {**outside, **choices}, runs, targets, gone_through)
        for space, choices in sorted(by_space.items())
    }


def _only(sole: dict[int, int], node: int, choice: int) -> None:
    """Note that a choice can demand a node, perhaps beside others (then -1)."""
    known = sole.setdefault(node, choice)
    if known != choice:
        sole[node] = -1
