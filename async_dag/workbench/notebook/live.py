"""`live` and `interactive`: make the widget for `tm.draw.live()` and `result.draw.interactive()`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from async_dag._common.arguments import one_of
from async_dag._common.extras import extra
from async_dag.engine.result import ExecutionResult
from async_dag.manager.manager import TaskManager
from async_dag.trace.trace import Trace
from async_dag.workbench.feed.graph_payload import limit_sizes

if TYPE_CHECKING:
    from async_dag.views.drawing.look import Theme
    from async_dag.workbench.notebook.widget import Workbench


def live(manager: TaskManager[Any], theme: Theme) -> Workbench:
    """A widget that follows every later invoke of `manager`."""
    made = _workbench()(manager.graph, theme=_checked(theme), limits=limit_sizes(manager))
    made.follow(manager)
    return made


def interactive(run: ExecutionResult[Any] | Trace, theme: Theme) -> Workbench:
    """A widget of one run."""
    trace, result = (run, None) if isinstance(run, Trace) else (run.trace, run)
    limits = None if result is None else limit_sizes(result.manager)
    made = _workbench()(trace.graph, theme=_checked(theme), limits=limits)
    at = time.strftime("%H:%M:%S", time.localtime(trace.wall_start))
    made.add(trace, result, title=f"run of {at}")
    return made


def _checked(theme: Theme) -> Theme:
    return one_of("theme=", theme, ("auto", "light", "dark"))


def _workbench() -> type[Workbench]:
    with extra("live"):
        from async_dag.workbench.notebook.widget import Workbench

    return Workbench
