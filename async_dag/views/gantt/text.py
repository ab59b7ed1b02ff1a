"""One run as a Gantt chart in plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from math import inf
from typing import Final, NamedTuple

from async_dag._common.arguments import finite_number, whole_number
from async_dag._common.units import unit_for
from async_dag.trace.columns import LOST, WAIT_KINDS, Attempt, State
from async_dag.trace.trace import Trace
from async_dag.views.common.axis import decimals_for, ticks
from async_dag.views.common.facts import RunFacts
from async_dag.views.common.terminal import (
    Terminal,
    columns,
    padded,
    shorten,
    shorten_end,
)
from async_dag.views.common.words import LEGEND_WORDS, STATE_WORDS, counted
from async_dag.views.gantt.rows import Row, gantt_rows, importance
from async_dag.views.gantt.text_bars import Bar, BarPainter, Scale
from async_dag.views.gantt.worker_text import by_worker, moves_told, ran_again, worker_title
from async_dag.views.ways.text import ways_text
from async_dag.views.ways.ways import ways_of_run

_ERRORS_NAMED: Final = 5
_MOST_SINGLES: Final = 10
_SHORTEST_NOTE: Final = 12
_NARROWEST_BAR: Final = 8
_MOST_TICKS: Final = 12


def gantt_text(
    trace: Trace,
    *,
    width: int | None = None,
    rows: int = 60,
    until: float | None = None,
    encoding: str | None = None,
    errors: bool = True,
    ways: bool = True,
) -> str:
    """The text of `RunDraw.text`.

    Without `errors` where findings below it tell what failed, without `ways` where they are measured.
    """
    terminal = Terminal(width, encoding)
    rows = whole_number("rows=", rows, at_least=1)
    until_seconds = (
        0.0 if until is None else finite_number("until=", until, at_least=0, what="seconds")
    )
    chart = _Chart(trace, terminal, rows, until_seconds)
    told = [chart.ways()] if ways else []
    told += [chart.errors()] if errors else []
    return "\n".join([*chart.lines(), *chain(*told)])


class Group(NamedTuple):
    """A line of the chart: a row, what of it ran on one worker, or one of its tasks (no row)."""

    nodes: tuple[int, ...]
    title: str
    row: Row | None

    @property
    def is_single(self) -> bool:
        """Whether it is the line of a single task."""
        return self.row is None or self.row.is_single


class _Chart:
    """One chart, and what its lines share."""

    def __init__(self, trace: Trace, terminal: Terminal, most: int, until: float) -> None:
        self.facts = facts = RunFacts(trace)
        self.trace = trace = facts.trace
        self.states = facts.states
        self.tasks = facts.tasks
        self.work = facts.work
        self.terminal = terminal
        self.most = most
        self.until = max(until, facts.took)
        self.unit = unit_for(self.until)
        self.legend: list[str] = []

    def lines(self) -> Iterator[str]:
        if not self.tasks:
            yield "no tasks to run"
            return
        if self.facts.has_bars:
            yield from self.chart(self.groups())
            yield from self.terminal.fill(self.legend, "  ")
        else:
            yield "nothing started"
        yield from self.terminal.fill(self.facts.counts(), ", ")
        characters = self.terminal.characters
        yield from self.terminal.fill(self.facts.totals(characters.times, characters.to), ", ")
        yield from self.terminal.fill(list(moves_told(self.facts, self.terminal)), ", ")

    def ways(self) -> Iterator[str]:
        """What the run took beside other ways of running its tasks."""
        if (ways := ways_of_run(self.facts.timeline)) is not None:
            yield ""
            yield from ways_text(ways, self.terminal)

    def groups(self) -> list[Group]:
        """The rows of all charts, with the most important tasks of those that share one below it."""
        rows = gantt_rows(self.facts, most=self.most)
        groups = [Group(row.nodes, row.title, row) for row in rows]
        if self.trace.lanes:
            return self.by_worker(groups)
        together = [node for row in rows if not row.is_single for node in row.nodes]
        together.sort(key=lambda node: importance(self.facts, node))
        singles = set(together[: min(self.most - len(rows), _MOST_SINGLES)])
        names = self.trace.graph.names
        return [
            each
            for group in groups
            for each in (
                group,
                *(
                    Group((node,), f"  {names[node]}", None)
                    for node in group.nodes
                    if node in singles and not group.is_single
                ),
            )
        ]

    def by_worker(self, groups: list[Group]) -> list[Group]:
        """Of a run on a cluster worker by worker, in order of their starts there."""
        parts = [
            (lane, group._replace(nodes=tuple(part)))
            for group in groups
            for lane, part in by_worker(self.facts, group.nodes).items()
        ]
        started = self.trace.started

        def place(lane_and_part: tuple[int, Group]) -> tuple[bool, int, float, int]:
            lane, part = lane_and_part
            starts = [started[node] for node in part.nodes if started[node] == started[node]]
            return lane < 0, lane, min(starts, default=inf), part.nodes[0]

        return [part for _, part in sorted(parts, key=place)]

    def chart(self, groups: list[Group]) -> Iterator[str]:
        """The rows and the axis; also sets the legend."""
        characters = self.terminal.characters
        # The columns are names, an edge, bars and seconds. Compute the widths first.
        labels = [self.label(group) for group in groups]
        times = [self.time(group.nodes) for group in groups]
        time_width = max(map(columns, [*times, self.unit.text(self.until)]))
        space = self.terminal.width - time_width - 3
        label_width = min(
            max(map(columns, labels)),
            max(self.terminal.width // 3, 10),
            max(space - _NARROWEST_BAR, 4),
        )
        scale = Scale(self.until, max(1, space - label_width))
        painter = BarPainter(self.facts, scale, characters)
        signs: set[str] = set()
        worker: int | None = None
        for group, label, time in zip(groups, labels, times, strict=True):
            if self.trace.lanes and (lane := self.lane_of(group)) != worker:
                worker = lane
                yield shorten_end(
                    worker_title(self.facts, lane, self.terminal),
                    self.terminal.width,
                    characters.ellipsis,
                )
            bar, note = self.bar(painter, group)
            if group.is_single:
                signs.update(bar.text)
            name = shorten(label, label_width, characters.ellipsis)
            name = self.terminal.guarded(padded(name, label_width))
            drawn = padded(_with_note(bar, note, scale.cells, self.terminal), scale.cells)
            yield f"{name} {characters.edge}{drawn} {time:>{time_width}}"
        there = {self.lane_of(group) for group in groups}
        for lane in range(len(self.trace.lanes)):
            if lane not in there:  # nothing that ran there was the last run of its node
                yield shorten_end(
                    worker_title(self.facts, lane, self.terminal),
                    self.terminal.width,
                    characters.ellipsis,
                )
        yield from self.axis(label_width, scale)
        self.legend = self.explain(signs, not all(group.is_single for group in groups))

    def lane_of(self, group: Group) -> int:
        return self.trace.lane_of.get(group.nodes[0], -1) if group.nodes else -1

    def label(self, group: Group) -> str:
        if group.is_single:
            return self.terminal.harmless(group.title, self.terminal.width)
        count = f" {self.terminal.characters.times}{len(group.nodes):,}"
        room = max(4, self.terminal.width // 3 - len(count))
        return self.terminal.harmless(group.title, room) + count

    def time(self, nodes: Sequence[int]) -> str:
        started = any(self.trace.started[node] == self.trace.started[node] for node in nodes)
        return self.unit.duration(self.work(nodes)) if started else "-"

    def bar(self, painter: BarPainter, group: Group) -> tuple[Bar, str]:
        """The bar of a row, and the note beside it."""
        if group.is_single:
            return painter.single(group.nodes[0]), self.note(group.nodes[0])
        bar, peak = painter.area(group.nodes)
        states: list[State] = [self.states[node] for node in group.nodes]
        note = [] if set(states) == {"done"} else counted(states)
        if peak:
            note.insert(0, f"peak {peak:,}")
        return bar, ", ".join(note)

    def note(self, node: int) -> str:
        """What the bar of a task does not show."""
        if self.trace.lanes and (again := ran_again(self.facts, self.tries(node), self.terminal)):
            return again
        return self.facts.note(node, lambda name: self.terminal.harmless(name, 30))

    def tries(self, node: int) -> list[Attempt]:
        """The attempts of a node."""
        return [attempt for attempt in self.trace.attempts if attempt.node == node]

    def axis(self, label_width: int, scale: Scale) -> Iterator[str]:
        characters, unit = self.terminal.characters, self.unit
        widest = len(unit.text(self.until)) + 3
        line = [characters.line] * scale.cells
        numbers = ""
        at_most = min(_MOST_TICKS, max(2, scale.cells // widest))
        times = list(ticks(self.until, at_most, unit))
        decimals = decimals_for(times, unit)
        for time in times:
            column = min(scale.edge(time), scale.cells - 1)
            if column > 0:
                line[column] = characters.tick
            # The number is below its tick, which is one column to the right of the edge.
            numbers = numbers.ljust(column + 1) + f"{time / unit.seconds:.{decimals}f}"
        blank = " " * (label_width + 1)
        yield f"{blank}{characters.corner}{''.join(line)}"
        yield f"{blank}{numbers} {unit.name}"

    def explain(self, signs: set[str], grouped: bool) -> list[str]:
        """The legend of the signs that occur."""
        characters = self.terminal.characters
        meanings = {
            characters.waiting: LEGEND_WORDS["queued"],
            characters.transfer: WAIT_KINDS["transfer"],
            characters.awaiting: LEGEND_WORDS["awaiting"],
            characters.partly_holding: f"{LEGEND_WORDS['holding']} in part",
            characters.holding: LEGEND_WORDS["holding"],
            characters.failed: STATE_WORDS["failed"] if "failed" in self.states else LOST,
            characters.cancelled: STATE_WORDS["cancelled"],
            characters.running: STATE_WORDS["running"],
        }
        legend = [f"{sign} {meaning}" for sign, meaning in meanings.items() if sign in signs]
        if grouped:
            low, high = characters.area[0], characters.area[-1]
            legend += [f"{low} to {high} in rows of several", "how many at once, of the peak"]
        return legend

    def errors(self) -> Iterator[str]:
        """The errors of the failed tasks."""
        failed = [node for node in self.tasks if self.states[node] == "failed"]
        for node in failed[:_ERRORS_NAMED]:
            name = self.terminal.harmless(self.trace.graph.names[node], 30)
            error = self.terminal.harmless(self.trace.errors.get(node, "unknown error"), 400)
            yield from self.terminal.fill(
                [f"{self.terminal.guarded(name)} failed:", error], " ", "  "
            )
        if len(failed) > _ERRORS_NAMED:
            yield from self.terminal.fill([f"and {len(failed) - _ERRORS_NAMED:,} more failed"], "")


def _with_note(bar: Bar, note: str, cells: int, terminal: Terminal) -> str:
    """The bar with the note beside it: on the right, or on the left if there is more room.

    A note without room is left out: the end of the bar and the legend show the state.
    """
    ellipsis = terminal.characters.ellipsis
    # Without a bar there is room, and nothing else shows the state.
    needed = min(columns(note), _SHORTEST_NOTE) if bar.text else 1
    right = cells - columns(bar.text) - (1 if bar.text else 0)
    left = bar.start - 1
    if not note or max(left, right) < needed:
        return bar.text
    if right >= left or right >= columns(note):
        text = terminal.guarded(shorten_end(note, right, ellipsis))
        return f"{bar.text} {text}" if bar.text else text
    text = shorten_end(note, left, ellipsis)
    return " " * (left - columns(text)) + terminal.guarded(text) + " " + bar.text[bar.start :]
