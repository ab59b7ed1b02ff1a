"""What tests of diagrams share."""

from __future__ import annotations

import pytest

from async_dag.views.graph.dot_program import PURE
from tests.support import needs
from tests.support.dot import use_port


@pytest.fixture(params=["dot", PURE])
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Graphviz itself, if it is there, and its port."""
    if request.param == PURE:
        use_port(monkeypatch)
    else:
        needs.graphviz()
    return str(request.param)
