"""Mermaid texts: what the real Mermaid, in Chromium, makes of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_dag import WrongArgumentError
from async_dag._common.harmless import harmless
from async_dag.views.common.terminal import shorten
from async_dag.views.graph.diagram import Box, Diagram
from async_dag.views.graph.graph_diagram import graph_diagram
from async_dag.views.graph.mermaid import MermaidDiagram, mermaid_source
from tests.support.browser import Browser
from tests.support.contrast import contrast
from tests.support.diagrams import called, every_state, hostile_diagrams, layers, shop, shop_run
from tests.support.hostile import HOSTILE
from tests.support.made_traces import Bar, made_graph
from tests.support.mermaid import draw_mermaid

#: Without width; it keeps Mermaid from reading a text a second time.
JOINER = "\u2060"

#: What a diagram is made of. A script, an image, a link or a frame would not be among it.
ELEMENTS = {
    *{"svg", "style", "defs", "filter", "fedropshadow", "marker", "g"},
    *{"path", "polygon", "circle", "rect", "text", "tspan"},
    *{"foreignobject", "div", "span", "p", "br"},
}


def lines(box: Box) -> list[str]:
    return [box.title, *box.lines]


def assert_drawn_as_meant(browser: Browser, *diagrams: Diagram) -> None:
    """Mermaid draws each box and each arrow, and every text as that text."""
    drawn = draw_mermaid(browser, [mermaid_source(diagram) for diagram in diagrams])
    for diagram, seen in zip(diagrams, drawn, strict=True):
        texts = [[line.replace(JOINER, "") for line in box] for box in seen["boxes"]]
        assert sorted(texts) == sorted(map(lines, diagram.boxes))
        assert seen["edges"] == len(diagram.arrows)
        assert sorted(name.replace(JOINER, "") for name in seen["groups"]) == sorted(
            shorten(harmless(name), 60, "…") for name, _ in diagram.frames
        )
        assert seen["title"] == diagram.note.replace("\n", " · ")
        assert not seen["ran"]
        assert set(seen["elements"]) <= ELEMENTS


def test_each_hostile_text_is_drawn_as_text(browser: Browser) -> None:
    """As a name, a group and an immediate; none becomes structure, markup or a script."""
    assert_drawn_as_meant(browser, *map(called, HOSTILE))


@settings(max_examples=6)
@given(st.lists(hostile_diagrams(), min_size=1, max_size=12))
def test_hostile_graphs_are_drawn_as_meant(browser: Browser, diagrams: list[Diagram]) -> None:
    """The same for texts run together, of all kinds of nodes and in all directions."""
    assert_drawn_as_meant(browser, *diagrams)


def test_every_kind_of_diagram_parses(browser: Browser) -> None:
    """A graph with all there can be, a run with each state, a failed run, bundles, and nothing."""
    tm = shop(lambda: 0.0)
    assert_drawn_as_meant(
        browser,
        tm.draw.diagram(),
        tm.draw.diagram("LR", "bundles"),
        every_state(),
        shop_run().draw.diagram(),
        shop_run(broken=True).draw.diagram(),
        layers(20, 100).draw.diagram(),
        graph_diagram(made_graph([])),
    )


@pytest.mark.parametrize("theme", ["default", "dark"])
def test_labels_can_be_read_on_both_themes(browser: Browser, theme: str, tmp_path: Path) -> None:
    """Text in boxes stands out from the box, and names of groups from a black and a white page."""
    source = mermaid_source(every_state())
    (seen,) = draw_mermaid(browser, [source], theme=theme, picture=tmp_path / "picture.png")
    assert seen["boxes"]
    colours = dict(re.findall(r"(fill|color):(#\w{6})", source))
    assert colours
    for fill, ink in re.findall(r"classDef \w+ .*?fill:(#\w{6}).*?color:(#\w{6})", source):
        assert contrast(fill, ink) > 7
    (group,) = set(re.findall(r"style g\d+ .*?color:(#\w{6})", source))
    assert contrast(group, "#ffffff") > 3
    assert contrast(group, "#111111") > 3


def test_failures_and_the_critical_path_are_marked() -> None:
    """A failure by its class, sign and word; the path by thick arrows."""
    diagram = every_state()
    load, clean = ([box.key for box in diagram.boxes].index(name) for name in ("load", "clean"))
    source = mermaid_source(diagram)
    assert re.search(r'"fetch<br/>✗ failed after .*"\):::failed', source)
    assert f"n{load} ==> n{clean}" in source
    assert source.count("==>") == 1
    assert f"class n{load},n{clean} critical" in source


def test_it_saves_as_text_or_in_a_fence(tmp_path: Path) -> None:
    """`.mmd` is the text, `.md` has the fence that GitHub draws; anything else is refused."""
    diagram = shop(lambda: 0.0).draw.mermaid()
    assert diagram.save(tmp_path / "graph.mmd").read_text("utf-8") == diagram.source == str(diagram)
    saved = diagram.save(str(tmp_path / "graph.md")).read_text("utf-8")
    assert saved == f"```mermaid\n{diagram.source}```\n"
    with pytest.raises(WrongArgumentError, match=r"graph\.png"):
        diagram.save(tmp_path / "graph.png")


def test_a_fence_is_not_closed_from_within() -> None:
    """No text in a diagram can end the fence around it."""
    graph = made_graph([Bar("```\n# heading\n```"), Bar("~~~")])
    source = mermaid_source(graph_diagram(graph))
    assert "```" not in source
    assert "~~~" not in source


def test_a_notebook_gets_the_fence_and_the_text() -> None:
    """Markdown and plain text; `include` and `exclude` are honoured."""
    diagram = MermaidDiagram("flowchart TB\n")
    both = diagram._repr_mimebundle_()
    assert both == {"text/markdown": diagram.markdown, "text/plain": diagram.source}
    assert set(diagram._repr_mimebundle_(include=["text/plain", "image/png"])) == {"text/plain"}
    assert set(diagram._repr_mimebundle_(exclude={"text/plain"})) == {"text/markdown"}
    assert "save" in repr(diagram)


def test_a_bundled_graph_keeps_within_what_github_draws() -> None:
    """By itself a diagram has at most 50,000 characters and 500 arrows."""
    source = layers(100, 120).draw.mermaid().source
    assert len(source) < 50_000
    assert source.count("-->") <= 500


def test_a_text_that_jupyter_would_not_draw_is_not_put_into_a_notebook() -> None:
    """It says how long it is, and where to find it."""
    diagram = layers(40, 100).draw.mermaid(detail="full")
    assert len(diagram.source) > 100_000
    for text in diagram._repr_mimebundle_().values():
        assert len(text) < 300
        assert ".source" in text
