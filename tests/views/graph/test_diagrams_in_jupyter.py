"""Diagrams at the end of a cell, in JupyterLab and Notebook 7, on their light and dark themes."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from tests.support.jupyter import APPLICATIONS, Application, Jupyter, Notebook, open_notebook

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser

SVG = "{http://www.w3.org/2000/svg}"

BUILD = """
from asyncio import sleep
from async_dag import build_dag

async def fetch(name, *, page=1):
    await sleep(0.01)
    return name

async def join(*parts):
    await sleep(0.01)
    return parts

with build_dag(int) as tm:
    sources = tm.options(group="sources")
    users = sources.add_node(fetch, "/users", page=2)
    orders = sources.add_node(fetch, "<b>/orders</b>")
    tm.add_node(join, users, orders, tm.parameter_node)

tm
"""
CELLS = [BUILD, "tm.draw.mermaid()", "result = await tm.invoke(0)\nresult.draw.graphviz()"]

#: The ground that a reader sees behind an output, as the page computes it.
GROUND = """
element => {
    for (let one = element; one; one = one.parentElement) {
        const colour = getComputedStyle(one).backgroundColor;
        if (colour && colour !== "rgba(0, 0, 0, 0)" && colour !== "transparent") return colour;
    }
    return "rgb(255, 255, 255)";
}
"""


def lightness(colour: str) -> float:
    red, green, blue = (float(part) for part in colour.partition("(")[2].rstrip(")").split(",")[:3])
    return (0.3 * red + 0.6 * green + 0.1 * blue) / 255


async def svg_in(output: Any, theme: str = "light") -> list[str]:
    """The texts of the picture there, the one of that theme."""
    image = output.locator(f"img.async-dag-{theme}")
    await image.wait_for()
    assert await image.evaluate("image => image.naturalWidth") > 100
    assert await image.evaluate("image => image.getBoundingClientRect().width") > 100
    other = output.locator(f"img.async-dag-{'dark' if theme == 'light' else 'light'}")
    assert await other.evaluate("image => image.getBoundingClientRect().width") == 0
    source: str = await image.get_attribute("src")
    kind, _, data = source.partition(",")
    assert kind.startswith("data:image/svg+xml")
    svg = base64.b64decode(data) if "base64" in kind else unquote(data).encode()
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


#: What the menu of the application does; resolves once the page has that theme.
SWITCH = """
async theme => {
    await jupyterapp.commands.execute("apputils:change-theme", {theme: `JupyterLab ${theme}`});
    const isSet = () => document.body.dataset.jpThemeLight === String(theme === "Light");
    while (!isSet()) await new Promise(done => setTimeout(done, 25));
}
"""


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_last_line_of_a_cell_is_a_diagram(
    jupyter: Jupyter, browser: Browser, application: Application, tmp_path: Path
) -> None:
    """A picture in the colours of the theme, or a Mermaid diagram; all of it is saved.

    In both themes, one after the other in one page: to load it takes longer than all else.
    """
    path = jupyter.write(f"diagrams_{application}", CELLS)

    async def look(page: Page) -> None:
        notebook = await open_notebook(jupyter, page, path, application)
        for theme in ("light", "dark"):
            await page.evaluate(SWITCH, theme.title())
            await look_at(notebook, theme, tmp_path)
        await page.evaluate(SWITCH, "Light")

    try:
        with jupyter.closing(path):
            browser.run(look, tab=application)
    finally:
        jupyter.use_theme("light")


async def look_at(notebook: Notebook, theme: str, folder: Path) -> None:
    """Run the cells in that theme, and look at what is under them and at what is saved."""
    for cell in range(len(CELLS)):
        await notebook.run(cell)
    mermaid = notebook.output(1).locator(".jp-RenderedMermaid img, .jp-RenderedMarkdown img").first
    await mermaid.wait_for(timeout=60_000)
    graph, run = [await svg_in(notebook.output(cell), theme) for cell in (0, 2)]
    assert {"fetch", "'/users', page=2", "'<b>/orders</b>'", "join", "parameter"} <= set(graph)
    assert sum(line.startswith("✓") for line in run) == 3
    assert await mermaid.evaluate("image => image.naturalWidth") > 100
    ground = await notebook.output(0).locator("img").first.evaluate(GROUND)
    assert (lightness(ground) > 0.8) == (theme == "light")
    for cell in range(len(CELLS)):
        await notebook.output(cell).screenshot(path=folder / f"{theme}_{cell}.png")
    saved = await notebook.save()
    assert [set(cell.outputs[-1].data) for cell in saved.cells] == [
        {"text/html", "image/svg+xml", "image/png", "text/plain"},
        {"text/markdown", "text/plain"},
        {"text/html", "image/svg+xml", "image/png", "text/plain"},
    ]


def test_a_notebook_as_html_needs_no_network(
    jupyter: Jupyter, browser: Browser, tmp_path: Path
) -> None:
    """nbconvert puts the picture into the page, where it is seen without loading anything."""
    import nbformat
    from nbconvert import HTMLExporter

    from tests.support.diagrams import shop

    data, metadata = shop(lambda: 0.0)._repr_mimebundle_(include=["text/html", "text/plain"])
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    cell = nbformat.v4.new_code_cell("tm", outputs=[output])
    page_of, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    file = tmp_path / "notebook.html"
    file.write_text(page_of, encoding="utf-8")

    async def look(page: Page) -> Any:
        await page.goto(file.as_uri(), wait_until="domcontentloaded")
        return await svg_in(page.locator(".jp-OutputArea"))

    assert "orders" in browser.run(look)
