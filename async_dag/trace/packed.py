"""A closed trace as a few bytes and back: six nodes take some 100, a tenth of their JSON.

Times are whole numbers of a unit that is a power of ten, fine enough for the run: 0.1 µs for one of up
to seven minutes. What is the same for all runs of a graph, the graph itself, is left out. So is
`ready` where all nodes succeeded, since it follows from when the dependencies finished.

Layout, little-endian: the version of the layout, flags, the exponent of the unit, the columns that are
there (a bit each), the number of processors, the duration of the invoke in units, the columns, and JSON
with the sparse tables if any has a row. All behind the first two bytes is compressed where that pays.
"""

from __future__ import annotations

import json
import math
import struct
import sys
import zlib
from array import array
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final

from async_dag.errors import TraceFormatError
from async_dag.graph.graph import Graph
from async_dag.trace.columns import NOT_YET, TABLES, Lane, Progress
from async_dag.trace.durations import FINISHED, columns_of
from async_dag.trace.trace import Trace

VERSION: Final = 1

COLUMN_BITS: Final = {"ready": 1, "started": 2, "finished": 4, "held": 8, "late": 16}
"""The columns in their order, each with its bit, which never gets another meaning."""

_BITS: Final = tuple(COLUMN_BITS.values())
_READY: Final = COLUMN_BITS["ready"]
_LATE: Final = COLUMN_BITS["late"]

_COMPRESSED: Final = 1
_HAS_LOCK: Final = 2
_KNOWS_LATENESS: Final = 4
_NEVER_LATE: Final = 8
_LEAST_COMPRESSED: Final = 200
"""Bytes from which compressing is tried."""

_NOT_YET: Final = 0xFFFF_FFFF
_FINEST: Final = 7
"""The exponent of the finest unit: 10⁻⁷ s."""

_LONGEST_AT_FINEST: Final = (_NOT_YET - 1) / 10**_FINEST
"""Seconds that fit into a column at the finest unit."""

_MOST_PROCESSORS: Final = 0xFFFF

_TABLES: Final = tuple((table.name, table.row is not None) for table in TABLES)

_rarely_there: Final = attrgetter("outcomes", "lanes", *[table.name for table in TABLES])

_START: Final = struct.Struct("<BB")
_HEADER: Final = struct.Struct("<bHHQ")


def pack(trace: Trace) -> bytes:
    """The trace, which must be over, as bytes; its graph and its wall clock are left out."""
    elapsed = trace.elapsed
    exponent = _FINEST
    if elapsed > _LONGEST_AT_FINEST:
        exponent = math.floor(math.log10((_NOT_YET - 1) / elapsed))
    units = 10.0**exponent
    bits = 0
    flags = _HAS_LOCK * trace.has_lock | _KNOWS_LATENESS * trace.knows_lateness
    kept: list[Sequence[float]] = []
    columns = columns_of(trace)
    # Of a file some nodes may still be waiting or running: then the sum is NaN.
    irregular = bool(trace.outcomes) or math.isnan(sum(columns[FINISHED]))
    for bit, column in zip(_BITS, columns, strict=True):
        if bit == _READY and not irregular:
            continue
        if bit == _LATE and not [time for time in column if time == time]:
            flags |= _NEVER_LATE  # of nodes that awaited nothing but their turn nothing is known
        elif any(column):  # NaN counts as something
            bits |= bit
            kept.append(column)
    processors = min(trace.processors or 0, _MOST_PROCESSORS)
    body = _HEADER.pack(exponent, bits, processors, round(elapsed * units))
    body += _packed(kept, units)
    if _has_sparse(trace) and (sparse := _sparse(trace, exponent)):
        body += json.dumps(sparse, allow_nan=False, separators=(",", ":")).encode()
    if len(body) >= _LEAST_COMPRESSED:
        smaller = zlib.compress(body, 1)
        if len(smaller) < len(body):
            return _START.pack(VERSION, flags | _COMPRESSED) + smaller
    return _START.pack(VERSION, flags) + body


def _packed(columns: Sequence[Sequence[float]], units: float) -> bytes:
    # All in one go: for six nodes calls take longer than the numbers.
    numbers = array(
        "I",
        [
            int(time * units + 0.5) if time == time else _NOT_YET
            for column in columns
            for time in column
        ],
    )
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _has_sparse(trace: Trace) -> bool:
    """Whether there may be anything for `_sparse`: the quick answer for most runs."""
    return bool(
        trace.max_concurrency is not None
        or trace.computed_elsewhere
        or trace.machine_busy is not None
        or any(_rarely_there(trace))
    )


