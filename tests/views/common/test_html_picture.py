"""A picture as HTML: it fits the page, says what it shows, and is dark where the notebook is."""

from __future__ import annotations

import base64
from dataclasses import asdict
from html.parser import HTMLParser

import pytest

from async_dag.views.common.html_picture import LONGEST_ALT, MOST_TWICE, html_picture
from async_dag.views.common.palette import DARK, LIGHT, SHADES, dark_svg

SVG = f'<svg><text style="fill: {LIGHT.ink}">x</text><path style="fill: #123456"/></svg>'


class Images(HTMLParser):
    """The attributes of the pictures, and what lies outside of them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.images: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "img":
            self.images.append(dict(attrs))


def drawn(image: dict[str, str | None]) -> str:
    """The SVG of a picture."""
    source = image["src"] or ""
    return base64.b64decode(source.removeprefix("data:image/svg+xml;base64,")).decode()


def test_a_picture_is_there_in_light_and_dark() -> None:
    """Both scale with the page, up to their natural width; the light one is what is seen by default."""
    light, dark = Images(html_picture(SVG, "one task, done", 640)).images
    assert drawn(light) == SVG
    assert drawn(dark) == SVG.replace(LIGHT.ink, DARK.ink)
    assert light["alt"] == "one task, done"
    assert light["style"] == "display:block;width:100%;max-width:640px;min-width:0px"
    assert (dark["width"], dark["height"], dark["alt"]) == ("0", "0", "")


def test_a_picture_that_was_asked_for_in_one_theme_stays_so() -> None:
    """And of a large one there is no copy."""
    for svg, adapts in ((SVG, False), (SVG + " " * MOST_TWICE, True)):
        html = Images(html_picture(svg, "", 640, adapts=adapts))
        assert html.tags == ["div", "style", "img"]


@pytest.mark.parametrize("name", ['"><script>alert(1)</script>', "' onerror='x", "&amp;\n\x00"])
def test_the_alternative_text_stays_text(name: str) -> None:
    """Whatever tasks are called."""
    html = Images(html_picture(SVG, name, 640))
    assert html.tags == ["div", "style", "img", "img"]
    assert html.images[0]["alt"] == name
    assert set(html.images[0]) == {"class", "alt", "style", "src"}


def test_the_alternative_text_is_short() -> None:
    """A screen reader reads it in one go."""
    (image, _) = Images(html_picture(SVG, "x" * 10_000, 640)).images
    assert len(image["alt"] or "") == LONGEST_ALT + 1


def test_every_colour_has_its_dark_counterpart() -> None:
    """Those of the palette, and the shades between two of them; another colour stays."""
    for name, colour in asdict(LIGHT).items():
        assert dark_svg(f"fill: {colour}") == f"fill: {asdict(DARK)[name]}"
    for step in range(SHADES + 1):
        assert dark_svg(LIGHT.shade(step / SHADES)) == DARK.shade(step / SHADES)
    assert dark_svg("#123456") == "#123456"
