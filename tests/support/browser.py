"""Drives Chromium from tests.

Playwright runs on an event loop in a thread of its own. Its blocking API would keep
a loop running in the thread of the tests, where `asyncio.run` then refuses to work.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, TypeVar

import playwright.async_api

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
]

#: What a tab may load: this machine's own servers and files, and what is in the page.
LOCAL_ADDRESSES = ("http://127.0.0.1:", "http://localhost:", "file:", "data:", "blob:", "about:")


class Browser:
    """One Chromium, for as long as the `with` block."""

    def __init__(self, executable: str) -> None:
        self._executable = executable
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="browser")

    def run(
        self, look: Callable[[playwright.async_api.Page], Awaitable[R]], *, timeout: float = 120
    ) -> R:
        """Call `look` with a fresh tab and return what it returns.

        The tab has no cookies, no cache and no network beyond this machine. `timeout`
        is in seconds.
        """

        async def in_new_tab() -> R:
            context = await self._chromium.new_context()
            try:
                await context.route("**/*", stay_on_this_machine)
                return await look(await context.new_page())
            finally:
                await context.close()

        return self._call(in_new_tab(), timeout)

    def __enter__(self) -> Browser:
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


async def stay_on_this_machine(route: playwright.async_api.Route) -> None:
    """Let a request pass if it stays on this machine, and fail it otherwise."""
    if route.request.url.startswith(LOCAL_ADDRESSES):
        await route.continue_()
    else:
        await route.abort()
