"""Random DAGs with maps for Hypothesis, and what they should give by plain Python."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from zlib import crc32

from hypothesis import strategies as st

from async_dag import TaskManager, TaskNode, streaming

TICK = 1 / 16
"""Seconds; sums of sixteenths are exact, so times can be compared with ==."""

MOST_ITEMS = 120
"""Elements that the lists of a DAG have in all: products of products grow fast."""

Kind = Literal["list", "task", "map", "starmap", "product", "flatten", "outcomes", "fold"]


@dataclass(frozen=True)
class Step:
    """One call on the manager.

    `sources` are indices of earlier steps: those that are gone through element by element first, then
    the other arguments. `ticks` are what each task takes, in turn.
    """

    kind: Kind
    sources: tuple[int, ...] = ()
    others: tuple[int, ...] = ()
    width: int = 0
    ticks: tuple[int, ...] = (0,)
    nested: bool = False  # each task returns a list
    plain: bool = False  # the collection is passed as it is
    streams: bool = False  # elements come one by one


def digest(value: object) -> int:
    """A number that stands for a value: the same in each run, and short however large the value is."""
    return crc32(repr(value).encode())


def seconds_of(step: Step, arguments: object) -> float:
    """How long the task of a step takes for these arguments."""
    return step.ticks[digest(arguments) % len(step.ticks)] * TICK


def value_of(number: int, step: Step, arguments: tuple[Any, ...]) -> Any:
    """What the task of a step returns for these arguments."""
    value = digest((number, arguments))
    return [value + place for place in range(value % 4)] if step.nested else value


@st.composite
def dynamic_dags(draw: st.DrawFn, most: int = 8, *, streams: bool = True) -> list[Step]:
    """DAGs with maps over lists, streams, maps, zips, products and lists of lists."""
    steps: list[Step] = []
    lists: list[int] = []  # steps whose value is a list
    maps: list[int] = []
    nested: list[int] = []  # steps whose value is a list of lists
    some_ticks = st.lists(st.integers(0, 6), min_size=1, max_size=4).map(tuple)
    for number in range(draw(st.integers(1, most))):
        ticks = draw(some_ticks)
        kinds: list[Kind] = ["list", "list"]
        if steps:
            kinds.append("task")
        if lists:
            kinds += ["map", "map", "map", "starmap", "product", "fold"]
        if maps:
            kinds.append("outcomes")
        if nested:
            kinds += ["flatten", "flatten"]
        kind = draw(st.sampled_from(kinds))
        others = tuple(draw(st.lists(st.sampled_from(range(number)), max_size=2))) if steps else ()
        if kind == "list":
            plain = draw(st.booleans())
            step = Step(
                kind,
                (),
                () if plain else others,
                draw(st.integers(0, 3)),
                ticks,
                plain=plain,
                streams=streams and not plain and draw(st.booleans()),
            )
        elif kind == "task":
            step = Step(kind, (), others, 0, ticks)
        elif kind == "map":
            source = draw(st.sampled_from(lists))
            step = Step(kind, (source,), others, 0, ticks, nested=draw(st.integers(0, 3)) == 0)
        elif kind == "outcomes":
            step = Step(kind, (draw(st.sampled_from(maps)),))
        elif kind == "fold":
            step = Step(kind, (draw(st.sampled_from(lists)),), others[:1], 0, ticks)
        elif kind == "flatten":
            step = Step(kind, (draw(st.sampled_from(nested)),), others, 0, ticks)
        else:
            pair = draw(st.tuples(st.sampled_from(lists), st.sampled_from(lists)))
            step = Step(kind, pair, others, 0, ticks)
        if (
            kind == "product"
            and sum(len(value) for value in _lists(by_hand([*steps, step]))) > MOST_ITEMS
        ):
            step = Step("task", (), others, 0, ticks)
            kind = "task"
        steps.append(step)
        if kind not in ("task", "fold"):
            lists.append(number)
        if kind in ("map", "starmap", "product", "flatten"):
            maps.append(number)
        if step.nested or (kind == "outcomes" and steps[step.sources[0]].nested):
            nested.append(number)
    return steps


def _lists(expected: Expected) -> list[list[Any]]:
    return [value for value in expected.values if isinstance(value, list)]


@dataclass
class Expected:
    """What plain Python gives."""

    values: list[Any] = field(default_factory=list)
    fails: bool = False  # a zip of lists of different lengths


def by_hand(steps: list[Step]) -> Expected:
    """Evaluate the steps one after the other."""
    expected = Expected()
    values = expected.values
    for number, step in enumerate(steps):
        others = tuple(values[other] for other in step.others)
        if step.kind == "list":
            value: Any = [(number, place) for place in range(step.width)]
        elif step.kind == "task":
            value = value_of(number, step, others)
        elif step.kind == "outcomes":
            value = values[step.sources[0]]
        elif step.kind == "fold":
            value = others[0] if others else 0
            for element in values[step.sources[0]]:
                value = value_of(number, step, (value, element))
        else:
            elements = _elements(step, values)
            if elements is None:
                expected.fails = True
                return expected
            value = [value_of(number, step, (*element, *others)) for element in elements]
        values.append(value)
    return expected


def _elements(step: Step, values: list[Any]) -> list[tuple[Any, ...]] | None:
    """What the task of a step is called with, for each element."""
    first = values[step.sources[0]]
    if step.kind == "map":
        return [(element,) for element in first]
    if step.kind == "flatten":
        return [(element,) for inner in first for element in inner]
    second = values[step.sources[1]]
    if step.kind == "product":
        return [(one, other) for one in first for other in second]
    if len(first) != len(second):
        return None
    return list(zip(first, second, strict=True))


def build_dynamic(
    steps: list[Step], clock: Callable[[], float]
) -> tuple[TaskManager[None], list[TaskNode[None, Any]]]:
    """A sorted manager of these steps."""
    tm = TaskManager[None](clock=clock)
    nodes: list[Any] = []
    for number, step in enumerate(steps):
        others = [nodes[other] for other in step.others]
        task = _task(number, step)
        sources = [nodes[source] for source in step.sources]
        node: Any
        if step.kind == "list":
            elements = [(number, place) for place in range(step.width)]
            node = elements if step.plain else tm.add_node(_lister(number, step, elements), *others)
            if step.plain and any(number in later.others for later in steps):
                node = tm.add_immediate_node(elements)
        elif step.kind == "task":
            node = tm.add_node(task, *others)
        elif step.kind == "map":
            node = tm.map(task, sources[0], *others)
        elif step.kind == "outcomes":
            node = tm.outcomes(sources[0])
        elif step.kind == "fold":
            node = tm.fold(task, others[0] if others else 0, sources[0])
        elif step.kind == "flatten":
            node = tm.map(task, tm.flatten(sources[0]), *others)
        elif step.kind == "product":
            node = tm.starmap(task, tm.product(*sources), *others)
        else:
            node = tm.starmap(task, tm.zip(*sources), *others)
        nodes.append(node)
    tm.sort()
    return tm, nodes


def _task(number: int, step: Step) -> Callable[..., Any]:
    async def task(*arguments: Any) -> Any:
        seconds = seconds_of(step, arguments)
        if seconds:
            await asyncio.sleep(seconds)
        return value_of(number, step, arguments)

    task.__name__ = f"task{number}"
    return task


def _lister(number: int, step: Step, elements: list[Any]) -> Callable[..., Any]:
    async def task(*arguments: Any) -> Any:
        await asyncio.sleep(seconds_of(step, arguments))
        return elements

    async def stream(*arguments: Any) -> AsyncIterator[Any]:
        for element in elements:
            await asyncio.sleep(seconds_of(step, (arguments, element)))
            yield element

    task.__name__ = stream.__name__ = f"list{number}"
    return streaming(stream) if step.streams else task
