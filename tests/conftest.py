"""What all tests share: Hypothesis' settings, the browser and the Jupyter server.

Nothing but pytest and Hypothesis is imported at the top: the tests of the core run in an
environment that has no more than these two.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support import needs
from tests.support.core import NEEDED_BY

if TYPE_CHECKING:
    from tests.support.browser import Browser
    from tests.support.jupyter import Jupyter

collect_ignore = [
    path.removeprefix("tests/") for path, package in NEEDED_BY.items() if find_spec(package) is None
]

# No deadline: a slow machine is not a failure. In CI the examples are the same in
# every run, so that a red run is red for a reason in the change.
settings.register_profile("local", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session", autouse=True)
def _no_picture_takes_too_long() -> Iterator[None]:
    """A busy machine leaves no picture out of a cell, but where a test says how long one may take."""
    from async_dag.draw import run_cell
    from async_dag.views.graph import dot_bundle

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dot_bundle, "BUDGET", 60.0)
        patch.setattr(run_cell, "_BUDGET", 60.0)
        yield


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; without one the test skips."""
    return needs.chromium()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A running Chromium, one for the whole session: `browser.run(look)` opens a tab."""
    from tests.support.browser import Browser

    with Browser(chromium) as running:
        yield running


@pytest.fixture(scope="session")
def jupyter(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """A running Jupyter server for JupyterLab and Notebook 7, one for the whole session."""
    from tests.support.jupyter import Jupyter

    with Jupyter(tmp_path_factory.mktemp("jupyter") / "server") as running:
        yield running
