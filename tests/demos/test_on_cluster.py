"""The demo on a cluster: a real one, of which a worker is killed."""

from __future__ import annotations

import io
import re

import pytest

pytest.importorskip("distributed")

from async_dag.cli.main import main as command
from async_dag.demos.on_cluster import main


def test_a_worker_killed_in_the_middle_costs_no_value() -> None:
    """The value is that of this process, and the chart says what ran again and why."""
    out = io.StringIO()
    assert main(kill=True, out=out, width=100) == 0
    text = out.getvalue()
    # The cluster may have started another worker in the place of the lost one before the end.
    assert re.search(r"on [23] workers:\nworker \d, 1 thread", text), text
    assert "The value is the same here and there" in text
    assert "lost at" in text
    assert "x worker lost" in text
    assert "made the end" in text


def test_numbers_of_workers_that_can_not_be(capsys: pytest.CaptureFixture[str]) -> None:
    """They are refused before anything starts."""
    assert command(["demo", "cluster", "--workers", "0"]) == 2
    assert "takes 1 to 64; given was 0" in capsys.readouterr().err
