"""What newcomers write, and what they are told: every mistake names its cure."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import functools
import gc
import inspect
import pickle
import re
import sys
import types
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import async_dag
from async_dag import (
    InvocationError,
    TaskManager,
    TaskNode,
    build_dag,
    compare,
    in_process,
    in_thread,
    streaming,
)
from async_dag.errors import AsyncDagError


async def fetch(url: str) -> int:
    return len(url)


async def add(a: int, b: int) -> int:
    return a + b


def plain(number: int) -> int:
    return number


@dataclasses.dataclass
class Query:
    url: object


class Slotted:
    __slots__ = ("url",)
    __attrs_attrs__ = (type("Attribute", (), {"name": "url"}),)  # what a class of attrs has

    def __init__(self, url: object) -> None:
        self.url = url


def unpack(node: TaskNode[Any, Any]) -> None:
    _first, _second = node


async def awaiting(value: Any) -> object:
    return await value


async def entering(block: Any) -> None:
    async with block:
        pass


def entering_plainly(block: Any) -> None:
    with block:
        pass


async def reading(stream: Any) -> None:
    for _ in stream:
        pass


def run(tm: TaskManager[Any]) -> Any:
    return asyncio.run(tm.invoke("a"))


def awaited_twice(invocation: Any) -> None:
    asyncio.run(invocation)
    asyncio.run(invocation)


async def awaited_again(invocation: Any) -> None:
    await invocation
    await invocation


def sorted_one() -> TaskManager[str]:
    with build_dag(str) as tm:
        tm.add_node(fetch, tm.parameter_node)
    return tm


async def several(text: str) -> list[str]:
    return list(text)


def counting() -> Iterator[int]:
    yield 1


async def paging() -> AsyncIterator[int]:
    yield 1


def running_in_thread() -> None:
    with build_dag() as tm:
        tm.add_node(in_thread(lambda: fetch("a")))
    asyncio.run(tm.invoke())


def mapped_over_numbers(way: str) -> None:
    with build_dag(list[int]) as tm:
        if way == "starmap":
            tm.starmap(add, tm.parameter_node)  # type: ignore[arg-type]
        else:
            tm.flatten(tm.parameter_node)  # type: ignore[arg-type]
    try:
        asyncio.run(tm.invoke([1, 2]))
    except InvocationError as error:
        raise error.exceptions[0] from None


def failure() -> Any:
    async def fail() -> None:
        raise OSError("no")

    with build_dag() as tm:
        tm.add_node(fail)
    try:
        asyncio.run(tm.invoke())
    except InvocationError as error:
        return error


Mistake = Callable[[TaskManager[Any], TaskNode[Any, Any]], object]

#: In an unsorted manager: what was written, what is done, what is said.
WHILE_BUILDING: list[tuple[str, Mistake, str]] = [
    ("add_node(f(x))", lambda tm, _: tm.add_node(fetch("a")), r"add_node\(fetch, \.\.\.\)"),
    ("add_node()", lambda tm, _: tm.add_node(), r"add_node lacks 'task': add_node\(fetch, url\)"),  # type: ignore[call-overload]
    ("limit('  ', 3)", lambda _, __: async_dag.limit("  ", 3), "takes a name; given was '  '"),
    ("add_node(plain)", lambda tm, node: tm.add_node(plain, node), r"in_thread\(function\)"),
    ("add_node(lambda)", lambda tm, _: tm.add_node(lambda x: x), "missing a required argument"),
    ("too few arguments", lambda tm, node: tm.add_node(add, node), "required argument: 'b'"),
    ("misspelt keyword", lambda tm, _: tm.add_node(fetch, ulr="a"), "'url'"),
    ("a node in a list", lambda tm, node: tm.add_node(fetch, [node]), r"tm\.collect"),
    ("a node in a dict", lambda tm, node: tm.add_node(fetch, {"a": [node]}), r"tm\.collect"),
    (
        "a node in a dataclass",
        lambda tm, node: tm.add_node(fetch, Query(node)),
        "make the Query in a task that takes the node",
    ),
    (
        "a node in a namespace",
        lambda tm, node: tm.add_node(fetch, types.SimpleNamespace(key=node)),
        "make the SimpleNamespace in a task that takes the node",
    ),
    (
        "a node in an object of attrs",
        lambda tm, node: tm.add_node(fetch, Slotted([node])),
        "make the Slotted in a task",
    ),
    (
        "a node in a partial",
        lambda tm, node: tm.add_node(functools.partial(fetch, node)),
        r"add_node\(function, node\)",
    ),
    ("a, b = node", lambda _, node: unpack(node), r"a, b = node\[0\], node\[1\]"),
    (
        "await node",
        lambda _, node: asyncio.run(awaiting(node)),  # type: ignore[arg-type]
        r"result = await tm\.invoke",
    ),
    ("node.value", lambda _, node: node.value, r"result\[node\]"),  # type: ignore[attr-defined]
    ("node.result()", lambda _, node: node.result(), "task that takes the node"),  # type: ignore[attr-defined]
    ("f'{node:.2f}'", lambda _, node: f"{node:.2f}", "task that takes the node"),
    ("add_node(a class)", lambda tm, _: tm.add_node(dict, a=1), "'async def'"),
    ("build_dag().add_node", lambda _, __: build_dag().add_node, "with build_dag"),  # type: ignore[attr-defined]
    ("async with build_dag()", lambda _, __: asyncio.run(entering(build_dag())), "with build_dag"),
    ("options(after='fetsh')", lambda tm, _: tm.options(after="fetsh"), "nearest are 'fetch'"),
    ("options(after=fetch)", lambda tm, _: tm.options(after=fetch), r"after=\[node\]"),  # type: ignore[arg-type]
    (
        "a node of another manager",
        lambda _, node: TaskManager[Any]().add_node(fetch, node),
        "belongs to another TaskManager",
    ),
    ("invoke before sort", lambda tm, _: asyncio.run(tm.invoke("a")), r"call sort\(\)"),
    ("options(retry=3)", lambda tm, _: tm.options(retry=3), "retry"),  # type: ignore[arg-type]
    ("options(limit=3)", lambda tm, _: tm.options(limit=3), "Semaphore"),  # type: ignore[arg-type]
    ("options(timeout='5')", lambda tm, _: tm.options(timeout="5"), "seconds"),  # type: ignore[arg-type]
    ("map over a text", lambda tm, _: tm.map(fetch, "abc"), "str"),
    ("tm[0]", lambda tm, _: tm[0], r"tm\.nodes\[0\]"),
    ("tm['fetsh']", lambda tm, _: tm["fetsh"], "nearest are 'fetch'"),
    ("in_thread(async)", lambda _, __: in_thread(fetch), "async"),
    ("in_thread(f, pool=3)", lambda _, __: in_thread(plain, pool=3), "executor"),  # type: ignore[arg-type]
    (
        "in_thread(f, x)",
        lambda _, __: in_thread(plain, 1),
        r"\(in_thread\(function\), argument",
    ),  # type: ignore[arg-type]
    (
        "in_process(f, x)",
        lambda _, __: in_process(plain, 1),
        r"add_node\(in_process\(function\), argument",
    ),  # type: ignore[arg-type]
    ("options(nmae='a')", lambda tm, _: tm.options(nmae="a"), "nearest are 'name'"),  # type: ignore[arg-type]
    (
        "options().options(limt=1)",
        lambda tm, _: tm.options().options(limt=1),
        "nearest are 'limit'",
    ),  # type: ignore[arg-type]
    ("options(retries=3)", lambda tm, _: tm.options(retries=3), "retry=lambda: stamina"),  # type: ignore[arg-type]
    ("options(depends_on=a)", lambda tm, node: tm.options(depends_on=node), r"after=\[node\]"),  # type: ignore[arg-type]
    ("options('a name')", lambda tm, _: tm.options("a name"), r"options\(name="),  # type: ignore[arg-type]
    (
        "add_node(f, name='a')",
        lambda tm, node: tm.add_node(fetch, node, name="a"),
        r"options\(name=\.\.\.\)\.add_node",
    ),
    (
        "map(f, xs, limit=...)",
        lambda tm, _: tm.map(fetch, ["a"], limit=asyncio.Semaphore(1)),  # type: ignore[call-overload]
        r"options\(limit=\.\.\.\)\.map",
    ),
    ("collect(a, b)", lambda tm, node: tm.collect(node, node), r"collect\(\[a, b, c\]\)"),  # type: ignore[arg-type]
    (
        "for item in tm.map(f, xs)",
        lambda tm, _: list(tm.map(fetch, ["a"])),  # type: ignore[arg-type]
        r"tm\.map\(task, node\) goes on",
    ),
    ("tm.parameter", lambda tm, _: tm.parameter, r"tm\.parameter_node"),  # type: ignore[attr-defined]
    ("tm.run()", lambda tm, _: tm.run(), r"tm\.invoke"),  # type: ignore[attr-defined]
    ("build_dag(5)", lambda _, __: build_dag(5), r"build_dag\(int\)"),  # type: ignore[call-overload]
    ("build_dag(fetch)", lambda _, __: build_dag(fetch), "takes the type"),  # type: ignore[call-overload]
    ("build_dag(fetch(x))", lambda _, __: build_dag(fetch("a")), "takes the type"),  # type: ignore[call-overload]
    ("build_dag(int, str)", lambda _, __: build_dag(int, str), r"given: build_dag\(int\)"),  # type: ignore[call-overload]
    ("build_dag(name='a')", lambda _, __: build_dag(name="a"), "keyword argument 'name'"),  # type: ignore[call-overload]
    ("TaskManager(int)", lambda _, __: TaskManager(int), r"TaskManager\(\)"),  # type: ignore[call-arg]
    (
        "TaskManager(max_concurrency=3)",
        lambda _, __: TaskManager(max_concurrency=3),  # type: ignore[call-arg]
        r"invoke\(max_concurrency=8\)",
    ),
    ("with TaskManager()", lambda tm, _: entering_plainly(tm), r"with build_dag\(\)"),
    ("async with TaskManager()", lambda tm, _: asyncio.run(entering(tm)), r"with build_dag\(\)"),
    ("await tm", lambda tm, _: asyncio.run(awaiting(tm)), r"await tm\.invoke"),  # type: ignore[arg-type]
    ("for node in tm", lambda tm, _: list(tm), r"tm\.nodes"),  # type: ignore[call-overload]
    ("'fetch' in tm", lambda tm, _: "fetch" in tm, r"tm\['name'\]"),  # type: ignore[operator]
    ("tm[node]", lambda tm, node: tm[node], r"result\[node\]"),  # type: ignore[index]
    ("pickling a manager", lambda tm, _: pickle.dumps(tm), "makes it anew"),
    ("pickling a node", lambda _, node: pickle.dumps(node), r"tm\[name\]"),
    ("deepcopy of a node", lambda _, node: copy.deepcopy(node), r"tm\[name\]"),
    ("node.name = 'a'", lambda _, node: setattr(node, "name", "a"), r"options\(name='a'\)"),
    ("a >> b", lambda _, node: node >> node, r"options\(after="),  # type: ignore[operator]
    ("node.options(timeout=5)", lambda _, node: node.options(timeout=5), "before the node"),  # type: ignore[attr-defined]
    ("extract_result(5)", lambda _, node: node.extract_result(5), "result of a run"),  # type: ignore[arg-type]
    ("extract_result({})", lambda _, node: node.extract_result({}), "result of a run"),  # type: ignore[arg-type]
    ("limit('api')", lambda _, __: async_dag.limit("api"), r"limit\('api', 5\)"),  # type: ignore[call-arg]
    ("limit('api', size=5)", lambda _, __: async_dag.limit("api", size=5), "is at_once"),  # type: ignore[call-arg]
    ("add_node('a', fetch)", lambda tm, _: tm.add_node("a", fetch), r"options\(name="),  # type: ignore[arg-type]
    (
        "add_node(another manager)",
        lambda tm, node: tm.add_node(TaskManager(), node),  # type: ignore[arg-type]
        r"tm\.add_dag",
    ),
    ("add_node(node, f)", lambda tm, node: tm.add_node(node, fetch), r"tm\.add_node\(task, node\)"),  # type: ignore[arg-type]
    ("map over nodes", lambda tm, node: tm.map(fetch, [node, node]), r"tm\.collect"),
    ("options().invoke()", lambda tm, _: tm.options().invoke(), "by the manager itself"),  # type: ignore[attr-defined]
    ("tm.add_edge(a, b)", lambda tm, node: tm.add_edge(node, node), r"add_node\(task, node\)"),  # type: ignore[attr-defined]
    ("tm.task", lambda tm, _: tm.task, r"tm\.add_node"),  # type: ignore[attr-defined]
    ("tm.compile()", lambda tm, _: tm.compile(), r"tm\.sort\(\)"),  # type: ignore[attr-defined]
    ("async_dag.DAG", lambda _, __: async_dag.DAG, r"build_dag\(\)"),  # type: ignore[attr-defined]
    ("async_dag.bild_dag", lambda _, __: async_dag.bild_dag, "nearest are 'build_dag'"),  # type: ignore[attr-defined]
    ("profile()", lambda _, __: async_dag.profile(), "argument: 'source'"),  # type: ignore[call-arg]
    ("profile(node)", lambda _, node: async_dag.profile(node), "given was <TaskNode 'fetch'>"),
    ("profile(runs, tm=3)", lambda _, __: async_dag.profile([], tm=3), "whose graph is meant"),  # type: ignore[arg-type]
    ("Failure('x', e)", lambda _, __: async_dag.Failure("x", OSError()), "node that failed"),  # type: ignore[arg-type]
    ("Failure(node, 3)", lambda _, node: async_dag.Failure(node, 3), "the exception"),  # type: ignore[arg-type]
    ("map()", lambda tm, _: tm.map(), r"'task': map\(fetch, urls\)"),  # type: ignore[call-overload]
    ("starmap()", lambda tm, _: tm.starmap(), r"starmap\(add, pairs\)"),  # type: ignore[call-overload]
    ("starmap(f, [1, 2])", lambda tm, _: tm.starmap(add, [1, 2]), "the first element is 1; .* map"),  # type: ignore[call-overload]
    ("collect()", lambda tm, _: tm.collect(), r"collect\(\[a, b, c\]\)"),  # type: ignore[call-arg]
    ("choose()", lambda tm, _: tm.choose(), "'flag', 'then', and 'other'"),  # type: ignore[call-overload]
    (
        "choose(flag, f, g)",
        lambda tm, node: tm.choose(node, fetch, add),
        r"add_node\(fetch, \.\.\.\)",
    ),
    ("fold()", lambda tm, _: tm.fold(), r"fold\(add, 0, numbers\)"),  # type: ignore[call-arg]
    ("zip()", lambda tm, _: tm.zip(), r"zip\(a, b\)"),  # type: ignore[call-overload]
    ("product(a, b, c)", lambda tm, node: tm.product(node, node, node), r"product\(a, b\)"),  # type: ignore[call-arg]
    ("outcomes()", lambda tm, _: tm.outcomes(), r"outcomes\(mapped\)"),  # type: ignore[call-arg]
    ("flatten()", lambda tm, _: tm.flatten(), r"flatten\(lists\)"),  # type: ignore[call-arg]
    ("add_dag()", lambda tm, _: tm.add_dag(), r"add_dag\(sub, parameter\)"),  # type: ignore[call-overload]
    ("add_immediate_node(1, 2)", lambda tm, _: tm.add_immediate_node(1, 2), r"node\(value\)"),  # type: ignore[call-arg]
    ("compare()", lambda _, __: compare(), "argument: 'tm'"),  # type: ignore[call-arg]
    ("compare(tm, repeats=3)", lambda tm, _: compare(tm, repeats=3), "it is repeat="),  # type: ignore[call-arg]
    ("Dask()", lambda _, __: async_dag.Dask(), r"Dask\(client\)"),  # type: ignore[call-arg]
    ("TaskManager(clock=5)", lambda _, __: TaskManager(clock=5), "returns seconds"),  # type: ignore[arg-type]
    ("tm.max_concurrency = 3", lambda tm, _: setattr(tm, "max_concurrency", 3), r"tm\.invoke"),
    ("tm.timeout = 5", lambda tm, _: setattr(tm, "timeout", 5), r"tm\.options"),
    ("tm.on_error = ...", lambda tm, _: setattr(tm, "on_error", "continue"), "would do nothing"),
    (
        "f'{node}' as an argument",
        lambda tm, node: tm.add_node(fetch, f"a/{node}"),
        "make the text in",
    ),
    (
        "lambda x=node: ...",
        lambda tm, node: tm.add_node(lambda x=node: fetch(x)),
        "default of a para",
    ),
    ("add_node(f, g(x))", lambda tm, _: tm.add_node(fetch, fetch("a")), r"tm\.add_node\(function"),  # type: ignore[arg-type]
    (
        "add_node(f, other.invoke())",
        lambda tm, _: tm.add_node(fetch, sorted_one().invoke("a")),
        r"tm\.add_dag",
    ),  # type: ignore[arg-type]
    (
        "add_node(f, tm.add_dag(...))",
        lambda tm, _: tm.add_node(fetch, tm.add_dag(sorted_one(), "a")),
        r"used\[node\]",
    ),  # type: ignore[arg-type]
    (
        "a partial that does not fit",
        lambda tm, _: tm.add_node(functools.partial(add, 1, 2, 3)),
        "too many",
    ),
    ("options(key=lambda: 1)", lambda tm, _: tm.options(key=lambda: 1), "function of an element"),  # type: ignore[arg-type, misc]
    ("with tm.options()", lambda tm, _: entering_plainly(tm.options()), "nodes that they add"),
    ("in_thread(generator function)", lambda _, __: in_thread(counting), r"list\(counting"),
    (
        "in_thread(async generator function)",
        lambda _, __: in_thread(paging),
        r"streaming\(paging\)",
    ),
    ("in_thread(lambda: f(x))", lambda _, __: running_in_thread(), "needs no thread"),
    ("tm.optoins()", lambda tm, _: tm.optoins(), "nearest are 'options'"),  # type: ignore[attr-defined]
]

#: In a sorted one.
WHILE_RUNNING: list[tuple[str, Mistake, str]] = [
    ("sort twice", lambda tm, _: tm.sort(), "once is enough"),
    ("add_node after sort", lambda tm, node: tm.add_node(fetch, node), "before sort"),
    ("invoke without a parameter", lambda tm, _: asyncio.run(tm.invoke()), r"invoke\(value\)"),
    (
        "stream without a parameter",
        lambda tm, _: tm.stream(),
        r"^stream\(\) .*call stream\(value\)",
    ),
    ("tm.invoke(x)[node]", lambda tm, node: tm.invoke("a")[node], "result = await"),
    (
        "node.extract_result(tm.invoke(x))",
        lambda tm, node: node.extract_result(tm.invoke("a")),  # type: ignore[arg-type]
        "result = await",
    ),
    ("tm.invoke(x).timeline", lambda tm, _: tm.invoke("a").timeline, "result = await"),  # type: ignore[attr-defined]
    (
        "await tm.stream(x)",
        lambda tm, _: asyncio.run(awaiting(tm.stream("a"))),  # type: ignore[arg-type]
        "async for node, value in",
    ),
    (
        "for node in tm.stream(x)",
        lambda tm, _: asyncio.run(reading(tm.stream("a"))),  # type: ignore[arg-type]
        "async for",
    ),
    ("targets=['fetsh']", lambda tm, _: asyncio.run(tm.invoke("a", targets=["fetsh"])), "'fetch'"),
    (
        "result['fetsh']",
        lambda tm, _: asyncio.run(tm.invoke("a"))["fetsh"],
        "nearest are 'fetch'",
    ),
    ("result[0]", lambda tm, _: asyncio.run(tm.invoke("a"))[0], "or its name"),  # type: ignore[call-overload]
    (
        "result.fetch",
        lambda tm, _: asyncio.run(tm.invoke("a")).fetch,  # type: ignore[attr-defined]
        r"result\[node\]",
    ),
    ("a, b = result", lambda tm, _: unpack(asyncio.run(tm.invoke("a"))), "to_dict"),  # type: ignore[arg-type]
    ("'fetch' in result", lambda tm, _: "fetch" in asyncio.run(tm.invoke("a")), "to_dict"),  # type: ignore[operator]
    ("tm.draw.gantt()", lambda tm, _: tm.draw.gantt(), r"result\.draw\.gantt"),  # type: ignore[attr-defined]
    (
        "result.draw.live()",
        lambda tm, _: asyncio.run(tm.invoke("a")).draw.live(),  # type: ignore[attr-defined]
        r"tm\.draw\.live",
    ),
    (
        "result.draw.gant()",
        lambda tm, _: asyncio.run(tm.invoke("a")).draw.gant(),  # type: ignore[attr-defined]
        "nearest are 'gantt'",
    ),
    ("invoke(timeout=3)", lambda tm, _: tm.invoke("a", timeout=3), r"asyncio\.timeout\(5\)"),  # type: ignore[call-overload]
    (
        "invoke(max_concurency=3)",
        lambda tm, _: tm.invoke("a", max_concurency=3),  # type: ignore[call-overload]
        "nearest are 'max_concurrency'",
    ),
    ("invoke(retry=...)", lambda tm, _: tm.invoke("a", retry=3), r"tm\.options\(retry="),  # type: ignore[call-overload]
    ("invoke(a, b)", lambda tm, _: tm.invoke("a", "b"), r"invoke\(\(a, b\)\)"),  # type: ignore[call-overload]
    ("stream(timeout=3)", lambda tm, _: tm.stream("a", timeout=3), r"asyncio\.timeout\(5\)"),  # type: ignore[call-overload]
    ("with tm.stream(x)", lambda tm, _: entering_plainly(tm.stream("a")), "async with"),
    (
        "compare(result)",
        lambda tm, _: asyncio.run(compare(asyncio.run(tm.invoke("a")))),
        "TaskManager",
    ),  # type: ignore[arg-type]
    ("profile(result)", lambda tm, _: async_dag.profile(run(tm)), r"profile\(\[result\]\)"),
    ("diff(trace, t)", lambda tm, _: async_dag.diff(run(tm).trace, 1), r"diff\(\[result\]\)"),
    (
        "result.findings()",
        lambda tm, _: asyncio.run(tm.invoke("a")).findings(),  # type: ignore[attr-defined]
        r"result\.timeline\.findings",
    ),
    (
        "timeline.simulate(slots=2)",
        lambda tm, _: asyncio.run(tm.invoke("a")).timeline.simulate(slots=2),  # type: ignore[arg-type]
        "max_concurrency=",
    ),
    ("stream.values", lambda tm, _: tm.stream("a").values, r"stream\.result"),  # type: ignore[attr-defined]
    (
        "invoke(durations={'fetsh': 1})",
        lambda tm, _: asyncio.run(tm.invoke("a", durations={"fetsh": 1})),
        "nearest are 'fetch'",
    ),
    (
        "stream(durations={'fetsh': 1})",
        lambda tm, _: tm.stream("a", durations={"fetsh": 1}),
        "'fetch'",
    ),
    (
        "simulate(durations={'fetsh': 1})",
        lambda tm, _: run(tm).timeline.simulate(durations={"fetsh": 1}),
        "nearest are 'fetch'",
    ),
    (
        "speedup_curve(durations={'fetsh': 1})",
        lambda tm, _: run(tm).timeline.speedup_curve(durations={"fetsh": 1}),
        "nearest are 'fetch'",
    ),
    (
        "expected(durations={'fetsh': 1})",
        lambda tm, _: run(tm).timeline.expected(durations={"fetsh": 1}),
        "nearest are 'fetch'",
    ),
    ("simulate(limits=3)", lambda tm, _: run(tm).timeline.simulate(limits=3), "{'api': 8}"),
    (
        "comparison('dag')",
        lambda tm, _: run(tm).timeline.comparison("dag"),
        r"\['sequential', 'dag'\]",
    ),
    ("Timeline(result)", lambda tm, _: async_dag.Timeline(run(tm)), r"result\.timeline"),
    ("draw.text(encoding=3)", lambda tm, _: run(tm).draw.text(encoding=3), "'utf-8'"),
    ("trace.save(None)", lambda tm, _: run(tm).trace.save(None), "path of a file"),
    ("Trace.load(None)", lambda _, __: async_dag.Trace.load(None), "path of a file"),  # type: ignore[arg-type]
    ("chrome_trace(None)", lambda tm, _: run(tm).export.chrome_trace(None), "path of a file"),
    ("mermaid().save(None)", lambda tm, _: tm.draw.mermaid().save(None), "path of a file"),  # type: ignore[arg-type]
    (
        "starmap over a list of numbers",
        lambda _, __: mapped_over_numbers("starmap"),
        "map passes it",
    ),
    (
        "flatten of a list of numbers",
        lambda _, __: mapped_over_numbers("flatten"),
        "flatten takes is 1",
    ),
    ("pickling a result", lambda tm, _: pickle.dumps(run(tm)), r"result\.save"),
    ("result.items()", lambda tm, _: run(tm).items(), "to_dict"),
    ("result.save('a.zip')", lambda tm, _: run(tm).save("a.zip"), r"'run\.zip', json"),
    ("result.draw.gantt('a.svg')", lambda tm, _: run(tm).draw.gantt("a.svg"), "savefig"),
    ("result.timeline.duration", lambda tm, _: run(tm).timeline.duration, r"timeline\.makespan"),
    (
        "timeline['fetch']",
        lambda tm, _: run(tm).timeline["fetch"],
        r"timeline\.durations\['name'\]",
    ),
    ("invoke(inputs={})", lambda tm, _: tm.invoke(inputs={"url": "a"}), "parameter_node"),  # type: ignore[call-overload]
    ("an invoke awaited twice", lambda tm, _: awaited_twice(tm.invoke("a")), "awaited already"),
    (
        "an invoke awaited again by a task",
        lambda tm, _: asyncio.run(awaited_again(tm.invoke("a"))),
        "awaited already",
    ),
    ("tm.stream(x)[node]", lambda tm, node: tm.stream("a")[node], "async for node, value"),  # type: ignore[index]
    ("error[node]", lambda _, node: failure()[node], r"error\.result\[node\]"),
    (
        "max_concurrency=0",
        lambda tm, _: asyncio.run(tm.invoke("a", max_concurrency=0)),
        "at least 1",
    ),
]


def checked(written: str, mistake: Callable[[], object], said: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # coroutines that are never awaited
        try:
            mistake()
        except AsyncDagError as error:
            message = str(error)
        else:
            pytest.fail(f"{written} is accepted")
        gc.collect()  # here, where it is ignored, and not in whatever test is next
    assert re.search(said, message), message


@pytest.mark.parametrize(
    ("written", "mistake", "said"), WHILE_BUILDING, ids=[row[0] for row in WHILE_BUILDING]
)
def test_mistakes_while_building(written: str, mistake: Mistake, said: str) -> None:
    """Each raises an error of ours when it is made, which says what to write instead."""
    tm = TaskManager[str]()
    node: TaskNode[str, Any] = tm.add_node(fetch, tm.parameter_node)
    checked(written, lambda: mistake(tm, node), said)


@pytest.mark.parametrize(
    ("written", "mistake", "said"), WHILE_RUNNING, ids=[row[0] for row in WHILE_RUNNING]
)
def test_mistakes_while_running(written: str, mistake: Mistake, said: str) -> None:
    """The same of a manager that is sorted."""
    with build_dag(str) as tm:
        node = tm.add_node(fetch, tm.parameter_node)
    checked(written, lambda: mistake(tm, node), said)


def test_a_plain_function_without_annotations_fails_its_node() -> None:
    """It may return an awaitable, which only its call can tell."""
    with build_dag() as tm:
        tm.add_node(lambda: 1)  # type: ignore[arg-type, return-value]
    with pytest.raises(InvocationError, match="in_thread"):
        asyncio.run(tm.invoke())


def test_a_node_is_true() -> None:
    """`node or other` is no mistake: it asks whether there is a node."""
    tm = TaskManager[None]()
    assert tm.add_node(fetch, "a")


def test_a_result_does_not_pass_for_something_to_await() -> None:
    """Servers and other libraries await what a callback returns if that looks as if it could be."""
    assert not inspect.isawaitable(run(sorted_one()))


def test_seconds_of_items_are_no_mistake() -> None:
    """Another run may have more of them: in a DAG for each element, and in a map within that."""
    with build_dag(str) as sub:
        sub.map(fetch, sub.add_node(several, sub.parameter_node))
    with build_dag(list[str]) as tm:
        tm.map(sub, tm.parameter_node)
    many = asyncio.run(tm.invoke(["a", "bcd"])).timeline
    known = dict(many.durations)
    assert "sub[1]/fetch[2]" in known
    few = asyncio.run(tm.invoke(["a"], max_concurrency=2, durations=known)).timeline
    assert few.simulate(durations=known).makespan > 0
    assert few.expected(known).makespan > 0


def test_nodes_by_name() -> None:
    """Wherever nodes are taken."""
    with build_dag(str) as tm:
        length = tm.add_node(fetch, tm.parameter_node)
        total = tm.add_node(add, length, 1)
    result = asyncio.run(tm.invoke("four", targets="fetch"))
    assert result["fetch"] == result[length] == 4
    assert result.to_dict() == {"fetch": 4}
    result = asyncio.run(tm.invoke("four", targets=["add", length]))
    assert result.to_dict() == {"fetch": 4, "add": 5}
    assert result["add"] == total.extract_result(result)
    with build_dag(str) as tm:
        length = tm.add_node(fetch, tm.parameter_node)
        first = tm.options(after="fetch").add_node(fetch, "b")
        last = tm.options(after=["fetch_2", length]).add_node(fetch, "c")
    assert (first.dependencies, last.dependencies) == ((length,), (first, length))


def test_a_function_that_was_defined_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a notebook, a DAG that still runs the old one says so; not if the cell merely ran again."""
    pytest.importorskip("IPython")
    cell = "async def number(): return 1"
    notebook = types.ModuleType("__main__")
    vars(notebook)["get_ipython"] = None
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    exec(cell, vars(notebook))  # noqa: S102 - as a notebook does it
    with build_dag() as tm:
        number = tm.add_node(vars(notebook)["number"])
    exec(cell, vars(notebook))  # noqa: S102 - as a notebook does it
    assert asyncio.run(tm.invoke())[number] == 1
    exec(cell.replace("1", "2"), vars(notebook))  # noqa: S102 - as a notebook does it
    with pytest.warns(UserWarning, match="'number' was defined anew .* builds the DAG again"):
        invocation = tm.invoke()
    assert asyncio.run(invocation)[number] == 1


