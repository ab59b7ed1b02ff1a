"""A graph as plain text: its tasks wave by wave, and what each depends on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from async_dag._common.arguments import whole_number
from async_dag.graph.choice_parts import is_choice, parts_of
from async_dag.graph.graph import Graph
from async_dag.graph.labels import task_labels
from async_dag.graph.waves import Wave, waves_and_collects
from async_dag.views.common.terminal import Terminal, columns, padded, shorten

_MOST_NEEDED: Final = 12
"""Dependencies named in one row; the rest are counted."""


class _Row(NamedTuple):
    wave: int
    label: str
    needed: list[str]


def graph_text(
    graph: Graph, *, width: int | None = None, rows: int = 60, encoding: str | None = None
) -> str:
    """The text that `GraphDraw.text` returns."""
    terminal = Terminal(width, encoding)
    rows = whole_number("rows=", rows, at_least=2)
    return "\n".join(_lines(graph, terminal, rows))


def _lines(graph: Graph, terminal: Terminal, most: int) -> Iterator[str]:
    by_wave = waves_and_collects(graph)
    yield from terminal.fill(_summary(graph, len(by_wave) - 1), ", ")
    given = [i for i, kind in enumerate(graph.kinds) if kind in ("parameter", "immediate")]
    if given:
        names = [terminal.guarded(name) for name in _first(graph, given, terminal)]
        yield from terminal.fill([f"given: {names[0]}", *names[1:]], ", ", indent="  ")
    rows = _rows_of_nodes(graph, by_wave, terminal)
    if len(rows) > most:
        rows = _rows_of_functions(graph, by_wave, terminal)
    left_out = len(rows) - most
    # Of a long graph, show the beginning and the end.
    head = rows if left_out <= 0 else rows[: most - most // 2]
    tail = [] if left_out <= 0 else rows[-(most // 2) :]
    widest = max((columns(row.label) for row in head + tail), default=0)
    label_width = min(widest, max(6, terminal.width // 2 - 4))
    yield from _section(head, terminal, label_width)
    if tail:
        dots = terminal.characters.ellipsis
        yield from terminal.fill([f"{dots} {left_out:,} more rows {dots}"], "")
        yield from _section(tail, terminal, label_width)


def _summary(graph: Graph, count: int) -> list[str]:
    kinds = Counter(graph.kinds)
    if not len(graph):
        return ["no nodes"]
    if not kinds["task"] and not kinds["map"]:
        return ["no tasks to run"]
    edges = sum(
        graph.kinds[needed] in ("task", "map", "collect", "choice")
        for dependencies in graph.dependencies
        for needed in dependencies
    )
    # A choice runs nothing, be it made once or for each element.
    maps = sum(kind == "map" and not is_choice(graph, i) for i, kind in enumerate(graph.kinds))
    tasks = [_count(n, kind) for kind, n in (("task", kinds["task"]), ("map", maps)) if n]
    return [f"{' and '.join(tasks)} in {_count(count, 'wave')}", _count(edges, "dependency")]


def _count(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("y") else f"{number:,} {noun}s"


def _first(graph: Graph, nodes: Sequence[int], terminal: Terminal) -> list[str]:
    """The names of the first few nodes, and how many more there are."""
    names = [terminal.harmless(graph.names[node], 40) for node in nodes[:_MOST_NEEDED]]
    if len(nodes) > _MOST_NEEDED:
        names.append(f"{len(nodes) - _MOST_NEEDED:,} more")
    return names


def _numbered(by_wave: Sequence[Wave]) -> Iterator[tuple[int, list[int]]]:
    """Each wave with its nodes: the tasks, then the collect nodes that have their value after it."""
    for number, wave in enumerate(by_wave):
        yield number, [*wave.tasks, *wave.collects]


def _rows_of_nodes(graph: Graph, by_wave: Sequence[Wave], terminal: Terminal) -> list[_Row]:
    return [
        _Row(
            number,
            terminal.harmless(graph.names[node], terminal.width)
            + (f" {terminal.characters.times}?" if graph.kinds[node] == "map" else ""),
            _first(graph, graph.dependencies[node], terminal)
            if not is_choice(graph, node)
            else _sides(graph, node, terminal),
        )
        for number, nodes in _numbered(by_wave)
        for node in nodes
    ]


def _sides(graph: Graph, node: int, terminal: Terminal) -> list[str]:
    """What a choice takes: `if is_new`, `then send`, `else a value`, and which side it took."""
    taken = graph.choices[node].taken if node in graph.choices else None
    told = []
    for role, nodes in parts_of(graph, node):
        names = " and ".join(terminal.harmless(graph.names[part], 40) for part in nodes)
        took = taken is not None and role == ("then" if taken else "else")
        told.append(f"{role} {names or 'a value'}{' (taken)' if took else ''}")
    return told


def _rows_of_functions(graph: Graph, by_wave: Sequence[Wave], terminal: Terminal) -> list[_Row]:
    """One row for all nodes of a wave that call the same function."""
    labels = task_labels(graph)
    rows: list[_Row] = []
    for number, nodes in _numbered(by_wave):
        members: dict[str, list[int]] = {}
        for node in nodes:
            members.setdefault(labels[node], []).append(node)
        for label, group in members.items():
            # A node that several of the group depend on counts once.
            needed = dict.fromkeys(n for node in group for n in graph.dependencies[node])
            counts = Counter(labels[node] for node in needed)
            named = [_times(name, count, terminal) for name, count in counts.most_common()]
            if len(named) > _MOST_NEEDED:
                named[_MOST_NEEDED:] = [f"{len(named) - _MOST_NEEDED:,} more"]
            rows.append(_Row(number, _times(label, len(group), terminal), named))
    return rows


def _times(label: str, count: int, terminal: Terminal) -> str:
    name = terminal.harmless(label, 40)
    return name if count == 1 else f"{name} {terminal.characters.times}{count:,}"


def _section(rows: Iterable[_Row], terminal: Terminal, label_width: int) -> Iterator[str]:
    """The lines of some rows, with a heading for each wave."""
    wave = -1
    for row in rows:
        if row.wave != wave:
            wave = row.wave
            yield f"wave {wave:,}" if wave else "from the start"
        label = terminal.harmless(row.label, label_width)
        start = f"  {padded(terminal.guarded(label), label_width)}"
        if not row.needed:
            yield start.rstrip()
            continue
        arrow = f"  {terminal.characters.needs} "
        indent = " " * columns(start + arrow)
        room = max(terminal.width - len(indent) - 1, 4)
        names = [
            terminal.guarded(shorten(n, room, terminal.characters.ellipsis)) for n in row.needed
        ]
        yield from terminal.fill([start + arrow + names[0], *names[1:]], ", ", indent)
