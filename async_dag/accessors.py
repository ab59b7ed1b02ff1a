"""The lines that lead from the core up to analysis and pictures; each imports when it is used.

So `import async_dag` loads none of that, and the floors below stay free of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection
    from os import PathLike
    from pathlib import Path

    from async_dag.comparison import Comparison
    from async_dag.manager import TaskManager
    from async_dag.result import ExecutionResult
    from async_dag.timeline import Timeline
    from async_dag.trace import Trace
    from async_dag.trace_rows import TraceRow
    from async_dag.views.draw import GraphDraw, RunDraw
    from async_dag.views.gantt.figure import RunFigure
    from async_dag.workbench.live import Theme
    from async_dag.workbench.widget import Workbench


def draw_manager(manager: TaskManager[Any]) -> GraphDraw:
    """`tm.draw`"""
    from async_dag.views.draw import GraphDraw

    return GraphDraw(manager)


def mimebundle_of_manager(manager: TaskManager[Any], include: Any, exclude: Any) -> Any:
    """What a notebook shows of `tm`"""
    from async_dag.views.manager_repr import manager_bundle

    return manager_bundle(manager, include, exclude)


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
    from async_dag.workbench.live import load_extension

    load_extension(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext async_dag`: invokes show themselves no longer."""
    from async_dag.workbench.live import unload_extension

    unload_extension(shell)


def draw_run(run: ExecutionResult[Any] | Trace) -> RunDraw:
    """`result.draw` and `trace.draw`"""
    from async_dag.views.draw import RunDraw

    return RunDraw(run)


def save_page(
    path: str | PathLike[str], run: ExecutionResult[Any] | Trace, *, values: bool
) -> Path:
    """`result.draw.html(path)` and `trace.draw.html(path)`"""
    from async_dag.workbench.standalone import Shown, save_page

    return save_page(path, [Shown(run)], values=values)


def timeline_of(trace: Trace) -> Timeline:
    """`result.timeline` and `trace.timeline`"""
    from async_dag.timeline import Timeline

    return Timeline(trace)


def manager_to_networkx(manager: TaskManager[Any]) -> Any:
    """`tm.to_networkx()`"""
    from async_dag import mirror

    return mirror.manager_to_networkx(manager)


def manager_from_networkx(graph: Any, task: Any, order: str) -> TaskManager[Any]:
    """`TaskManager.from_networkx(graph, task)`"""
    from async_dag import mirror

    return mirror.manager_from_networkx(graph, task, order)


def run_to_networkx(run: ExecutionResult[Any] | Trace) -> Any:
    """`result.to_networkx()` and `trace.to_networkx()`"""
    from async_dag import mirror

    return mirror.run_to_networkx(run)


def trace_to_json(trace: Trace) -> str:
    """`trace.to_json()`"""
    from async_dag import trace_json

    return trace_json.to_json(trace)


def trace_from_json(text: str | bytes) -> Trace:
    """`Trace.from_json(text)`"""
    from async_dag import trace_json

    return trace_json.from_json(text)


def trace_to_rows(trace: Trace) -> list[TraceRow]:
    """`trace.to_rows()`"""
    from async_dag import trace_rows

    return trace_rows.to_rows(trace)


def save_trace(trace: Trace, path: str | PathLike[str]) -> Path:
    """`trace.save(path)`"""
    from async_dag import trace_files

    return trace_files.save(trace, path)


def load_trace(path: str | PathLike[str]) -> Trace:
    """`Trace.load(path)`"""
    from async_dag import trace_files

    return trace_files.load(path)


def show_run(
    trace: Trace, include: Collection[str] | None, exclude: Collection[str] | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A result or a trace alone in a notebook cell"""
    from async_dag.views import notebook

    return notebook.run_bundle(trace, include, exclude)


def draw_comparison(comparison: Comparison, **options: Any) -> RunFigure:
    """`comparison.draw()`"""
    from async_dag.views import comparison_views

    return comparison_views.figure(comparison, **options)


def comparison_text(comparison: Comparison, width: int | None, encoding: str | None) -> str:
    """`comparison.text()`"""
    from async_dag.views import comparison_views

    return comparison_views.text(comparison, width, encoding)


def show_comparison(
    comparison: Comparison, include: Collection[str] | None, exclude: Collection[str] | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A comparison alone in a notebook cell"""
    from async_dag.views import comparison_views

    return comparison_views.bundle(comparison, include, exclude)
