"""What notebooks get of a manager and of a diagram: kinds, budget, and what there is without dot."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from async_dag import TaskManager, build_dag
from async_dag.draw import manager_cell
from async_dag.views.common.palette import DARK, LIGHT
from async_dag.views.graph import dot_bundle, dot_program
from tests.support.diagrams import fetch, join, layers, shop, shop_run

KINDS = {"text/html", "image/svg+xml", "image/png", "text/plain"}


def data_of(thing: Any, **asked: Any) -> dict[str, Any]:
    made = thing._repr_mimebundle_(**asked)
    data, metadata = made if isinstance(made, tuple) else (made, {})
    assert set(metadata) <= set(data)
    return data


class Images(HTMLParser):
    """The attributes of the images of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.found.append({name: value or "" for name, value in attrs})


def images_of(page: str) -> list[dict[str, str]]:
    images = Images()
    images.feed(page)
    return images.found


def things() -> list[Any]:
    result = shop_run(broken=True)
    return [result.manager, result.manager.draw.graphviz(), result.draw.graphviz()]


@pytest.mark.usefixtures("program")
def test_a_picture_has_four_kinds() -> None:
    """HTML, SVG, PNG and text, and no Mermaid, which JupyterLab would show instead."""
    for thing in things():
        data = data_of(thing)
        assert set(data) == KINDS
        assert "</svg>" in data["image/svg+xml"]
        assert "fetch" in data["image/svg+xml"]
        assert data["image/png"].startswith(b"\x89PNG")
        assert "fetch" in data["text/plain"]


@pytest.mark.usefixtures("program")
def test_html_scales_has_a_text_and_a_dark_copy() -> None:
    """As wide as dot drew it where there is room; what it shows in words; dark colours beside light."""
    graph, _, run = (data_of(thing) for thing in things())
    for data in (graph, run):
        light, dark = images_of(data["text/html"])
        width = float(re.search(r'<svg width="([\d.]+)pt"', data["image/svg+xml"])[1]) * 96 / 72
        assert f"max-width:{width:.0f}px" in light["style"]
        drawn = [b64decode(image["src"].partition(",")[2]).decode() for image in (light, dark)]
        assert drawn[0] == data["image/svg+xml"]
        assert LIGHT.ink in drawn[0]
        assert DARK.ink in drawn[1]
        assert LIGHT.ink not in drawn[1]
        assert "join on='user_id'" in light["alt"]
        assert "after fetch and orders" in light["alt"]
    assert "orders '/broken' ✗ failed after 0.10 s" in images_of(run["text/html"])[0]["alt"]


def test_a_png_is_sharper_than_the_page() -> None:
    """It has more pixels than it is shown with; the metadata say how large that is."""
    data, metadata = shop(lambda: 0.0)._repr_mimebundle_(include=["image/png"])
    size = metadata["image/png"]
    width = int.from_bytes(data["image/png"][16:20], "big")
    assert width == pytest.approx(1.5 * size["width"], abs=1)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"include": ["text/plain"]}, {"text/plain"}),
        ({"include": {"image/svg+xml", "text/latex"}}, {"image/svg+xml"}),
        ({"include": ["text/html"]}, {"text/html"}),
        ({"include": iter(["image/png"]), "exclude": ["text/plain"]}, {"image/png"}),
        ({"exclude": ["image/png"]}, {"text/html", "image/svg+xml", "text/plain"}),
        ({"include": [], "exclude": None}, set()),
        ({"include": ["image/png"], "exclude": ["image/png"]}, set()),
    ],
)
def test_include_and_exclude_are_honoured(asked: dict[str, Any], expected: set[str]) -> None:
    """As IPython's display functions pass them."""
    for thing in things():
        once = {key: list(value) if key == "include" else value for key, value in asked.items()}
        asked = once
        assert set(data_of(thing, **once)) == expected


def test_without_dot_the_text_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text view, and the cure in its last line."""
    monkeypatch.setattr(dot_program, "find_dot", lambda: None)
    for thing in things():
        data = data_of(thing)
        assert set(data) == {"text/plain"}
        assert "fetch" in data["text/plain"]
        assert "pip install graphviz-pure" in data["text/plain"].splitlines()[-1]


def test_a_manager_that_is_not_sorted_shows_its_text() -> None:
    """And one without nodes; a repr never raises."""
    tm = TaskManager[None]()
    assert data_of(tm) == {"text/plain": repr(tm)}
    tm.add_node(fetch, "/users")
    assert data_of(tm) == {"text/plain": repr(tm)}
    with build_dag() as empty:
        pass
    assert data_of(empty)["text/plain"] == repr(empty)


def test_a_picture_that_takes_too_long_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The time is bounded, whatever dot does, and the text says where the picture is to be had."""
    slow = tmp_path / "dot"
    slow.write_text(f"#!{sys.executable}\nimport time; time.sleep(60)\n", encoding="utf-8")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + os.environ["PATH"])
    monkeypatch.setattr(dot_bundle, "BUDGET", 0.3)
    made = layers(3, 10).draw.graphviz(detail="full")
    begin = time.monotonic()
    data = data_of(made)
    assert time.monotonic() - begin < 20
    assert set(data) == {"text/plain"}
    assert ".render('graph.svg')" in data["text/plain"]