def _sparse(trace: Trace, decimals: int) -> dict[str, Any]:
    """The tables that have rows; NaN, which JSON has not, as null, and times rounded."""
    fields: dict[str, Any] = {}
    if trace.max_concurrency is not None:
        fields["max_concurrency"] = trace.max_concurrency
    if trace.computed_elsewhere:
        fields["computed_elsewhere"] = trace.computed_elsewhere
    if trace.machine_busy is not None:
        fields["machine_busy"] = round(trace.machine_busy, decimals)
    if trace.outcomes:
        fields["outcomes"] = list(trace.outcomes.items())
    if trace.lanes:
        fields["lanes"] = [[_shortened(field, decimals) for field in lane] for lane in trace.lanes]
    for name, is_list in _TABLES:
        rows = getattr(trace, name)
        if rows:
            fields[name] = (
                [[_shortened(field, decimals) for field in row] for row in rows]
                if is_list
                else list(rows.items())
            )
    return fields


def _shortened(field: Any, decimals: int) -> Any:
    if not isinstance(field, float):
        return field
    return None if field != field else round(field, decimals)


def unpack(graph: Graph, packed: bytes, wall_start: float = 0.0) -> Trace:
    """The trace that `pack` packed, of a run of `graph`.

    Raises `TraceFormatError` (a `ValueError`) for bytes that are no such trace.
    """
    try:
        return _unpack(graph, packed, wall_start)
    except (struct.error, zlib.error, ValueError, TypeError, KeyError, IndexError) as error:
        if isinstance(error, TraceFormatError):
            raise
        raise TraceFormatError(f"these bytes are no packed trace of this graph: {error}") from error


def _unpack(graph: Graph, packed: bytes, wall_start: float) -> Trace:
    version, flags = _START.unpack_from(packed)
    if version > VERSION:
        raise TraceFormatError(
            f"this run was packed by a newer version of async_dag (layout {version}); this one reads "
            f"layouts up to {VERSION}: update it"
        )
    body = packed[_START.size :]
    if flags & _COMPRESSED:
        body = zlib.decompress(body)
    exponent, bits, processors, elapsed = _HEADER.unpack_from(body)
    unit = 10.0**-exponent
    size = len(graph)
    place = _HEADER.size
    trace = Trace(graph, clock=_no_time)
    trace.wall_start = wall_start
    trace.processors = processors or None
    trace.has_lock, trace.knows_lateness = bool(flags & _HAS_LOCK), bool(flags & _KNOWS_LATENESS)
    for name, bit in COLUMN_BITS.items():
        if bit == _LATE and flags & _NEVER_LATE:
            seconds = [NOT_YET] * size
        elif bits & bit:
            numbers = array("I")
            numbers.frombytes(body[place : place + size * numbers.itemsize])
            if sys.byteorder == "big":
                numbers.byteswap()
            if len(numbers) != size:
                raise TraceFormatError(f"column {name!r} was cut off")
            place += size * numbers.itemsize
            seconds = [NOT_YET if number == _NOT_YET else number * unit for number in numbers]
        else:
            seconds = [0.0] * size
        setattr(trace, name, seconds)
    if place < len(body):
        _read_sparse(trace, json.loads(body[place:]))
    if not trace.outcomes and not bits & COLUMN_BITS["ready"]:
        trace.ready = _ready(trace)
    trace.close(elapsed * unit)
    return trace


def _read_sparse(trace: Trace, sparse: dict[str, Any]) -> None:
    trace.max_concurrency = sparse.get("max_concurrency")
    trace.computed_elsewhere = sparse.get("computed_elsewhere", 0.0)
    trace.machine_busy = sparse.get("machine_busy")
    trace.outcomes = dict(sparse.get("outcomes", ()))
    trace.lanes = [_row(Lane, lane) for lane in sparse.get("lanes", ())]
    for table in TABLES:
        rows = sparse.get(table.name, ())
        if table.name == "progress":
            trace.progress = {node: Progress(*reported) for node, reported in rows}
        elif table.row is None:
            setattr(trace, table.name, dict(rows))
        else:
            setattr(trace, table.name, [_row(table.row, row) for row in rows])


def _row(kind: type[Any], values: Sequence[Any]) -> Any:
    row = kind(*values)
    # Of what may be null only the end of something is a time, which had not come yet.
    return row._replace(end=NOT_YET) if getattr(row, "end", 0.0) is None else row


def _ready(trace: Trace) -> list[float]:
    """When each node was ready, if all succeeded: once all it needs was done."""
    finished = trace.finished
    return [
        max([finished[other] for other in needed]) if needed else 0.0
        for needed in trace.graph.dependencies
    ]


def _no_time() -> float:
    return 0.0
