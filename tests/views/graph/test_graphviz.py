"""DOT texts: what the real `dot` and its port make of them, and the graphviz object around them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import graphviz
import pytest
from hypothesis import HealthCheck, given, settings

from async_dag import DrawingError
from async_dag._common.harmless import harmless
from async_dag.views.common.terminal import shorten
from async_dag.views.graph import dot_program
from async_dag.views.graph import graphviz as graphviz_view
from async_dag.views.graph.diagram import Box, Diagram
from async_dag.views.graph.dot_program import run_dot
from async_dag.views.graph.dot_source import dot_source
from async_dag.views.graph.graph_diagram import graph_diagram
from async_dag.views.graph.svg_text import centred
from tests.support.browser import Browser
from tests.support.contrast import contrast
from tests.support.diagrams import called, every_state, hostile_diagrams, layers, shop, shop_run
from tests.support.dot import use_port
from tests.support.hostile import HOSTILE
from tests.support.made_traces import Bar, made_graph

SVG = "{http://www.w3.org/2000/svg}"

#: What a picture is made of: no script, image, style or frame among it. `a` has a tooltip, no address.
ELEMENTS = {"svg", "g", "title", "a", "path", "polygon", "ellipse", "text"}


def svg_of(diagram: Diagram) -> str:
    return centred(run_dot(dot_source(diagram), "svg", timeout=60).decode())


def texts(svg: str, what: str) -> list[list[str]]:
    """The lines of text in each `node` or `cluster` of a picture."""
    return [
        [(line.text or "").replace("\u00a0", " ") for line in group.iter(f"{SVG}text")]
        for group in ElementTree.fromstring(svg).iter(f"{SVG}g")
        if group.get("class") == what
    ]


def lines(box: Box) -> list[str]:
    return [line.replace("\u00a0", " ") for line in (box.title, *box.lines)]


def assert_drawn_as_meant(diagram: Diagram) -> None:
    """Each box, frame and arrow is there, every text is that text, and there is nothing else."""
    svg = svg_of(diagram)
    assert sorted(texts(svg, "node")) == sorted(map(lines, diagram.boxes))
    assert sorted(texts(svg, "cluster")) == sorted(
        [shorten(harmless(name), 60, "…").replace("\u00a0", " ")] for name, _ in diagram.frames
    )
    assert len(re.findall('class="edge"', svg)) == len(diagram.arrows)
    elements = list(ElementTree.fromstring(svg).iter())
    assert {element.tag.removeprefix(SVG) for element in elements} <= ELEMENTS
    attributes = {key.rpartition("}")[2] for element in elements for key in element.attrib}
    assert not {name for name in attributes if name == "href" or name.startswith("on")}
    tooltips = {
        value.replace("\u00a0", " ")
        for element in elements
        for key, value in element.attrib.items()
        if key.endswith("}title")
    }
    assert tooltips == {box.tooltip.replace("\u00a0", " ") for box in diagram.boxes}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.usefixtures("program")
def test_each_hostile_text_is_drawn_as_text(text: str) -> None:
    """As a name, a group and an immediate; none becomes structure, markup or a script."""
    assert_drawn_as_meant(called(text))


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(diagram=hostile_diagrams())
@pytest.mark.usefixtures("program")
def test_hostile_graphs_are_drawn_as_meant(diagram: Diagram) -> None:
    """The same for texts run together, of all kinds of nodes and in all directions."""
    assert_drawn_as_meant(diagram)


@pytest.mark.usefixtures("program")
def test_every_kind_of_diagram_is_drawn() -> None:
    """A graph with all there can be, a run with each state, a failed run, bundles, and nothing."""
    for diagram in (
        shop(lambda: 0.0).draw.diagram(),
        shop(lambda: 0.0).draw.diagram("LR", "bundles"),
        every_state(),
        shop_run().draw.diagram(),
        shop_run(broken=True).draw.diagram(),
        layers(20, 100).draw.diagram(),
        graph_diagram(made_graph([])),
    ):
        assert_drawn_as_meant(diagram)


def test_hostile_texts_do_nothing_in_a_browser(browser: Browser) -> None:
    """Put into a page, no picture runs a script, and each label is there as text."""
    diagrams = [called(text) for text in HOSTILE]
    pictures = [svg_of(diagram) for diagram in diagrams]

    async def look(page: Any) -> tuple[bool, list[list[list[str]]]]:
        await page.set_content("<!doctype html><div id='all'></div>")
        await page.evaluate(
            "svgs => { document.getElementById('all').innerHTML = "
            "svgs.map(svg => `<div>${svg.slice(svg.indexOf('<svg'))}</div>`).join('') }",
            pictures,
        )
        seen = await page.evaluate(
            "() => [...document.querySelectorAll('#all > div')].map(div => "
            "[...div.querySelectorAll('g.node')].map(node => "
            "[...node.querySelectorAll('text')].map(text => text.textContent)))"
        )
        return await page.evaluate("window.ran === true"), seen

    ran, seen = browser.run(look)
    assert not ran
    for diagram, boxes in zip(diagrams, seen, strict=True):
        found = [[line.replace("\u00a0", " ") for line in box] for box in boxes]
        assert sorted(found) == sorted(map(lines, diagram.boxes))


@pytest.mark.usefixtures("program")
def test_no_text_runs_over_its_box(browser: Browser) -> None:
    """With the browser's own font, and whichever characters dot has reckoned with."""
    long = "NORMALIZE_mixed_CASE_names_of_30"
    graph = made_graph([Bar(long), Bar("short", needs=(0,)), Bar("parameter", kind="parameter")])
    for diagram in (
        graph_diagram(graph, immediates=lambda _: "'a value that is shortened', by=1000"),
        every_state(),
        shop_run(broken=True).draw.diagram(),
    ):
        svg = svg_of(diagram)

        async def look(page: Any, svg: str = svg) -> list[float]:
            await page.set_content(svg[svg.index("<svg") :])
            widths: list[float] = await page.evaluate(
                "() => [...document.querySelectorAll('g.node')].flatMap(node => {"
                " const box = node.querySelector('path, polygon, ellipse').getBoundingClientRect();"
                " return [...node.querySelectorAll('text')].map(text => {"
                "  const line = text.getBoundingClientRect();"
                "  return Math.min(line.left - box.left, box.right - line.right) } ) })"
            )
            return widths

        room = browser.run(look)
        assert len(room) == sum(1 + len(box.lines) for box in diagram.boxes)
        assert min(room) > 0


