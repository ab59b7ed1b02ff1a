"""The columns of a manager's `Graph`, read from its builder when they are first asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from async_dag.graph.graph import Kind, Origin
from async_dag.nodes.functions import task_origin
from async_dag.nodes.limits import limit_names

if TYPE_CHECKING:
    from async_dag.graph.births import MapShape
    from async_dag.graph.choices import Choice
    from async_dag.graph.scope import Scope
    from async_dag.nodes.builder import GraphBuilder
    from async_dag.nodes.dynamic_plan import DynamicPlan


class BuilderColumns:
    """A builder as the `GraphColumns` that a `Graph` reads."""

    def __init__(self, builder: GraphBuilder[Any]) -> None:
        self._builder = builder

    def names(self) -> Sequence[str]:
        """Made on use."""
        return self._builder.names.all()

    def kinds(self) -> Sequence[Kind]:
        """Of each node."""
        return [self._builder.kind_of(index) for index in range(len(self._builder.nodes))]

    def dependencies(self) -> Sequence[tuple[int, ...]]:
        """Of each node."""
        of = self._builder.dependencies_of
        return [tuple(of(index)) for index in range(len(self._builder.nodes))]

    def origins(self) -> Sequence[Origin]:
        """Of each node."""
        return [
            Origin(None, None, None) if task is None else task_origin(task)
            for task in self._builder.tasks
        ]

    def groups(self) -> Sequence[str | None]:
        """Of each node."""
        groups: list[str | None] = [None] * len(self._builder.nodes)
        for index, options in self._builder.options.items():
            groups[index] = options.group
        return groups

    def limits(self) -> Sequence[str | None]:
        """Of each node."""
        options = self._builder.options
        with_options = sorted(options)
        names: list[str | None] = [None] * len(self._builder.nodes)
        of_limits = limit_names([options[index].limit for index in with_options])
        for index, name in zip(with_options, of_limits, strict=True):
            names[index] = name
        return names

    def scopes(self) -> Sequence[Scope]:
        """See `Graph.scopes`."""
        return self._builder.scopes.scopes

    def within(self) -> Sequence[int | None]:
        """See `Graph.within`."""
        within: list[int | None] = [None] * len(self._builder.nodes)
        for node, scope in self._builder.scopes.of.items():
            within[node] = scope
        return within

    def maps(self) -> Mapping[int, MapShape]:
        """See `Graph.maps`."""
        if not self._builder.maps:
            return {}
        from async_dag.nodes.map_shapes import shape_of, shape_of_stream
        from async_dag.nodes.streaming import generator_of

        tasks = self._builder.tasks
        shapes = {
            index: shape_of(self._builder, index)
            for index in self._builder.maps
            if self._builder.has_items(index)  # a zip and the like have none of their own
        }
        for index in self._builder.spaces:
            if index not in self._builder.maps and generator_of(tasks[index]) is not None:
                shapes[index] = shape_of_stream(self._builder, index)
        if any(shape.at_once is not None for shape in shapes.values()):
            for index, window in self._dynamic_plan().windows.items():
                shapes[index] = shapes[index]._replace(in_window=window.maps, holds=window.holds)
        return shapes

    def _dynamic_plan(self) -> DynamicPlan:
        compiled = self._builder.compiled
        if compiled is not None and compiled.dynamic is not None:
            return compiled.dynamic
        from async_dag.nodes.dynamic_plan import make_dynamic_plan

        return make_dynamic_plan(self._builder)

    def tolerant(self) -> Iterable[int]:
        """See `Graph.tolerant`."""
        from async_dag.nodes.spaces import is_outcome, is_tolerant

        for index, spec in self._builder.maps.items():
            arguments = (*spec.arguments, *spec.keywords.values(), *(spec.sides or ()))
            is_result = spec.item is not None and is_outcome(spec.item)
            if is_result or any(map(is_tolerant, arguments)):
                yield index

    def choices(self) -> Mapping[int, Choice]:
        """See `Graph.choices`."""
        return {index: self._builder.choice(index) for index in self._builder.choices}

    def unread(self, node: int) -> frozenset[int] | None:
        """See `Graph.unread`."""
        from async_dag.nodes.unread_arguments import unread_dependencies

        return unread_dependencies(self._builder.nodes[node])
