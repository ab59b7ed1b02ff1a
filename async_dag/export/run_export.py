"""`result.export` and `trace.export`: a run in the formats of other programs."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from async_dag._common.extras import extra
from async_dag.trace.trace import Trace

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


class RunExport:
    """A run for other programs: `result.export`, and the same from a trace alone: `trace.export`.

    JSON, rows of a table and networkx have methods of their own: `trace.to_json()`, `trace.to_rows()`
    and `result.to_networkx()`.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def load(name: str) -> str:
    ...     return name
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(load, "a")
    >>> asyncio.run(tm.invoke()).export
    <export of <Trace of 1 node, ... s>: chrome_trace('run.json'), otel()>
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def chrome_trace(self, path: str | PathLike[str]) -> Path:
        """Write the run as a trace that https://ui.perfetto.dev and chrome://tracing open.

        Tasks that run at once are on separate tracks, and arrows are dependencies. Further tracks show
        what waits, what holds the event loop, and how many tasks run at once.

        Args:
            path: the file to write, such as `run.json`; an existing file is replaced.

        Returns:
            The path.

        Raises:
            OSError: the file can't be written.

        >>> import asyncio, json
        >>> from tempfile import TemporaryDirectory
        >>> from async_dag import build_dag
        >>> async def one() -> int:
        ...     return 1
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(one)
        >>> result = asyncio.run(tm.invoke())
        >>> with TemporaryDirectory() as folder:
        ...     text = result.export.chrome_trace(f"{folder}/run.json").read_text()
        >>> {event["name"] for event in json.loads(text)["traceEvents"] if event["ph"] == "X"}
        {'one'}
        """
        from async_dag.export.chrome_trace import save_chrome_trace

        return save_chrome_trace(self._trace, path)

    def otel(self, tracer: Tracer | None = None, *, name: str = "invoke") -> int:
        """Send the run to OpenTelemetry: a span for the invoke, and below it one for each task.

        Spans have the recorded times, links to the spans of their dependencies, an event for each step
        that held the event loop for over a millisecond, and a child span for each attempt of a task
        that was retried. Failed tasks have the status ERROR. Attributes begin with `async_dag.`; times
        in them are seconds.

        Args:
            tracer: the tracer to use; by default the tracer `async_dag` of the global provider. The
                span of the invoke is a child of the current span, if there is one.
            name: the name of the span of the invoke.

        Returns:
            The number of spans.

        Raises:
            MissingExtraError: opentelemetry-api is not installed (an `ImportError`).
        """
        with extra("otel"):
            from async_dag.export import otel
        return otel.export_spans(self._trace, tracer, name)

    def __repr__(self) -> str:
        return f"<export of {self._trace!r}: chrome_trace('run.json'), otel()>"
