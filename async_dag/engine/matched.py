"""Which nodes of a manager do what those of another one did: a manager that was built again.

A node is matched if one of the same name (the number that makes it unique aside) has the same function,
arguments and dependencies, all of which are matched. So a function that was changed runs again, and so
does everything behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from async_dag.graph.algorithms import in_order
from async_dag.graph.names import plain_names
from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.recipes import Recipe

_MOST_TOLD: Final = 3


class EarlierNodes(NamedTuple):
    """The nodes of an earlier run, of which only this is known.

    Attributes:
        names: their names.
        kinds: their kinds.
        texts: of each its recipe's digest.
        nodes: of each the nodes that it takes.
    """

    names: Sequence[str]
    kinds: Sequence[str]
    texts: Sequence[str]
    nodes: Sequence[Sequence[int]]


HoldsTheSame = Callable[[Recipe, int], bool]
"""Whether the values of a recipe are those that the node of that index of the earlier run held."""


class Matches:
    """The earlier node that each node is.

    Attributes:
        earlier: by the index of a node that of the earlier one.
    """

    def __init__(
        self,
        compiled: CompiledGraph[Any],
        recipes: Sequence[Recipe],
        before: EarlierNodes,
        holds_the_same: HoldsTheSame,
    ) -> None:
        self._names = compiled.graph.names
        self._recipes = recipes
        self._before = before
        self._same = holds_the_same
        self.earlier: dict[int, int] = {}
        labels = plain_names(self._names)
        digests: dict[str, str] = {}
        candidates: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for index, label in enumerate(plain_names(before.names)):
            candidates[label, before.texts[index]].append(index)
        taken: set[int] = set()
        for node in in_order(compiled.graph.dependencies):
            recipe = recipes[node]
            text = digests.get(recipe.text)
            if text is None:
                text = digests[recipe.text] = recipe.digest
            takes = [self.earlier.get(other, -1) for other in recipe.nodes]
            alike = candidates.get((labels[node], text), ())
            # One of the very same name first: of several that do the same any would do.
            for index in sorted(
                alike, key=lambda candidate: before.names[candidate] != self._names[node]
            ):
                if (
                    index not in taken
                    and list(before.nodes[index]) == takes
                    and holds_the_same(recipe, index)
                ):
                    self.earlier[node] = index
                    taken.add(index)
                    break

    @property
    def in_place(self) -> bool:
        """Whether every node that is matched has the index that it had."""
        return all(node == index for node, index in self.earlier.items())

    def reasons(self, finished: Collection[int]) -> list[str]:
        """Why nodes are not matched that finished in the earlier run; some of them, in words."""
        names = {name: index for index, name in enumerate(self._names)}
        told: list[str] = []
        for index in sorted(finished):
            if len(told) == _MOST_TOLD:
                break
            name = self._before.names[index]
            node = names.get(name)
            told.append(f"{name!r} {self._reason(node, index)}")
        return told

    def _reason(self, node: int | None, index: int) -> str:
        if node is None:
            return "is no node here"
        recipe = self._recipes[node]
        if recipe.digest != self._before.texts[index]:
            return "has another function, or takes its arguments in another way"
        for other in recipe.nodes:
            if other not in self.earlier:
                return f"depends on {self._names[other]!r}, which is not matched"
        if not self._same(recipe, index):
            return "has another argument, or its function holds another value"
        return "depends on other nodes"


def earlier_nodes(compiled: CompiledGraph[Any], recipes: Sequence[Recipe]) -> EarlierNodes:
    """What is known of the nodes of a manager that is still there."""
    graph = compiled.graph
    digests: Mapping[str, str] = {recipe.text: recipe.digest for recipe in recipes}
    return EarlierNodes(
        graph.names,
        graph.kinds,
        [digests[recipe.text] for recipe in recipes],
        [recipe.nodes for recipe in recipes],
    )
