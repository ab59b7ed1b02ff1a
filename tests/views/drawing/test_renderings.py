"""The renderings of one drawing: SVG, PNG and figure show the same, in the same colours."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from async_dag.views.common.palette import DARK, LIGHT
from async_dag.views.drawing import png
from async_dag.views.drawing.canvas import Canvas, box, boxes, curves, dot, lines, polygons, words
from async_dag.views.drawing.drawing import RoundedBox
from async_dag.views.drawing.drawn_picture import DrawnPicture
from async_dag.views.drawing.fonts import width
from async_dag.views.drawing.look import look_for
from async_dag.views.drawing.run_figure import RunFigure

INK, BLUE, RED = LIGHT.ink, LIGHT.awaiting, LIGHT.critical


class Everything:
    """A block with each kind of mark in each style, on a plane of another scale than the sheet's."""

    height = 150.0

    def draw(self, canvas: Canvas, top: float) -> None:
        plane = canvas.plane(60, top, 300, 120, 3.0, 60)
        polygons(plane, [box(0.1, 1.0, 5, 15)], fill=BLUE, order=4)
        waiting = box(1.2, 2.0, 5, 15)
        polygons(plane, [waiting], fill="#ffffff", stroke=INK, width=0.7, hatch=4.0)
        polygons(plane, [box(2.2, 2.9, 5, 15)], fill=RED, opacity=0.35)
        tips = [(0.1, 20.0), (0.5, 35.0), (0.9, 20.0)], [(1.3, 35.0), (1.0, 20.0), (1.6, 20.0)]
        polygons(plane, tips, fill=RED)
        boxes(plane, [RoundedBox(1.8, 2.4, 20, 35, 0.04, 2)], fill=BLUE, order=3)
        boxes(plane, [RoundedBox(2.5, 2.9, 20, 35, 0.04, 2)], stroke=RED, width=1.3, order=3)
        lines(plane, [[(0.1, 40), (0.5, 40), (0.5, 50)]], stroke=INK, width=1.4)
        lines(plane, [[(0.6, 40), (1.0, 55)]], stroke=RED, width=1.4, dashes=(3, 2))
        path = [(1.2, 40.0), (1.2, 48.0), (2.2, 48.0), (2.2, 56.0)]
        curves(plane, [path], stroke=INK, widths=[3.0], opacity=0.85)
        dot(canvas.sheet, 400, top + 20, 6, RED)
        for align, y in (("left", 30), ("center", 50), ("right", 70)):
            words(canvas.sheet, 430, top + y, "Taking 12.5 s", size=9.9, color=INK, align=align)
        canvas.text(20, top + 140, "<b> & 'AV' → ×3", weight="bold")


def everything(theme: Any = "light") -> DrawnPicture:
    return DrawnPicture.of([Everything()], look_for("notebook", theme), "a & b")


def image(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def test_png_and_figure_show_the_same() -> None:
    """Seen from a distance, where edges and letters differ by a pixel: everywhere the same ink."""
    picture = everything()
    assert png._HAS_RESVG
    drawn, figure = image(picture.as_png()), image(RunFigure.of(picture).as_png())
    assert drawn.size == figure.size
    coarse = ImageChops.difference(drawn.reduce(6), figure.reduce(6))
    assert max(ImageStat.Stat(coarse).mean) < 1.0
    assert max(high for _, high in coarse.getextrema()) < 60  # type: ignore[misc]
    # A mark that is missing, moved by its own width or of another colour is far beyond these bounds.
    without = Image.new("RGB", drawn.size, LIGHT.ground)
    assert max(ImageStat.Stat(ImageChops.difference(drawn.reduce(6), without.reduce(6))).mean) > 4


def test_svg_has_each_mark_where_it_is() -> None:
    """In points, to hundredths; texts are texts; names, patterns and dashes are there."""
    root = ET.fromstring(everything().as_svg())
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert root.attrib["viewBox"].startswith("0 0 504 ")
    assert (tags.count("text"), tags.count("circle"), tags.count("pattern")) == (4, 1, 1)
    assert "M70 18 160 18 160 38 70 38z" in {element.get("d") for element in root.iter()}
    assert [e.text for e in root.iter() if e.get("font-weight")] == ["<b> & 'AV' → ×3"]
    assert {e.get("text-anchor") for e in root.iter()} == {None, "middle", "end"}
    assert any(e.get("stroke-dasharray") == "4.2 2.8" for e in root.iter())
    assert max(map(len, re.findall(r"\.\d+", everything().as_svg()))) <= 3


@pytest.mark.parametrize(("theme", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_the_colours_of_a_png_are_exact(theme: Any, palette: Any) -> None:
    """It has a palette of 256 colours, in which those of whole areas are as they were meant."""
    png = everything(theme).as_png()
    assert Image.open(io.BytesIO(png)).mode == "P"
    counted = sorted(image(png).getcolors(1_000_000) or (), reverse=True)
    frequent = ["#" + "".join(f"{part:02x}" for part in color) for _, color in counted[:3]]  # type: ignore[attr-defined]
    assert frequent[0] == palette.ground
    assert BLUE in frequent


def test_an_html_picture_is_dark_in_a_dark_notebook() -> None:
    """Its SVG has the colours of the light palette, which are exchanged."""
    assert 'class="async-dag-dark"' in everything("auto").as_html()
    assert 'class="async-dag-dark"' not in everything("light").as_html()
    assert 'alt="a &amp; b"' in everything().as_html()


def test_texts_of_any_script_are_drawn_as_wide_as_they_were_measured() -> None:
    """Letter by letter or shaped; the SVG has the text as it is."""
    texts = [
        "fast_task_a 12.5 s",
        "AVAVA",
        "שלום עולם",
        "مرحبا",
        "e\u0301e\u0301",
        "任务",
        "a\u200db",
    ]
    canvas = Canvas(look_for("notebook", "light"), 20.0 * len(texts))
    for number, text in enumerate(texts):
        canvas.text(50, 20 * number + 10, text)
    picture = DrawnPicture(canvas.drawing, "", adapts=False)
    root = ET.fromstring(picture.as_svg())
    assert [element.text for element in root.iter() if element.tag.endswith("}text")] == texts
    drawn = image(picture.as_png()).convert("L").point([255 * (one < 128) for one in range(256)])
    for number, text in enumerate(texts):
        inked = drawn.crop((0, 40 * number, drawn.width, 40 * number + 40)).getbbox()
        assert inked is not None
        assert inked[0] == pytest.approx(100, abs=4), text
        assert inked[2] == pytest.approx(100 + 2 * width(text, 9.9), rel=0.03, abs=4), text
        assert 4 < inked[1] < inked[3] < 36, text


def test_a_character_of_no_usual_font_is_seen() -> None:
    """An emoji in its colours where a font has it, else a box: never nothing."""
    canvas = Canvas(look_for("notebook", "light"), 20.0)
    canvas.text(50, 10, "🚀")
    drawn = image(DrawnPicture(canvas.drawing, "", adapts=False).as_png())
    inked = drawn.convert("L").point([255 * (n < 200) for n in range(256)]).getbbox()
    assert inked is not None
    left, top, right, bottom = inked
    assert 96 <= left < right < 150
    assert 0 <= top < bottom <= 40


def test_where_there_is_no_resvg_matplotlib_makes_the_png(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = everything()
    monkeypatch.setattr(png, "_HAS_RESVG", False)
    assert picture.as_png() == RunFigure.of(picture).as_png()
