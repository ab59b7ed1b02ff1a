"""A real marimo server for tests, that shows one notebook as an app."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Seconds that the server may take; only what hangs takes so long.
PATIENCE = 60.0


@contextmanager
def marimo(folder: Path, app: str, theme: str) -> Iterator[str]:
    """The URL of a server that runs the notebook `app`, for as long as the `with` block."""
    file = folder / "app.py"
    file.write_text(app, encoding="utf-8")
    (folder / "pyproject.toml").write_text(
        f'[tool.marimo.display]\ntheme = "{theme}"\n', encoding="utf-8"
    )
    port = _free_port()
    command = [sys.executable, "-m", "marimo", "run", str(file), "--headless", "--no-token"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, f"--port={port}", "--host=127.0.0.1"],
            cwd=folder,
            env={**os.environ, "HOME": str(folder), "MARIMO_SKIP_UPDATE_CHECK": "1"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(url, process, folder)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait_until_up(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    log = (folder / "server.log").read_text(encoding="utf-8", errors="replace")
    raise RuntimeError(f"marimo is not up:\n{log[-3000:]}")
