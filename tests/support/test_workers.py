"""The division of all tests among workers."""

from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import workers


def test_whatever_shares_a_fixture_is_in_one_group(request: pytest.FixtureRequest) -> None:
    """The scheduler reads from the source what pytest knows of each test: its fixtures."""
    for item in request.session.items:
        path = item.nodeid.partition("::")[0]
        group = workers.shared_group(path, getattr(item, "fixturenames", ()))
        if item.get_closest_marker("real_time"):
            assert workers.group_of(item.nodeid) == workers.REAL_TIME
        elif group is None:
            assert workers.group_of(item.nodeid) not in workers.LONG
        else:
            assert workers.group_of(item.nodeid) == group, item.nodeid


def test_the_cells_of_a_notebook_are_one_group() -> None:
    """They share a kernel; the tests of a file share nothing."""
    groups = map(
        workers.group_of,
        [
            "notebooks/01_quickstart.ipynb::Cell 0",
            "notebooks/01_quickstart.ipynb::Cell 1",
            "tests/support/test_workers.py::test_a[1]",
            "tests/support/test_workers.py::test_a[2]",
        ],
    )
    assert [*groups] == [
        *["notebooks/01_quickstart.ipynb"] * 2,
        "tests/support/test_workers.py::test_a[1]",
        "tests/support/test_workers.py::test_a[2]",
    ]


class Worker:
    """What the scheduler sees of a worker: it notes the tests that it is given."""

    def __init__(self, name: str, fills_gaps: bool) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.workerinput = {"fills_gaps": fills_gaps}
        self.given: list[int] = []
        self.done = 0
        self.shutting_down = False

    def send_runtest_some(self, indices: list[int]) -> None:
        self.given += indices

    def shutdown(self) -> None:
        self.shutting_down = True

    @property
    def can_go_on(self) -> bool:
        """Whether it runs one more: not its last before it knows that none comes after."""
        return self.done < len(self.given) - (not self.shutting_down)


def run_all(tests: list[str], given: list[Worker]) -> list[tuple[Worker, str, int]]:
    """Let these workers run the tests by turns: who ran which, beside how many others."""
    config: Any = SimpleNamespace(
        option=SimpleNamespace(dist="load", loadscopereorder=True),
        getvalue={"tx": ["popen"] * len(given)}.get,
    )
    log = SimpleNamespace(loadscopesched=lambda *_: None)
    scheduler = workers.pytest_xdist_make_scheduler(config, log)
    for worker in given:
        scheduler.add_node(worker)
        scheduler.add_node_collection(worker, tests)
    scheduler.schedule()
    ran: list[tuple[Worker, str, int]] = []
    while scheduler.nodes:
        before = len(ran), len(scheduler.nodes)
        for worker in scheduler.nodes:
            if worker.can_go_on:
                ran.append((worker, tests[worker.given[worker.done]], len(scheduler.nodes) - 1))
                worker.done += 1
                scheduler.mark_test_complete(worker, worker.given[worker.done - 1])
            elif worker.shutting_down:
                scheduler.remove_node(worker)
        assert before != (len(ran), len(scheduler.nodes)), "all wait for each other"
    assert sorted(test for _, test, _ in ran) == sorted(tests)
    return ran


COMPUTING = [f"tests/graph/test_algorithms.py::test_{number}" for number in range(8)]
OTHERS = [f"tests/nodes/test_after.py::test_{number}" for number in range(8)]
LONG = "tests/frontend/test_keys_in_lab.py::test_keys_in_the_view_are_not_commands_of_the_notebook"
TIMED = "tests/engine/test_run_delay.py::test_a_thread_that_blocks_waits_for_none"


@pytest.mark.parametrize("tests", [[TIMED], [TIMED, OTHERS[0]], [TIMED, *COMPUTING, *OTHERS, LONG]])
def test_every_test_runs_and_what_measures_time_alone(tests: list[str]) -> None:
    """The tests that only compute go to the worker that fills the gaps, the longest begins.

    What measures time begins when every other worker is gone.
    """
    pytest.importorskip("xdist")
    given = [Worker(f"gw{number}", fills_gaps=number == 2) for number in range(3)]
    ran = run_all(tests, given)
    assert ran[-1][1:] == (TIMED, 0)
    filling = {test for worker, test, _ in ran if worker is given[2]}
    assert filling <= {TIMED, *COMPUTING}
    if len(tests) > 2:
        assert filling
        assert ran[0][1] == LONG


def test_few_tests_measure_time_and_each_says_why() -> None:
    """There are at most twenty, in all files."""
    reasons = [
        reason
        for path in sorted((workers.ROOT / "tests").rglob("test_*.py"))
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        and (reason := workers.reason_of_real_time(function)) is not None
    ]
    assert 0 < len(reasons) <= 20
    assert all(len(reason.split()) > 3 for reason in reasons), reasons


@pytest.mark.parametrize(
    ("changed", "takes"),
    [
        ({}, True),
        ({"numprocesses": 0}, False),
        ({"numprocesses": 3}, False),
        ({"dist": "each"}, False),
        ({"usepdb": True}, False),
        ({"trace": True}, False),
        ({"capture": "no"}, False),
    ],
)
def test_workers_are_taken_where_nothing_else_is_said(
    changed: dict[str, Any], takes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-n0`, `--pdb` and `-s` run in one process, as does what names files or has no xdist."""
    monkeypatch.setattr(workers, "processors", lambda: 2)
    option = {
        "numprocesses": None,
        "dist": "no",
        "usepdb": False,
        "trace": False,
        "capture": "fd",
        **changed,
    }
    plugins = {"xdist"}
    config: Any = SimpleNamespace(
        option=SimpleNamespace(**option),
        pluginmanager=SimpleNamespace(hasplugin=plugins.__contains__),
        args_source=pytest.Config.ArgsSource.TESTPATHS,
    )
    assert workers.takes_workers(config) == takes
    plugins.clear()
    assert not workers.takes_workers(config)
    plugins.add("xdist")
    config.args_source = pytest.Config.ArgsSource.ARGS
    assert not workers.takes_workers(config)
