"""`Workbench`: the widget, which connects a `Feed` to a page in the notebook."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

import traitlets

from async_dag._common.plural import plural
from async_dag.engine.result import ExecutionResult
from async_dag.engine.run import Run
from async_dag.graph.graph import Graph
from async_dag.manager.manager import TaskManager
from async_dag.trace.trace import Trace
from async_dag.workbench.feed.analysis import Message
from async_dag.workbench.feed.feed import Feed
from async_dag.workbench.feed.graph_payload import graph_payload
from async_dag.workbench.feed.sampler import SAMPLER
from async_dag.workbench.layout.picture import Picture
from async_dag.workbench.layout.placement import Layout
from async_dag.workbench.notebook.any_widget import AnyWidget
from async_dag.workbench.places import in_marimo

STATIC: Final = Path(__file__).parent.parent / "static"

_following: Final[WeakKeyDictionary[TaskManager[Any], WeakSet[Workbench]]] = WeakKeyDictionary()


def is_in_sight(manager: TaskManager[Any]) -> bool:
    """Whether a page shows a widget that follows this manager."""
    return any(widget.in_sight for widget in list(_following.get(manager, ())))


class Workbench(AnyWidget):
    """The runs of one manager, live: `tm.draw.live()` and `result.draw.interactive()`.

    Make it the last line of a cell, or use `display`; it may have several views. It follows the manager
    until `close()`. With `%load_ext async_dag` its runs are shown here alone, not below their cells as
    well. It keeps the last 20 runs, but not the values of tasks: it shows them only while the results
    are alive elsewhere, such as in `Out` or a variable.

    >>> from async_dag import build_dag
    >>> async def one() -> int:
    ...     return 1
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(one)
    >>> workbench = tm.draw.live()
    >>> workbench.close()
    """

    # As texts: anywidget watches files that are given as paths, which keeps every widget alive.
    _esm = (STATIC / "workbench.js").read_text(encoding="utf-8")
    _css = (STATIC / "workbench.css").read_text(encoding="utf-8")

    # The `State` of frontend/src/state/protocol.ts.
    graph: Any = traitlets.Dict(allow_none=True).tag(sync=True)
    placement: Any = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    runs: Any = traitlets.List().tag(sync=True)
    options: Any = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        graph: Graph,
        *,
        feed: Feed | None = None,
        theme: str = "auto",
        limits: Mapping[str, str] | None = None,
    ) -> None:
        self._graph = graph
        # ipywidgets looks whether a widget is open, then sends: another thread must not close it in
        # between.
        self._sending = threading.RLock()
        self.picture: Picture = Picture.of(graph)
        super().__init__(
            graph=graph_payload(graph, self.picture.bundling, limits),
            options={"theme": theme, "live": True},
        )
        self.feed: Feed = Feed() if feed is None else feed
        self.feed.connect(_Comm(self))
        self._watching: Any = None
        self.in_sight: bool = False
        """Whether it was displayed, and no page has told since that it shows it no more."""
        self.on_msg(_hear)
        self.picture.when_placed(self._set_placement)

    def follow(self, manager: TaskManager[Any]) -> None:
        """Show every invoke of `manager` from now on."""
        reference = weakref.ref(self)

        def begin(run: Run) -> None:
            widget = reference()
            if widget is not None:
                widget.begin(run)

        self._watching = manager.watch(begin)
        _following.setdefault(manager, WeakSet()).add(self)

    def begin(self, run: Run) -> None:
        """Add a run that begins."""
        self.feed.begin(run)
        SAMPLER.follow(self.feed)

    def add(self, trace: Trace, result: ExecutionResult[Any] | None, *, title: str) -> None:
        """Show an existing run."""
        self.feed.add(trace, result=result, title=title)
        SAMPLER.follow(self.feed)

    def close(self) -> None:
        """Close the widget and all its views."""
        if self._watching is not None:
            self._watching()
        self.in_sight = False
        self.feed.disconnect()
        layout = self.layout  # a model of its own, which ipywidgets makes and never closes
        with self._sending:
            super().close()
        layout.close()

    def view_bundle(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What shows a view of it, and nothing else, by MIME type, and the metadata.

        Colab finds in the metadata where its page gets the code for widgets from.
        """
        bundle = None if self.comm is None else super()._repr_mimebundle_()
        return ({}, {}) if bundle is None else (dict(bundle[0]), dict(bundle[1]))

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The widget, and a still picture for pages without a kernel."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        # marimo calls this to synchronise the widget, and shows nothing of what it gets.
        if in_marimo():
            return data, metadata
        self.in_sight = True
        return data | self._images(), metadata

    def _images(self) -> dict[str, str]:
        """A picture of the latest run, or of the graph before the first; empty without matplotlib."""
        try:
            from async_dag.workbench.still.still import still_of, still_of_graph
        except ModuleNotFoundError:
            return {}
        records = self.feed.records
        if records:
            return still_of(records[-1], self.picture).images()
        return still_of_graph(self._graph, self.picture).images()

    def __repr__(self) -> str:
        count = len(self.feed.records)
        return f"<Workbench of {plural(count, 'run')}>"

    def _set_placement(self, layout: Layout) -> None:
        with self._sending:
            if self.comm is not None:
                self.placement = layout.payload()


class _Comm:
    """The page of a widget, as a transport. It does not keep the widget alive."""

    def __init__(self, widget: Workbench) -> None:
        self._widget = weakref.ref(widget)

    def send(self, message: Message, buffers: Sequence[bytes]) -> None:
        widget = self._widget()
        if widget is not None:
            with widget._sending:
                widget.send(message, list(buffers))

    def show_runs(self, runs: list[Message]) -> None:
        widget = self._widget()
        if widget is not None:
            with widget._sending:
                if widget.comm is not None:
                    widget.runs = runs


def _hear(widget: Workbench, content: object, _buffers: object) -> None:
    """Handle a message of the page; ipywidgets calls it in the thread that receives messages."""
    if isinstance(content, dict) and content.get("kind") == "shown":
        widget.in_sight = bool(content.get("shown"))
        return
    widget.feed.handle(content)
    if widget.feed.busy:
        SAMPLER.follow(widget.feed)
