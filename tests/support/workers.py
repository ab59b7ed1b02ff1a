"""How `pytest` without arguments takes half of the time: it runs on all processors.

With pytest-xdist installed, tests that share nothing run wherever a worker is free. What shares the
browser and the Jupyter server, the cluster, or the kernel of a notebook stays together on one worker,
in order.
"""

from __future__ import annotations

import ast
import functools
import os
from collections.abc import Collection, Generator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

#: Seconds that all tests take on one processor, where there are a browser, `dot` and Mermaid: 500 of
#: computing, and what no other test could fill.
SECONDS = 830

#: The group of the tests that ask for one of these fixtures, which they share; of several the first
#: one counts. (A second browser starts in a second, a second Jupyter server takes longer.)
SHARED_FIXTURES = {
    "jupyter": "Jupyter",
    "browser": "pages",
    "site": "pages",
    "cluster": "cluster",
    "run_on_cluster": "cluster",
}


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Choose workers where the command line leaves it open; before pytest-xdist looks."""
    if takes_workers(config):
        # One more than there are processors: those with the browser and with the cluster wait a lot.
        config.option.numprocesses = processors() + 1


def takes_workers(config: pytest.Config) -> bool:
    """Whether all tests are to run, and nobody has said how or wants to look at one of them."""
    option = config.option
    return (
        runs_all(config)
        and config.pluginmanager.hasplugin("xdist")
        and not hasattr(config, "workerinput")  # a worker itself
        and option.numprocesses is None
        and option.dist == "no"
        and not option.usepdb
        and not option.trace
        and option.capture != "no"
        and processors() > 1
    )


def runs_all(config: pytest.Config) -> bool:
    """Whether the command line names no files."""
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS


def processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say beforehand what all tests will take."""
    if not runs_all(config) or config.option.collectonly:
        return None
    workers = len(getattr(config.option, "tx", None) or [])
    minutes = SECONDS / min(max(workers, 1), processors()) / 60
    how = f"on {workers} workers" if workers else "in one process"
    return f"all tests, {how}: some {minutes:.0f} minutes"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out groups, unless the command line asks for another way (`--dist`)."""
    if config.option.dist != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return Scheduling(config, log)


def group_of(nodeid: str) -> str:
    """What runs on one worker: the cells of a notebook, all that shares a fixture, else each test."""
    path, _, test = nodeid.partition("::")
    if path.endswith(".ipynb"):
        return path
    name = test.partition("[")[0].rpartition("::")[2]
    return tests_that_share(path).get(name, nodeid)


@functools.cache
def tests_that_share(path: str) -> dict[str, str]:
    """The tests in a file that ask for a shared fixture, by name, and their group."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    groups: dict[str, str] = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
            group = shared_group({argument.arg for argument in function.args.args})
            if group is not None:
                groups[function.name] = group
    return groups


def shared_group(fixtures: Collection[str]) -> str | None:
    """The group of a test with these fixtures; None if it shares none."""
    return next((group for name, group in SHARED_FIXTURES.items() if name in fixtures), None)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """Keep the cells of a notebook in order: pytest-randomly, for one, mixes all that it finds."""
    yield
    others = [item for item in items if not is_cell(item)]
    # At the end and side by side: between two cells of a notebook nothing may end its kernel.
    items[:] = [*others, *sorted(filter(is_cell, items), key=place_of)]


def is_cell(item: pytest.Item) -> bool:
    """Whether it is a cell of a notebook, as nbval collects them."""
    return hasattr(item, "cell_num")


def place_of(cell: Any) -> tuple[str, int]:
    """The notebook of a cell, and where in it the cell stands."""
    return str(cell.path), cell.cell_num
