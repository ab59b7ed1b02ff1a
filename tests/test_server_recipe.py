"""The recipe for servers, as it stands in the docs: real requests to real processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import async_dag
from async_dag.runs.storage.reader import HistoryFile
from tests.support.histories import is_whole, rows

ROOT = Path(__file__).parents[1]
RECIPES = ROOT / "docs" / "recipes"


class Server:
    """uvicorn with some workers, in a process of its own."""

    def __init__(
        self, folder: Path, workers: int, version: str = "v42", timeout: float = 20
    ) -> None:
        self.history = folder / "quotes.db"
        self._port = _free_port()
        self._metrics = metrics = folder / f"metrics-{version}"
        metrics.mkdir()
        environment = os.environ | {
            "QUOTES_HISTORY": str(self.history),
            "QUOTES_VERSION": version,
            "QUOTES_TIMEOUT": str(timeout),
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
            "PYTHONPATH": str(ROOT),
        }
        self._log = folder / f"log-{version}"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "uvicorn", "quote_service:app"),
                    *("--app-dir", str(RECIPES), "--port", str(self._port)),
                    *("--workers", str(workers), "--log-level", "warning"),
                ],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        for _ in range(1200):
            try:
                self.get("/quote/1")
                return
            except urllib.error.HTTPError as error:  # it answers
                error.close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"uvicorn did not start: {self.stop()}")

    def get(self, path: str) -> str:
        """The answer to a request."""
        url = f"http://127.0.0.1:{self._port}{path}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            text: str = answer.read().decode()
            return text

    def counting(self) -> int:
        """How many workers have written all their metrics; no answer has those of a file begun."""
        kinds: dict[str, set[str]] = defaultdict(set)
        for path in self._metrics.glob("*.db"):
            kind, _, process = path.stem.rpartition("_")
            if path.stat().st_size:
                kinds[process].add(kind)
        return sum(written >= {"counter", "histogram"} for written in kinds.values())

    async def ask_all(self, count: int, leaving: int) -> list[bytes]:
        """The answers over so many connections that are open at once; the last ones leave without."""
        streams = [await asyncio.open_connection("127.0.0.1", self._port) for _ in range(count)]
        for number, (_, writer) in enumerate(streams):
            writer.write(f"GET /quote/{number} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        for _, writer in streams[count - leaving :]:
            await writer.drain()
            writer.close()
        answers = [
            await asyncio.wait_for(reader.readuntil(b"}}"), 60)
            for reader, _ in streams[: count - leaving]
        ]
        for _, writer in streams:
            writer.close()
            with contextlib.suppress(OSError):  # by those that have left
                await writer.wait_closed()
        return answers

    def stop(self) -> str:
        """End it as a service manager does, and return what it logged."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        return self._log.read_text()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Any]:
    servers: list[Server] = []

    def start(workers: int, version: str = "v42", **options: Any) -> Server:
        servers.append(Server(tmp_path, workers, version, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def test_two_workers_answer_count_and_keep_what_requests_take(started: Any) -> None:
    """Every request is in the history, which both wrote, and in the metrics, added up.

    200 connections ask at once; some more leave before they are answered, which harms nobody.
    """
    server = started(2)
    answers = asyncio.run(server.ask_all(220, leaving=20))
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    bodies = [json.loads(answer.partition(b"\r\n\r\n")[2]) for answer in answers]
    assert bodies[1] == {"total": 6.3, "stock": {"book": 3, "pen": 3}}
    assert bodies[2]["total"] == 7.0
    with pytest.raises(urllib.error.HTTPError) as caught:
        server.get("/quote/-1")
    assert (caught.value.code, json.loads(caught.value.read())) == (
        404,
        {"detail": "there is no customer -1"},
    )
    count = 221
    limit = time.monotonic() + 60
    sessions = "SELECT DISTINCT process FROM sessions"
    while len(rows(server.history, sessions)) < 2 or server.counting() < 2:
        # On a busy machine one worker may have answered all before the other one was up.
        assert time.monotonic() < limit
        server.get("/quote/1")
        count += 1
        time.sleep(0.05)
    # Whoever has left is served to the end all the same; threads gather for 50 ms.
    done = f'async_dag_invoke_seconds_count{{dag="quote",outcome="done"}} {count}.0'
    failed = 'async_dag_invoke_seconds_count{dag="quote",outcome="failed"} 1.0'
    metrics = until(lambda: server.get("/metrics/"), done, failed)
    assert f'async_dag_node_seconds_count{{dag="quote",node="price"}} {count}.0' in metrics
    assert 'async_dag_node_failures_total{dag="quote",node="cart"} 1.0' in metrics
    assert server.stop() == ""
    assert is_whole(server.history)
    with HistoryFile(server.history) as file:
        [graph] = file.graphs()
        outcomes = Counter(run.outcome for run in file.runs(graph))
        assert file.lost() == 0
    assert outcomes == {"complete": count, "failed": 1}
    profile = async_dag.profile(server.history, label="v42")
    assert (profile.runs, profile.left_out) == (count, 1)


def test_requests_that_take_too_long_are_cancelled(started: Any) -> None:
    """Each is answered with 504, and its run is over: the nodes are cancelled, and counted so."""
    server = started(1, timeout=0.001)
    for number in range(5):
        with pytest.raises(urllib.error.HTTPError) as caught:
            server.get(f"/quote/{number}")
        assert caught.value.code == 504
        caught.value.close()
    until(lambda: server.get("/metrics/"), 'outcome="cancelled"} 6.0')
    assert server.stop() == ""
    with HistoryFile(server.history) as file:
        [graph] = file.graphs()
        assert Counter(run.outcome for run in file.runs(graph)) == {"cancelled": 6}


def until(ask: Callable[[], str], *wanted: str) -> str:
    """The first answer that contains all of this."""
    limit = time.monotonic() + 60
    while True:
        try:
            answer = ask()
        except urllib.error.HTTPError as error:
            # prometheus_client can't read the file that a worker is just making.
            answer = str(error)
            error.close()
        if all(text in answer for text in wanted):
            return answer
        assert time.monotonic() < limit, answer
        time.sleep(0.05)


def test_two_versions_are_compared(started: Any) -> None:
    """A deployment later: the same code is not slower by much, and `diff` says what it would see."""
    for version in ("v41", "v42"):
        server = started(1, version)
        for number in range(60):
            server.get(f"/quote/{number}")
        server.stop()
    profiles = [async_dag.profile(server.history, label=label) for label in ("v41", "v42")]
    difference = async_dag.diff(*profiles)
    assert {row.node for row in difference.table} == {"cart", "discount", "price", "stock", "quote"}
    assert "v41" in difference.headline
    assert any(finding.kind in ("unseen", "drift") for finding in difference.findings())
