"""The Graphviz that comes with the extra `notebook`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from async_dag.views.graph import dot_program
from async_dag.views.graph.dot_program import PURE

#: The port of `dot` in the environment that runs the tests.
PURE_BESIDE_PYTHON = Path(sys.executable).parent / PURE


def use_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where there is no other `dot`."""
    monkeypatch.setattr(dot_program, "find_dot", lambda: PURE_BESIDE_PYTHON)
