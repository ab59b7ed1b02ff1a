"""The browser that other tests drive: started, kept off the network."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser


def test_page_runs_script_and_shows_its_result(browser: Browser) -> None:
    """The fixture is a real browser: what a script writes is read back from the DOM."""

    async def look(page: Page) -> str:
        await page.set_content("<p id=x></p><script>x.textContent = [3, 1, 2].sort()</script>")
        return await page.locator("#x").inner_text()

    assert browser.run(look) == "1,2,3"


def test_page_reaches_no_other_machine(browser: Browser) -> None:
    """A picture that asks the network for anything is found out."""
    failed: list[str] = []

    async def look(page: Page) -> None:
        page.on("requestfailed", lambda request: failed.append(request.url))
        await page.set_content("<img src='http://192.0.2.1/picture.png'>", wait_until="load")

    browser.run(look)
    assert failed == ["http://192.0.2.1/picture.png"]


def test_event_loops_work_beside_a_running_browser(browser: Browser) -> None:
    """A test may invoke a DAG with `asyncio.run` and look at its picture afterwards."""

    async def one() -> int:
        return 1

    assert asyncio.run(one()) == 1
