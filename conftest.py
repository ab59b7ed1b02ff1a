"""What holds for all that pytest runs: tests, examples in docstrings, and notebooks."""

from __future__ import annotations

import doctest
from collections.abc import Generator
from typing import Any

import pytest

# First of all, so that the modules whose examples pytest runs are those of the package: by itself it
# would load a second copy of a file that is named on its command line.
import async_dag  # noqa: F401

pytest_plugins = ["tests.support.workers"]


# Before nbval looks at its options. They are set here and not in setup.cfg, because the tests of
# the core run without nbval, where pytest would not know them.
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Run the notebooks, where nbval is installed: no cell may raise; what it shows may differ."""
    if config.pluginmanager.hasplugin("nbval"):
        config.option.nbval_lax = True
        config.option.nbval_current_env = True


def pytest_sessionstart(session: pytest.Session) -> None:
    """From here on a warning is an error. (Not in setup.cfg: what plugins say of their own settings
    when they are configured, such as pytest-asyncio, is none of ours.)
    """  # noqa: D205
    session.config.addinivalue_line("filterwarnings", "error")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Skip an example that needs an extra that is not installed, if asked to ignore such.

    `--doctest-ignore-import-errors` does that for modules; ours import on use, within the example.
    """
    try:
        return (yield)
    except Exception as error:
        if item.config.getoption("doctest_ignore_import_errors"):
            for one in getattr(error, "failures", [error]):
                if isinstance(one, doctest.UnexpectedException):
                    missing = one.exc_info[1]
                    if isinstance(missing, ImportError):
                        pytest.skip(str(missing))
        raise
