"""The real Mermaid, in the tests' browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.support import needs
from tests.support.browser import Browser

#: As JupyterLab and GitHub do it: what stands in a label is never taken as HTML.
_DRAW = """
async ([source, theme, number]) => {
    mermaid.initialize({
        startOnLoad: false, securityLevel: "strict", theme, maxTextSize: 50000, maxEdges: 500,
    });
    const drawn = await mermaid.render(`diagram${number}`, source);
    document.getElementById("picture").innerHTML = drawn.svg;
}
"""

_PAGE = '<!doctype html><body style="margin:10px; background:{}"><div id="picture"></div></body>'

#: The lines of each box and the names of groups, as a reader sees them; the edges by what they join;
#: the texts of a Gantt chart.
_READ = """
() => {
    const lines = (element) => {
        const found = [];
        for (const label of element.querySelectorAll(".nodeLabel")) {
            const text = [""];
            for (const piece of walk(label)) {
                if (piece === null) text.push(""); else text[text.length - 1] += piece;
            }
            found.push(...text);
        }
        return found;
    };
    function* walk(element) {
        for (const child of element.childNodes) {
            if (child.nodeType === Node.TEXT_NODE) yield child.data;
            else if (child.nodeName.toLowerCase() === "br") yield null;
            else yield* walk(child);
        }
    }
    const picture = document.getElementById("picture");
    const foreign = [...picture.querySelectorAll("*")].map((element) => element.nodeName.toLowerCase());
    return {
        boxes: [...picture.querySelectorAll("g.node")].map(lines),
        groups: [...picture.querySelectorAll("g.cluster .nodeLabel")].map((e) => e.textContent),
        edges: picture.querySelectorAll("path.flowchart-link").length,
        texts: [...picture.querySelectorAll("text")].map((e) => e.textContent.trim()),
        title: picture.querySelector(".flowchartTitleText")?.textContent ?? "",
        elements: [...new Set(foreign)],
        ran: window.ran === true,
    };
}
"""


def draw_mermaid(
    browser: Browser,
    sources: list[str],
    *,
    theme: str = "default",
    picture: Path | None = None,
) -> list[dict[str, Any]]:
    """What Mermaid made of each text; a text that it refuses raises.

    `picture` is where a screenshot of the last one goes.
    """
    script = needs.node_module("mermaid/dist/mermaid.min.js")

    async def look(page: Page) -> list[dict[str, Any]]:
        await page.set_viewport_size({"width": 1000, "height": 300})
        await page.set_content(_PAGE.format("white" if theme == "default" else "#111111"))
        await page.add_script_tag(path=script)
        found: list[dict[str, Any]] = []
        for number, source in enumerate(sources):
            await page.evaluate(_DRAW, [source, theme, number])
            found.append(await page.evaluate(_READ))
        if picture is not None:
            await page.locator("#picture").screenshot(path=picture)
        return found

    return browser.run(look, timeout=300)
