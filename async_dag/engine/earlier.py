"""What `reuse=` takes, in terms of the manager that is invoked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from async_dag._common.shortening import short_repr
from async_dag.engine.carrying import EarlierItems
from async_dag.engine.items import Items
from async_dag.engine.matched import Matches, earlier_nodes
from async_dag.engine.offload import original
from async_dag.engine.result import MISSING, ExecutionResult, value_at, with_values
from async_dag.engine.same_values import same
from async_dag.engine.saved_result import PYTHON, SavedResult
from async_dag.errors import ForeignNodeError, WrongTypeError
from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.recipes import Recipe, recipes_of
from async_dag.trace.trace import Trace

Reusable = ExecutionResult[Any] | SavedResult
"""What `invoke(reuse=)` takes."""


class _MatchedItems:
    """The items of maps of another manager's result, where all nodes stand at the same places."""

    def __init__(self, items: EarlierItems, matched: Collection[int]) -> None:
        self._items = items
        self._matched = matched

    def lookup(self, node: int) -> Items | None:
        """The items of a map; None for one that does something else now."""
        return self._items.lookup(node) if node in self._matched else None

    def value_of(self, node: int, path: tuple[int, ...]) -> Any:  # noqa: ARG002 - as of results
        """Never called: nothing asks for the values of a result that is only reused."""
        return MISSING


def earlier_result(
    compiled: CompiledGraph[Any], parameter: object, reuse: object
) -> ExecutionResult[Any]:
    """The values that `reuse` has for nodes of this manager, as a result of it.

    Raises `WrongTypeError` for anything else, `ForeignNodeError` if none of its nodes is one of these.
    """
    if isinstance(reuse, SavedResult):
        return _of_saved(compiled, parameter, reuse)
    if not isinstance(reuse, ExecutionResult):
        raise WrongTypeError(
            "invoke(reuse=) takes the result of an earlier invoke, such as that of an InvocationError, "
            "or one that was saved: ExecutionResult.load(path, serializer); given was "
            f"{short_repr(reuse)}"
        )
    if reuse.manager is compiled.manager:
        return reuse
    return _of_other_manager(compiled, reuse)


def _of_other_manager(
    compiled: CompiledGraph[Any], reuse: ExecutionResult[Any]
) -> ExecutionResult[Any]:
    before = list(recipes_of(reuse.compiled, original))

    def holds_the_same(recipe: Recipe, index: int) -> bool:
        held = before[index].values
        return len(held) == len(recipe.values) and all(map(same, held, recipe.values))

    recipes = list(recipes_of(compiled, original))
    matches = Matches(compiled, recipes, earlier_nodes(reuse.compiled, before), holds_the_same)
    given = set(reuse.compiled.given)
    finished = {
        index
        for index in range(len(before))
        if index not in given and value_at(reuse, index) is not MISSING
    }
    values = {
        node: value_at(reuse, index) for node, index in matches.earlier.items() if index in finished
    }
    items = reuse.item_values
    has_items = bool(compiled.dynamic) and isinstance(items, EarlierItems) and matches.in_place
    if not values and not has_items:
        _refuse(matches, finished)
    result = with_values(ExecutionResult(compiled, reuse.parameter, ()), values)
    _take_sides(result, reuse.trace, matches.earlier)
    if has_items:
        assert isinstance(items, EarlierItems)
        result.item_values = _MatchedItems(items, matches.earlier)
    return result


def _of_saved(
    compiled: CompiledGraph[Any], parameter: object, saved: SavedResult
) -> ExecutionResult[Any]:
    recipes = list(recipes_of(compiled, original))
    matches = Matches(
        compiled, recipes, saved.nodes, lambda recipe, index: saved._holds(index, recipe.values)
    )
    finished = saved._finished
    matched = {node: index for node, index in matches.earlier.items() if index in finished}
    dynamic = compiled.dynamic
    has_items = dynamic is not None and matches.in_place and bool(saved._items)
    if not matched and not has_items:
        _refuse(matches, finished, saved)
    values = saved._values(matched.values())
    had = parameter if saved._had_parameter(parameter) else _Another()
    result: ExecutionResult[Any] = ExecutionResult(compiled, had, ())
    result = with_values(result, {node: values[index] for node, index in matched.items()})
    _take_sides(result, saved.trace, matches.earlier)
    if dynamic is not None and has_items:
        result.item_values = saved._items_of(dynamic, matches.earlier)
    return result


def _take_sides(result: ExecutionResult[Any], trace: Trace, earlier: Mapping[int, int]) -> None:
    """Tell a result which sides choices took in another trace, given there the index of each node.

    A choice that is reused keeps its side: what was left may run for others, after it.
    """
    if not result.compiled.graph.choices:
        return
    before = trace.graph.choices
    for node, index in earlier.items():
        choice = before.get(index)
        if choice is not None and choice.taken is not None:
            result.trace.taken[node] = choice.taken


class _Another:
    """Stands for a parameter that is not the one of this invoke: equal to nothing."""


def _refuse(matches: Matches, finished: Collection[int], saved: SavedResult | None = None) -> None:
    """Say that nothing can be reused, if there was anything to reuse."""
    if not finished:
        return
    if saved is not None and saved.python != PYTHON:
        why = f"it was saved by {saved.python}, and functions are compared by the code of {PYTHON}"
    else:
        reasons = matches.reasons(finished)
        more = ", …" if len(finished) > len(reasons) else ""
        why = f"{'; '.join(reasons)}{more}"
    raise ForeignNodeError(
        "invoke(reuse=) takes a result of this manager, or of one with the same nodes; of the "
        f"{len(finished):,} that finished there none is one of these: {why}. Nodes are matched by "
        "name, function, arguments and dependencies; leave reuse= out to run all"
    )
