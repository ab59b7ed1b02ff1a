"""Limits that outlive an event loop: named ones, and functions that make one for each loop."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import Any

import pytest

import async_dag
from async_dag import InvocationError, TaskManager, WrongArgumentError, WrongTypeError, build_dag
from async_dag.nodes.arguments import options_text

API = async_dag.limit("api", 2)


async def nap(_: int = 0) -> None:
    await asyncio.sleep(0.002)


def make_limit() -> asyncio.Semaphore:
    return asyncio.Semaphore(3)


#: Made when the module is loaded, as that of a server or of a package of tests.
with build_dag() as MANAGER:
    for number in range(6):
        MANAGER.options(limit=API).add_node(nap, number)


@pytest.mark.parametrize("_", range(3))
def test_a_manager_of_a_module_serves_one_loop_after_another(_: int) -> None:
    """Each test has a loop of its own, where an `asyncio.Semaphore` would raise `WrongLoopError`."""
    timeline = asyncio.run(MANAGER.invoke()).timeline
    assert timeline.peak_parallelism == 2
    assert sum(timeline.wait.values()) > 0


def test_it_serves_several_loops_at_once() -> None:
    """Synchronous endpoints run invokes in threads: each loop has a limit of its own."""
    peaks: list[int] = []

    def serve() -> None:
        results = [asyncio.run(MANAGER.invoke()) for _ in range(5)]
        peaks.extend(result.timeline.peak_parallelism for result in results)

    threads = [threading.Thread(target=serve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert peaks == [2] * 20


def test_loops_are_let_go() -> None:
    """A server that runs a loop for each request keeps none of them alive."""
    limit = async_dag.limit("api", 1)
    with build_dag() as tm:
        for _ in range(2):
            tm.options(limit=limit).add_node(nap)
    loops = []

    async def main() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await tm.invoke()

    for _ in range(3):
        asyncio.run(main())
    gc.collect()
    assert [loop() is None for loop in loops[:2]] == [True, True]


def test_pictures_call_it_by_name_and_number() -> None:
    """In the graph, in labels and in waits."""
    with build_dag() as tm:
        node = tm.options(limit=API).add_node(nap)
        other = tm.options(limit=async_dag.limit("api", 5)).add_node(nap)
    assert tm.graph.limits == ("api", "api_2")
    assert options_text(node, "api") == "limit api (2)"
    assert options_text(other, "api_2") == "limit api_2 (5)"
    assert repr(API) == "<limit 'api' (2)>"


def test_nodes_that_are_given_the_same_function_share_a_limit() -> None:
    """Also through several calls of `options`, and methods, which are new objects at each access."""

    class Service:
        def limit(self) -> asyncio.Semaphore:
            return asyncio.Semaphore(1)

    service = Service()
    for factory, most in ((make_limit, 3), (service.limit, 1)):
        tm = TaskManager[None]()
        for _ in range(5):
            tm.options(limit=service.limit if factory != make_limit else factory).add_node(nap)
        tm.sort()
        assert len(set(tm.graph.limits)) == 1
        assert asyncio.run(tm.invoke()).timeline.peak_parallelism == most
    assert set(tm.graph.limits) == {"limit"}


def test_limits_of_other_libraries() -> None:
    """A named limit may be of any kind."""
    aiolimiter = pytest.importorskip("aiolimiter")
    rate = async_dag.limit("rate", lambda: aiolimiter.AsyncLimiter(2, 60))
    with build_dag() as tm:
        for _ in range(2):
            tm.options(limit=rate).add_node(nap)
    asyncio.run(tm.invoke())
    assert rate.size == "2 in 60 s"


async def no_limit() -> asyncio.Semaphore:
    return asyncio.Semaphore(1)


@pytest.mark.parametrize("factory", [lambda: 3, no_limit])
def test_a_function_that_makes_no_limit_fails_the_node(factory: Any) -> None:
    """With what it returned, and what it should."""
    with build_dag() as tm:
        tm.options(limit=factory).add_node(nap)
    with pytest.raises(InvocationError, match="returns an async context manager") as caught:
        asyncio.run(tm.invoke())
    assert isinstance(caught.value.exceptions[0], WrongTypeError)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ((3, 3), WrongTypeError, "takes a text; given was 3"),
        ((" ", 3), WrongArgumentError, "takes a name; given was ' '"),
        (("api", 0), WrongArgumentError, "at least 1, .*; given was 0"),
        (("api", "3"), WrongTypeError, "given was '3'"),
        (("api", asyncio.Semaphore(3)), WrongTypeError, "whole number"),
    ],
)
def test_wrong_limits(arguments: Any, error: type[Exception], said: str) -> None:
    """Refused where they are made."""
    with pytest.raises(error, match=said):
        async_dag.limit(*arguments)


def test_a_class_is_no_limit() -> None:
    """Called without arguments, `asyncio.Semaphore` would let one node in, which nobody means."""
    with pytest.raises(WrongTypeError, match="the class Semaphore"):
        build_and_limit(asyncio.Semaphore)


def build_and_limit(limit: Any) -> None:
    TaskManager[None]().options(limit=limit)
