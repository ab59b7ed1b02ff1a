"""What a history, metrics and spans cost a web service: `python -m benchmarks.server`.

The recipe of `docs/recipes/quote_service.py` serves the same requests with nothing that watches its
runs, with a history, and with all that the recipe has; the same handler written by hand is beside it.
Each is a process of its own, of which the processor time for each request is taken, and how long
requests took. It needs fastapi, uvicorn, prometheus_client and opentelemetry-sdk.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

RECIPES = Path(__file__).parents[1] / "docs" / "recipes"
WAYS = ("by hand", "a DAG", "with a history", "with history, metrics and spans")
REQUESTS = 3000
CONNECTIONS = 8


def serve(way: str, port: int, folder: str) -> None:
    """Serve one way until the process is told to end; print what it used."""
    sys.path.insert(0, str(RECIPES))
    import quote_service as recipe  # type: ignore[import-not-found]  # of the recipes
    import uvicorn
    from fastapi import FastAPI
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    import async_dag

    trace.set_tracer_provider(TracerProvider())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            if "history" in way:
                stack.enter_context(async_dag.history(f"{folder}/runs.db"))
            if "spans" in way:
                metrics = async_dag.RunMetrics(dag="quote")
                stack.enter_context(async_dag.watch(over=metrics, off_loop=True))
                stack.enter_context(async_dag.watch(over=recipe.send_spans, off_loop=True))
            yield

    async def by_hand(customer: int) -> dict[str, object]:
        async with asyncio.timeout(recipe.TIMEOUT), asyncio.TaskGroup() as group:
            cart = group.create_task(recipe.cart(customer))
            share = group.create_task(recipe.discount(customer))

            async def total() -> float:
                price: float = await recipe.price(await cart, await share)
                return price

            async def there() -> dict[str, int]:
                stock: dict[str, int] = await recipe.stock(await cart)
                return stock

            totals, stocks = group.create_task(total()), group.create_task(there())
        answer: dict[str, object] = await recipe.quote(totals.result(), stocks.result())
        return answer

    async def by_gather(customer: int) -> dict[str, object]:
        async with asyncio.timeout(recipe.TIMEOUT):
            items, share = await asyncio.gather(recipe.cart(customer), recipe.discount(customer))
            total, there = await asyncio.gather(recipe.price(items, share), recipe.stock(items))
            answer: dict[str, object] = await recipe.quote(total, there)
        return answer

    app = FastAPI(lifespan=lifespan)
    handler = {"by hand": by_hand, "by gather": by_gather}.get(way, recipe.get_quote)
    app.get("/quote/{customer}")(handler)
    app.get("/used")(_used)
    collecting = Collecting()
    gc.callbacks.append(collecting)
    app.get("/collected")(collecting.told)
    uvicorn.run(app, port=port, log_level="warning")


class Collecting:
    """Adds up what the garbage collector takes of the processor, in seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, phase: str, _: dict[str, int]) -> None:
        """As the collector calls it, before and after."""
        self.seconds += -time.process_time() if phase == "start" else time.process_time()

    async def told(self) -> float:
        """The answer to who asks the server."""
        return self.seconds


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def load(
    port: int, requests: int, connections: int = CONNECTIONS, rest: float = 0.6
) -> tuple[float, list[float]]:
    """Seconds of processor time for each request, and how long each took.

    `rest` is how long to wait for what threads have gathered, in seconds.
    """
    took: list[float] = []
    left = iter(range(requests))

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in left:
            began = time.perf_counter()
            await ask(reader, writer, f"/quote/{number}")
            took.append(time.perf_counter() - began)
        writer.close()

    before = await asked(port, "/used")
    await asyncio.gather(*(client() for _ in range(connections)))
    await asyncio.sleep(rest)
    used = await asked(port, "/used") - before
    return used / requests, took


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> bytes:
    """The body of the answer to a request."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    [length] = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    return await reader.readexactly(int(length.partition(b":")[2]))


async def asked(port: int, path: str) -> Any:
    """The answer to a request, which is JSON."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = await ask(reader, writer, path)
    writer.close()
    return json.loads(body)


def measure(way: str, port: int) -> tuple[float, list[float]]:
    """One round of one way."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.server", "--serve", way, str(port), folder]
        )
        try:
            for _ in range(200):
                try:
                    asyncio.run(load(port, 200))
                    break
                except OSError:
                    time.sleep(0.1)
            return asyncio.run(load(port, REQUESTS))
        finally:
            process.terminate()
            process.wait()


def main() -> None:
    """Measure all ways in turns, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", nargs=3)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve[0], int(arguments.serve[1]), arguments.serve[2])
        return
    used: dict[str, list[float]] = {way: [] for way in WAYS}
    took: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(arguments.rounds):
        for place, way in enumerate(WAYS):
            seconds, latencies = measure(way, 18_000 + len(WAYS) * number + place)
            used[way].append(seconds)
            took[way] += latencies
    print(f"{'':34}processor time   latency p50    p99")
    for way in WAYS:
        ordered = sorted(took[way])
        print(
            f"{way:34}{1e6 * median(used[way]):8.0f} µs   {1e3 * median(ordered):8.2f} ms "
            f"{1e3 * ordered[int(0.99 * len(ordered))]:6.2f} ms"
        )


if __name__ == "__main__":
    main()
