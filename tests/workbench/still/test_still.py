"""The picture that a run leaves: all of it is there, and nothing in it is more than a picture."""

from __future__ import annotations

import asyncio
import base64
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from async_dag import InvocationError, TaskManager, Trace, build_dag
from async_dag.demos.readme import add_tasks
from async_dag.graph.bundling import bundling_of
from async_dag.workbench.layout.placement import place
from async_dag.workbench.still.still import Still
from tests.support.virtual import VirtualLoop, run_virtual

HOSTILE = [
    "<script>alert(1)</script>",
    'a" onload="alert(1)',
    "]]>&amp;",
    "$x^2$ \\alpha",
    "\u202egnp.exe",
    "two\nlines\0",
    "任务🚀",
    "x" * 100_000,
    "half \ud800 character",
]


def readme_trace() -> tuple[TaskManager[int], Trace]:
    async def main(loop: VirtualLoop) -> tuple[TaskManager[int], Trace]:
        tm = TaskManager[int](clock=loop.time)
        add_tasks(tm)
        tm.sort()
        return tm, (await tm.invoke(0)).trace

    return run_virtual(main)


def drawn(trace: Trace, **options: Any) -> dict[str, Any]:
    bundling = bundling_of(trace.graph)
    still = Still(
        trace,
        None if (layout := place(trace.graph, bundling)) is None else layout.for_still,
        bundling,
        **{"title": "invoke #3", "state": "done", **options},
    )
    return still.bundle("the-key")


def svgs_of(bundle: dict[str, Any]) -> list[str]:
    """The pictures in light colours: the chart, and the graph if there is one."""
    images = Elements()
    images.feed(bundle["text/html"])
    return [
        base64.b64decode((attributes["src"] or "").partition("base64,")[2]).decode()
        for tag, attributes in images.found
        if tag == "img" and attributes.get("class") != "async-dag-dark"
    ]


def texts(*svgs: str) -> list[str]:
    return [
        "".join(element.itertext()).strip()
        for svg in svgs
        for element in ElementTree.fromstring(svg).iter()
        if element.tag.endswith("}text")
    ]


class Elements(HTMLParser):
    """What a browser would make of HTML: elements with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_holds_graph_chart_totals_and_findings(theme: str) -> None:
    """Each task stands in the graph with its time and in the chart; the totals are the run's."""
    _, trace = readme_trace()
    bundle = drawn(trace, theme=theme, findings=["slow_task_b is 83 % of it."])
    shown = texts(*svgs_of(bundle))
    for name in trace.graph.names[1:]:
        bands = 3 * (name in ("slow_task_a", "slow_task_b"))  # whose segments have room for a name
        assert shown.count(name) == 2 + bands, name  # a box and a row
    for text in ("✓ done", "invoke #3", "one by one", "wave by wave", "slow_task_b is 83 % of it."):
        assert text in shown
    assert "✓ 1.00 s" in shown
    assert {"2.00 s", "1.60 s · 1.2×", "1.20 s · 1.7×"} <= set(shown)
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle["text/plain"].startswith("invoke #3: 6 tasks, all done\nmakespan 1.20 s")
    assert 'data-async-dag-run="the-key"' in bundle["text/html"]
    assert sum(map(len, bundle.values())) < 300_000


def test_edges_are_curves_without_corners() -> None:
    _, trace = readme_trace()
    layout = place(trace.graph, None)
    assert layout is not None
    _, graph = svgs_of(drawn(trace))
    assert len(re.findall(r' d="M[-\d.]+ [-\d.]+C', graph)) == len(layout.down.edges)


