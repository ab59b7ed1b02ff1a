"""The demo on a cluster: a real one, of which a worker is killed."""

from __future__ import annotations

import io

import pytest

pytest.importorskip("distributed")

from async_dag.cli.main import main as command
from async_dag.demos.on_cluster import main


def test_a_worker_killed_in_the_middle_costs_no_value() -> None:
    """The value is that of this process, and the chart says what ran again and why."""
    out = io.StringIO()
    assert main(kill=True, out=out, width=100) == 0
    text = out.getvalue()
    assert "on 2 workers:\nworker 0, 1 thread" in text
    assert "The value is the same here and there" in text
    assert "lost at" in text
    assert "x worker lost" in text
    assert "made the end" in text


def test_numbers_of_workers_that_can_not_be(capsys: pytest.CaptureFixture[str]) -> None:
    """They are refused before anything starts."""
    assert command(["demo", "cluster", "--workers", "0"]) == 2
    assert "takes 1 to 64; given was 0" in capsys.readouterr().err
