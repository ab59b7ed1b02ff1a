"""LangGraph: nodes that write to a shared state, in supersteps."""

# mypy: disable-error-code="import-not-found, import-untyped, untyped-decorator"

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from operator import add
from typing import Annotated, Any, TypedDict

from benchmarks.adapting import SMALL, variable
from benchmarks.contender import Contender, Prepared
from benchmarks.graphs import Node, TaskGraph
from benchmarks.stages import MapInvoke, Stage


def step(index: int, node: Node) -> Callable[[Mapping[str, int]], Awaitable[dict[str, int]]]:
    """A node as it wants them: from the state to what it adds to the state."""
    task, output = node.task, variable(index)
    inputs = [variable(i) for i in node.arguments]

    async def run(state: Mapping[str, int]) -> dict[str, int]:
        return {output: await task(*[state[name] for name in inputs])}

    return run


@asynccontextmanager
async def prepare(graph: TaskGraph) -> AsyncIterator[Prepared]:
    """One key of the state for the value of each node. It can't do without an input: the parameter."""
    from langgraph.graph import START, StateGraph

    names = ["parameter", *(variable(index) for index in range(len(graph)))]
    # A type made at run time: no checker can follow.
    state = TypedDict("state", dict.fromkeys(names, int))  # type: ignore[misc]
    builder = StateGraph(state)
    for index, node in enumerate(graph.nodes):
        builder.add_node(f"node_{index}", step(index, node))
        before = [f"node_{other}" for other in node.dependencies]
        builder.add_edge(before or START, f"node_{index}")
    app = builder.compile()
    config = {"recursion_limit": len(graph) + 10}

    async def invoke(parameter: int) -> Any:
        return await app.ainvoke({"parameter": parameter}, config)

    def values(result: Any) -> Mapping[int, int]:
        return {index: result[variable(index)] for index in range(len(graph))}

    yield Prepared(invoke, values)


class MapState(TypedDict):
    """The elements, and what came of them: number and value."""

    elements: list[int]
    values: Annotated[list[Any], add]


@asynccontextmanager
async def maps(first: Stage, second: Stage) -> AsyncIterator[MapInvoke]:
    """A `Send` for each element, and from its first stage another one to the second."""
    from langgraph.graph import START, StateGraph
    from langgraph.types import Command, Send

    one, other = first.task, second.task

    def begin(state: MapState) -> Any:
        return [Send("first", pair) for pair in enumerate(state["elements"])]

    async def stage_one(pair: tuple[int, int]) -> Any:
        number, element = pair
        return Command(goto=[Send("second", (number, await one(element)))])

    async def stage_two(pair: tuple[int, int]) -> Any:
        number, element = pair
        return {"values": [(number, await other(element))]}

    builder = StateGraph(MapState)
    builder.add_node("first", stage_one)
    builder.add_node("second", stage_two)
    builder.add_conditional_edges(START, begin, ["first"])
    app = builder.compile()

    async def invoke(elements: list[int]) -> Sequence[int]:
        result = await app.ainvoke({"elements": elements, "values": []})
        return [value for _, value in sorted(result["values"])]

    yield invoke


CONTENDER = Contender(
    "langgraph",
    prepare,
    requirements=("langgraph>=1.2.22",),
    sizes=SMALL,
    environment={"LANGSMITH_TRACING": "false"},
    maps=maps,
)
