"""Wrong uses of maps, sub-DAGs, streams and choices: each says what was given and what to do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from async_dag import InvocationError, TaskManager, build_dag, streaming


async def one(n: int) -> int:
    return n


async def add(a: int, b: int) -> int:
    return a + b


async def many() -> AsyncIterator[int]:
    yield 1


class Tools:
    """A manager that is being built, one of a sub-DAG, and a foreign one."""

    def __init__(self) -> None:
        self.tm: Any = TaskManager[Any]()
        with build_dag(int) as sub:
            self.inner: Any = sub.add_node(one, sub.parameter_node)
        self.sub: Any = sub
        self.unsorted: Any = TaskManager[int]()
        with build_dag() as foreign:
            self.foreign: Any = foreign.add_node(one, 1)
            self.foreign_map: Any = foreign.map(one, [1])


Call = Callable[[Tools], Any]

AT_THE_CALL: dict[str, tuple[Call, str]] = {
    "a str": (lambda t: t.tm.map(one, "abc"), r"'abc', a single str: .*make a list"),
    "bytes": (lambda t: t.tm.map(one, b"abc"), r"b'abc', a single bytes"),
    "a dict": (lambda t: t.tm.map(one, {"a": 1}), r"is a mapping.*list\(mapping"),
    "an iterator": (lambda t: t.tm.map(one, iter([1])), r"an iterator.*pass list\(iterator\)"),
    "a generator": (lambda t: t.tm.map(one, (n for n in [1])), r"an iterator.*read only once"),
    "a number": (lambda t: t.tm.map(one, 3), r"is 3 of type int"),
    "None": (lambda t: t.tm.map(one, None), r"is None of type NoneType"),
    "no list": (lambda t: t.tm.map(one), r"takes an async function and a collection"),
    "no task": (lambda t: t.tm.map([1], [1]), r"map"),
    "too many arguments": (lambda t: t.tm.map(one, [1], 2), r"'?one"),
    "a str to zip": (lambda t: t.tm.zip([1], "a"), r"passed to zip is 'a', a single str"),
    "a dict to product": (lambda t: t.tm.product([1], {}), r"passed to product is a mapping"),
    "bytes to flatten": (
        lambda t: t.tm.flatten(b"a"),
        r"passed to flatten is b'a', a single bytes",
    ),
    "an iterator to fold": (
        lambda t: t.tm.fold(add, 0, iter([1])),
        r"passed to fold is an iterator",
    ),
    "fold of one argument": (lambda t: t.tm.fold(one, 0, [1]), r"'?one"),
    "outcomes of no map": (lambda t: t.tm.outcomes(t.tm.add_node(one, 1)), r"outcomes takes a map"),
    "outcomes of a zip": (
        lambda t: t.tm.outcomes(t.tm.zip([1], [2])),
        r"outcomes takes a map that calls a task.*'zip' calls none",
    ),
    "a foreign list": (
        lambda t: t.tm.map(one, t.foreign_map),
        r"'one_2', passed to the collection",
    ),
    "a foreign argument": (
        lambda t: t.tm.map(add, [1], t.foreign),
        r"'one', passed to add, belongs to another TaskManager",
    ),
    "a foreign side": (
        lambda t: t.tm.choose(True, t.foreign, 1),
        r"'one', passed to choose, belongs",
    ),
    "a foreign parameter": (
        lambda t: t.tm.add_dag(t.sub, t.foreign),
        r"'one', passed to add_dag, bel",
    ),
    "a foreign order": (
        lambda t: t.tm.options(after=[t.foreign]),
        r"'one', given as options\(after",
    ),
    "a stand-in of another use": (
        lambda t: t.tm.add_dag(t.sub, 1)[t.tm.add_dag(t.sub, 2)[t.inner]],
        r"'sub_2/one' is a node of the outer DAG already.*takes the nodes of the sub-DAG",
    ),
    "a foreign stand-in": (
        lambda t: t.tm.add_dag(t.sub, 1)[t.foreign],
        r"'one' belongs to another TaskManager; <InlinedDag 'sub'.*that was passed to add_dag",
    ),
    "a node of the sub-DAG itself": (
        lambda t: t.tm.add_node(one, t.inner),
        r"'one', passed to one, belongs to another TaskManager",
    ),
    "a sub-DAG without a parameter": (lambda t: t.tm.add_dag(t.sub), r"call add_dag\(sub, node\)"),
    "a sub-DAG that is not sorted": (
        lambda t: t.tm.add_dag(t.unsorted),
        r"call its sort\(\) first",
    ),
    "a DAG within itself": (lambda t: t.tm.add_dag(t.tm), r"a DAG can't contain itself"),
    "no sub-DAG": (lambda t: t.tm.add_dag(one), r"takes a sorted TaskManager.*given was"),
    "a timeout for a sub-DAG": (
        lambda t: t.tm.options(timeout=1).add_dag(t.sub, 1),
        r"options\(timeout=\) says how one task is called, and add_dag adds many",
    ),
    "a window for one task": (
        lambda t: t.tm.options(at_once=2).add_node(one, 1),
        r"options\(at_once=\).*add_node adds a single task",
    ),
    "a key for one task": (
        lambda t: t.tm.options(key=str).add_node(one, 1),
        r"options\(key=\).*add_node adds a single task",
    ),
    "a window of none": (
        lambda t: t.tm.options(at_once=0),
        r"at_once=.*of at least 1.*given was 0",
    ),
    "a generator as a task": (lambda t: t.tm.add_node(many), r"streaming\("),
    "streaming no generator": (lambda t: streaming(one), r"streaming takes an async generator"),
    "a retried stream": (
        lambda t: t.tm.options(retry=lambda: iter(())).add_node(streaming(many)),
        r"streaming node 'many' can't be retried",
    ),
    "unpacking a map": (
        lambda t: list(t.tm.map(one, [1])),
        r"how many items 'one' has is not known",
    ),
    "the name of an item": (
        lambda t: t.tm[t.tm.options(name="page").map(one, [1]).name + "[3]"],
        r"'page\[3\]', as items of the map 'page' come to be only .*: result\['page'\]\[3\]$",
    ),
    "the name of an item of a sub-DAG": (
        lambda t: (t.tm.options(name="each").map(t.sub, [1]), t.tm["each[2]/one"]),
        r"items of the map 'each/one' .*: result\['each/one'\]\[2\]$",
    ),
    "the name of a step": (
        lambda t: t.tm[t.tm.options(name="sum").fold(add, 0, [1]).name + "[0]"],
        r"of the fold 'sum' the last value alone is kept: result\['sum'\]",
    ),
    "a node as a key": (
        lambda t: t.tm.add_node(one, 1)[t.tm.add_node(one, 2)],
        r"takes a key, not",
    ),
}


@pytest.mark.parametrize(("call", "words"), AT_THE_CALL.values(), ids=AT_THE_CALL.keys())
def test_at_the_call(call: Call, words: str) -> None:
    """Refused at once, and the manager can go on: nothing is left of the call."""
    tools = Tools()
    before = len(tools.tm.nodes)
    with pytest.raises((TypeError, ValueError, KeyError), match=words):
        call(tools)
    node = tools.tm.add_node(one, 1)
    tools.tm.sort()
    assert asyncio.run(tools.tm.invoke(None, targets=[node]))[node] == 1
    assert len(tools.tm.nodes) > before


VALUES: dict[str, tuple[Any, str]] = {
    "a str": ("abc", r"'abc', a single str"),
    "bytes": (b"abc", r"b'abc', a single bytes"),
    "a dict": ({"a": 1}, r"is a mapping"),
    "an iterator": (iter([1]), r"an iterator"),
    "a number": (3, r"is 3 of type int"),
    "None": (None, r"is None of type NoneType"),
}


@pytest.mark.parametrize(("value", "words"), VALUES.values(), ids=VALUES.keys())
@pytest.mark.parametrize("way", ["map", "fold", "product", "zip", "flatten"])
def test_when_it_runs(way: str, value: Any, words: str) -> None:
    """Where only the value shows it, the map fails that would have gone through it."""

    async def give() -> Any:
        return value

    with build_dag() as tm:
        given: Any = tm.add_node(give)
        if way == "map":
            tm.map(one, given)
        elif way == "fold":
            tm.options(name="one").fold(add, 0, given)
        elif way == "product":
            tm.options(name="one").starmap(add, tm.product([1], given))
        elif way == "zip":
            tm.options(name="one").starmap(add, tm.zip(given, [1]))
        else:
            tm.map(one, tm.flatten(tm.map(_same, [value])))
    with pytest.raises(InvocationError, match=r"node '(one|zip|product|flatten)' failed") as caught:
        asyncio.run(tm.invoke())
    assert any(re.search(words, str(error)) for error in caught.value.exceptions)


async def _same(value: Any) -> Any:
    return value