def test_it_needs_no_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a program that lays graphs out there is the chart alone."""
    monkeypatch.setattr("async_dag.views.graph.dot_program.find_dot", lambda: None)
    _, trace = readme_trace()
    assert place(trace.graph, None) is None
    assert texts(*svgs_of(drawn(trace))).count("fast_task_b") == 1


async def nothing(*_: object) -> None:
    pass


def test_hostile_names_and_errors_stay_text() -> None:
    """Markup, formulas, control characters and a name of 100 KB change nothing but characters."""

    async def broken(*_: object) -> None:
        raise ValueError("<img src=x onerror=alert(1)>\n" + "y" * 1_000_000)

    with build_dag() as tm:
        last: list[Any] = []
        for name in HOSTILE:
            last = [tm.options(name=name).add_node(nothing, *last)]
        tm.options(name=HOSTILE[0]).add_node(broken, *last)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    bundle = drawn(caught.value.result.trace, state="failed", title=HOSTILE[0])
    elements = [one for svg in svgs_of(bundle) for one in ElementTree.fromstring(svg).iter()]
    tags = {element.tag.rpartition("}")[2] for element in elements}
    assert tags <= {
        "svg",
        "g",
        "path",
        "text",
        "defs",
        "rect",
        "pattern",
    }
    attributes = {name for element in elements for name in element.attrib}
    assert not [name for name in attributes if name.startswith("on")]
    html = bundle["text/html"]
    seen = Elements()
    seen.feed(html)
    assert {tag for tag, _ in seen.found} == {"div", "style", "img"}
    allowed = {"class", "data-async-dag-run", "style", "alt", "src", "width", "height"}
    assert {name for _, attributes in seen.found for name in attributes} <= allowed
    alternatives = [attributes["alt"] or "" for tag, attributes in seen.found if tag == "img"]
    assert any(HOSTILE[0] in alternative for alternative in alternatives)
    assert len(html) < 600_000


@pytest.mark.parametrize("count", [6, 43, 140])
def test_no_text_of_the_graph_is_below_11_pixels(count: int) -> None:
    """However large the graph: where it does not fit, its picture scrolls."""
    with build_dag() as tm:
        layer = [tm.options(name=f"fetch page {n}").add_node(nothing) for n in range(count - 1)]
        tm.options(name="join").add_node(nothing, *layer)
    bundle = drawn(asyncio.run(tm.invoke()).trace)
    chart, graph = svgs_of(bundle)
    for svg in (chart, graph):
        sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)]
        assert sizes
        assert min(sizes) * 96 / 72 >= 11
    width = float(ElementTree.fromstring(graph).attrib["viewBox"].split()[2]) * 96 / 72
    assert f'<div style="width:{round(width)}px">' in bundle["text/html"]
    assert "overflow:auto" in bundle["text/html"]


def test_groups_are_frames() -> None:
    """The name that the user gave a group stands once, in a frame around its boxes."""
    with build_dag() as tm:
        pages = [
            tm.options(name=f"page {n}", group="input pages").add_node(nothing) for n in range(3)
        ]
        tm.options(name="join").add_node(nothing, *pages)
    _, graph = svgs_of(drawn(asyncio.run(tm.invoke()).trace))
    assert texts(graph).count("input pages") == 1


def test_the_parts_say_what_they_show() -> None:
    """Chart and graph each have a text for those who don't see them."""
    seen = Elements()
    _, trace = readme_trace()
    seen.feed(drawn(trace)["text/html"])
    chart, graph = (
        attributes["alt"] or ""
        for tag, attributes in seen.found
        if tag == "img" and attributes["class"] == "async-dag-light"
    )
    assert chart.startswith("invoke #3: 6 tasks, all done\nmakespan 1.20 s")
    assert "critical path fast_task_a → slow_task_b → end_task" in chart
    assert graph.startswith("graph of invoke #3")


def test_many_nodes_are_placed_as_bundles() -> None:
    """600 nodes of three tasks are three boxes, and the picture says how many each stands for."""
    with build_dag() as tm:
        first = [tm.options(group="load").add_node(nothing) for _ in range(200)]
        second = [tm.options(group="check").add_node(nothing, one) for one in first]
        for one in second:
            tm.options(group="save").add_node(nothing, one)
    trace = asyncio.run(tm.invoke()).trace
    bundling = bundling_of(trace.graph)
    layout = place(trace.graph, bundling)
    assert layout is not None
    made = layout.for_still
    assert len(made.boxes) == 3
    tops = sorted(box.y for box in made.boxes)
    # As far apart as eight of them may be to fit their panel at full size.
    assert all(38 < below - above <= 58 for above, below in pairwise(tops))
    shown = texts(*svgs_of(drawn(trace)))
    assert {"load ×200", "check ×200", "save ×200"} <= set(shown)
