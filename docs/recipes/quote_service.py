"""A web service each of whose requests is a run of a DAG.

    pip install 'async-dag-workbench[prometheus,otel]' fastapi uvicorn
    uvicorn quote_service:app --workers 2

What its requests take is kept in a history, counted for Prometheus at `/metrics`, and sent to
OpenTelemetry, by threads: no request waits for any of it. Afterwards:

    async-dag history quotes.db --last 1h
    async-dag diff quotes.db --label v41 v42 --fail-over 5%

Set `PROMETHEUS_MULTIPROC_DIR` to an empty folder if there are several workers, so that `/metrics`
adds up what they count.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from prometheus_client import CollectorRegistry, make_asgi_app, multiprocess

import async_dag

HISTORY = os.environ.get("QUOTES_HISTORY", "quotes.db")
VERSION = os.environ.get("QUOTES_VERSION", "v42")
TIMEOUT = float(os.environ.get("QUOTES_TIMEOUT", "2"))  # seconds that a request may take


# The tasks. Here they sleep; they would ask other services.


async def cart(customer: int) -> list[str]:
    if customer < 0:
        raise HTTPException(404, f"there is no customer {customer}")
    await asyncio.sleep(0.002)
    return ["book", "pen"]


async def discount(customer: int) -> float:
    await asyncio.sleep(0.003)
    return 0.1 if customer % 2 else 0.0


async def price(items: list[str], share: float) -> float:
    await asyncio.sleep(0.004 * random.uniform(0.8, 1.2))
    return round(sum(map(len, items)) * (1 - share), 2)


async def stock(items: list[str]) -> dict[str, int]:
    await asyncio.sleep(0.002)
    return dict.fromkeys(items, 3)


async def quote(total: float, there: dict[str, int]) -> dict[str, object]:
    return {"total": total, "stock": there}


# The graph, built once: any number of requests run it at the same time.
with async_dag.build_dag(int) as quotes:
    items = quotes.add_node(cart, quotes.parameter_node)
    share = quotes.add_node(discount, quotes.parameter_node)
    total = quotes.add_node(price, items, share)
    there = quotes.add_node(stock, items)
    answer = quotes.add_node(quote, total, there)


def send_spans(run: async_dag.Run) -> None:
    """A span for the invoke and one for each node, below the span of the request."""
    run.trace.export.otel(name="quote")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Watches the runs of this process for as long as it serves."""
    with (
        async_dag.history(HISTORY, label=VERSION),
        async_dag.watch(over=async_dag.RunMetrics(dag="quote"), off_loop=True),
        async_dag.watch(over=send_spans, off_loop=True),
    ):
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/quote/{customer}")
async def get_quote(customer: int) -> dict[str, object]:
    """The quote of a customer."""
    try:
        async with asyncio.timeout(TIMEOUT):  # too late, its nodes are cancelled and cleaned up
            result = await quotes.invoke(customer)
    except TimeoutError:
        raise HTTPException(504, f"no quote within {TIMEOUT} s") from None
    except async_dag.InvocationError as error:
        raise error.unwrap() from None  # a node's 404 is the request's
    return result[answer]


def metrics_of_all_workers() -> CollectorRegistry | None:
    """The metrics of all processes, if they share a folder; None for those of this one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return None
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return registry


registry = metrics_of_all_workers()
app.mount("/metrics", make_asgi_app() if registry is None else make_asgi_app(registry))
