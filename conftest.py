"""Settings for everything that pytest runs: tests, examples in docstrings, and notebooks."""

from __future__ import annotations

import doctest
from collections.abc import Generator
from typing import Any

import pytest

# Imported first, so that pytest runs the examples of these modules: otherwise it loads a second
# copy of a file that is named on its command line.
import async_dag  # noqa: F401

pytest_plugins = ["tests.support.workers"]


# Before nbval reads its options. They are not in setup.cfg, because the tests of the core run without
# nbval, and pytest rejects options that it does not know.
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """If nbval is installed, run the notebooks; no cell may raise, but outputs may differ."""
    if config.pluginmanager.hasplugin("nbval"):
        config.option.nbval_lax = True
        config.option.nbval_current_env = True


def pytest_sessionstart(session: pytest.Session) -> None:
    """Turn warnings into errors.

    It is not in setup.cfg, because plugins such as pytest-asyncio may warn while they are configured.
    """
    session.config.addinivalue_line("filterwarnings", "error")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """With `--doctest-ignore-import-errors`, skip examples that need an extra that is not installed.

    By itself pytest skips modules that can't be imported, but our modules import extras when they
    use them.
    """
    try:
        return (yield)
    except Exception as error:
        if item.config.getoption("doctest_ignore_import_errors"):
            for failure in getattr(error, "failures", [error]):
                if isinstance(failure, doctest.UnexpectedException):
                    missing = failure.exc_info[1]
                    if isinstance(missing, ImportError):
                        pytest.skip(str(missing))
        raise