def test_one_failure_does_not_spoil_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """If only the PNG can't be made, the SVG and the plain text are shown."""
    run_dot = dot_bundle.run_dot

    def no_png(source: str, format: str, **options: Any) -> bytes:
        if format == "png":
            raise OSError("no space left")
        return run_dot(source, format, **options)

    monkeypatch.setattr(dot_bundle, "run_dot", no_png)
    data = data_of(shop(lambda: 0.0))
    assert set(data) == {"text/html", "image/svg+xml", "text/plain"}
    assert "no picture" not in data["text/plain"]


def test_a_repr_that_fails_elsewhere_does_not_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks, there is a text."""

    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(manager_cell, "dot_source", broken)
    assert "(no picture: broken)" in data_of(shop(lambda: 0.0))["text/plain"]
    monkeypatch.setattr(manager_cell, "_text", broken)
    assert "broken" in data_of(shop(lambda: 0.0))["text/plain"]


@pytest.mark.parametrize(("depth", "width"), [(20, 100), (200, 200)])
def test_a_large_graph_is_drawn_in_bundles(depth: int, width: int) -> None:
    """One box a layer, or fewer, within two seconds of processor time; it says what it left out."""
    tm = layers(depth, width)
    begin = time.process_time()
    data = data_of(tm)
    assert time.process_time() - begin < 2
    assert set(data) >= {"text/plain", "image/svg+xml"}
    assert data["image/svg+xml"].count('class="node"') <= 60
    assert f"{depth * width:,} nodes in" in data["image/svg+xml"]
    assert len(data["image/svg+xml"]) < 200_000


def test_a_graph_of_a_million_nodes_shows_a_summary() -> None:
    """What it calls and how often, within two seconds of processor time."""
    tm = TaskManager[None]()
    first = tm.add_node(join)
    for _ in range(999_998):
        tm.add_node(fetch, "x")
    tm.add_node(join, first)
    tm.sort()
    begin = time.process_time()
    data = data_of(tm)
    assert time.process_time() - begin < 2
    assert set(data) == {"text/plain"}
    assert "fetch ×999,998, join ×2" in data["text/plain"]
    assert "tm.draw.graphviz()" in data["text/plain"]


def test_a_picture_that_is_too_large_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook keeps all that it shows; the file can be had all the same."""
    monkeypatch.setattr(dot_bundle, "MOST_BYTES", 5_000)
    made = layers(3, 10).draw.graphviz(detail="full")
    data = data_of(made)
    assert set(data) == {"text/plain"}
    assert "MB" in data["text/plain"]
    assert len(made.pipe("svg")) > 5_000


def test_a_diagram_of_very_many_nodes_has_a_short_text() -> None:
    """Listing them would take longer than anybody waits for a cell."""
    made = layers(60, 100).draw.graphviz()
    assert data_of(made, include=["text/plain"]) == {"text/plain": "a diagram of 6,000 nodes"}


NO_EXTRAS = """
import sys
for name in ("networkx", "graphviz", "graphviz.backend"):
    sys.modules[name] = None
import async_dag.views.graph.dot_program as program
program.find_dot = lambda: None
from async_dag import build_dag, MissingExtraError
async def one(): return 1
with build_dag() as tm:
    tm.add_node(one)
print(tm.draw.mermaid().source.count("one"))
print(tm.draw.text().splitlines()[0])
for call in (tm.draw.graphviz, tm.to_networkx, lambda: type(tm).from_networkx(None, one)):
    try:
        call()
    except MissingExtraError as error:
        print(error)
print(sorted(tm._repr_mimebundle_()[0]))
"""


def test_without_any_extra_each_call_is_a_text_or_one_clear_error() -> None:
    """Mermaid and text need nothing; the others name the package to install."""
    ended = subprocess.run(
        [sys.executable, "-c", NO_EXTRAS],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == [
        "1",
        "1 task in 1 wave, 0 dependencies",
        "diagrams of Graphviz need graphviz: pip install graphviz",
        "the mirror of a graph needs networkx: pip install networkx",
        "the mirror of a graph needs networkx: pip install networkx",
        "['text/plain']",
    ]
