"""`Picture`: the bundling and the layout of a graph, computed once, as a graph never changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from weakref import WeakKeyDictionary

from async_dag.graph.bundling import Bundling, bundling_of
from async_dag.graph.graph import Graph
from async_dag.workbench.layout.placement import Layout, Placement, place


class Picture:
    """The boxes of a graph. `Picture.of(graph)` returns the same object for the same graph.

    Attributes:
        bundling: the bundles that are the boxes; None if each box is a node.
    """

    def __init__(self, graph: Graph) -> None:
        self.bundling: Bundling | None = bundling_of(graph)
        self._layout: Layout | None = None
        self._waiting: list[Callable[[Layout], None]] = []
        self._lock = threading.Lock()
        self._done = threading.Event()
        # dot may take seconds, in a process of its own.
        thread = threading.Thread(
            target=self._work, args=(graph,), name="async_dag view: layout", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # there are no threads, as in Pyodide, and no processes either
            self._done.set()

    @staticmethod
    def of(graph: Graph) -> Picture:
        """The picture of a graph, made on first use."""
        with _lock:
            picture = _pictures.get(graph)
            if picture is None:
                picture = _pictures[graph] = Picture(graph)
            return picture

    def placement(self, timeout: float) -> Placement | None:
        """The layout for a still picture; None without dot, or if it takes over `timeout` seconds."""
        self._done.wait(timeout)
        return None if self._layout is None else self._layout.for_still

    def when_placed(self, callback: Callable[[Layout], None]) -> None:
        """Call `callback` with the layout once it is known, in any thread; never without dot."""
        with self._lock:
            if not self._done.is_set():
                self._waiting.append(callback)
                return
        if self._layout is not None:
            callback(self._layout)

    def _work(self, graph: Graph) -> None:
        try:
            self._layout = place(graph, self.bundling)
        finally:
            with self._lock:
                self._done.set()
                waiting, self._waiting = self._waiting, []
        if self._layout is not None:
            for callback in waiting:
                callback(self._layout)


_lock = threading.Lock()
_pictures: WeakKeyDictionary[Graph, Picture] = WeakKeyDictionary()
