"""`in_process`: plain functions in other processes, those defined in a notebook included."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import types
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest
from loky import get_reusable_executor

from async_dag import InvocationError, TaskManager, build_dag, in_process

CELL = """
factor = 3

def helper(n):
    return n * factor

def work(n, *, more=0):
    import os
    return helper(n) + more, os.getpid()

def broken():
    raise LookupError("from the other process")

def exhausted():
    return next(iter(()))
"""


@pytest.fixture(scope="module", autouse=True)
def loky_ends() -> Iterator[None]:
    """No process of loky's outlives these tests."""
    yield
    get_reusable_executor().shutdown(wait=True, kill_workers=True)


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a notebook cell defines: names in `__main__`, in no file that a process could import."""
    main = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    exec(compile(CELL, "<cell>", "exec"), main.__dict__)  # noqa: S102 - as a notebook does
    return main.__dict__


def run(task: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The value of a DAG of one node."""
    with build_dag() as tm:
        node = tm.add_node(task, *args, **kwargs)
    return asyncio.run(tm.invoke())[node]


def test_a_function_of_an_installed_module() -> None:
    """It runs in another process than ours."""
    assert run(in_process(os.getpid)) != os.getpid()


def test_a_function_defined_in_a_notebook(cell: dict[str, Any]) -> None:
    """A function of a cell takes along the globals and the functions of cells that it uses."""
    value, process = run(in_process(cell["work"]), 14, more=1)
    assert value == 43
    assert process != os.getpid()


def test_a_function_defined_in_a_function() -> None:
    """Closures and lambdas work, too."""
    offset = 5
    assert run(in_process(lambda n: n + offset), 1) == 6


def test_nodes_as_arguments(cell: dict[str, Any]) -> None:
    """Values of nodes travel to the process, and its result on to the next node."""
    task = in_process(cell["helper"])
    with build_dag(int) as tm:
        first = tm.add_node(task, tm.parameter_node)
        second = tm.add_node(task, first)
    assert asyncio.run(tm.invoke(2))[second] == 18


def failure_of(task: Callable[..., Any]) -> Exception:
    with pytest.raises(InvocationError) as caught:
        run(task)
    [error] = caught.value.exceptions
    return error


def test_errors_arrive(cell: dict[str, Any]) -> None:
    """Of their own type and with the note that names the node."""
    error = failure_of(in_process(cell["broken"]))
    assert type(error) is LookupError
    assert error.args == ("from the other process",)
    assert "in node 'broken'" in error.__notes__


def test_stop_iteration_becomes_a_runtime_error(cell: dict[str, Any]) -> None:
    """As in an async function; the node does not wait for ever."""
    error = failure_of(in_process(cell["exhausted"]))
    assert type(error) is RuntimeError
    assert "StopIteration" in str(error)


def test_what_cannot_travel_fails_its_node() -> None:
    """An argument that can't be pickled fails the node; the pool serves the next one."""
    import threading

    with build_dag() as tm:
        tm.add_node(in_process(repr), threading.Lock())
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    assert "pickle" in str(caught.value.exceptions[0])
    assert run(in_process(len), "abc") == 3


def test_a_process_pool_of_the_users() -> None:
    """`pool=` is used in place of loky's: here the standard library's, for an importable function."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        process = run(in_process(os.getpid, pool=pool))
        [child] = pool._processes
        assert process == child
        assert run(in_process(pow, pool=pool), 2, 10) == 1024


def test_cancelling_ends_the_waiting() -> None:
    """`invoke` ends while the process still works, and the pool serves the next one."""
    import time

    tm = TaskManager[None]()
    tm.add_node(in_process(time.sleep), 1)
    tm.sort()
    began = time.perf_counter()

    async def main() -> None:
        async with asyncio.timeout(0.1):
            await tm.invoke()

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert tm.last_unfinished is not None
    assert tm.last_unfinished.trace.states == ["cancelled"]
    assert tm.last_unfinished.trace.elapsed < 1
    assert run(in_process(len), "abc") == 3
    assert time.perf_counter() - began < 60
