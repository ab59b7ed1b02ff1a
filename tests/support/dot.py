"""The Graphviz that comes with the extra `notebook`."""

from __future__ import annotations

import sys
from pathlib import Path

from async_dag.views.graph.dot_program import PURE

#: The port of `dot` in the environment that runs the tests.
PURE_BESIDE_PYTHON = Path(sys.executable).parent / PURE
