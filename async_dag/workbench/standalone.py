"""A run as one file that any browser opens: the page of the workbench with its data, without a kernel.

It can be attached to a ticket. It does not access the network, and its content security policy
forbids it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final, NamedTuple

from async_dag._common.plural import plural
from async_dag._common.shortening import short_repr
from async_dag.engine.result import ExecutionResult
from async_dag.errors import WrongArgumentError, WrongTypeError
from async_dag.graph.bundling import bundling_of
from async_dag.trace.trace import Trace
from async_dag.views.common.facts import RunFacts
from async_dag.workbench.feed.analysis import Message
from async_dag.workbench.feed.feed import Feed
from async_dag.workbench.feed.graph_payload import graph_payload, limit_sizes
from async_dag.workbench.layout.placement import place

STATIC: Final = Path(__file__).parent / "static"

_AROUND: Final = """
body { margin: 24px; background: #eceff3; }
@media (prefers-color-scheme: dark) { body { background: #0e1013; } }
@media (max-width: 760px) { body { margin: 0; } }
.async-dag { margin: 0 auto; }
noscript { font: 14px system-ui, sans-serif; }
"""


class ShownRun(NamedTuple):
    """One run on the page; the runs of a page are of one manager."""

    run: ExecutionResult[Any] | Trace
    title: str | None = None  # instead of `invoke #1`


def save_page(
    path: str | os.PathLike[str], runs: Sequence[ShownRun], *, values: bool = False
) -> Path:
    """Write the page of these runs to `path`, and return that; see `RunDraw.html`."""
    if not isinstance(path, (str, os.PathLike)):
        raise WrongTypeError(
            f"html() takes the path of the file to write, not {short_repr(path)}: html('run.html')"
        )
    target = Path(path)
    target.write_text(page(runs, values=values), encoding="utf-8")
    return target


def page(runs: Sequence[ShownRun], *, values: bool = False) -> str:
    """The page as HTML text. The last run is the one it shows first.

    Args:
        runs: at least one; all of the same manager.
        values: whether short reprs of the tasks' values go into it. They are those of results; a
            trace has none.

    Raises `WrongArgumentError` (a `ValueError`) for runs of different managers, and for values of a
    run of which there is but a trace.
    """
    if not runs:
        raise WrongArgumentError("a page needs at least one run; none was given")
    if values and (bare := [run for run in runs if isinstance(run.run, Trace)]):
        raise WrongArgumentError(
            f"values=True needs the values, and {bare[0].run!r} has none: a trace never holds them; "
            "call html on the result of the invoke"
        )
    recording = _record(runs, values)
    title = runs[-1].title or f"async_dag: {_size(_trace(runs[-1]))}"
    script = (STATIC / "workbench.js").read_text(encoding="utf-8")
    style = (STATIC / "workbench.css").read_text(encoding="utf-8") + _AROUND
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        f"<style>{style}</style>\n</head>\n<body>\n"
        "<noscript>This page draws the run with the script in it, which is switched off.</noscript>\n"
        f'<script type="application/json" class="async-dag-recording">{_json(recording)}</script>\n'
        f'<script type="module">{script}</script>\n</body>\n</html>\n'
    )


def _trace(shown_run: ShownRun) -> Trace:
    """The trace of a run that is over, or as it is at this moment."""
    trace = shown_run.run if isinstance(shown_run.run, Trace) else shown_run.run.trace
    return trace if trace.over else trace.snapshot()


def _size(trace: Trace) -> str:
    count = len(RunFacts(trace).tasks)
    return f"run of {plural(count, 'task')}"


class _Recorder:
    """In the place of the page in a notebook: it keeps what that would be sent."""

    def __init__(self) -> None:
        self.runs: list[Message] = []
        self.messages: list[dict[str, Any]] = []

    def send(self, message: Message, buffers: Iterable[bytes]) -> None:
        coded = [base64.b64encode(buffer).decode("ascii") for buffer in buffers]
        self.messages.append({"content": message, "buffers": coded})

    def show_runs(self, runs: list[Message]) -> None:
        self.runs = runs


def _record(runs: Sequence[ShownRun], values: bool) -> dict[str, Any]:
    """`Recording` of `frontend/src/state/protocol.ts`."""
    graph = _trace(runs[0]).template
    recorder = _Recorder()
    feed = Feed(recorder, values=values)
    for shown_run in runs:
        trace = _trace(shown_run)
        if trace.template is not graph and trace.template.names != graph.names:
            raise WrongArgumentError(
                "the runs of one page must be of one manager; these have different nodes"
            )
        record = feed.add(
            trace,
            result=None if isinstance(shown_run.run, Trace) else shown_run.run,
            title=shown_run.title,
        )
        feed.flush(0.0)
        if values:
            for node, state in enumerate(trace.states):
                if state in ("done", "reused", "failed"):
                    feed.handle({"kind": "details", "run": record.key, "node": node})
    bundling = bundling_of(graph)
    layout = place(graph, bundling)
    return {
        "state": {
            "graph": graph_payload(graph, bundling, _limits(runs)),
            "placement": None if layout is None else layout.payload(),
            "runs": recorder.runs,
            "options": {"theme": "auto", "live": False},
        },
        "messages": recorder.messages,
    }


def _limits(runs: Sequence[ShownRun]) -> dict[str, str]:
    """The sizes of the limits, which results know and traces don't."""
    managers = (shown.run.manager for shown in runs if not isinstance(shown.run, Trace))
    manager = next(managers, None)
    return {} if manager is None else limit_sizes(manager)


def _json(recording: dict[str, Any]) -> str:
    """JSON that ends no script element, whatever texts are in it."""
    text = json.dumps(recording, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _hash(text: str) -> str:
    """What lets a policy allow this one script or style, and no other."""
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"
