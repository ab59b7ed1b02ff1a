"""The table that closes each demo: how long each way of running the same nodes took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def makespan_table(measured: Mapping[str, float]) -> Iterator[str]:
    """Lines of a table of makespans in seconds, each compared with the first.

    >>> for line in makespan_table({"one by one": 2.0, "this DAG": 1.2}):
    ...     print(line)
                makespan (measured)  speed-up
    one by one               2.00 s     1.00×
    this DAG                 1.20 s     1.67×
    """
    width = max(map(len, measured), default=0)
    first = next(iter(measured.values()), 0.0)
    yield f"{'':<{width}}  makespan (measured)  speed-up"
    for way, seconds in measured.items():
        # A run of nothing takes no time at all; then no way is faster than another.
        speedup = first / seconds if seconds > 0 else 1.0
        yield f"{way:<{width}}  {seconds:>17.2f} s  {speedup:>7.2f}×"
