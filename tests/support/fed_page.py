"""A page with the front end and no kernel: the test plays the kernel, message by message."""

from __future__ import annotations

import base64
import json
import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from async_dag.graph.bundling import bundling_of
from async_dag.graph.graph import KINDS, Graph
from async_dag.trace.columns import STATES
from async_dag.trace.trace import Trace
from async_dag.views.ways.ways import ways_expected
from async_dag.workbench.feed.analysis import analysis as real_analysis
from async_dag.workbench.feed.graph_payload import graph_payload
from async_dag.workbench.feed.ways_message import ways_message
from async_dag.workbench.layout.placement import place

STATIC = Path(__file__).parent.parent.parent / "async_dag" / "workbench" / "static"

#: What anywidget does, as far as the front end can see: a model with traits and messages,
#: different proxies of it for `initialize` and `render`, buffers at any offset.
_KERNEL = """
const code = new Blob([%s], { type: "text/javascript" });
const traits = { graph: null, placement: null, runs: [], options: { theme: "auto", live: true } };
let listeners = [];
const proxy = () => ({
  get: (name) => traits[name],
  on: (name, callback) => listeners.push([name, callback]),
  off: (name, callback) => {
    listeners = listeners.filter((one) => one[0] !== name || one[1] !== callback);
  },
  send: (content) => kernel.sent.push(content),
});
const unaligned = (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  return new DataView(shifted.buffer, 3, bytes.length);
};
const tell = (name, ...given) => {
  for (const [own, callback] of [...listeners]) if (own === name) callback(...given);
};
const load = async () => (await import(URL.createObjectURL(code))).default();
window.kernel = {
  sent: [],
  get listeners() { return listeners.length; },
  set(name, value) { traits[name] = value; tell(`change:${name}`); },
  send(content, buffers) { tell("msg:custom", content, buffers.map(unaligned)); },
  async open() {
    kernel.widget = await load();
    kernel.close = kernel.widget.initialize({ model: proxy() });
  },
  show() {
    const el = document.createElement("div");
    document.body.append(el);
    const clean = kernel.widget.render({ model: proxy(), el });
    return () => { clean(); el.remove(); };
  },
  // Resolves once what was asked for has been drawn.
  drawn: () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
};
window.isReady = true;
"""


async def open_fed_page(page: Page) -> None:
    """Load the front end into an empty page, as `window.kernel`."""
    code = (STATIC / "workbench.js").read_text(encoding="utf-8")
    style = (STATIC / "workbench.css").read_text(encoding="utf-8")
    script = _KERNEL % json.dumps(code).replace("<", "\\u003c")
    await page.set_content(
        f"<!doctype html><style>body {{ margin: 24px; background: #eceff3 }} {style}</style><body>"
        f'<script type="module">{script}</script>'
    )
    await page.wait_for_function("window.isReady")


async def set_trait(page: Page, name: str, value: Any) -> None:
    """Set a synced trait."""
    await page.evaluate("([name, value]) => kernel.set(name, value)", [name, value])


async def send(page: Page, content: Mapping[str, Any], buffers: Iterable[bytes] = ()) -> None:
    """Send a message, and wait until it is drawn."""
    coded = [base64.b64encode(buffer).decode("ascii") for buffer in buffers]
    await page.evaluate(
        "([content, buffers]) => { kernel.send(content, buffers); return kernel.drawn(); }",
        [dict(content), coded],
    )


def graph_json(graph: Graph, bundles: Sequence[Sequence[int]] | None = None) -> dict[str, Any]:
    """`Graph` of the protocol; bundles are given by their members, in topological order."""
    of = {node: index for index, members in enumerate(bundles or ()) for node in members}
    return {
        "names": list(graph.names),
        "kinds": [KINDS.index(kind) for kind in graph.kinds],
        "dependencies": [list(needed) for needed in graph.dependencies],
        "origins": [list(one) for one in graph.origins],
        "origin": list(range(len(graph))),
        "groups": None,
        "frames": None,
        "limits": None,
        "bundles": None
        if bundles is None
        else [
            {
                "title": f"{graph.origins[members[0]].task} ×{len(members):,}",
                "kind": 0,
                "members": list(members),
                "dependencies": sorted(
                    {of[needed] for node in members for needed in graph.dependencies[node]}
                    - {index}
                ),
            }
            for index, members in enumerate(bundles)
        ],
        "notes": [],
    }


