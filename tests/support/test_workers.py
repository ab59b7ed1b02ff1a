"""The division of all tests among workers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import workers


def test_whatever_shares_a_fixture_is_in_one_group(request: pytest.FixtureRequest) -> None:
    """The scheduler reads from the source what pytest knows of each test: its fixtures."""
    for item in request.session.items:
        path = item.nodeid.partition("::")[0]
        group = workers.shared_group(path, getattr(item, "fixturenames", ()))
        if group is None:
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
        self.shutting_down = False

    def send_runtest_some(self, indices: list[int]) -> None:
        self.given += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def test_the_worker_that_fills_gaps_takes_only_what_computes() -> None:
    """The other one begins with what takes minutes and leaves to it what computes; every test runs."""
    pytest.importorskip("xdist")
    computing = [f"tests/graph/test_algorithms.py::test_{number}" for number in range(8)]
    others = [f"tests/nodes/test_after.py::test_{number}" for number in range(8)]
    long = (
        "tests/frontend/test_keys_in_lab.py::test_keys_in_the_view_are_not_commands_of_the_notebook"
    )
    tests = [*computing, *others, long]
    config: Any = SimpleNamespace(
        option=SimpleNamespace(dist="load", loadscopereorder=True),
        getvalue={"tx": ["popen", "popen"]}.get,
    )
    log = SimpleNamespace(loadscopesched=lambda *_: None)
    scheduler = workers.pytest_xdist_make_scheduler(config, log)
    ordinary, filling = Worker("gw0", fills_gaps=False), Worker("gw1", fills_gaps=True)
    for worker in (ordinary, filling):
        scheduler.add_node(worker)
        scheduler.add_node_collection(worker, tests)
    scheduler.schedule()
    done = {ordinary: 0, filling: 0}
    for worker in [filling, ordinary, ordinary] * len(tests):
        if done[worker] < len(worker.given):
            scheduler.mark_test_complete(worker, worker.given[done[worker]])
            done[worker] += 1
    assert ordinary.shutting_down
    assert filling.shutting_down
    assert sorted(ordinary.given + filling.given) == list(range(len(tests)))
    assert tests[ordinary.given[0]] == long
    assert 0 < len(filling.given) <= len(computing)
    assert {tests[index] for index in filling.given} <= set(computing)


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
