"""The division of all tests among workers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import workers


def test_whatever_shares_a_fixture_is_in_one_group(request: pytest.FixtureRequest) -> None:
    """The scheduler reads from the source what pytest knows of each test: its fixtures."""
    for item in request.session.items:
        group = workers.shared_group(getattr(item, "fixturenames", ()))
        if group is None:
            assert workers.group_of(item.nodeid) not in workers.SHARED_FIXTURES.values()
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
