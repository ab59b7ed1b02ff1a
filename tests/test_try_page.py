"""The page in which async_dag is tried with nothing installed: real Pyodide in real Chromium."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tests.support import needs
from tests.support.axe import violations

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser

ROOT = Path(__file__).parents[1]

BROKEN = """
from async_dag import build_dag

async def fetch():
    raise OSError("no route")

with build_dag() as tm:
    tm.add_node(fetch)

await tm.invoke()
"""

ENDLESS = """
from asyncio import sleep
from async_dag import build_dag, in_thread

with build_dag() as tm:
    tm.add_node(sleep, 3600)

await tm.invoke()
"""

THREAD = """
from async_dag import build_dag, in_thread

with build_dag() as tm:
    tm.add_node(in_thread(len), "abc")

await tm.invoke()
"""


class Handler(SimpleHTTPRequestHandler):
    """Serves the page's files; a browser insists on these types."""

    extensions_map: ClassVar[dict[str, str]] = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def try_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the page, freshly built."""
    needs.node_module("pyodide")
    folder = tmp_path_factory.mktemp("try")
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from build_try_page import build  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    build(folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()
        thread.join()


def test_code_runs_in_the_page_with_a_live_view(browser: Browser, try_page: str) -> None:
    """The example live, a failure as its error, Cancel at once, and what has no threads says so."""

    async def look(page: Page) -> dict[str, Any]:
        await page.set_viewport_size({"width": 1200, "height": 1500})
        elsewhere: list[str] = []
        here = try_page.rpartition("/")[0]
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((here, "data:")) else elsewhere.append(request.url)
            ),
        )
        await page.goto(try_page)
        state = page.locator("#state")
        seen: dict[str, Any] = {"elsewhere": elsewhere}

        async def ends(code: str | None, how: str) -> str:
            if code is not None:
                await page.fill("#code", code)
            await page.click("#run")
            await state.get_by_text(how, exact=True).wait_for(timeout=60_000)
            return await page.inner_text("#text")

        await state.get_by_text("Ready", exact=True).wait_for(timeout=90_000)
        await page.click("#run")
        view = page.locator("#views .async-dag")
        await view.get_by_text("● running").wait_for(timeout=30_000)
        await state.get_by_text("Done", exact=True).wait_for(timeout=60_000)
        seen["value"] = await page.inner_text("#text")
        seen["view"] = await view.inner_text()
        seen["axe"] = await violations(page)
        seen["broken"] = await ends(BROKEN, "Ended with an error")
        seen["syntax"] = await ends("1 +", "Ended with an error")
        seen["thread"] = await ends(THREAD, "Ended with an error")
        await page.fill("#code", ENDLESS)
        await page.click("#run")
        await view.get_by_text("● running").wait_for(timeout=30_000)
        await view.get_by_role("button", name="Cancel").click()
        await state.get_by_text("Ended with an error", exact=True).wait_for(timeout=10_000)
        await view.locator(".ad-chip", has_text="⊘ cancelled").wait_for(timeout=10_000)
        await page.click("#reset")
        seen["code"] = await page.input_value("#code")
        return seen

    seen = browser.run(look, timeout=300)
    assert seen["elsewhere"] == []
    assert seen["value"].strip() == "the end task's value: 15"
    assert "✓ done" in seen["view"]
    assert "The critical path fast_task_a → slow_task_b → end_task" in seen["view"]
    assert seen["axe"] == []
    assert "OSError: no route" in seen["broken"]
    assert "in node 'fetch'" in seen["broken"]
    assert "SyntaxError" in seen["syntax"]
    assert "in_thread needs threads, and Python in a browser (Pyodide) has none" in seen["thread"]
    assert seen["code"] == (ROOT / "docs" / "try" / "example.py").read_text(encoding="utf-8")


def test_the_example_is_that_of_the_readme() -> None:
    """Whoever comes from the README finds the code that it shows."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = (ROOT / "docs" / "try" / "example.py").read_text(encoding="utf-8")
    functions = example[example.index("async def") : example.index("with build_dag")]
    assert functions.replace("\n\n\n", "\n\n").strip() in readme
