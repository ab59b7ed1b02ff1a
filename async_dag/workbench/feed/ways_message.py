"""The ways of running the same tasks as the page gets them: bands, and their segments as columns."""

from __future__ import annotations

from array import array
from typing import Any, Final

from async_dag.views.common.area import area_of, thinned
from async_dag.views.ways.ways import Ways
from async_dag.workbench.feed.binary import little_endian

MOST_SEGMENTS: Final = 6_000
"""Of a band with more no page draws single ones: it gets how many run at once instead."""

_STEPS: Final = 1_000
"""Of that, and of the ends of waves, at most so many over the whole axis."""


def ways_message(ways: Ways | None) -> tuple[dict[str, Any] | None, list[bytes]]:
    """What `ways` of a message is, and the buffers that belong to it, which are there in any case.

    Buffers, with one entry a segment: Uint32 rows of the trace, Uint16 lanes, Float32 starts and
    Float32 ends in seconds. A band owns `count` entries from `first` on. Where it has too many it owns
    none, and its `area` is a list of times and one of how many run from each of them on.
    """
    rows, lane, start, end = array("I"), array("H"), array("f"), array("f")
    bands: list[dict[str, Any]] = []
    for band in ways.bands if ways else ():
        is_large = len(band.rows) > MOST_SEGMENTS
        message = {
            "way": band.way,
            "label": band.label,
            "under": band.under,
            "seconds": list(band.seconds),
            "basis": band.basis,
            "note": band.note,
            "lanes": band.lanes,
            "wave_ends": band.waves_apart(band.seconds.high / _STEPS),
            "critical": [] if is_large else sorted(band.critical),
            "first": len(rows),
            "count": 0 if is_large else len(band.rows),
        }
        if is_large:
            area = area_of(list(zip(band.start, band.end, strict=True)))
            times, counts = thinned(area, band.seconds.high, _STEPS)
            message["area"] = [times, counts]
        else:
            rows.extend(band.rows)
            lane.extend(band.lane)
            start.extend(band.start)
            end.extend(band.end)
        bands.append(message)
    buffers = [little_endian(column) for column in (rows, lane, start, end)]
    if ways is None:
        return None, buffers
    return {
        "headline": ways.headline,
        "until": ways.until,
        "saved": list(ways.saved) if ways.saved else None,
        "note": ways.note,
        "bands": bands,
    }, buffers
