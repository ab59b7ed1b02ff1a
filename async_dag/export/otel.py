"""A run as OpenTelemetry spans: one for the invoke, and a child span for each task."""

from __future__ import annotations

from typing import Any, Final

from opentelemetry import trace as otel
from opentelemetry.trace import Link, Span, SpanContext, Status, StatusCode, Tracer

from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTypeError
from async_dag.graph.algorithms import in_order
from async_dag.trace.columns import by_node
from async_dag.trace.trace import Trace
from async_dag.views.common.facts import RunFacts, end_of
from async_dag.views.common.task_dependencies import task_dependencies

_LIBRARY: Final = "async_dag"
_PREFIX: Final = "async_dag."


def export_spans(trace: Trace, tracer: Tracer | None = None, name: str = "invoke") -> int:
    """Send a run to a tracer, as `RunExport.otel` describes; return the number of spans."""
    if tracer is not None and not hasattr(tracer, "start_span"):
        raise WrongTypeError(
            "export.otel() takes a tracer of OpenTelemetry, or None for that of the global provider; "
            f"given was {short_repr(tracer)}"
        )
    facts = RunFacts(trace)
    exporter = _Exporter(facts, tracer if tracer is not None else otel.get_tracer(_LIBRARY))
    return exporter.export(name)


class _Exporter:
    def __init__(self, facts: RunFacts, tracer: Tracer) -> None:
        self._facts = facts
        self._trace = facts.trace
        self._tracer = tracer
        self._attempts = by_node(self._trace.attempts)
        self._steps = by_node(self._trace.long_steps)

    def export(self, name: str) -> int:
        facts, trace = self._facts, self._trace
        attributes = {"nodes": len(facts.tasks), "makespan": facts.took}
        root = self._begin(name, 0.0, None, attributes)
        failed = [node for node in facts.tasks if facts.states[node] == "failed"]
        if failed:
            names = ", ".join(trace.graph.names[node] for node in failed[:5])
            root.set_status(Status(StatusCode.ERROR, f"failed: {names}"))
        contexts: dict[int, SpanContext] = {}
        started = set(facts.started)
        count = 1
        # Dependencies first, since a link needs the context of its span.
        for node in in_order(trace.graph.dependencies):
            if node in started:
                dependencies = task_dependencies(trace.graph, node)
                links = [
                    Link(contexts[dependency])
                    for dependency in dependencies
                    if dependency in contexts
                ]
                span = self._begin(
                    trace.graph.names[node], trace.started[node], root, self._about(node), links
                )
                contexts[node] = span.get_span_context()
                count += 1 + self._fill(node, span)
        root.end(self._time(trace.elapsed))
        return count

    def _fill(self, node: int, span: Span) -> int:
        """Complete the span of a task, with events and attempts; return the number of child spans."""
        facts, trace = self._facts, self._trace
        for step in self._steps.get(node, ()):
            span.add_event(
                "held the event loop", {_PREFIX + "seconds": step.length}, self._time(step.start)
            )
        attempts = self._attempts.get(node, [])
        below = attempts if len(attempts) > 1 else []
        for number, attempt in enumerate(below, 1):
            name = f"{trace.graph.names[node]} (attempt {number})"
            inner = self._begin(name, attempt.start, span, {"attempt": number})
            if attempt.error is not None:
                inner.set_status(Status(StatusCode.ERROR, attempt.error))
            inner.end(self._time(attempt.end if attempt.end == attempt.end else trace.elapsed))
        state = facts.states[node]
        if state == "failed":
            span.set_status(Status(StatusCode.ERROR, trace.errors.get(node, "unknown error")))
        elif state == "done":
            span.set_status(Status(StatusCode.OK))
        span.end(self._time(end_of(trace, node)))
        return len(below)

    def _begin(
        self,
        name: str,
        start: float,
        parent: Span | None,
        attributes: dict[str, Any],
        links: list[Link] | None = None,
    ) -> Span:
        # Without a parent, it is a child of the current span, if there is one.
        context = None if parent is None else otel.set_span_in_context(parent)
        return self._tracer.start_span(
            name,
            context=context,
            attributes={_PREFIX + key: value for key, value in attributes.items()},
            links=links,
            start_time=self._time(start),
        )

    def _about(self, node: int) -> dict[str, Any]:
        trace, facts = self._trace, self._facts
        origin = trace.graph.origins[node]
        attributes: dict[str, Any] = {
            "state": facts.states[node],
            "waited": max(0.0, trace.started[node] - trace.ready[node]),
            "held": trace.held[node],
            "task": origin.task,
            "file": origin.file,
            "line": origin.line,
            "group": trace.graph.groups[node],
            "limit": trace.graph.limits[node],
            "cause": facts.note(node, str) if node in trace.causes else None,
        }
        return {key: value for key, value in attributes.items() if value is not None}

    def _time(self, seconds: float) -> int:
        """Nanoseconds since the epoch."""
        return round(self._trace.wall_start * 1e9) + round(seconds * 1e9)
