"""The web service that notebook 08 asks: pages with words, and a list of them that comes bit by bit.

It runs on this machine, in a thread of its own, so the notebook needs no network and the requests
are real. The same page takes the same time whenever it is asked for, so that runs can be compared.
"""

import asyncio
import random
import threading

from aiohttp import web

PAGES = 40
REGIONS = ["eu", "us", "asia"]

#: Seconds between two lines of the list.
PACE = 0.02
#: Seconds that a page takes: a median, and the spread (of a log-normal distribution).
LATENCY = 0.08, 0.9


class PagesService:
    """Answers on `url` between `start` and `stop`."""

    def __init__(self) -> None:
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for number in range(PAGES):
            await asyncio.sleep(PACE)
            await response.write(f"/pages/{number}\n".encode())
        return response

    async def _page(self, request: web.Request) -> web.Response:
        numbers = random.Random(request.path)
        median, spread = LATENCY
        await asyncio.sleep(median * numbers.lognormvariate(0, spread))
        if request.path == "/pages/13":
            return web.Response(status=404, text="no such page")
        return web.Response(text=" ".join(numbers.choices(["oak", "elm", "fir"], k=50)))

    async def _rate(self, request: web.Request) -> web.Response:
        region = request.match_info["region"]
        await asyncio.sleep(0.1 + 0.05 * REGIONS.index(region))
        return web.json_response({"eu": 1.0, "us": 0.9, "asia": 0.006}[region])

    async def _sales(self, request: web.Request) -> web.Response:
        region = request.match_info["region"]
        await asyncio.sleep(0.4 - 0.1 * REGIONS.index(region))
        return web.json_response([120.0, 80.5, 300.0])

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_get("/list", self._list)
        app.router.add_get("/pages/{number}", self._page)
        app.router.add_get("/{region}/rate", self._rate)
        app.router.add_get("/{region}/sales", self._sales)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0]
        self.url = f"http://{host}:{port}"

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
