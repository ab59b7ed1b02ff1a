"""How `pytest` without arguments takes half of the time: it runs on all processors.

With pytest-xdist installed, tests that share nothing run wherever a worker is free. What shares the
browser and the Jupyter server, the cluster, or the kernel of a notebook stays together on one worker,
in order.

Those workers often wait: for a page, a kernel, a clock. One more worker fills the gaps. It has a low
priority, so that it takes little time from others, and tests that only compute.

Tests that are marked `real_time` measure time itself: they run after all others, one by one on the last
worker.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import os
import sys
from collections.abc import Collection, Generator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

#: The id of the worker that fills the gaps.
FILLS_GAPS = pytest.StashKey[str]()

#: Seconds that all tests take on one processor, where there are a browser, `dot` and Mermaid: 500 of
#: computing, and what no other test could fill.
SECONDS = 720

#: The group of the tests that ask for one of these fixtures, which they share; of several the first
#: one counts. (A second browser starts in a second, a second Jupyter server takes longer.)
SHARED_FIXTURES = {
    "jupyter": "Jupyter",
    "browser": "pages",
    "site": "pages",
    "cluster": "cluster",
    "run_on_cluster": "cluster",
    "mortal_cluster": "mortal cluster",
}

#: There are so many tests with Jupyter that a second server, on another worker, is worth its start: for
#: those in this folder. They are the group "Jupyter 2".
SECOND_SERVER = "tests/workbench/"

#: The groups of tests that share something, the longest first.
LONG = ("Jupyter", "Jupyter 2", "pages", "cluster")

#: The group of the tests that are marked `real_time`, whatever else they share.
REAL_TIME = "real time"

#: Where all tests that share nothing only compute: they have no real time, and bound none closely.
COMPUTING = (
    "tests/analysis/",
    "tests/baselines/",
    "tests/export/",
    "tests/graph/",
    "tests/runs/statistics/",
    "tests/trace/",
    "tests/typing/",
    "tests/views/",
    "tests/test_architecture.py",
    "tests/test_public_names.py",
)

#: Files whose tests all look at what the first of them has read: each is a group.
READ_THE_SAME = ("tests/test_architecture.py",)

#: What is added to the niceness of the worker that fills the gaps: a tenth of a processor against
#: one other process, all that is left over otherwise.
NICENESS = 10


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Choose workers where the command line leaves it open; before pytest-xdist looks."""
    if takes_workers(config):
        # Two more than there are processors: those with the browser and the cluster wait a lot, and
        # the last one takes what they leave.
        config.option.numprocesses = processors() + 2
        config.stash[FILLS_GAPS] = f"gw{processors() + 1}"
        # Some two hundred processes import the package: without a cache, each compiles it for half a
        # second.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


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
def pytest_configure_node(node: Any) -> None:
    """Tell the worker that fills the gaps. (One that takes its place, if it dies, is ordinary.)"""
    node.workerinput["fills_gaps"] = node.gateway.id == node.config.stash.get(FILLS_GAPS, None)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Lower the priority of the worker that fills the gaps, and so of all that it starts."""
    if getattr(session.config, "workerinput", {}).get("fills_gaps") and hasattr(os, "nice"):
        os.nice(NICENESS)


def pytest_collection(session: pytest.Session) -> None:
    """Let each worker begin with other test files.

    To rewrite the assertions of all of them takes longer than to import them, and pytest keeps what
    it has rewritten: so the workers share that, where all would do the same at the same time.
    """
    workerinput = getattr(session.config, "workerinput", None)
    if workerinput is None or not runs_all(session.config) or sys.dont_write_bytecode:
        return
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
    ]
    place = int(workerinput["workerid"].removeprefix("gw"))
    begin = len(modules) * place // workerinput["workercount"]
    for module in modules[begin:] + modules[:begin]:
        # What is wrong with one, or skips it, pytest says when it imports it again.
        with contextlib.suppress(Exception, pytest.skip.Exception):
            importlib.import_module(module)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out groups, unless the command line asks for another way (`--dist`)."""
    if config.option.dist != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        """Others take from the front of the queue, the worker that fills the gaps from its end."""

        in_order = False

        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

        def _assign_work_unit(self, node: Any) -> None:
            if not self.in_order:
                self.in_order = True
                for group in sorted(self.workqueue, key=turn):
                    self.workqueue.move_to_end(group)
            if next(iter(self.workqueue)) == REAL_TIME:
                others = [other for other in self.nodes if other is not node]
                if any(not other.shutting_down for other in others):
                    node.shutdown()
                    return
                if others:  # this is the last worker, and waits until the others are gone
                    return
            elif node.workerinput["fills_gaps"]:
                last = next(group for group in reversed(self.workqueue) if group != REAL_TIME)
                if not only_computes(last):
                    node.shutdown()
                    return
                self.workqueue.move_to_end(last, last=False)
            super()._assign_work_unit(node)

        def remove_node(self, node: Any) -> str | None:
            crashed = super().remove_node(node)
            if crashed is None and self.workqueue:
                for other in self.nodes:
                    self._reschedule(other)
            return crashed

    return Scheduling(config, log)


