"""The IPython extension in a notebook: each invoke in a cell is shown below it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from typing import Any, Final

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from async_dag.engine.run import Run
from async_dag.engine.watch import Watching, watch
from async_dag.graph.graph import Graph
from async_dag.workbench.feed.nested import NESTING
from async_dag.workbench.notebook.automatic import AutomaticView
from async_dag.workbench.notebook.widget import is_in_sight

MOST_VIEWS: Final = 8
"""The most managers that one cell shows, since a cell may create thousands of them."""

MOST_NODES: Final = 100_000
"""The most nodes of a graph that is shown, since the page gets all their names and dependencies."""

MOST_CELLS: Final = 10
"""The most cells whose views are kept, for tasks that a cell has left running."""


_DRAWN: Final = (
    "names",
    "kinds",
    "dependencies",
    "groups",
    "limits",
    "origins",
    "scopes",
    "within",
)

MOST_COMPARED: Final = 2_000
"""The most nodes of a graph that is compared with those of other managers, which holds the loop."""


class AutomaticViews:
    """One view for each graph and cell: a loop that builds the same DAG anew fills a single one."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._cells: OrderedDict[str, list[AutomaticView]] = OrderedDict()
        self._said: deque[tuple[str, str]] = deque(maxlen=MOST_CELLS)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watching: Watching | None = None

    def start(self) -> None:
        """Watch every invoke from now on."""
        if self._watching is None:
            self._watching = watch(self._begin)
            self._shell.events.register("post_run_cell", self._cell_is_over)

    def stop(self) -> None:
        """Stop watching."""
        if self._watching is not None:
            self._watching()
            self._watching = None
            self._shell.events.unregister("post_run_cell", self._cell_is_over)

    def _cell(self) -> str | None:
        """An ID of the cell whose code is running, also in a task that outlives the cell."""
        parent: dict[str, Any] = getattr(self._shell.display_pub, "parent_header", None) or {}
        if not parent:
            # JupyterLite's kernel keeps it to itself.
            ask = getattr(getattr(self._shell, "kernel", None), "get_parent", None)
            answer: Any = ask() if callable(ask) else None
            parent = answer or {}
        header = parent.get("header", parent)
        return header.get("msg_id") if header.get("msg_type") == "execute_request" else None

    def _begin(self, run: Run) -> None:
        cell = self._cell()
        if cell is None:
            return
        views = self._cells.setdefault(cell, [])
        manager = run.result.manager
        # Each run is shown once: in the box of the node that it is nested in, or in `draw.live()`.
        if NESTING.is_shown(run) or is_in_sight(manager):
            return
        graph = manager.graph
        view = next((view for view in views if _is_like(view.graph, graph)), None)
        if view is None:
            if len(views) >= MOST_VIEWS:
                self._say_once(
                    cell,
                    f"async_dag shows the first {MOST_VIEWS} managers that a cell invokes; show others "
                    "with tm.draw.live()",
                )
                return
            if len(run.trace) > MOST_NODES:
                self._say_once(
                    cell,
                    f"async_dag shows runs of up to {MOST_NODES:,} nodes live; this one has "
                    f"{len(run.trace):,}: print(result.draw.text()) draws it when it is over",
                )
                return
            view = AutomaticView(manager, self._when_over)
            views.append(view)
            while len(self._cells) > MOST_CELLS:
                self._cells.popitem(last=False)
        view.begin(run)

    def _say_once(self, cell: str, text: str) -> None:
        if (cell, text) not in self._said:
            self._said.append((cell, text))
            display({"text/plain": text}, raw=True)  # type: ignore[no-untyped-call]

    def _cell_is_over(self, _: object = None) -> None:
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None
        cell = self._cell()
        for view in self._cells.get(cell or "", ()):
            view.finish()
            view.cell_is_over = True

    def _when_over(self, view: AutomaticView) -> None:
        """Called in the sampler's thread when runs that outlived their cell are over."""
        # Draw the picture in the thread that runs cells, as matplotlib is not thread-safe.
        if self._loop is not None:
            try:
                self._loop.call_soon_threadsafe(view.finish)
                return
            except RuntimeError:  # closed meanwhile
                pass
        view.finish()


def _is_like(graph: Graph, other: Graph) -> bool:
    """Whether pictures of two graphs are the same."""
    if graph is other:
        return True
    if len(graph) != len(other) or len(graph) > MOST_COMPARED:
        return False
    return all(getattr(graph, column) == getattr(other, column) for column in _DRAWN)
