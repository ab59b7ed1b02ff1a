"""The view looks like the page around it: light or dark, with more contrast where that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.axe import violations
from tests.support.fed_page import show_trace
from tests.support.graphs import etl_trace
from tests.support.readme_page import watched

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser

#: What a page says of its theme, and what the view makes of it. The reader's system is light.
PAGES = {
    "JupyterLab, light": ({"data-jp-theme-light": "true"}, "light", "usual"),
    "JupyterLab, dark": ({"data-jp-theme-light": "false"}, "dark", "usual"),
    "VS Code, light": (
        {"class": "vscode-light", "data-vscode-theme-kind": "vscode-light"},
        "light",
        "usual",
    ),
    "VS Code, dark": (
        {"class": "vscode-dark", "data-vscode-theme-kind": "vscode-dark"},
        "dark",
        "usual",
    ),
    "VS Code, high contrast": (
        {"class": "vscode-high-contrast", "data-vscode-theme-kind": "vscode-high-contrast"},
        "dark",
        "more",
    ),
    "VS Code, high contrast, light": (
        {
            "class": "vscode-high-contrast-light vscode-high-contrast",
            "data-vscode-theme-kind": "vscode-high-contrast-light",
        },
        "light",
        "more",
    ),
    "VS Code, by its attribute alone": (
        {"data-vscode-theme-kind": "vscode-high-contrast"},
        "dark",
        "more",
    ),
    "marimo, dark": ({"class": "dark", "data-theme": "dark"}, "dark", "usual"),
}

_CONTRAST = """(names) => {
    const view = document.querySelector(".async-dag");
    const canvas = document.createElement("canvas").getContext("2d");
    const luminance = (name) => {
        canvas.fillStyle = getComputedStyle(view).getPropertyValue(`--ad-${name}`);
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = luminance("ground");
    return names.map((name) => {
        const [low, high] = [luminance(name), ground].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    });
}"""


@pytest.mark.parametrize("page_is", PAGES)
def test_the_view_follows_the_page(browser: Browser, page_is: str) -> None:
    """At once when the theme changes; and axe finds nothing in any of them."""
    attributes, theme, contrast = PAGES[page_is]

    async def look(page: Page) -> list[Any]:
        await page.emulate_media(color_scheme="light")
        await show_trace(page, etl_trace(), at=3.5)
        await page.evaluate(
            "(all) => { for (const [name, value] of Object.entries(all))"
            " document.body.setAttribute(name, value) }",
            attributes,
        )
        await page.evaluate("kernel.drawn()")
        view = page.locator(".async-dag")
        return [
            await view.get_attribute("data-theme"),
            await view.get_attribute("data-contrast"),
            await page.evaluate(_CONTRAST, ["ink", "soft", "line", "edge"]),
            await violations(page, ".async-dag"),
        ]

    *seen, ratios, found = watched(browser, look)
    assert seen == [theme, contrast]
    assert found == []
    ink, soft, line, edge = ratios
    if contrast == "more":
        assert min(ink, soft, edge) > 20
        assert line > 4.5
    else:
        assert min(ink, soft) > 4.5


def test_a_reader_who_wants_more_contrast_gets_it(browser: Browser) -> None:
    """As the system says, whatever the page does."""

    async def look(page: Page) -> list[Any]:
        await page.emulate_media(color_scheme="dark", contrast="more")
        await show_trace(page, etl_trace(), at=3.5)
        more = await page.get_attribute(".async-dag", "data-contrast")
        await page.emulate_media(contrast="no-preference")
        await page.evaluate("kernel.drawn()")
        return [more, await page.get_attribute(".async-dag", "data-contrast")]

    assert watched(browser, look) == ["more", "usual"]
