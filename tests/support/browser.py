"""Drives Chromium from tests.

Playwright runs on an event loop in a thread of its own. Its blocking API would keep
a loop running in the thread of the tests, where `asyncio.run` then refuses to work.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

import playwright.async_api
from playwright.async_api import Page

R = TypeVar("R")

#: Root may run it (in containers), and it does nothing on its own in the background.
LAUNCH_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A tab may load from this machine's own servers; all else goes to a proxy that is not there. (To
    # ask Python about each request takes longer than the request, and turns Chromium's cache off.)
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=127.0.0.1;localhost",
]


class Browser:
    """One Chromium, for as long as the `with` block."""

    def __init__(self, executable: str) -> None:
        self._executable = executable
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="browser")
        self._tabs: dict[str | None, Page] = {}

    def run(
        self,
        look: Callable[[Page], Awaitable[R]],
        *,
        timeout: float = 120,
        tab: str | None = None,
    ) -> R:
        """Call `look` with a tab and return what it returns.

        The tab is empty and has no cookies and no network beyond this machine. It is always the same
        one, since to open another takes most of a second. With `tab`, a name, it is the tab of that
        name, as the last call left it. `timeout` is in seconds.
        """
        return self._call(self._look(look, tab), timeout)

    async def _look(self, look: Callable[[Page], Awaitable[R]], name: str | None) -> R:
        page = self._tabs.get(name)
        if page is None:
            context = await self._chromium.new_context()
            page = self._tabs[name] = await context.new_page()
        try:
            if name is None:
                await empty(page)
            return await look(page)
        except BaseException:
            # Nobody knows what state it is in.
            del self._tabs[name]
            await page.context.close()
            raise

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._call(self._start(), timeout=60)
        except BaseException:
            self._stop_loop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._call(self._stop(), timeout=60)
        finally:
            self._stop_loop()

    async def _start(self) -> None:
        self._playwright = await playwright.async_api.async_playwright().start()
        self._chromium = await self._playwright.chromium.launch(
            executable_path=self._executable, args=LAUNCH_ARGUMENTS
        )

    async def _stop(self) -> None:
        await self._chromium.close()
        await self._playwright.stop()

    def _call(self, work: Coroutine[Any, Any, R], timeout: float) -> R:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout)
        except TimeoutError:
            future.cancel()
            raise

    def _stop_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def empty(page: Page) -> None:
    """Leave what a tab shows, and take back what tests set for one."""
    await page.goto("about:blank")
    await page.context.clear_cookies()
    await page.emulate_media(
        media="null",
        color_scheme="null",
        reduced_motion="null",
        forced_colors="null",
        contrast="null",
    )
    await page.set_viewport_size({"width": 1280, "height": 720})
