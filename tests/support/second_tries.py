"""A test that fails is tried again: what else the machine does may be why.

Many tests measure real time, or wait for a browser, a Jupyter server, a worker process: of four
thousand one now and then is upset by what else the machine does. So a failure counts when it comes
three times running. Whatever was tried again is in pytest's summary, as RERUN: a test that stands there
often has a fault, or its subject has.

Nothing else passes that way: what runs in virtual time does the same each time, and Hypothesis tries
the example that failed first.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.workers import is_cell

RERUNS = 2
GLOBALS = pytest.StashKey[dict[str, Any]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what may be tried again, if pytest-rerunfailures is there."""
    if not config.pluginmanager.hasplugin("rerunfailures"):
        return
    for item in items:
        if not is_cell(item):  # a cell of a notebook needs those before it
            item.add_marker(pytest.mark.flaky(reruns=RERUNS, reruns_delay=1))
        if isinstance(item, pytest.DoctestItem):
            item.stash[GLOBALS] = item.dtest.globs.copy()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give an example the names that it began with: once it has run, doctest clears them."""
    if isinstance(item, pytest.DoctestItem) and GLOBALS in item.stash:
        item.dtest.globs.update(item.stash[GLOBALS])
