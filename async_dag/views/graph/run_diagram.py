"""The diagram of a run: the graph with the state of each node, its duration and the critical path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from async_dag._common.plural import plural
from async_dag._common.units import unit_for
from async_dag.graph.bundling import Bundle
from async_dag.trace.columns import NOT_CHOSEN, STATES
from async_dag.trace.trace import Trace
from async_dag.views.common.words import SIGNS, STATE_WORDS, counted, reason_of
from async_dag.views.graph.diagram import Diagram
from async_dag.views.graph.graph_diagram import bundling_for, diagram_of, left_out
from async_dag.views.graph.lists_of_maps import has_wide_maps, untaken_lists, without


def run_diagram(
    trace: Trace,
    critical_path: Sequence[int],
    *,
    direction: str = "auto",
    detail: str = "auto",
    immediates: Callable[[int], str] = lambda _: "",
) -> Diagram:
    """The diagram of a run, with states, durations and the critical path (indices of nodes)."""
    graph = trace.graph
    if detail == "auto" and has_wide_maps(graph):
        detail = "bundles"
    bundling = bundling_for(graph, detail)
    bundling = without(bundling, untaken_lists(graph))
    trace = trace if trace.over else trace.snapshot()
    describer = _RunDescriber(trace, immediates)
    legend = "thick: the critical path" if len(critical_path) > 1 else ""
    notes = [", ".join(filter(None, [describer.summary(), legend])), left_out(bundling)]
    note = "\n".join(text for text in notes if text)
    return diagram_of(
        graph,
        bundling,
        direction,
        describer.lines,
        immediates,
        describer.states,
        critical_path,
        note,
    )


class _RunDescriber:
    """The texts of nodes and bundles in the diagram of a run."""

    def __init__(self, trace: Trace, immediates: Callable[[int], str]) -> None:
        self.trace = trace
        self.states = trace.states
        self.immediates = immediates
        self.now = trace.elapsed
        took = [seconds for node in range(len(trace)) if (seconds := self.took(node)) is not None]
        self.unit = unit_for(max(took, default=0.0))

    def took(self, node: int) -> float | None:
        """Seconds from the start of a node to its end, or to now; None if it did not start."""
        start, end = self.trace.started[node], self.trace.finished[node]
        if start != start:
            return None
        return (end if end == end else self.now) - start

    def lines(self, bundle: Bundle) -> Iterator[str]:
        if len(bundle.members) != 1:
            yield from self.of_many(bundle)
            return
        (node,) = bundle.members
        if bundle.kind == "choice":
            yield from self.of_choice(node)
        elif bundle.kind == "map":
            yield self.of_one(node)
        if bundle.kind != "task":
            return
        yield self.immediates(node)
        yield self.of_one(node)
        error = self.trace.errors.get(node)
        if error is not None:
            yield error

    def of_choice(self, node: int) -> Iterator[str]:
        yield self.immediates(node)
        taken = self.trace.graph.choices[node].taken
        if taken is not None:
            yield f"took {'then' if taken else 'else'}"
        elif self.states[node] != "waiting":
            yield self.of_one(node)

    def of_one(self, node: int) -> str:
        state, took = self.states[node], self.took(node)
        words = [SIGNS[state]]
        if self.trace.causes.get(node) == NOT_CHOSEN:
            words.append(reason_of(NOT_CHOSEN))
        elif state != "done":
            words.append(STATE_WORDS[state])
        if took is not None and state != "reused":
            words += ["after"] * (state in ("failed", "cancelled")) + [self.unit.duration(took)]
        return " ".join(words)

    def of_many(self, bundle: Bundle) -> Iterator[str]:
        if bundle.kind != "task":
            return
        counts = Counter(self.states[node] for node in bundle.members)
        yield ", ".join(
            f"{SIGNS[state]} {counts[state]:,} {STATE_WORDS[state]}"
            for state in STATES
            if counts[state]
        )
        took = [seconds for node in bundle.members if (seconds := self.took(node)) is not None]
        if took:
            unit = unit_for(max(took))
            low, high = unit.duration(min(took)), unit.duration(max(took))
            yield low if low == high else f"{low} – {high}"

    def summary(self) -> str:
        tasks = [node for node, kind in enumerate(self.trace.graph.kinds) if kind == "task"]
        if not tasks:
            return ""
        counts = Counter(self.states[node] for node in tasks)
        count = plural(len(tasks), "task")
        if counts["done"] == len(tasks):
            parts = [f"{count}, all done" if len(tasks) > 1 else f"{count}, done"]
        else:
            parts = [f"{count}: "]
            parts[0] += ", ".join(counted(self.states[node] for node in tasks))
        ends = [end for node in tasks if (end := self.trace.finished[node]) == end]
        if any(self.states[node] in ("running", "ready") for node in tasks):
            parts.append(f"{unit_for(self.now).text(self.now)} so far")
        elif ends:
            parts.append(f"makespan {unit_for(max(ends)).text(max(ends))}")
        return ", ".join(parts)
