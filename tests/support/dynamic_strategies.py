"""Random DAGs with maps, choices and sub-DAGs for Hypothesis, and what plain Python gives for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from zlib import crc32

import pytest
from hypothesis import strategies as st

from async_dag import (
    NOT_CHOSEN,
    ExecutionResult,
    ResultUnavailableError,
    TaskManager,
    TaskNode,
    streaming,
)
from tests.support.drawn_bytes import Choices

TICK = 1 / 16
"""Seconds; sums of sixteenths are exact, so times can be compared with ==."""

MOST_ITEMS = 120
"""Elements that the lists of a DAG have in all: products of products grow fast."""

Kind = Literal["list", "task", "map", "starmap", "product", "flatten", "outcomes", "fold", "choose"]


@dataclass(frozen=True)
class Step:
    """One call on the manager.

    `sources` are indices of earlier steps: those that are gone through element by element first, then
    the other arguments; of a choice the flag first, which a task makes of that step, then the sides.
    `ticks` are what each task takes, in turn. Steps of the same `dag` are a sub-DAG, whose parameter is
    the step `parameter`; if they run for `each`, it is one element of what that step gives. Of maps and
    folds at most `at_once` elements are in progress.
    """

    kind: Kind
    sources: tuple[int, ...] = ()
    others: tuple[int, ...] = ()
    width: int = 0
    ticks: tuple[int, ...] = (0,)
    nested: bool = False  # each task returns a list
    plain: bool = False  # the collection is passed as it is
    streams: bool = False  # elements come one by one
    dag: int = -1
    parameter: int = -1
    each: bool = False
    at_once: int | None = None


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


#: Bytes that make one step: as many choices as the longest takes.
WIDTH = 18


@st.composite
def dynamic_dags(
    draw: st.DrawFn,
    most: int = 8,
    *,
    streams: bool = True,
    choices: bool = True,
    sub_dags: bool = True,
    chosen: bool = False,
    windows: bool = False,
    outcomes: bool = False,
) -> list[Step]:
    """DAGs with maps over lists, streams, maps, zips, products and lists of lists; read from bytes.

    If they are to be `chosen`, all is a DAG for each element of one list, with many choices. With
    `outcomes`, those of some map are there first, and are taken by most.
    """
    steps: list[Step] = []
    all_lists: list[int] = []  # steps whose value is a list
    all_maps: list[int] = []
    all_nested: list[int] = []  # steps whose value is a list of lists
    dag, left, parameter, begin = -1, 0, -1, 0  # the sub-DAG that is being made, if one is
    each, within = False, _Within([], [], [])
    count = draw(st.integers(4 if chosen else 1, most))
    drawn = draw(st.binary(min_size=count * WIDTH, max_size=count * WIDTH))
    for number in range(count):
        says = Choices(drawn[number * WIDTH : (number + 1) * WIDTH])
        if left:
            left -= 1
        elif chosen and number == 1:
            left, dag, each, begin, parameter = most, 1, True, 1, 0
        else:
            if each:  # from outside what its steps give are lists, for each element
                all_lists += range(begin, number)
                all_maps += [one for one in range(begin, number) if _is_map_outside(steps[one])]
                all_nested += within.lists
            dag, each = -1, False
            if sub_dags and steps and says.number(0, 3) == 3:
                dag, left, begin = number, says.number(0, 3), number
                each = bool(all_lists) and says.number(0, 2) > 0
                parameter = says.one_of(all_lists if each else range(number))
                within = _Within([], [], [])
                if each and parameter in all_nested:
                    within.lists.append(parameter)
        usable = range(number) if dag < 0 else [parameter, *range(begin, number)]
        if each:
            lists, maps, nested = within.lists, within.maps, within.nested
        else:
            lists = [one for one in all_lists if one in usable]
            maps = [
                one for one in all_maps if one in usable and not (dag >= 0 and one == parameter)
            ]
            nested = [one for one in all_nested if one in usable]
        ticks = tuple(says.several(range(7), 1, 4))
        kinds: list[Kind] = ["list", "list"]
        if usable:
            kinds.append("task")
        if len(usable) > 1 and choices:
            kinds += ["choose", "choose", "choose", "choose"] if chosen else ["choose", "choose"]
        if lists:
            kinds += ["map", "map", "map", "starmap", "product", "fold"]
        if maps:
            kinds.append("outcomes")
        if nested:
            kinds += ["flatten", "flatten"]
        if chosen and not number:
            kinds = ["list"]
        elif chosen:
            kinds.append("task")
        if outcomes and not (chosen and not number):
            known = [one for one in lists if steps[one].kind == "outcomes"]
            if not known:
                kinds = ["outcomes"] if maps else ["map"] if lists else ["list"]
            usable = [*usable, *known * 4]
            lists = [*lists, *known * 2]
        kind = says.one_of(kinds)
        others = tuple(says.several(usable, 0, 2)) if usable else ()
        if kind == "list":
            plain = says.flag()
            step = Step(
                kind,
                (),
                () if plain else others,
                says.number(1 if chosen and not number else 0, 3),
                ticks,
                plain=plain,
                streams=streams and not plain and says.flag(),
            )
        elif kind == "choose":
            flag = says.one_of(usable)
            sides = (says.one_of(usable), says.one_of(usable))
            step = Step(kind, (flag,), sides, 0, ticks)
        elif kind == "task":
            step = Step(kind, (), others, 0, ticks)
        elif kind == "map":
            source = says.one_of(lists)
            step = Step(kind, (source,), others, 0, ticks, nested=says.number(0, 3) == 3)
        elif kind == "outcomes":
            step = Step(kind, (says.one_of(maps),))
        elif kind == "fold":
            step = Step(kind, (says.one_of(lists),), others[:1], 0, ticks)
        elif kind == "flatten":
            step = Step(kind, (says.one_of(nested),), others, 0, ticks)
        else:
            pair = (says.one_of(lists), says.one_of(lists))
            step = Step(kind, pair, others, 0, ticks)
        if dag >= 0:
            step = replace(step, dag=dag, parameter=parameter, each=each)
        if kind == "product" or each:
            expected = by_hand([*steps, step])
            if sum(map(_size, expected.values)) > MOST_ITEMS:
                step = replace(step, kind="task", sources=(), nested=False)
                kind = "task"
        if windows and kind in ("map", "starmap", "product", "flatten", "fold"):
            step = replace(step, at_once=says.one_of([None, 1, 2]))
        steps.append(step)
        new_lists = within.lists if each else all_lists
        if kind == "choose":
            if all(side in lists for side in step.others):
                new_lists.append(number)
        elif kind not in ("task", "fold"):
            new_lists.append(number)
        if kind in ("map", "starmap", "product", "flatten"):
            (within.maps if each else all_maps).append(number)
        if step.nested or (kind == "outcomes" and steps[step.sources[0]].nested):
            (within.nested if each else all_nested).append(number)
    return steps


@dataclass
class _Within:
    """Which steps of a sub-DAG for each element give lists there, are maps, and give lists of lists."""

    lists: list[int]
    maps: list[int]
    nested: list[int]


def _is_map_outside(step: Step) -> bool:
    """Whether a step of a sub-DAG for each element calls a task, so that it has outcomes."""
    return step.kind not in ("outcomes", "choose") and not step.plain


def _size(value: object) -> int:
    return sum(map(_size, value)) + len(value) if isinstance(value, list) else 0


@dataclass
class Expected:
    """What plain Python gives."""

    values: list[Any] = field(default_factory=list)
    fails: bool = False  # a zip of lists of different lengths
    may_be_left: bool = False  # and perhaps nobody notices, as no choice takes it
    has_value: set[int] = field(
        default_factory=set
    )  # the steps that are not left to a side not taken


class _Unequal(Exception):
    """Lists of different lengths are zipped."""


def by_hand(steps: list[Step]) -> Expected:
    """Evaluate the steps one after the other."""
    expected = Expected()
    values = expected.values
    try:
        while len(values) < len(steps):
            number = len(values)
            step = steps[number]
            if step.each:
                values += _for_each(steps, values)
            else:
                values.append(_value(number, step, values))
    except _Unequal:
        expected.fails = True
        expected.may_be_left = any(one.kind == "choose" for one in steps)
        return expected
    expected.has_value = _with_values(steps, values)
    return expected


def _for_each(steps: list[Step], values: list[Any]) -> list[list[Any]]:
    """What the steps of the sub-DAG that begins there give, for each element."""
    begin = len(values)
    first = steps[begin]
    inner = [step for step in steps[begin:] if step.dag == first.dag]
    found: list[list[Any]] = [[] for _ in inner]
    for element in values[first.parameter]:
        local = [*values]
        local[first.parameter] = element
        for place, step in enumerate(inner):
            local.append(_value(begin + place, step, local))
            found[place].append(local[-1])
    return found


def _value(number: int, step: Step, values: Sequence[Any]) -> Any:
    others = tuple(values[other] for other in step.others)
    if step.kind == "list":
        return [(number, place) for place in range(step.width)]
    if step.kind == "task":
        return value_of(number, step, others)
    if step.kind == "choose":
        return others[0] if flag_of(number, values[step.sources[0]]) else others[1]
    if step.kind == "outcomes":
        return values[step.sources[0]]
    if step.kind == "fold":
        value = others[0] if others else 0
        for element in values[step.sources[0]]:
            value = value_of(number, step, (value, element))
        return value
    elements = _elements(step, values)
    if elements is None:
        raise _Unequal
    return [value_of(number, step, (*element, *others)) for element in elements]


def flag_of(number: int, value: Any) -> bool:
    """What the task that makes the flag of a choice says."""
    return bool(digest((number, value)) % 2)


_Place = tuple[int, int | None]
"""A step, and of one that runs for each element the number of that element, or None for its list."""


def _with_values(steps: list[Step], values: list[Any]) -> set[int]:
    """The steps that get a value: whatever something takes that is not a side left.

    One that runs for each element has a list if it has a value for all of them.
    """
    weak = _weak(steps)
    places = {
        number: [
            (number, element)
            for element in (range(len(values[step.parameter])) if step.each else ())
        ]
        for number, step in enumerate(steps)
    }
    taken = {
        one
        for number, step in enumerate(steps)
        if number not in weak
        for one in _needed(step, steps)
    }
    found: set[_Place] = set()
    stack: list[_Place] = []
    for number in range(len(steps)):
        if number not in taken | weak.keys():
            stack += [(number, None), *places[number]]
    while stack:
        number, element = place = stack.pop()
        if place in found:
            continue
        found.add(place)
        step = steps[number]
        if step.kind == "choose" and step.each == (element is not None):
            given = _value_at(steps, values, step, step.sources[0], element)
            side = step.others[0] if flag_of(number, given) else step.others[1]
            step = replace(step, others=(side,))
        for one in _needed(step, steps):
            if step.each and steps[one].each and steps[one].dag == step.dag:
                stack.append((one, element))
            else:  # from outside it is taken for all elements
                stack += [(one, None), *places[one]]
    for number, source in weak.items():
        if steps[source].plain and not steps[source].each:
            found.update([(number, None), *places[number]])
            continue
        for place in [(number, None), *places[number]]:
            if steps[source].each and steps[source].dag == steps[number].dag:
                is_there = (source, place[1]) in found
            else:
                is_there = found.issuperset([(source, None), *places[source]])
            if is_there:
                found.add(place)
    return {
        number
        for number in range(len(steps))
        if (number, None) in found and found.issuperset(places[number])
    }


def _value_at(
    steps: list[Step], values: list[Any], taker: Step, number: int, element: int | None
) -> Any:
    """What a step takes of another one, for an element if it runs for each."""
    is_inside = number == taker.parameter or steps[number].dag == taker.dag
    return values[number][element] if element is not None and is_inside else values[number]


def _needed(step: Step, steps: list[Step]) -> list[int]:
    """The steps that a step takes something of, be it only the elements that it is there for.

    Who takes outcomes within a sub-DAG for each element takes what they are of, and them.
    """
    outcomes = [one for one in step.sources + step.others if steps[one].kind == "outcomes"]
    needed = _taken(step, steps) + outcomes
    return [*needed, step.parameter] if step.each else needed


def _weak(steps: list[Step]) -> dict[int, int]:
    """The steps that are no task and that nothing takes, with what they have their value of.

    (Outcomes that only outcomes take are not worth an item, and are taken by nothing that is.)
    """
    taken = {one for step in steps for one in _taken(step, steps)}
    return {
        number: step.sources[0] if step.kind == "outcomes" else step.parameter
        for number, step in enumerate(steps)
        if number not in taken
        and (step.kind == "outcomes" or (step.kind == "list" and step.plain and step.each))
    }


def _taken(step: Step, steps: list[Step]) -> list[int]:
    """The steps that a step takes something of."""
    return [
        _behind_outcomes(step, one, steps)
        for one in step.sources + step.others
        if not _is_within(step, steps[one])
    ]


def _behind_outcomes(taker: Step, one: int, steps: list[Step]) -> int:
    """What is taken of a step: within a sub-DAG for each element not outcomes, but their items."""
    while steps[one].kind == "outcomes" and taker.each and steps[one].dag == taker.dag:
        one = steps[one].sources[0]
    return one


def _is_within(taker: Step, step: Step) -> bool:
    """Whether a step is a plain value in a sub-DAG for each element, which steps there take as such."""
    return step.plain and step.each and taker.dag == step.dag


def _elements(step: Step, values: Sequence[Any]) -> list[tuple[Any, ...]] | None:
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


def _never(_: int, __: int) -> bool:
    return False


def build_dynamic(
    steps: list[Step], clock: Callable[[], float], fails: Callable[[int, int], bool] = _never
) -> tuple[TaskManager[None], list[TaskNode[None, Any]]]:
    """A sorted manager of these steps; `fails` says of a step and the digest of a call if it raises."""
    tm = TaskManager[None](clock=clock)
    nodes: list[Any] = []
    while len(nodes) < len(steps):
        begin = len(nodes)
        first = steps[begin]
        if first.dag < 0:
            nodes.append(_add(tm, begin, steps, nodes, fails))
            continue
        inner = TaskManager[Any](clock=clock)
        within: list[Any] = [None] * begin
        within[first.parameter] = inner.parameter_node
        while len(within) < len(steps) and steps[len(within)].dag == first.dag:
            within.append(_add(inner, len(within), steps, within, fails))
        inner.sort()
        used: Any = (tm.map if first.each else tm.add_dag)(inner, nodes[first.parameter])
        nodes += [used[node] if isinstance(node, TaskNode) else node for node in within[begin:]]
    tm.sort()
    return tm, nodes


def _add(
    tm: TaskManager[Any],
    number: int,
    steps: list[Step],
    nodes: list[Any],
    fails: Callable[[int, int], bool],
) -> Any:
    """Add a step whose sources are these nodes."""
    step = steps[number]
    others = [nodes[other] for other in step.others]
    task = _task(number, step, fails)
    sources = [nodes[source] for source in step.sources]
    if step.kind == "list":
        elements = [(number, place) for place in range(step.width)]
        if not step.plain:
            return tm.add_node(_lister(number, step, elements), *others)
        is_taken = any(number in later.others or number == later.parameter for later in steps)
        return tm.add_immediate_node(elements) if is_taken or step.each else elements
    if step.kind == "task":
        return tm.add_node(task, *others)
    if step.kind == "choose":
        return tm.choose(tm.add_node(_flag_task(number, step), sources[0]), *others)
    calls = tm if step.at_once is None else tm.options(at_once=step.at_once)
    if step.kind == "map":
        return calls.map(task, sources[0], *others)
    if step.kind == "outcomes":
        return tm.outcomes(sources[0])
    if step.kind == "fold":
        return calls.fold(task, others[0] if others else 0, sources[0])
    if step.kind == "flatten":
        return calls.map(task, tm.flatten(sources[0]), *others)
    if step.kind == "product":
        return calls.starmap(task, tm.product(*sources), *others)
    return calls.starmap(task, tm.zip(*sources), *others)


def _flag_task(number: int, step: Step) -> Callable[[Any], Awaitable[bool]]:
    async def flag(value: Any) -> bool:
        await asyncio.sleep(seconds_of(step, value))
        return flag_of(number, value)

    flag.__name__ = f"flag{number}"
    return flag


def _task(number: int, step: Step, fails: Callable[[int, int], bool]) -> Callable[..., Any]:
    async def task(*arguments: Any) -> Any:
        seconds = seconds_of(step, arguments)
        if seconds:
            await asyncio.sleep(seconds)
        if fails(number, digest(arguments)):
            raise OSError(number)
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
        await asyncio.sleep(seconds_of(step, (arguments, "no more")))

    task.__name__ = stream.__name__ = f"list{number}"
    return streaming(stream) if step.streams else task


LEFT = "left to a side that was not taken"


def values_of(result: ExecutionResult[Any], nodes: Sequence[Any]) -> list[Any]:
    """What the steps gave, and `LEFT` for those that no choice took."""
    values: list[Any] = []
    for node in nodes:
        if not isinstance(node, TaskNode):
            values.append(node)
            continue
        cause = result.trace.causes.get(node.index)
        if cause == NOT_CHOSEN:
            assert result.trace.outcomes[node.index] == "skipped"
            with pytest.raises(ResultUnavailableError, match="no choice took"):
                result[node]
        values.append(LEFT if cause == NOT_CHOSEN else result[node])
    return values


def expected_values(expected: Expected, nodes: Sequence[Any]) -> list[Any]:
    """What `values_of` should give: a plain list has its value whatever happens."""
    return [
        value
        if number in expected.has_value
        or not isinstance(nodes[number], TaskNode)
        or nodes[number].kind == "immediate"
        else LEFT
        for number, value in enumerate(expected.values)
    ]
