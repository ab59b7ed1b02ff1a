"""What holds for all that pytest runs: tests, examples in docstrings, and notebooks."""

from __future__ import annotations

import pytest

# First of all, so that the modules whose examples pytest runs are those of the package: by itself it
# would load a second copy of a file that is named on its command line.
import async_dag  # noqa: F401


# Before nbval looks at its options. They are set here and not in setup.cfg, because the tests of
# the core run without nbval, where pytest would not know them.
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Run the notebooks, where nbval is installed: no cell may raise; what it shows may differ."""
    if config.pluginmanager.hasplugin("nbval"):
        config.option.nbval_lax = True
        config.option.nbval_current_env = True
