"""Runs as metrics for Prometheus."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

import async_dag
from async_dag import InvocationError, RunMetrics, TaskManager, build_dag
from async_dag.errors import AsyncDagError
from tests.support.virtual import VirtualLoop, run_virtual


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"async_dag_{name}", labels)


def test_invokes_and_nodes_are_counted_with_their_seconds() -> None:
    """In virtual time to the second; a map is one node, whatever its items are."""
    registry = CollectorRegistry()

    async def main(loop: VirtualLoop) -> None:
        tm = TaskManager[None](clock=loop.time)
        first = tm.options(name="first").add_node(asyncio.sleep, 2.0)
        tm.options(name="many", after=[first]).map(asyncio.sleep, [1.0, 4.0])
        tm.sort()
        for _ in range(3):
            await tm.invoke()

    with async_dag.watch(over=RunMetrics(registry, dag="a", buckets=[1, 5])):
        run_virtual(main)
    assert value(registry, "invoke_seconds_count", dag="a", outcome="done") == 3
    assert value(registry, "invoke_seconds_sum", dag="a", outcome="done") == pytest.approx(18)
    assert value(registry, "node_seconds_sum", dag="a", node="first") == pytest.approx(6)
    assert value(registry, "node_seconds_sum", dag="a", node="many") == pytest.approx(12)
    assert value(registry, "node_seconds_bucket", dag="a", node="many", le="5.0") == 3
    text = generate_latest(registry).decode()
    assert "many[" not in text


def test_a_second_one_in_a_registry_says_what_to_do() -> None:
    """Not which names are doubled."""
    registry = CollectorRegistry()
    RunMetrics(registry)
    with pytest.raises(ValueError, match="make one RunMetrics and use it for all runs"):
        RunMetrics(registry)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"registry": 3}, "CollectorRegistry of prometheus_client"),
        ({"dag": 3}, "a function of a trace"),
        *(({"buckets": buckets}, "upper bounds") for buckets in (3, "12", [], [2, 1], [None])),
        ({"buckets": [math.nan, 1]}, "upper bounds"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], said: str) -> None:
    """With what is expected, before anything is registered."""
    with pytest.raises(AsyncDagError, match=said):
        RunMetrics(**({"registry": CollectorRegistry()} | arguments))


def test_failures_are_counted_by_node_and_outcome() -> None:
    """What was cancelled or never started takes no time."""
    registry = CollectorRegistry()

    async def fail() -> None:
        raise OSError

    with build_dag() as tm:
        bad = tm.options(name="bad").add_node(fail)
        tm.options(name="behind", after=[bad]).add_node(asyncio.sleep, 0)

    async def main() -> None:
        with pytest.raises(InvocationError):
            await tm.invoke()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await slow.invoke()

    with build_dag() as slow:
        slow.options(name="slow").add_node(asyncio.sleep, 60)
    with async_dag.watch(over=RunMetrics(registry, dag=lambda trace: trace.graph.names[0])):
        asyncio.run(main())
    assert value(registry, "invoke_seconds_count", dag="bad", outcome="failed") == 1
    assert value(registry, "invoke_seconds_count", dag="slow", outcome="cancelled") == 1
    assert value(registry, "node_failures_total", dag="bad", node="bad") == 1
    assert value(registry, "node_seconds_count", dag="bad", node="behind") is None
    assert value(registry, "node_seconds_count", dag="slow", node="slow") is None


def test_a_dag_is_called_as_its_profile_is() -> None:
    """After the file of its functions, or its last node."""
    registry = CollectorRegistry()

    async def step(*_: Any) -> None: ...

    with build_dag() as tm:
        tm.options(name="end").add_node(step, tm.add_node(step))
    with async_dag.watch(over=RunMetrics(registry)):
        asyncio.run(tm.invoke())
    title = async_dag.profile(tm).title
    assert value(registry, "invoke_seconds_count", dag=title, outcome="done") == 1
