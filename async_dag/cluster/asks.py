"""What of values on workers must be known here: whether flags are true, what maps go through.

Most values are never looked into: what is passed on is where they lie.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from async_dag.cluster.worker.facts import BRING, ELEMENTS, TRUTH
from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.dynamic_plan import DynamicPlan
from async_dag.nodes.spaces import (
    Argument,
    At,
    Computed,
    Element,
    Gathered,
    Listed,
    ListOf,
    Paired,
    Picked,
    Previous,
    Settled,
    Space,
    Spread,
    Together,
    Whole,
)


def asks_of(compiled: CompiledGraph[Any]) -> dict[int, int]:
    """By node what is asked of its value, and by map of those of its items: see `facts`."""
    return {} if compiled.dynamic is None else _Asks(compiled, compiled.dynamic).asks


class _Asks:
    def __init__(self, compiled: CompiledGraph[Any], plan: DynamicPlan) -> None:
        self.asks: dict[int, int] = {}
        self._compiled = compiled
        self._plan = plan
        for flag, *_ in plan.choices.values():
            self._ask(flag, TRUTH)
        for space_plan in plan.spaces:
            source = space_plan.space.source
            if isinstance(source, ListOf):
                self._ask_of(source.argument, ELEMENTS)
        for node in plan.streams:  # they run here
            for slot in (*compiled.slots[node], *compiled.keyword_slots.get(node, {}).values()):
                self._ask(slot, BRING, deep=True)
        for map_plan in plan.maps.values():
            if map_plan.key is not None:
                self._bring_elements(plan.spaces[map_plan.space].space)
            for argument in (*map_plan.arguments, *map_plan.keywords.values()):
                if isinstance(argument, Spread):
                    self._ask_of(argument.argument, BRING)
            if map_plan.sides is not None:
                self._ask_of(map_plan.arguments[0], TRUTH)

    def _ask(self, node: int, what: int, *, deep: bool = False) -> None:
        """Ask it of whatever gives a node its value; `deep` also of what is an element of that."""
        plan, compiled = self._plan, self._compiled
        stack, seen = [(node, deep)], set()
        while stack:
            node, deep = stack.pop()
            if node < 0 or (node, deep) in seen:
                continue
            seen.add((node, deep))
            if node in plan.choices:
                stack += [(side, deep) for side in plan.choices[node][1:]]
                continue
            if node in plan.maps and (sides := plan.maps[node].sides) is not None:
                for side in sides if deep else ():
                    self._ask_of(side, what)
                continue
            compute = compiled.computes.get(node)
            is_list = node in plan.maps and plan.maps[node].first is None
            if deep or not (is_list or (compiled.tasks[node] is None and compute is None)):
                self.asks[node] = self.asks.get(node, 0) | what
            if compute is not None:
                deep = deep or type(compute) is itemgetter
                stack += [(slot, deep) for slot in compiled.slots[node]]
            elif compiled.tasks[node] is None and deep:
                stack += [(slot, deep) for slot in compiled.slots[node]]

    def _ask_of(self, argument: Argument, what: int) -> None:
        """Ask it of what an argument gives for each element."""
        if isinstance(argument, Whole):
            self._ask(argument.slot, what)
        elif isinstance(argument, At):
            self._ask(argument.node, what, deep=True)
        elif isinstance(argument, Element):
            self._bring_elements(argument.space)
        elif isinstance(argument, (Together, Listed)):
            pass  # a list that is here, whatever it is made of
        elif isinstance(argument, Gathered):
            if (
                self._plan.maps[argument.node].first is not None
            ):  # of a fold; else a list that is here
                self._ask(argument.node, what, deep=True)
        elif isinstance(argument, Computed):
            for part in argument.parts:
                self._ask_of(part, BRING)
        elif isinstance(argument, Previous):
            self._ask(argument.node, what, deep=True)
            self._ask_of(argument.first, what)
        elif isinstance(argument, (Paired, Settled)):
            self._ask_of(argument.argument, what)
        elif isinstance(argument, Picked):
            self._ask_of(argument.argument, BRING)
        else:
            self._ask_of(argument.argument, what)

    def _bring_elements(self, space: Space) -> None:
        """The elements of a space must be here."""
        source = space.source
        if not isinstance(source, ListOf):
            return
        if isinstance(source.argument, Whole):
            self._ask(source.argument.slot, BRING)
            self._ask(source.argument.slot, BRING, deep=True)
        else:
            self._ask_of(source.argument, BRING)
