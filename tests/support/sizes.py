"""Runs of the sizes that people have, for tests of what can be read: of 6 to 2,129 tasks."""

from __future__ import annotations

from collections.abc import Callable

from async_dag.trace.trace import Trace
from tests.support.graphs import etl_trace, fan
from tests.support.readme_page import README
from tests.support.schedules import made_trace, mosaic

TRACES: dict[int, Callable[[], Trace]] = {
    6: lambda: README,
    13: lambda: made_trace(fan(4, 3)[:13]),
    26: lambda: made_trace(fan(8, 3)),
    43: etl_trace,
    212: lambda: made_trace(fan(35, 6), slots=24),
    2_129: lambda: made_trace(mosaic(120), slots=96),
}