def summary(key: str, trace: Trace, *, number: int = 1, state: str = "running") -> dict[str, Any]:
    """`RunSummary` of the protocol."""
    return {
        "key": key,
        "number": number,
        "title": None,
        "state": state,
        "wall_start": trace.wall_start,
        "elapsed": trace.elapsed,
        "max_concurrency": trace.max_concurrency,
    }


def columns(
    trace: Trace,
    key: str,
    frame: int,
    *,
    at: float = math.inf,
    since: float = -math.inf,
    **more: Any,
) -> tuple[dict[str, Any], list[bytes]]:
    """The `columns` message of a run as it stood at a time, with what has changed after another."""
    rows = array("I")
    times = [array("d"), array("d"), array("d")]
    held = array("d")
    states = array("B")
    outcomes = trace.states
    for node in range(len(trace)):
        marks = (trace.ready[node], trace.started[node], trace.finished[node])
        if not any(since < mark <= at for mark in marks) and not (
            at == math.inf and outcomes[node] == "skipped"
        ):
            continue
        known = [mark if mark <= at else math.nan for mark in marks]
        rows.append(node)
        for column, mark in zip(times, known, strict=True):
            column.append(mark)
        held.append(trace.held[node] if known[2] == known[2] else 0.0)
        past = [
            state for state, mark in zip(("ready", "running"), known, strict=False) if mark == mark
        ]
        ended = known[2] == known[2] or (at == math.inf and outcomes[node] == "skipped")
        states.append(STATES.index(outcomes[node] if ended else past[-1] if past else "waiting"))
    message = {
        "kind": "columns",
        "run": key,
        "frame": frame,
        "elapsed": min(at, trace.elapsed),
        "full": False,
        "over": at >= trace.elapsed,
        "holding": None,
        **more,
    }
    return message, [bytes(column) for column in (rows, *times, held, states)]


def analysis(
    trace: Trace, key: str, path: Sequence[int], slack: Sequence[float], **more: Any
) -> tuple[dict[str, Any], list[bytes]]:
    """The `analysis` message of a run that is over."""
    message = {
        "kind": "analysis",
        "run": key,
        "makespan": trace.elapsed,
        "critical_path": list(path),
        "ways": None,
        "findings": [],
        **more,
    }
    return message, [bytes(array("d", slack))]


def expected(
    trace: Trace, key: str, at: float, path: Sequence[int], **more: Any
) -> tuple[dict[str, Any], list[bytes]]:
    """The `expected` message at a time, by an earlier run that went just like this one."""
    rest = [node for node, end in enumerate(trace.finished) if end > at]
    ways, segments = ways_message(ways_expected(trace.timeline, trace.elapsed))
    message = {
        "kind": "expected",
        "run": key,
        "makespan": trace.elapsed,
        "band": None,
        "share": None,
        "runs": 1,
        "critical_path": list(path),
        "ways": ways,
        **more,
    }
    slack = trace.timeline.slack
    columns = (
        [trace.started[node] for node in rest],
        [trace.finished[node] for node in rest],
        [slack[trace.graph.names[node]] for node in rest],
    )
    buffers = [bytes(array("I", rest)), *(bytes(array("f", each)) for each in columns)]
    return message, [*buffers, *segments]


async def show_trace(
    page: Page, trace: Trace, *, at: float | None = None, **events: Any
) -> dict[str, Any]:
    """A view of a run as Python would tell of it: over, or at a time with the rest expected.

    Returns the `analysis` message of the whole run.
    """
    over, slack = real_analysis(trace, "k")
    bundling = bundling_of(trace.graph)
    layout = place(trace.graph, bundling)
    await open_fed_page(page)
    await page.evaluate("kernel.open()")
    await set_trait(page, "graph", graph_payload(trace.graph, bundling))
    await set_trait(page, "placement", None if layout is None else layout.payload())
    state = "done" if at is None else "running"
    await set_trait(page, "runs", [summary("k", trace, number=4, state=state)])
    more = {"events": events} if events else {}
    if at is None:
        await send(page, *columns(trace, "k", 1, **more))
        await send(page, over, slack)
    else:
        await send(page, *columns(trace, "k", 1, at=at, **more))
        await send(page, *expected(trace, "k", at, over["critical_path"]))
    await page.evaluate("() => { kernel.hide = kernel.show(); return kernel.drawn(); }")
    return over
