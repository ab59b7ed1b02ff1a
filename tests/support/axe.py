"""axe-core, which finds what keeps people from using a page, in a page of a test."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

from tests.support import needs

_RUN = """async (scope) => {
    const found = await axe.run(scope === null ? document : { include: [[scope]] }, {
        resultTypes: ["violations"],
    });
    return found.violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.html)]);
}"""


async def violations(page: Page, scope: str | None = None) -> list[Any]:
    """What axe finds within the elements of a selector, or in the whole page: rule, elements."""
    script = needs.node_module("axe-core/axe.min.js")
    await page.evaluate(script.read_text(encoding="utf-8"))
    return list(await page.evaluate(_RUN, scope))
