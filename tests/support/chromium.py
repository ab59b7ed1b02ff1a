"""Finds the browser for the tests that need one."""

import os
import shutil
from collections.abc import Callable, Mapping

import pytest

#: Set to 1, a missing browser is a failure. `.ci/run` sets it.
REQUIRE = "ASYNC_DAG_REQUIRE_BROWSER"

#: Under which names the systems ship it, best first. (The first is the same Chromium without a user
#: interface, which nobody sees here: pages take a fifth less of the processor.)
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)


def has_chromium() -> bool:
    """Whether there is a browser."""
    return any(map(shutil.which, NAMES))


def find_chromium(
    environ: Mapping[str, str] = os.environ,
    which: Callable[[str], str | None] = shutil.which,
) -> str:
    """The path of Chromium; if there is none, the calling test skips or fails."""
    for name in NAMES:
        path = which(name)
        if path is not None:
            return path
    message = f"this test needs Chromium; none of {', '.join(NAMES)} is on PATH"
    if environ.get(REQUIRE) == "1":
        pytest.fail(f"{message}, and {REQUIRE}=1 says that it must be", pytrace=False)
    pytest.skip(message)
