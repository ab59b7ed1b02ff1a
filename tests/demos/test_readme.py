"""The README's example as the demo runs it."""

from __future__ import annotations

import asyncio
import io
import re

import pytest

from async_dag.demos import readme
from async_dag.views.common.terminal import columns


@pytest.fixture(scope="module")
def output() -> str:
    """What the demo prints in 80 columns; its runs are real and take five seconds."""
    out = io.StringIO()
    assert readme.main(out=out, width=80) == 0
    return out.getvalue()


def test_it_begins_with_the_graph(output: str) -> None:
    """The six tasks, wave by wave."""
    assert output.splitlines()[:2] == ["6 tasks in 3 waves, 5 dependencies", "given: parameter"]
    assert "slow_task_b  ← fast_task_a" in output


def test_the_dag_is_the_fastest(output: str) -> None:
    """Measured: at least 2.0 s, 1.6 s and 1.2 s, not much more; bands are as long."""
    measured, columns_of = {}, {}
    for way in ("one by one", "wave by wave", "as a DAG"):
        found = re.search(rf"^{way} +([█▌ ]+) ([\d.]+) s", output, re.MULTILINE)
        assert found is not None
        columns_of[way], measured[way] = len(found[1]), float(found[2])
    for way, seconds in measured.items():
        expected = columns_of["one by one"] * seconds / measured["one by one"]
        assert abs(columns_of[way] - expected) <= 1
    assert measured["one by one"] > measured["wave by wave"] > measured["as a DAG"]
    # A loaded machine may be late by some hundred milliseconds; the clock can't be early.
    for way, least in (("one by one", 2.0), ("wave by wave", 1.6), ("as a DAG", 1.2)):
        assert least - 0.01 <= measured[way] < least + 0.35


def test_the_critical_path_is_named(output: str) -> None:
    """The chain that no order can shorten."""
    assert "critical path: fast_task_a → slow_task_b → end_task" in output


def test_it_fits_the_terminal(output: str) -> None:
    """No line is wider than it was asked to be."""
    assert max(map(columns, output.splitlines())) <= 80


def test_it_prints_to_terminals_without_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the encoding has no block characters it draws with ASCII."""

    async def short_sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / 100)

    monkeypatch.setattr(readme, "sleep", short_sleep)
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    assert readme.main(out=out, width=60) == 0
    out.flush()
    assert b"slow_task_b |" in raw.getvalue()
