"""axe-core, which finds what keeps people from using a page, in a page of a test."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.support.chromium import REQUIRE

SCRIPT = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

_RUN = """async (scope) => {
    const found = await axe.run(scope === null ? document : { include: [[scope]] }, {
        resultTypes: ["violations"],
    });
    return found.violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.html)]);
}"""


async def violations(page: Page, scope: str | None = None) -> list[Any]:
    """What axe finds within the elements of a selector, or in the whole page: rule, elements."""
    await page.evaluate(_script())
    return list(await page.evaluate(_RUN, scope))


def _script() -> str:
    """Its one file; if it is not there, the calling test skips or fails."""
    if SCRIPT.is_file():
        return SCRIPT.read_text(encoding="utf-8")
    message = "this test needs axe-core: npm ci, in the folder frontend"
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(f"{message}; {REQUIRE}=1 says that it must be there", pytrace=False)
    pytest.skip(message)