def group_of(nodeid: str) -> str:
    """What runs on one worker: the cells of a notebook, what shares something, else each test."""
    path, _, test = nodeid.partition("::")
    if path.endswith(".ipynb") or path in READ_THE_SAME:
        return path
    name = test.partition("[")[0].rpartition("::")[2]
    return tests_that_share(path).get(name, nodeid)


def turn(group: str) -> int:
    """When a group begins: what takes minutes first, then what only computes, real time last."""
    if group in LONG:
        return LONG.index(group)
    return len(LONG) + (2 if group == REAL_TIME else only_computes(group))


def only_computes(group: str) -> bool:
    """Whether it is a test that may as well run slowly. (What shares something has no path here.)"""
    return group.startswith(COMPUTING)


@functools.cache
def tests_that_share(path: str) -> dict[str, str]:
    """The tests in a file that measure time or ask for a shared fixture, by name, and their group."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    groups: dict[str, str] = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
            group = shared_group(path, {argument.arg for argument in function.args.args})
            if reason_of_real_time(function) is not None:
                group = REAL_TIME
            if group is not None:
                groups[function.name] = group
    return groups


def reason_of_real_time(function: ast.FunctionDef) -> str | None:
    """Why a test is marked `real_time`: "" if the mark has no reason, None if there is no mark."""
    for mark in function.decorator_list:
        text = ast.unparse(mark)
        if text.startswith("pytest.mark.real_time"):
            reasons = mark.args if isinstance(mark, ast.Call) else []
            return str(ast.literal_eval(reasons[0])) if reasons else ""
    return None


def shared_group(path: str, fixtures: Collection[str]) -> str | None:
    """The group of a test in this file with these fixtures; None if it shares none."""
    group = next((group for name, group in SHARED_FIXTURES.items() if name in fixtures), None)
    return "Jupyter 2" if group == "Jupyter" and path.startswith(SECOND_SERVER) else group


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """Keep the cells of a notebook in order, and what measures time for the end.

    pytest-randomly, for one, mixes all that it finds.
    """
    yield
    timed = [item for item in items if item.get_closest_marker("real_time")]
    others = [item for item in items if item not in timed and not is_cell(item)]
    # Side by side: between two cells of a notebook nothing may end its kernel.
    items[:] = [*others, *sorted(filter(is_cell, items), key=place_of), *timed]


def is_cell(item: pytest.Item) -> bool:
    """Whether it is a cell of a notebook, as nbval collects them."""
    return hasattr(item, "cell_num")


def place_of(cell: Any) -> tuple[str, int]:
    """The notebook of a cell, and where in it the cell stands."""
    return str(cell.path), cell.cell_num
