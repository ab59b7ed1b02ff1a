"""What static pictures say can be read: no text is below 11 pixels at their natural size."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from async_dag import build_dag, compare
from async_dag.trace.trace import Trace
from async_dag.views.common.html_picture import SMALLEST_TEXT, least_width
from async_dag.workbench.layout.picture import Picture
from async_dag.workbench.still.still import Still
from tests.support.sizes import TRACES


def smallest_text(svg: str) -> float:
    """The size of the smallest text, in CSS pixels, as a browser shows the picture."""
    head = re.match(r'.*?<svg[^>]*?width="([\d.]+)(pt|px)?"[^>]*?>', svg, re.DOTALL)
    assert head
    box = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) [\d.]+"', head[0])
    assert box
    width = float(head[1]) * (96 / 72 if head[2] == "pt" else 1)
    sizes = re.findall(r'font-size="([\d.]+)"|font(?:-size)?:[^;"]*?([\d.]+)px', svg)
    assert sizes
    return min(float(one or other) for one, other in sizes) * width / float(box[1])


def pictures_of(trace: Trace) -> dict[str, str]:
    """The static pictures of a run, as SVG."""
    picture = Picture.of(trace.graph)
    still = Still(trace, picture.placement(30), picture.bundling, title="invoke #1", state="done")
    assert still.graph is not None
    return {
        "chart of the view": still.chart.as_svg(),
        "graph of the view": still.graph.as_svg(),
        "graph and chart in one": still.whole.as_svg(),
        "gantt": trace.draw.gantt(findings=True).as_svg(),
        "gantt with a baseline": trace.draw.gantt(baseline=trace).as_svg(),
        "diagram": trace.draw.graphviz().pipe(format="svg").decode(),
    }


@pytest.mark.parametrize("size", TRACES)
def test_no_text_is_below_11_pixels(size: int) -> None:
    """Charts, graphs and diagrams of a run, light as they are drawn; dark ones differ in colour."""
    trace = TRACES[size]()
    assert len(trace) == size
    smallest = {name: smallest_text(svg) for name, svg in pictures_of(trace).items()}
    too_small = {name: px for name, px in smallest.items() if px < SMALLEST_TEXT - 0.01}
    assert too_small == {}


def test_no_text_of_a_comparison_or_a_manager_is_below_11_pixels() -> None:
    """The cells of `compare` and of a manager with options and immediates."""

    async def fetch(path: str, *_: object) -> str:
        return path

    with build_dag() as tm:
        users = tm.options(timeout=5, limit=asyncio.Semaphore(2)).add_node(fetch, "/users")
        tm.options(group="shop").add_node(fetch, "/orders", users)
    comparison = asyncio.run(compare(tm))
    svgs: list[Any] = [
        comparison._repr_mimebundle_()[0]["image/svg+xml"],
        tm._repr_mimebundle_()[0]["image/svg+xml"],
    ]
    assert min(map(smallest_text, svgs)) >= SMALLEST_TEXT - 0.01


@pytest.mark.parametrize("size", [6, 43, 212])
def test_a_narrow_page_scrolls_a_picture_before_its_text_is_too_small(size: int) -> None:
    """At the least width that its HTML allows, the smallest text is of 11 pixels."""
    for svg in pictures_of(TRACES[size]()).values():
        width = re.search(r'width="([\d.]+)pt"', svg)
        assert width
        natural = round(float(width[1]) * 96 / 72)
        least = least_width(svg, natural)
        assert smallest_text(svg) * least / natural >= SMALLEST_TEXT - 0.05
