"""`show_runs()`: shows each later invoke, wherever this Python runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Self

from async_dag._common.extras import extra
from async_dag.engine.watch import watch
from async_dag.workbench import ipython_extension
from async_dag.workbench.places import in_marimo
from async_dag.workbench.terminal.live_terminal import LiveTerminal


class Showing:
    """Returned by `show_runs`: call it, or leave the `with` block, to show no further invokes.

    >>> from async_dag import show_runs
    >>> showing = show_runs()
    >>> showing()
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop

    def __call__(self) -> None:
        """Show no further invokes. A second call does nothing."""
        self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self()


def show_runs() -> Showing:
    """Show each invoke live from now on, until what this returns is called.

    In Jupyter and in IPython it does what `%load_ext async_dag` does. In marimo, which has no magics,
    the live view appears below the cell that invokes. Elsewhere the runs are drawn in the terminal, as
    `tm.draw.terminal()` draws those of one manager.

    Raises:
        MissingExtraError: in a notebook, if ipywidgets, anywidget or matplotlib is not installed (an
            `ImportError`).

    >>> import asyncio
    >>> from async_dag import build_dag, show_runs
    >>> async def load() -> int:
    ...     return 1
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(load)
    >>> with show_runs():
    ...     _ = asyncio.run(tm.invoke())
    invoke of 1 task
      ... load done after ...
      ... 1 of 1 tasks over, none running: done
    """
    if in_marimo():
        with extra("live"):
            from async_dag.workbench.notebook.marimo import MarimoViews

        views = MarimoViews()
        views.start()
        return Showing(views.stop)
    shell = _ipython_shell()
    if shell is not None:
        ipython_extension.load(shell)
        return Showing(partial(ipython_extension.unload, shell))
    live = LiveTerminal()
    watching = watch(live)

    def stop() -> None:
        watching()
        live.finish()

    return Showing(stop)


def _ipython_shell() -> Any:
    """That of the notebook's kernel or of the terminal; None in plain Python."""
    ipython = sys.modules.get("IPython")  # loaded, if it runs us
    return None if ipython is None else ipython.get_ipython()
