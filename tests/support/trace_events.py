"""A strict reader of the Trace Event format, as far as we write it: what breaks a rule fails.

The rules are those of the format's specification ("Trace Event Format", Google, 2016), and those of
Perfetto's importer that drop or move events: slices of a track must nest (here: must have no moment in
common), arrows must begin and end within a slice.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise
from typing import Any, NamedTuple

_METADATA = {
    "process_name": ("name", str),
    "process_sort_index": ("sort_index", int),
    "thread_name": ("name", str),
    "thread_sort_index": ("sort_index", int),
}


class Slice(NamedTuple):
    start: int  # nanoseconds
    end: int
    name: str
    arguments: dict[str, Any]


class Read(NamedTuple):
    """What a viewer would show."""

    tracks: dict[tuple[str, int], list[Slice]]  # by name of the process and number of the thread
    arrows: list[tuple[str, str]]  # names of the slices at either end
    counter: list[tuple[int, int]]  # nanoseconds and value


def read(text: str) -> Read:
    """Everything in the file; fails with an AssertionError where it breaks a rule."""
    document = json.loads(text, parse_constant=_no_constant)
    text.encode("utf-8")
    assert set(document) <= {"traceEvents", "displayTimeUnit"}
    assert document["displayTimeUnit"] in ("ms", "ns")
    processes: dict[int, str] = {}
    tracks: dict[tuple[int, int], list[Slice]] = defaultdict(list)
    ends: dict[int, dict[str, tuple[int, int, int]]] = defaultdict(dict)
    counter: list[tuple[int, int]] = []
    for event in document["traceEvents"]:
        phase, pid, tid = event["ph"], event["pid"], event["tid"]
        assert phase in "XMCsf", phase
        assert type(pid) is type(tid) is int
        assert isinstance(event["name"], str)
        at = _nanoseconds(event["ts"])
        if phase == "M":
            key, kind = _METADATA[event["name"]]
            assert type(event["args"][key]) is kind
            if event["name"] == "process_name":
                assert pid not in processes
                processes[pid] = event["args"]["name"]
        elif phase == "X":
            length = _nanoseconds(event["dur"])
            assert length > 0
            assert isinstance(event["args"], dict)
            tracks[pid, tid].append(Slice(at, at + length, event["name"], event["args"]))
        elif phase == "C":
            (value,) = event["args"].values()
            assert type(value) is int
            counter.append((at, value))
        else:
            assert phase not in ends[event["id"]], "an arrow has one beginning and one end"
            if phase == "f":
                assert event["bp"] == "e", "else it leads to the next slice, not to this one"
            ends[event["id"]][phase] = pid, tid, at
    for slices in tracks.values():
        slices.sort()
        for before, after in pairwise(slices):
            assert before.end <= after.start, f"{before} overlaps {after}"
    assert counter == sorted(counter)
    assert {pid for pid, _ in tracks} <= set(processes)
    return Read(
        {(processes[pid], tid): slices for (pid, tid), slices in tracks.items()},
        [_arrow(tracks, two) for two in ends.values()],
        counter,
    )


def _arrow(
    tracks: dict[tuple[int, int], list[Slice]], two: dict[str, tuple[int, int, int]]
) -> tuple[str, str]:
    (begin, end) = two["s"], two["f"]
    assert begin[2] <= end[2], "an arrow that leads back in time"
    names: list[str] = []
    for pid, tid, at in (begin, end):
        slices = tracks[pid, tid]
        found = slices[bisect_right([one.start for one in slices], at) - 1]
        assert found.start <= at < found.end, "an arrow that begins or ends beside a slice"
        names.append(found.name)
    return names[0], names[1]


def _nanoseconds(microseconds: object) -> int:
    assert isinstance(microseconds, (int, float))
    assert not isinstance(microseconds, bool)
    assert microseconds >= 0
    return round(microseconds * 1000)


def _no_constant(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")
