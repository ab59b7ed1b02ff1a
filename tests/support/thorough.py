"""What `pytest` without arguments leaves to CI: Notebook 7, and large runs in JupyterLab.

Such a test is marked as `thorough`. It runs where its file is named, and in CI, which sets
`ASYNC_DAG_THOROUGH=1`.
"""

from __future__ import annotations

import os

import pytest

from tests.support.workers import runs_all

#: Set to 1, nothing is left out.
THOROUGH = "ASYNC_DAG_THOROUGH"


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "thorough: left to CI where all tests run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave it out."""
    if not runs_all(config) or os.environ.get(THOROUGH) == "1":
        return
    left_out = [item for item in items if item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("thorough")]
