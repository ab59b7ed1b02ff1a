"""Spans for OpenTelemetry: the recorded times, below each other as they were, linked as they depend."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry import trace as otel
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode, Tracer

from async_dag.trace.columns import Attempt
from async_dag.trace.trace import Trace
from tests.support.made_traces import Bar, made_trace

START = 1_700_000_000


def traced() -> tuple[Tracer, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider.get_tracer("test"), exporter


def exported(trace: Trace) -> dict[str, ReadableSpan]:
    trace.wall_start = START
    tracer, exporter = traced()
    count = trace.export.otel(tracer)
    spans = exporter.get_finished_spans()
    assert count == len(spans)
    return {span.name: span for span in spans}


def failed_run() -> Trace:
    trace = made_trace(
        Bar("load", 0, 0.5, 1.0, steps=((0.5, 0.25),)),
        Bar("all", 1.0, 1.0, 1.0, kind="collect", needs=(0,)),
        Bar("parse", 1.0, 1.0, 3.0, "failed", needs=(1,), error="OSError: no route"),
        Bar("end", state="skipped", needs=(2,), cause=2),
        elapsed=3.5,
    )
    trace.attempts = [
        Attempt(2, 1.0, 1.5, "TimeoutError"),
        Attempt(2, 2.0, 3.0, "OSError: no route"),
    ]
    return trace


def test_times_are_the_recorded_ones() -> None:
    """Nanoseconds since the epoch: when the run began, and what was recorded since."""
    spans = exported(failed_run())
    assert (spans["invoke"].start_time, spans["invoke"].end_time) == (
        START * 10**9,
        START * 10**9 + 3_500_000_000,
    )
    assert spans["load"].start_time == START * 10**9 + 500_000_000
    assert spans["load"].end_time == START * 10**9 + 1_000_000_000


def test_tasks_lie_below_the_invoke_and_attempts_below_their_task() -> None:
    """One trace; what never started or never runs has no span."""
    spans = exported(failed_run())
    assert set(spans) == {"invoke", "load", "parse", "parse (attempt 1)", "parse (attempt 2)"}
    for child, parent in (("load", "invoke"), ("parse", "invoke"), ("parse (attempt 2)", "parse")):
        assert spans[child].parent is not None
        assert spans[child].parent.span_id == spans[parent].context.span_id  # type: ignore[union-attr]
    assert spans["invoke"].parent is None
    assert len({span.context.trace_id for span in spans.values()}) == 1


def test_dependencies_are_links_and_steps_are_events() -> None:
    """Through a collect to what it collects."""
    spans = exported(failed_run())
    assert [link.context.span_id for link in spans["parse"].links] == [
        spans["load"].context.span_id
    ]
    (event,) = spans["load"].events
    assert event.name == "held the event loop"
    assert event.timestamp == START * 10**9 + 500_000_000
    assert event.attributes == {"async_dag.seconds": 0.25}


def test_failures_are_errors() -> None:
    """Of the task, of the attempt, and of the invoke."""
    spans = exported(failed_run())
    assert spans["load"].status.status_code == StatusCode.OK
    assert spans["parse"].status.status_code == StatusCode.ERROR
    assert spans["parse"].status.description == "OSError: no route"
    assert spans["parse (attempt 1)"].status.description == "TimeoutError"
    assert spans["invoke"].status.description == "failed: parse"
    assert spans["parse"].attributes is not None
    assert spans["parse"].attributes["async_dag.state"] == "failed"
    assert spans["load"].attributes is not None
    assert spans["load"].attributes["async_dag.waited"] == 0.5


def test_the_span_that_is_current_is_the_parent() -> None:
    """So a run stands in the trace of the request that it was for."""
    tracer, exporter = traced()
    with tracer.start_as_current_span("request"):
        made_trace(Bar("a", 0, 0, 1)).export.otel(tracer, name="my invoke")
    spans = {span.name: span for span in exporter.get_finished_spans()}
    assert spans["my invoke"].parent is not None
    assert spans["my invoke"].parent.span_id == spans["request"].context.span_id


def test_without_a_provider_nothing_happens() -> None:
    """The API alone hands spans to nobody."""
    assert isinstance(otel.get_tracer_provider(), otel.ProxyTracerProvider)
    assert made_trace(Bar("a", 0, 0, 1)).export.otel() == 2


def test_what_is_no_tracer_is_named() -> None:
    """With what is expected."""
    with pytest.raises(TypeError, match="takes a tracer of OpenTelemetry.* given was 3"):
        made_trace(Bar("a", 0, 0, 1)).export.otel(3)  # type: ignore[arg-type]


def test_without_the_package_the_error_says_what_to_install() -> None:
    """One error with one cure."""
    script = """
import sys
sys.modules["opentelemetry"] = None
from tests.support.made_traces import Bar, made_trace
made_trace(Bar("a", 0, 0, 1)).export.otel()
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert ended.stderr.rstrip().endswith(
        "MissingExtraError: spans need opentelemetry-api: pip install opentelemetry-api"
    )


def test_nothing_started_is_the_invoke_alone() -> None:
    """It has a span, with no task below."""
    assert set(exported(made_trace())) == {"invoke"}
