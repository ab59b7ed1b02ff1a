"""Throughput of a service whose requests are runs of a DAG, beside that of one that uses `gather`.

Two processes serve the recipe of `docs/recipes/quote_service.py`, one as it stands (with nothing that
watches its runs), one with the same handler written by hand with `gather`. 200 connections ask one and
then the other, by turns; the ratio of each pair is taken, so that what else the machine does meets both
alike.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from statistics import mean, median, quantiles

from benchmarks.server import asked, load

CONNECTIONS = 200
WAYS = ("by gather", "a DAG")


def main() -> None:
    """Measure pairs, and print the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--requests", type=int, default=3000)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        ports = {way: 18_100 + place for place, way in enumerate(WAYS)}
        for way, port in ports.items():
            command = [sys.executable, "-m", "benchmarks.server", "--serve", way, str(port), folder]
            process = subprocess.Popen(command)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            _warm_up(port)
        ratios: list[float] = []
        processor: dict[str, list[float]] = {way: [] for way in WAYS}
        collector: dict[str, list[float]] = {way: [] for way in WAYS}
        rates: dict[str, list[float]] = {way: [] for way in WAYS}
        for number in range(arguments.pairs):
            for way in WAYS if number % 2 else reversed(WAYS):
                before = asyncio.run(asked(ports[way], "/collected"))
                began = time.perf_counter()
                used, took = asyncio.run(load(ports[way], arguments.requests, CONNECTIONS, 0.0))
                assert len(took) == arguments.requests
                rates[way].append(arguments.requests / (time.perf_counter() - began))
                processor[way].append(used)
                collected = asyncio.run(asked(ports[way], "/collected")) - before
                collector[way].append(collected / arguments.requests)
            ratios.append(rates["a DAG"][-1] / rates["by gather"][-1])
    low, _, high = quantiles(ratios, n=4)
    by_hand, ours = (median(processor[way]) for way in WAYS)
    of_processor = median(a / b for a, b in zip(*(processor[way] for way in WAYS), strict=True))
    for way in WAYS:
        print(
            f"{way:10} {median(rates[way]):6.0f} requests/s, "
            f"{1e6 * median(processor[way]):4.0f} µs of processor time each, "
            f"{1e6 * mean(collector[way]):3.0f} of them the garbage collector's"
        )
    print(f"throughput {median(ratios):.3f} of gather's (quartiles {low:.3f} to {high:.3f})")
    print(
        f"by processor time {of_processor:.3f}; {1e6 * (ours - by_hand):.0f} µs more for each request"
    )


def _warm_up(port: int) -> None:
    for _ in range(200):
        try:
            asyncio.run(load(port, 400, CONNECTIONS, 0.0))
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing answers at port {port}: {asyncio.run(asked(port, '/used'))}")


if __name__ == "__main__":
    main()
