"""`AutomaticView`: the view that appears below a cell that invokes, and the picture that replaces it.

While runs go on it is a widget; when they are over it is a picture, which needs no kernel, no
script and no network, so a saved notebook shows it everywhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
import uuid
import weakref
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, Final

from IPython.display import display, update_display

from async_dag.engine.run import Run
from async_dag.graph.graph import Graph
from async_dag.manager.manager import TaskManager
from async_dag.workbench.feed import history
from async_dag.workbench.feed.feed import Feed
from async_dag.workbench.feed.graph_payload import limit_sizes
from async_dag.workbench.feed.sampler import SAMPLER
from async_dag.workbench.layout.picture import Picture
from async_dag.workbench.notebook.widget import Workbench

KEPT_OPEN: Final = 10.0
"""Seconds after the end of the runs in which a page may still ask for what it lacks."""

WAKE_EVERY: Final = 0.4
"""Seconds after which the kernel's interrupt is noticed at the latest."""


class AutomaticView:
    """The runs of one manager that one cell began, or of several with the same graph.

    Args:
        when_over: called in the sampler's thread when the runs are over and everything was sent, if
            `finish` was not called before.
    """

    def __init__(
        self, manager: TaskManager[Any], when_over: Callable[[AutomaticView], None]
    ) -> None:
        self.graph: Graph = manager.graph
        self._first_manager = weakref.ref(manager)
        self._limits = limit_sizes(manager)
        self._last_number: int | None = None
        self._is_shared = False
        self._when_over = when_over
        self._display_id = uuid.uuid4().hex
        # Output from other threads belongs to this cell.
        self._context = copy_context()
        self._lock = threading.RLock()
        self.feed: Feed = Feed()
        self.widget: Workbench | None = None
        self.cell_is_over = False
        self._finished = True  # there is nothing to do until a run begins
        self._finished_at = 0.0
        self._is_kept = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = 0.0
        # Reserve a place in the output now, before anything that the nodes print. Creating the
        # widget takes longer, so the sampler does it.
        placeholder = {"text/plain": f"{manager!r} is being invoked"}
        display(placeholder, raw=True, display_id=self._display_id)  # type: ignore[no-untyped-call]

    def begin(self, run: Run) -> None:
        """Add a run that begins; called in any thread."""
        if run.result.manager is not self._first_manager():
            self._is_shared = True
        # Runs of one manager keep its numbers from cell to cell. Those of several go on from there.
        if self._is_shared and self._last_number is not None:
            self._last_number += 1
        else:
            self._last_number = history.number_of(run)
        self.feed.begin(run, self._last_number)
        self._finished = self._is_kept = False
        self._loop = asyncio.get_running_loop()
        SAMPLER.follow(self)

    # Called by the sampler

    @property
    def busy(self) -> bool:
        """Whether a run goes on, or the page has not received everything yet."""
        return not self._finished or (self.widget is not None and not self._is_kept)

    def pump(self, now: float) -> None:
        """Create the widget if there is none yet, send what is new, or close it at the end."""
        with self._lock:
            if self._finished:
                if self.feed.reloaded:
                    # A reloaded page shows the widget, but would not get the picture in its place,
                    # so the widget stays.
                    self._is_kept = True
                elif self.feed.received or now - self._finished_at > KEPT_OPEN:
                    self._close()
                else:
                    self.feed.pump(now)
                return
            if self.widget is None:
                self._open()
            self.feed.pump(now)
            self._wake_loop(now)
            over = self.cell_is_over and self.feed.over and not self.feed.busy
        if over:
            self._when_over(self)

    def finish(self) -> None:
        """If all runs are over, send what is left, and replace the widget with the picture."""
        with self._lock:
            if self._finished or not self.feed.over:
                return
            if self.widget is None:
                self._open()
            self.feed.flush(time.monotonic())
            picture = self._still()
            if picture is None:
                self._is_kept = True  # the widget stays: there is no picture to replace it
            else:
                self._show(picture)
            self._finished = True
            self._finished_at = time.monotonic()
        SAMPLER.follow(self)  # which closes the widget once the page has everything

    def _wake_loop(self, now: float) -> None:
        """Make sure that the kernel's interrupt is noticed.

        ipykernel's signal handler adds a callback to the event loop, but does not wake it up: while
        all nodes wait for something remote, the callback would not run.
        """
        if self._loop is not None and now - self._woken >= WAKE_EVERY:
            self._woken = now
            with contextlib.suppress(RuntimeError):  # it was closed, so nothing waits in it
                self._loop.call_soon_threadsafe(_nothing)

    def _still(self) -> dict[str, Any] | None:
        """The picture that replaces the widget; None without matplotlib."""
        record = self.feed.records[-1]
        try:
            from async_dag.workbench.still.still import still_of
        except ModuleNotFoundError:
            return None
        try:
            return still_of(record, Picture.of(self.graph)).bundle(record.key)
        except Exception as error:  # noqa: BLE001 - a cell must not fail because of its picture
            notice = f"(it can't be drawn: {type(error).__name__}: {error})"
            return {"text/plain": f"{record.trace!r}\n{notice}"}

    def _open(self) -> None:
        self.widget = Workbench(self.graph, feed=self.feed, limits=self._limits)
        self._show(*self.widget.view_bundle())

    def _show(self, bundle: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
        self._context.copy().run(
            update_display, bundle, metadata=metadata, raw=True, display_id=self._display_id
        )

    def _close(self) -> None:
        widget, self.widget = self.widget, None
        if widget is not None:
            widget.close()


def _nothing() -> None:
    """Does nothing; called to wake the loop up."""
