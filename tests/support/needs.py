"""What a test may lack: without it the test skips, or fails where CI says that nothing is missing.

Nothing else decides this. Tests skip by a function of this module, by `importorskip` or by a mark;
with `ASYNC_DAG_REQUIRE_BROWSER=1` the hooks at the end make a failure of each skip.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest

R = TypeVar("R", pytest.TestReport, pytest.CollectReport)

#: Set to 1, a test that skips is a failure. `.ci/run` sets it.
REQUIRE = "ASYNC_DAG_REQUIRE_BROWSER"

NO_EAGER_TASKS = "this Python has no eager tasks"
EAGER_TASKS = "this Python starts tasks eagerly by itself"

#: The reasons that count in CI, too: each is of one version of Python, and CI has others.
COUNT = (NO_EAGER_TASKS, EAGER_TASKS)

#: Under which names the systems ship Chromium, best first. (The first is the same one without a user
#: interface, which nobody sees here: pages take a fifth less of the processor.)
CHROMIUM = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)

NODE_MODULES = Path(__file__).parents[2] / "frontend" / "node_modules"


def find_chromium() -> str | None:
    """The path of the browser, if there is one."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def chromium() -> str:
    """The path of the browser."""
    path = find_chromium()
    if path is None:
        pytest.skip("this test needs Chromium, which is not on PATH")
    return path


def graphviz() -> None:
    """Graphviz itself; what has to be true of its port as well asks for nothing."""
    if shutil.which("dot") is None:
        pytest.skip("this test needs Graphviz, whose dot is not on PATH")


def node_module(path: str) -> Path:
    """A file or folder of what `npm ci` brings: Mermaid, axe-core, Pyodide, esbuild."""
    found = NODE_MODULES / path
    if not found.exists():
        pytest.skip(f"this test needs {path.partition('/')[0]}: npm ci, in the folder frontend")
    return found


def environment_with_node() -> dict[str, str]:
    """What a program beside our Python needs to find Node.js: that on PATH, else Playwright's."""
    import playwright

    driver = Path(playwright.__file__).parent / "driver"
    folders = [str(Path(sys.executable).parent), os.environ["PATH"], str(driver)]
    return {**os.environ, "PATH": os.pathsep.join(folders)}


def old_python() -> str:
    """The Python of an environment with an old kernel of Jupyter."""
    python = os.environ.get("ASYNC_DAG_OLD_KERNEL")
    if not python:
        pytest.skip("this test needs a Python with ipykernel 6: nox -s old_kernel")
    return python


def judged(report: R) -> R:
    """The report of a test or a file; of one that skips, where it must not, as that of a failure."""
    if os.environ.get(REQUIRE) != "1" or not report.skipped or hasattr(report, "wasxfail"):
        return report
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if reason.removeprefix("Skipped: ") not in COUNT:
        report.outcome = "failed"
        report.longrepr = f"{reason}\n{REQUIRE}=1 says that nothing is missing here"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Of a test."""
    return judged((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Of a file that skips as a whole."""
    return judged((yield))