def test_a_result_as_a_table() -> None:
    """One row a node and item, with its value; what has none says why in its state."""
    pytest.importorskip("pandas")

    async def fail() -> None:
        raise OSError("no")

    with build_dag(str) as tm:
        tm.add_node(fetch, tm.parameter_node)
        tm.map(fetch, ["a", "bc"])
        tm.add_node(fail)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke("four", on_error="continue"))
    table = caught.value.result.to_dataframe()
    assert table["value"].to_dict() == {
        "parameter": "four",
        "fetch": 4,
        "fetch_2": [1, 2],
        "fail": None,
        "fetch_2[0]": 1,
        "fetch_2[1]": 2,
    }
    assert table.loc["fail", "state"] == "failed"


def test_what_is_made_of_a_function_is_not_that_function_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`streaming(pages)` has the name of `pages`, and is another function: no reason to warn."""
    pytest.importorskip("IPython")
    cell = "async def pages():\n    yield 1"
    notebook = types.ModuleType("__main__")
    vars(notebook)["get_ipython"] = None
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    exec(cell, vars(notebook))  # noqa: S102 - as a notebook does it
    with build_dag() as tm:
        pages = tm.add_node(streaming(vars(notebook)["pages"]))
    assert asyncio.run(tm.invoke())[pages] == [1]
    exec(cell.replace("1", "2"), vars(notebook))  # noqa: S102 - as a notebook does it
    with pytest.warns(UserWarning, match="'pages' was defined anew"):
        assert asyncio.run(tm.invoke())[pages] == [1]
