"""Bad input to options and invoke: an error at the call that names what was given and what is taken."""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from async_dag import (
    ForeignNodeError,
    TaskManager,
    UnknownNodeError,
    WrongArgumentError,
    WrongTypeError,
    build_dag,
)
from async_dag.nodes.arguments import options_of


async def number() -> int:
    return 1


class RetryObject:
    """As tenacity's AsyncRetrying is: an async iterator of attempts that can be called, too."""

    def __aiter__(self) -> AsyncIterator[Any]:
        raise NotImplementedError

    def __call__(self, function: Any) -> Any: ...


async def coroutine_factory() -> None: ...


def takes_one(function: Any) -> None: ...


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"timeout": -1}, WrongArgumentError, r"timeout=\) takes .* above 0.*given was -1"),
        ({"timeout": 0}, WrongArgumentError, "given was 0"),
        ({"timeout": math.nan}, WrongArgumentError, "given was nan"),
        ({"timeout": math.inf}, WrongArgumentError, "or None; given was inf"),
        ({"timeout": True}, WrongTypeError, "takes seconds, .*given was True"),
        ({"timeout": "5"}, WrongTypeError, "takes seconds, .*given was '5'"),
        ({"retry": RetryObject()}, WrongTypeError, "given was a retry object itself, <.*RetryObj"),
        ({"retry": 3}, WrongTypeError, r"takes a function .*retry=lambda: .*; given was 3"),
        ({"retry": coroutine_factory}, WrongTypeError, "given was <function coroutine_factory"),
        ({"retry": takes_one}, WrongTypeError, "called without arguments.*takes_one.*'function'"),
        ({"limit": 4}, WrongTypeError, r"async context manager, such as .*; given was 4"),
        ({"limit": threading.Lock()}, WrongTypeError, "whose 'with' is a plain one"),
        ({"limit": contextlib.nullcontext}, WrongTypeError, "given was the class nullcontext"),
        ({"limit": asyncio.Semaphore}, WrongTypeError, "given was the class Semaphore: make one"),
        ({"name": ""}, WrongTypeError, "string that is not empty"),
    ],
)
def test_bad_options(options: dict[str, Any], error: type[Exception], said: str) -> None:
    """Refused by `tm.options` and by the builder's own, before any node is added."""
    tm = TaskManager[None]()
    with pytest.raises(error, match=said):
        tm.options(**options)
    with pytest.raises(error, match=said):
        tm.options(group="g").options(**options)
    assert tm.nodes == ()


@pytest.mark.parametrize(
    ("control", "error", "said"),
    [
        ({"max_concurrency": 0}, WrongArgumentError, "at least 1, .*or None; given was 0"),
        ({"max_concurrency": 2.0}, WrongTypeError, "whole number.*given was 2.0"),
        ({"max_concurrency": True}, WrongTypeError, "whole number.*given was True"),
        ({"on_error": "ignore"}, WrongArgumentError, "'cancel' .* or 'continue' .*'ignore'"),
        ({"on_error": None}, WrongArgumentError, "given was None"),
        ({"durations": 3}, WrongTypeError, "takes seconds by name.*was 3"),
        ({"durations": {3: 1.0}}, WrongTypeError, "among the names was 3"),
        ({"durations": {"number": "1"}}, WrongTypeError, "for 'number', .*given was '1'"),
        ({"durations": {"number": -1}}, WrongArgumentError, "for 'number', .*at least 0.*-1"),
        ({"durations": {"number": math.inf}}, WrongArgumentError, "for 'number'.*inf"),
        ({"targets": 3}, WrongTypeError, r"targets=\) takes nodes or their names.*given was 3"),
        ({"targets": ["nunber"]}, UnknownNodeError, "nearest are 'number'"),
        ({"targets": "nunber"}, UnknownNodeError, "nearest are 'number'"),
        ({"targets": [3]}, WrongTypeError, "among them was 3"),
        ({"reuse": 3}, WrongTypeError, "result of an earlier invoke.*given was 3"),
    ],
)
def test_bad_control(control: dict[str, Any], error: type[Exception], said: str) -> None:
    """Refused by `invoke` before anything runs, and by `stream` at its call."""
    ran = []

    async def number() -> None:
        ran.append(1)

    with build_dag() as tm:
        tm.add_node(number)
    with pytest.raises(error, match=said):
        asyncio.run(tm.invoke(**control))
    with pytest.raises(error, match=said):
        tm.stream(**control)
    assert ran == []
    assert tm.last_unfinished is None


def test_nodes_and_results_of_another_manager() -> None:
    """Targets and results belong to the manager that is invoked; a node alone will do."""
    with build_dag() as tm:
        node = tm.add_node(number)
    with build_dag() as other:
        foreign = other.options(name="other").add_node(number)
    result = asyncio.run(other.invoke())
    with pytest.raises(
        ForeignNodeError, match="'other', given to invoke.targets=., belongs to another"
    ):
        asyncio.run(tm.invoke(targets=[node, foreign]))
    with pytest.raises(ForeignNodeError, match=r"of the 1 .* none .*'other' is no node"):
        asyncio.run(tm.invoke(reuse=result))
    assert asyncio.run(tm.invoke(targets=node))[node] == 1


def test_options_compose() -> None:
    """The builder's own options change some and keep the others; None takes one away."""
    limit = asyncio.Semaphore(1)
    with build_dag() as tm:
        http = tm.options(group="http", limit=limit, timeout=3)
        quick = http.options(name="quick", timeout=2)
        free = quick.options(limit=None)
        nodes = [builder.add_node(number) for builder in (http, quick, free)]
    assert tm.graph.names == ("number", "quick", "quick_2")
    assert tm.graph.groups == ("http",) * 3
    assert tm.graph.limits == ("Semaphore", "Semaphore", None)
    assert [given.timeout for node in nodes if (given := options_of(node))] == [3, 2, 2]
    assert repr(free) == "<options name='quick' group='http' timeout=2>"
    assert "limit=<asyncio" in repr(http)
