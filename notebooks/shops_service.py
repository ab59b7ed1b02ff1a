"""The web service that notebook 06 asks: a chain of shops, as slow and as moody as real ones are.

It runs on this machine, in a thread of its own, so the notebook needs no network and the requests
are real. The same path takes the same time whenever it is asked, so that runs can be compared.
"""

import asyncio
import random
import threading
from typing import Any

from aiohttp import web

SHOPS = range(1, 7)
CITIES = ["Lisbon", "Oslo", "Zürich", "Lima"]
CURRENCY = {"Lisbon": "EUR", "Oslo": "NOK", "Zürich": "CHF", "Lima": "PEN"}
RATES = {"EUR": 1.0, "NOK": 0.085, "CHF": 1.05, "PEN": 0.25}

#: Seconds that an answer takes: a median, and how far it strays (of a log-normal distribution).
LATENCY = {
    "shops": (0.10, 0.4),
    "sales": (0.25, 0.5),
    "weather": (0.15, 0.4),
    "rates": (0.60, 0.0),
}


class ShopsService:
    """Answers on `url` between `start` and `stop`.

    It answers at most `at_once` requests at a time and refuses the rest with 429; every
    `fails_every`-th request that it accepts fails with 503. `counts` says how often it did which.
    """

    def __init__(self, at_once: int = 6, fails_every: int = 9) -> None:
        self.at_once = at_once
        self.fails_every = fails_every
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.forget()

    def forget(self) -> None:
        """Count from zero again."""
        self.counts = {"answered": 0, "refused (429)": 0, "failed (503)": 0}
        self._accepted = 0
        self._open = 0

    # What it knows

    async def shop(self, request: web.Request) -> dict[str, Any]:
        city = CITIES[int(request.match_info["id"]) % len(CITIES)]
        return {"id": int(request.match_info["id"]), "city": city, "currency": CURRENCY[city]}

    async def sales(self, request: web.Request) -> dict[str, Any]:
        number = int(request.match_info["id"])
        return {"items": 40 + 7 * number, "total": 900.0 + 110 * number}

    async def weather(self, request: web.Request) -> dict[str, Any]:
        return {"rain_mm": len(request.match_info["city"]) % 4}

    async def rates(self, request: web.Request) -> dict[str, Any]:
        return RATES

    # How it behaves

    def _answering(self, kind: str, answer: Any) -> Any:
        median, spread = LATENCY[kind]

        async def handle(request: web.Request) -> web.Response:
            if self._open >= self.at_once:
                self.counts["refused (429)"] += 1
                return web.json_response({"error": "too many requests"}, status=429)
            self._open += 1
            try:
                self._accepted += 1
                fails = self._accepted % self.fails_every == 0
                seconds = median * random.Random(request.path).lognormvariate(0, spread)
                await asyncio.sleep(seconds / 3 if fails else seconds)
            finally:
                self._open -= 1
            self.counts["failed (503)" if fails else "answered"] += 1
            if fails:
                return web.json_response({"error": "try again"}, status=503)
            return web.json_response(await answer(request))

        return handle

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_get("/shops/{id}", self._answering("shops", self.shop))
        app.router.add_get("/shops/{id}/sales", self._answering("sales", self.sales))
        app.router.add_get("/weather/{city}", self._answering("weather", self.weather))
        app.router.add_get("/rates", self._answering("rates", self.rates))
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
