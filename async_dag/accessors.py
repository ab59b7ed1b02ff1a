"""The lines that lead from the core up to analysis and pictures; each imports when it is used.

So `import async_dag` loads none of that, and the floors below stay free of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from async_dag.manager import TaskManager
    from async_dag.result import ExecutionResult
    from async_dag.timeline import Timeline
    from async_dag.trace import Trace
    from async_dag.views.draw import GraphDraw, RunDraw
    from async_dag.workbench.live import Theme
    from async_dag.workbench.widget import Workbench


def draw_manager(manager: TaskManager[Any]) -> GraphDraw:
    """`tm.draw`"""
    from async_dag.views.draw import GraphDraw

    return GraphDraw(manager)


def draw_run(run: ExecutionResult[Any] | Trace) -> RunDraw:
    """`result.draw` and `trace.draw`"""
    from async_dag.views.draw import RunDraw

    return RunDraw(run)


def timeline_of(trace: Trace) -> Timeline:
    """`result.timeline` and `trace.timeline`"""
    from async_dag.timeline import Timeline

    return Timeline(trace)


def trace_to_json(trace: Trace) -> str:
    """`trace.to_json()`"""
    from async_dag import trace_json

    return trace_json.to_json(trace)


def trace_from_json(text: str | bytes) -> Trace:
    """`Trace.from_json(text)`"""
    from async_dag import trace_json

    return trace_json.from_json(text)


def live_view(manager: TaskManager[Any], theme: Theme) -> Workbench:
    """`tm.draw.live()`"""
    from async_dag.workbench.live import live

    return live(manager, theme)


def interactive_view(run: ExecutionResult[Any] | Trace, theme: Theme) -> Workbench:
    """`result.draw.interactive()` and `trace.draw.interactive()`"""
    from async_dag.workbench.live import interactive

    return interactive(run, theme)


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext async_dag`: each invoke in a cell shows itself under it."""
    from async_dag.workbench import extension

    extension.load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext async_dag`"""
    from async_dag.workbench import extension

    extension.unload(shell)