def test_underscores_do_not_touch_the_line_below() -> None:
    """A name of 11 points, and the 9 points below it, are 12 points or more from line to line."""
    diagram = graph_diagram(made_graph([Bar("a_name")]), immediates=lambda _: "'a.csv'")
    name, below = map(float, re.findall(r'<text [^>]*?y="([-\d.]+)"', svg_of(diagram)))
    assert below - name > 12


def test_colours_can_be_read_on_both_themes() -> None:
    """Text stands out from its box; what lies on the page itself stands out from white and black."""
    for diagram in (every_state(), shop(lambda: 0.0).draw.diagram()):
        source = dot_source(diagram)
        assert "bgcolor=transparent" in source
        for fill in set(re.findall(r'fillcolor="(#\w{6})"', source)):
            assert contrast(fill, "#1f2933") > 7
            for ink in set(re.findall(r'COLOR="(#\w{6})"', source)):
                assert contrast(fill, ink) > 4.5
        for name in ("graph", "edge"):
            (colour,) = set(re.findall(rf'\t{name} \[.*?\b(?:font)?color="(#\w{{6}})"', source))
            assert contrast(colour, "#ffffff") > 3
            assert contrast(colour, "#111111") > 3


def test_failures_and_the_critical_path_are_marked() -> None:
    """A failure by its colour, sign and word; the path by thick lines."""
    source = dot_source(every_state())
    (failed,) = re.findall(r"^\t*fetch \[.*", source, re.MULTILINE)
    assert "✗ failed after 2.50 s" in failed
    assert "OSError: &lt;no&gt; route" in failed
    assert re.search(r"load -> clean \[.*penwidth=2", source)
    (critical,) = re.findall(r"^\t*load \[.*", source, re.MULTILINE)
    assert "penwidth=2" in critical
    assert "penwidth" not in re.findall(r"^\t*cached \[.*", source, re.MULTILINE)[0]


