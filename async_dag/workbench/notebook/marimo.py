"""Shows each invoke in marimo, which has no magics; `async_dag.show_runs()` uses it."""

from __future__ import annotations

import sys
from typing import Any, Final

from async_dag.engine.run import Run
from async_dag.engine.watch import Watching, watch
from async_dag.workbench.feed.graph_payload import limit_sizes
from async_dag.workbench.feed.nested import NESTING
from async_dag.workbench.notebook.widget import Workbench, is_in_sight

MOST_VIEWS: Final = 8
"""The most managers that one cell shows."""

MOST_NODES: Final = 100_000
"""The most nodes of a graph that is shown, since the page gets all their names and dependencies."""


class MarimoViews:
    """One live view for each manager and each time that a cell runs, below the cell."""

    def __init__(self) -> None:
        self._cell: object = None
        self._views: dict[int, Workbench] = {}
        self._watching: Watching | None = None

    def start(self) -> None:
        """Watch every invoke from now on."""
        if self._watching is None:
            self._watching = watch(self._begin)

    def stop(self) -> None:
        """Stop watching."""
        if self._watching is not None:
            self._watching()
            self._watching = None

    def _begin(self, run: Run) -> None:
        cell = _running_cell()
        if cell is None:
            return
        if cell is not self._cell:
            self._cell = cell
            self._views = {}
        manager = run.result.manager
        # Each run is shown once: in the box of the node that it is nested in, or in `draw.live()`.
        if NESTING.is_shown(run) or is_in_sight(manager):
            return
        view = self._views.get(id(manager))
        if view is None:
            if len(self._views) >= MOST_VIEWS or len(run.trace) > MOST_NODES:
                return
            view = self._views[id(manager)] = Workbench(manager.graph, limits=limit_sizes(manager))
            sys.modules["marimo"].output.append(view)
        view.begin(run)


def _running_cell() -> Any:
    """What marimo makes anew each time that it runs a cell; None outside of any."""
    # marimo has no public name for it. Where this one is gone all runs of a manager share a view.
    try:
        from marimo._runtime.context import get_context

        return get_context().execution_context
    except ImportError:
        return sys.modules["marimo"]
    except Exception:  # noqa: BLE001 - marimo raises an error of its own where no cell runs
        return None
