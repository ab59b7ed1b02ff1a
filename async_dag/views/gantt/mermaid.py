"""A run as a Gantt chart in Mermaid, for a README: GitHub and many editors draw it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from async_dag._common.harmless import harmless
from async_dag._common.units import unit_for
from async_dag.trace.trace import Trace
from async_dag.views.common.axis import ticks
from async_dag.views.common.facts import RunFacts, end_of
from async_dag.views.common.terminal import shorten, shorten_end
from async_dag.views.common.words import SIGNS
from async_dag.views.gantt.rows import Row, gantt_rows

_LONGEST_NAME: Final = 40
_LONGEST_ERROR: Final = 60
_MOST_TICKS: Final = 9

# Characters without a meaning in Mermaid's Gantt charts, Markdown or HTML.
_PLAIN: Final = re.compile(
    r"[A-Za-z0-9×·✓✗⊘▶↺…]|(?<=[A-Za-z0-9])[_-](?=[A-Za-z0-9])|(?<=\S) (?=\S)|(?<=\w)[.](?=\w)"
    r"|(?<=\w),(?=[ \w])"
)
_KEYWORD: Final = re.compile(
    r"gantt|title|section|date|axis|tick|include|exclude|today|inclusive|topaxis|week|click|call|href"
    r"|vert|acc",
    re.IGNORECASE,
)
"""Words that would start a statement."""


class _Axis(NamedTuple):
    """How times are written. Mermaid has only dates, so runs begin on 1 January 1970.

    Its axis counts from there (`%Q` milliseconds, `%s` seconds), in any time zone. Very short runs are
    stretched, and the unit is named accordingly.
    """

    seconds: float  # in one millisecond of the chart
    format: str

    def number(self, seconds: float) -> int:
        return round(seconds / self.seconds)


def mermaid_gantt_source(trace: Trace) -> str:
    """The text of `RunDraw.mermaid_gantt`."""
    facts = RunFacts(trace)
    axis = _axis_for(facts.took)
    lines = [
        "gantt",
        f"  title {_escaped(_title(facts))}",
        "  dateFormat x",
        f"  axisFormat {axis.format}",
    ]
    interval = _interval(facts.took, axis)
    if interval:
        lines.append(f"  tickInterval {interval}millisecond")
    bars = list(_bars(facts, axis))
    # Some versions of Mermaid reject a chart without bars.
    return "\n".join([*lines, *(bars or ["  nothing started :milestone, 0, 0"])]) + "\n"


def _axis_for(took: float) -> _Axis:
    if took >= 10:
        # There is no format for the minutes since the beginning: `%M` starts again every hour.
        return _Axis(1e-3, "%s s")
    return _Axis(1e-3, "%Q ms") if took >= 0.005 or took <= 0 else _Axis(1e-6, "%Q µs")


def _interval(took: float, axis: _Axis) -> int:
    times = list(ticks(took, _MOST_TICKS))
    return axis.number(times[1]) if len(times) > 1 else 0


def _title(facts: RunFacts) -> str:
    return " · ".join([", ".join(facts.counts()), *facts.totals()[:1], *facts.totals()[2:3]])


def _bars(facts: RunFacts, axis: _Axis) -> Iterator[str]:
    on_path = set(facts.rows_of(facts.timeline.critical_path))
    for row in gantt_rows(facts):
        started = [n for n in row.nodes if facts.trace.started[n] == facts.trace.started[n]]
        if started:
            begin = axis.number(min(facts.trace.started[node] for node in started))
            end = axis.number(max(end_of(facts.trace, node) for node in started))
            failed = any(facts.states[node] == "failed" for node in row.nodes)
            # Mermaid fills `crit` bars with red, but only frames them if they are `active` too.
            on_it = not on_path.isdisjoint(row.nodes)
            tags = "crit, " if failed else "active, crit, " if on_it else ""
            yield f"  {_escaped(_label(facts, row))} :{tags}{begin}, {max(end, begin + 1)}"


def _label(facts: RunFacts, row: Row) -> str:
    name = shorten(harmless(row.title), _LONGEST_NAME, "…")
    if not row.is_single:
        return f"{name} ×{row.count} {row.under.replace(',', '')}"
    node = row.nodes[0]
    label = f"{name} {unit_for(facts.took).duration(facts.work(row.nodes))}"
    state = facts.states[node]
    if state == "done":
        return label
    error = facts.trace.errors.get(node, "") if state == "failed" else ""
    note = f"{facts.note(node, lambda cause: shorten(harmless(cause), _LONGEST_NAME, '…'))} {error}"
    return f"{SIGNS[state]} {label} {shorten_end(harmless(note), _LONGEST_ERROR, '…')}".rstrip()


def _escaped(text: str) -> str:
    """Text in which characters that could have a meaning are written as numbers.

    >>> _escaped("fetch: 50%"), _escaped("title_page")
    ('fetch#58; 50#37;', '#116;itle_page')
    """
    plain = {match.start() for match in _PLAIN.finditer(text)}
    if _KEYWORD.match(text):
        plain.discard(0)
    return "".join(
        character if place in plain else f"#{ord(character)};"
        for place, character in enumerate(text)
    )