def test_names_that_can_be_are_the_ids() -> None:
    """So the text can be read and edited; a name made of DOT's own words is put in quotes."""
    graph = made_graph([Bar("load"), Bar("node", needs=(0,)), Bar('a"b\\', needs=(1,))])
    source = dot_source(graph_diagram(graph))
    assert 'load -> "node"' in source
    assert '"node" -> "node 2"' in source


# The object of the package graphviz


def test_it_is_a_digraph_that_renders_saves_and_pipes(tmp_path: Path, program: str) -> None:
    """As any other `graphviz.Digraph`, also where there is only the port."""
    made = shop(lambda: 0.0).draw.graphviz()
    assert isinstance(made, graphviz.Digraph)
    assert Path(made.render(tmp_path / "graph.svg")) == tmp_path / "graph.svg"
    assert (tmp_path / "graph.gv").read_text("utf-8") == made.source
    assert (tmp_path / "graph.svg").read_text("utf-8") == made.pipe("svg", encoding="utf-8")
    assert made.pipe("png").startswith(b"\x89PNG")
    assert Path(made.render("other", directory=tmp_path)).name == "other.svg"
    assert Path(made.save("saved.gv", directory=tmp_path)).read_text("utf-8") == made.source
    copy = made.copy()
    copy.node("one more")
    assert "one more" in copy.pipe("svg").decode()
    assert "one more" not in made.source
    if program == "graphviz-pure":
        with pytest.raises(DrawingError, match="not pdf"):
            made.pipe("pdf")
    else:
        assert made.pipe("pdf").startswith(b"%PDF")


def test_the_package_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other diagrams of the process go on with the `dot` that they had."""
    use_port(monkeypatch)
    before = graphviz_view.dot_command.DOT_BINARY
    shop(lambda: 0.0).draw.graphviz().pipe("svg")
    assert before == graphviz_view.dot_command.DOT_BINARY


def test_the_port_draws_signs_that_it_has_letters_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a PNG, which it draws itself, other signs stand in; in an SVG the browser's characters do."""
    use_port(monkeypatch)
    seen: list[str] = []
    run = dot_program.subprocess.run

    def watched(*args: Any, **kwargs: Any) -> Any:
        seen.append(kwargs["input"].decode())
        return run(*args, **kwargs)

    monkeypatch.setattr(dot_program.subprocess, "run", watched)
    source = dot_source(every_state())
    run_dot(source, "png", timeout=60)
    run_dot(source, "svg", timeout=60)
    assert "√" not in source
    assert "√" in seen[0]
    assert "✓" not in seen[0]
    assert seen[1] == source


def test_centred_lines_stand_in_the_middle_of_their_box() -> None:
    """Whatever width dot has reckoned for them; what is no node is left alone."""
    line = '<text text-anchor="start" x="1">t</text>'
    node = f'<g id="node1" class="node">\n<title>a</title>\n{{}}\n{line}\n</g>'
    shapes: list[tuple[str, str]] = [
        ('<path fill="none" d="M10,0C10,0 30,5 30,5"/>', "20.00"),
        ('<polygon fill="none" points="0,0 -8,0 -8,4"/>', "-4.00"),
        ('<ellipse fill="none" cx="7.5" cy="0" rx="3" ry="2"/>', "7.50"),
    ]
    for shape, middle in shapes:
        assert f'text-anchor="middle" x="{middle}"' in centred(node.format(shape))
    other = '<g id="clust1" class="cluster"><text text-anchor="start" x="1">t</text></g>'
    assert centred(other) == other


@pytest.mark.parametrize(
    "name", ["a&bogus;b", "&#0;", "&#xD800;", "&lt;", "&", "a & b;", "&amp;amp;", "&#;", "&;"]
)
@pytest.mark.usefixtures("program")
def test_what_looks_like_an_entity_is_text(name: str) -> None:
    """dot takes `&bogus;` in an ID for XML, and writes it as it is: the picture would be refused."""
    assert_drawn_as_meant(called(name))
