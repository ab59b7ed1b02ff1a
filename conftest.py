"""Settings for everything that pytest runs: tests, examples in docstrings, and notebooks."""

from __future__ import annotations

import doctest
import gc
import sys
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

# Imported first, so that pytest runs the examples of these modules: otherwise it loads a second
# copy of a file that is named on its command line.
import async_dag  # noqa: F401

pytest_plugins = ["tests.support.needs", "tests.support.workers"]

# It builds grammars for a second when jsonschema imports it, which goes without; no test needs it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# Only now, and not by its entry point (setup.cfg): it imports jsonschema.
if find_spec("nbval") is not None:
    pytest_plugins.append("nbval.plugin")


# Before nbval reads its options. They are not in setup.cfg, because the tests of the core run without
# nbval, and pytest rejects options that it does not know.
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """With nbval, run the notebooks, if they don't run in JupyterLab; no cell may raise."""
    if config.pluginmanager.hasplugin("nbval.plugin"):
        config.option.nbval_lax = True
        config.option.nbval_current_env = True
    if notebooks_run_in_lab(config):
        # An option, since pytest-xdist hands options on to its workers.
        config.option.ignore_glob = [*(config.option.ignore_glob or []), "*.ipynb"]


def notebooks_run_in_lab(config: pytest.Config) -> bool:
    """Whether all tests run, and JupyterLab runs the notebooks: with the same checks and more."""
    # Not at the top: pytest imports its plugins itself, to say more of what fails in them.
    from tests.support.needs import find_chromium
    from tests.support.workers import runs_all

    ignored = [Path(path).name for path in config.option.ignore or []]
    return (
        runs_all(config)
        and find_chromium() is not None
        and "test_notebooks_in_lab.py" not in ignored
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    """Turn warnings into errors.

    It is not in setup.cfg, because plugins such as pytest-asyncio may warn while they are configured.
    """
    session.config.addinivalue_line("filterwarnings", "error")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage among modules that stay: it takes a fifth of the time, in each worker."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Keep what is there by now out of garbage collections: many tests ask for one."""
    gc.collect()
    gc.freeze()


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
