"""The widget: a `Stream` with a page in the notebook at its other end."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

from async_dag.engine import Run
from async_dag.graph import Graph
from async_dag.manager import TaskManager
from async_dag.workbench.graph_payload import bundling_of, graph_payload
from async_dag.workbench.placement import Placement, place
from async_dag.workbench.sampler import SAMPLER
from async_dag.workbench.stream import Message, Stream

STATIC: Final = Path(__file__).parent / "static"


class Workbench(anywidget.AnyWidget):  # type: ignore[misc]  # anywidget's base is untyped
    """The runs of one manager, live: `tm.draw.live()` and `result.draw.interactive()`.

    Show it as the last line of a cell, or with `display`; several views show the same. `close()` ends
    it. It keeps the last 20 runs, but no values of tasks: those it shows only as long as the results
    are kept elsewhere, as `Out` and variables do.
    """

    _esm = STATIC / "workbench.js"
    _css = STATIC / "workbench.css"

    # The `State` of frontend/src/protocol.ts.
    graph = traitlets.Dict(allow_none=True).tag(sync=True)
    placement = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    runs = traitlets.List().tag(sync=True)
    options = traitlets.Dict().tag(sync=True)

    def __init__(
        self, graph: Graph, *, stream: Stream | None = None, theme: str = "auto"
    ) -> None:
        bundling = bundling_of(graph)
        super().__init__(
            graph=graph_payload(graph, bundling), options={"theme": theme, "live": True}
        )
        self.stream = Stream() if stream is None else stream
        self.stream.connect(_Comm(self))
        self._watching: Any = None
        self.on_msg(_hear)
        self._place(graph, bundling)

    def follow(self, manager: TaskManager[Any]) -> None:
        """Show every invoke of `manager` from now on."""
        reference = weakref.ref(self)

        def begin(run: Run) -> None:
            widget = reference()
            if widget is not None:
                widget.begin(run)

        self._watching = manager.watch(begin)

    def begin(self, run: Run) -> None:
        """A run begins."""
        self.stream.begin(run)
        SAMPLER.follow(self.stream)

    def close(self) -> None:
        """End it, and all its views."""
        if self._watching is not None:
            self._watching()
        super().close()

    def __repr__(self) -> str:
        count = len(self.stream.records)
        return f"<Workbench of {count} run{'s' * (count != 1)}>"

    def _place(self, graph: Graph, bundling: Any) -> None:
        """Have dot lay out the graph, in a thread of its own: it may take a while."""
        known = _placements.get(graph)
        if known is not None:
            self.placement = known.payload()
            return

        def work() -> None:
            found = place(graph, bundling)
            if found is not None:
                _placements[graph] = found
                self.placement = found.payload()

        threading.Thread(target=work, name="async_dag layout", daemon=True).start()


#: A manager's graph never changes, so neither does its picture.
_placements: weakref.WeakKeyDictionary[Graph, Placement] = weakref.WeakKeyDictionary()


class _Comm:
    """The page at the other end of a widget. (It does not keep the widget alive.)"""

    def __init__(self, widget: Workbench) -> None:
        self._widget = weakref.ref(widget)

    def send(self, message: Message, buffers: Sequence[bytes]) -> None:
        widget = self._widget()
        if widget is not None:
            widget.send(message, list(buffers))

    def show_runs(self, runs: list[Message]) -> None:
        widget = self._widget()
        if widget is not None and widget.comm is not None:
            widget.runs = runs


def _hear(widget: Workbench, content: object, buffers: object) -> None:
    """A message of the page; ipywidgets calls it in the thread that hears the page."""
    widget.stream.handle(content)
    if widget.stream.busy:
        SAMPLER.follow(widget.stream)
