"""What is left to CI, and only where all tests run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import thorough

SOURCE = pytest.Config.ArgsSource


@pytest.mark.parametrize(
    ("source", "asked", "left_out"),
    [(SOURCE.TESTPATHS, "", 1), (SOURCE.TESTPATHS, "1", 0), (SOURCE.ARGS, "", 0)],
)
def test_what_is_thorough_runs_where_it_is_asked_for(
    source: Any, asked: str, left_out: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its file, or by the variable that CI sets; pytest is told what is left out."""
    monkeypatch.setenv(thorough.THOROUGH, asked)
    told: list[Any] = []

    def tell(items: list[Any]) -> None:
        told.extend(items)

    config: Any = SimpleNamespace(args_source=source, hook=SimpleNamespace(pytest_deselected=tell))
    marked, plain = (
        SimpleNamespace(get_closest_marker={"thorough": mark}.get) for mark in (True, None)
    )
    items: list[Any] = [marked, plain]
    thorough.pytest_collection_modifyitems(config, items)
    assert told == [marked][:left_out]
    assert items == [marked, plain][left_out:]
