"""A diagram that is wider than the page begins at its first task, with its note below that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from async_dag import build_dag
from async_dag.views.graph.dot_program import run_dot
from async_dag.views.graph.dot_source import dot_source, first_id
from async_dag.views.graph.first_box import first_box, with_note_below
from async_dag.views.graph.graph_diagram import graph_diagram
from tests.support.diagrams import called
from tests.support.graphs import etl_trace
from tests.support.hostile import HOSTILE
from tests.support.made_traces import made_graph

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser

#: How far the cell is scrolled, and where the first box and the note are, all in pixels.
_LOOK = """async () => {
    const cell = document.querySelector(".async-dag-picture");
    const img = cell.querySelector("img");
    await img.decode();
    const { left, width } = img.getBoundingClientRect();
    const text = new TextDecoder().decode(Uint8Array.from(
        atob(img.src.split(",")[1]), (character) => character.charCodeAt(0)));
    const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    const [, , whole] = svg.getAttribute("viewBox").split(" ").map(Number);
    const margin = Number(/translate\\(([\\d.]+)/.exec(svg.innerHTML)[1]);
    const place = (text) => left + (Number(text.getAttribute("x")) + margin) * width / whole;
    const texts = [...svg.querySelectorAll("text")];
    const first = texts.find((text) => text.textContent === "config");
    const note = texts.find((text) => text.textContent.includes("makespan"));
    return { scrolled: cell.scrollLeft, first: place(first), note: place(note) };
}"""


def svg_of(source: str) -> str:
    return run_dot(source, "svg", timeout=60).decode()


def test_what_is_first_is_in_sight(browser: Browser) -> None:
    """The start of the critical path and the note are in the middle of a narrow page.

    It stays where its reader scrolls to; a page that has room for all does not scroll.
    """
    diagram = etl_trace().draw.graphviz()
    html = diagram._repr_mimebundle_(include=["text/html"])[0]["text/html"]

    async def look(page: Page) -> list[dict[str, Any]]:
        found = []
        for width in (600, 1_600):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.set_content(f"<!doctype html><body style='margin:0'>{html}</body>")
            found.append(await page.evaluate(_LOOK))
        await page.set_viewport_size({"width": 600, "height": 900})
        await page.set_content(f"<!doctype html><body style='margin:0'>{html}</body>")
        await page.evaluate("document.querySelector('.async-dag-picture').scrollLeft = 30")
        await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        return [*found, await page.evaluate(_LOOK)]

    narrow, wide, read_on = browser.run(look)
    assert narrow["first"] == pytest.approx(300, abs=2)
    assert narrow["note"] == pytest.approx(300, abs=2)
    assert wide["scrolled"] == 0
    assert 0 < wide["first"] < 1_600
    assert read_on["scrolled"] == 30


@pytest.mark.usefixtures("program")
def test_the_first_box_is_found_whatever_it_is_called() -> None:
    """In the pictures of both programs, within them, and as wide as a box is."""
    for text in HOSTILE:
        diagram = called(text)
        id = first_id(diagram)
        assert id is not None
        box = first_box(svg_of(dot_source(diagram)), id)
        assert box is not None, text
        assert 0 <= box[0] < box[1] - 0.1 <= 1


def test_a_note_stays_within_the_picture() -> None:
    """Below a box at the left or the right edge it is where there is room for it."""
    svg = svg_of(etl_trace().draw.graphviz().source)
    view_box = re.search(r'viewBox="0.00 0.00 ([\d.]+)', svg)
    assert view_box
    width = float(view_box[1])
    places = [note_in(with_note_below(svg, box)) for box in ((0, 0.01), (0.4, 0.6), (0.99, 1))]
    leftmost = note_in(svg)
    assert places == pytest.approx([leftmost, width / 2, width - leftmost], abs=0.02)
    assert with_note_below(svg, (0, 0)).count("<text") == svg.count("<text")


@pytest.mark.usefixtures("program")
def test_a_note_does_not_touch_the_boxes() -> None:
    """At least as much is free between them as a line is high."""
    svg = svg_of(etl_trace().draw.graphviz().source)
    drawn = re.findall(r'<g id="node\d+".*? d="([^"]+)"', svg, re.DOTALL)
    lowest = max(float(y) for path in drawn for y in re.findall(r",(-?[\d.]+)", path))
    note = re.search(r' y="(-?[\d.]+)"[^>]*>[^<]*makespan', svg)
    assert note
    assert float(note[1]) - 10 - lowest > 10


def note_in(svg: str) -> float:
    """Where the middle of the note is, from the left edge of the picture."""
    margin = re.search(r"translate\(([\d.]+)", svg)
    middle = re.search(r'<text [^>]*text-anchor="middle" x="([\d.]+)"[^>]*>[^<]*makespan', svg)
    assert margin
    assert middle
    return float(margin[1]) + float(middle[1])


def test_without_a_box_it_begins_at_the_left() -> None:
    """An empty diagram, one whose box was renamed, and what is no picture of dot."""
    assert first_id(graph_diagram(made_graph([]))) is None

    async def load() -> int:
        return 1

    with build_dag() as tm:
        tm.add_node(load)
    svg = svg_of(tm.draw.graphviz().source)
    assert first_id(tm.draw.diagram()) == "load"
    assert first_box(svg, "load") is not None
    assert first_box(svg, "save") is None
    assert first_box("<svg/>", "load") is None
    assert with_note_below("<svg/>", (0, 1)) == "<svg/>"
