"""`result.export`, and the names that it had before."""

import json
from pathlib import Path

import pytest

from tests.support.made_traces import Bar, made_trace


def test_the_old_name_of_the_chrome_trace_warns_and_works(tmp_path: Path) -> None:
    """It writes the same file, and the warning points at the caller's line and names the new call."""
    trace = made_trace(Bar("a", 0, 0, 1))
    new = trace.export.chrome_trace(tmp_path / "new.json")
    with pytest.warns(DeprecationWarning, match=r"result\.export\.chrome_trace\(\)") as caught:
        old = trace.draw.chrome_trace(tmp_path / "old.json")
    assert caught[0].filename == __file__
    assert json.loads(old.read_text()) == json.loads(new.read_text())


def test_the_old_name_of_the_spans_warns_and_works() -> None:
    """It exports as many spans."""
    trace = made_trace(Bar("a", 0, 0, 1))
    with pytest.warns(DeprecationWarning, match=r"result\.export\.otel\(\)"):
        assert trace.draw.otel() == trace.export.otel() == 2
