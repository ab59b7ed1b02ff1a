"""Haystack's pipeline, run asynchronously (`run_async`, once the class `AsyncPipeline`)."""

# mypy: disable-error-code="import-not-found, import-untyped, untyped-decorator"

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.adapting import SMALL
from benchmarks.contender import Contender, Prepared
from benchmarks.graphs import PARAMETER, TaskGraph
from benchmarks.tasks import Task


@asynccontextmanager
async def prepare(graph: TaskGraph) -> AsyncIterator[Prepared]:
    """A component a node, with as many allowed at once as there are nodes."""
    from haystack import Pipeline

    component_class = make_component_class()
    pipeline = Pipeline()
    for index, node in enumerate(graph.nodes):
        pipeline.add_component(f"node_{index}", component_class(node.task, len(node.arguments)))
    for index, node in enumerate(graph.nodes):
        for place, other in enumerate(node.arguments):
            if other != PARAMETER:
                pipeline.connect(f"node_{other}.value", f"node_{index}.argument_{place}")

    async def invoke(parameter: int) -> Any:
        data: dict[str, dict[str, int]] = {
            f"node_{index}": {
                f"argument_{place}": parameter
                for place, other in enumerate(node.arguments)
                if other == PARAMETER
            }
            for index, node in enumerate(graph.nodes)
            if PARAMETER in node.arguments
        }
        return await pipeline.run_async(data, concurrency_limit=len(graph))

    sinks = graph.sinks()

    def values(result: Any) -> Mapping[int, int]:
        return {index: result[f"node_{index}"]["value"] for index in sinks}

    yield Prepared(invoke, values)


def make_component_class() -> Any:
    """A component around one task; made here, since the decorator needs the library."""
    from haystack import component

    @component
    class Node:
        def __init__(self, task: Task, count: int) -> None:
            self.task = task
            self.names = [f"argument_{place}" for place in range(count)]
            component.set_input_types(self, **dict.fromkeys(self.names, int))
            component.set_output_types(self, value=int)

        def run(self, **arguments: int) -> dict[str, int]:
            raise NotImplementedError("only run_async is called")

        async def run_async(self, **arguments: int) -> dict[str, int]:
            return {"value": await self.task(*[arguments[name] for name in self.names])}

    return Node


CONTENDER = Contender(
    "haystack",
    prepare,
    requirements=("haystack-ai>=3.4.0",),
    sizes=SMALL,
    environment={"HAYSTACK_TELEMETRY_ENABLED": "False"},
)
