"""Run a DAG of async tasks with all the parallelism its dependencies allow, and see it.

>>> import asyncio
>>> from async_dag import build_dag
>>> async def number(n: int) -> int:
...     return n
>>> async def add(a: int, b: int) -> int:
...     return a + b
>>> with build_dag() as tm:
...     one = tm.add_node(number, 1)
...     two = tm.add_node(number, 2)
...     three = tm.add_node(add, one, two)
>>> three.extract_result(asyncio.run(tm.invoke()))
3
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from async_dag.engine.report import report
from async_dag.engine.result import ExecutionResult
from async_dag.engine.run import Run
from async_dag.engine.watch import watch
from async_dag.errors import (
    AsyncDagError,
    ClusterError,
    CycleError,
    DrawingError,
    ForeignNodeError,
    HistoryError,
    InvocationError,
    LifecycleError,
    MissingExtraError,
    MissingParameterError,
    NodeCancelled,
    NodeTimeoutError,
    NotAwaitableError,
    NotAwaitedError,
    ResultUnavailableError,
    SavedResultError,
    TraceFormatError,
    UnknownNodeError,
    WrongArgumentError,
    WrongLoopError,
    WrongTaskError,
    WrongTypeError,
)
from async_dag.graph.graph import Graph
from async_dag.manager.manager import TaskManager, build_dag
from async_dag.nodes.maps import ItemNode, MapNode
from async_dag.nodes.node import TaskNode
from async_dag.nodes.shared_limit import SharedLimit, limit
from async_dag.trace.columns import NOT_CHOSEN, NOT_NEEDED, OUTSIDE
from async_dag.trace.trace import Trace

if TYPE_CHECKING:
    from async_dag._common.band import Band
    from async_dag._common.ranges import Range
    from async_dag.analysis.by_name import ByName
    from async_dag.analysis.comparison import Comparison, ComparisonRow
    from async_dag.analysis.critical_path import Piece
    from async_dag.analysis.findings import Finding, Gain
    from async_dag.analysis.speedup_curve import SpeedupCurve
    from async_dag.analysis.timeline import ParallelismStep, Timeline
    from async_dag.baselines.compare import compare
    from async_dag.cluster.dask import Dask
    from async_dag.cluster.result import ClusterResult
    from async_dag.draw.graph_draw import GraphDraw
    from async_dag.draw.run_draw import RunDraw
    from async_dag.engine.offload import in_process, in_thread
    from async_dag.engine.saved_result import SavedResult
    from async_dag.engine.serializer import Serializer
    from async_dag.engine.watch import Watching
    from async_dag.export.prometheus import RunMetrics as RunMetrics
    from async_dag.export.run_export import RunExport
    from async_dag.graph.graph import Origin
    from async_dag.graph.scope import Scope
    from async_dag.manager.invocation import Invocation
    from async_dag.manager.options import OptionsBuilder
    from async_dag.manager.recent_runs import RecentRuns
    from async_dag.manager.stream import Stream
    from async_dag.manager.sub_dag import InlinedDag, MappedDag
    from async_dag.nodes.failure import Failure
    from async_dag.nodes.streaming import streaming
    from async_dag.runs.difference import Difference, DifferenceRow, diff
    from async_dag.runs.draw import DifferenceDraw, ProfileDraw
    from async_dag.runs.finding import RunsFinding
    from async_dag.runs.history import History, history
    from async_dag.runs.profile import Profile, ProfileRow, Quantile, WhatIf, profile
    from async_dag.runs.table import RunsTable
    from async_dag.trace.columns import Attempt, Lane, Move, Progress, Step, Wait
    from async_dag.views.drawing.run_figure import RunFigure as RunFigure
    from async_dag.views.graph.diagram import Arrow, Box, Diagram
    from async_dag.views.graph.graphviz import GraphvizDiagram as GraphvizDiagram
    from async_dag.views.graph.mermaid import MermaidDiagram
    from async_dag.workbench.notebook.widget import Workbench as Workbench
    from async_dag.workbench.show_runs import Showing, show_runs
    from async_dag.workbench.terminal.live_terminal import LiveTerminal

__version__: str
"""The version of the installed distribution, looked up when it is first asked for."""

# Every public name: what is imported above, and what is imported when it is first used (below). The
# API reference and the tests are made from this list. Names that need an extra are not in it, so that
# `from async_dag import *` works without any.
__all__ = [
    "NOT_CHOSEN",
    "NOT_NEEDED",
    "OUTSIDE",
    "Arrow",
    "AsyncDagError",
    "Attempt",
    "Band",
    "Box",
    "ByName",
    "ClusterError",
    "ClusterResult",
    "Comparison",
    "ComparisonRow",
    "CycleError",
    "Dask",
    "Diagram",
    "Difference",
    "DifferenceDraw",
    "DifferenceRow",
    "DrawingError",
    "ExecutionResult",
    "Failure",
    "Finding",
    "ForeignNodeError",
    "Gain",
    "Graph",
    "GraphDraw",
    "History",
    "HistoryError",
    "InlinedDag",
    "Invocation",
    "InvocationError",
    "ItemNode",
    "Lane",
    "LifecycleError",
    "LiveTerminal",
    "MapNode",
    "MappedDag",
    "MermaidDiagram",
    "MissingExtraError",
    "MissingParameterError",
    "Move",
    "NodeCancelled",
    "NodeTimeoutError",
    "NotAwaitableError",
    "NotAwaitedError",
    "OptionsBuilder",
    "Origin",
    "ParallelismStep",
    "Piece",
    "Profile",
    "ProfileDraw",
    "ProfileRow",
    "Progress",
    "Quantile",
    "Range",
    "RecentRuns",
    "ResultUnavailableError",
    "Run",
    "RunDraw",
    "RunExport",
    "RunsFinding",
    "RunsTable",
    "SavedResult",
    "SavedResultError",
    "Scope",
    "Serializer",
    "SharedLimit",
    "Showing",
    "SpeedupCurve",
    "Step",
    "Stream",
    "TaskManager",
    "TaskNode",
    "Timeline",
    "Trace",
    "TraceFormatError",
    "UnknownNodeError",
    "Wait",
    "Watching",
    "WhatIf",
    "WrongArgumentError",
    "WrongLoopError",
    "WrongTaskError",
    "WrongTypeError",
    "build_dag",
    "compare",
    "diff",
    "history",
    "in_process",
    "in_thread",
    "limit",
    "load_ipython_extension",
    "profile",
    "report",
    "show_runs",
    "streaming",
    "unload_ipython_extension",
    "watch",
]

_ON_USE: Final = {
    "async_dag.analysis.by_name": ("ByName",),
    "async_dag.analysis.comparison": ("Comparison", "ComparisonRow"),
    "async_dag._common.ranges": ("Range",),
    "async_dag.analysis.critical_path": ("Piece",),
    "async_dag.analysis.findings": ("Finding", "Gain"),
    "async_dag.analysis.speedup_curve": ("SpeedupCurve",),
    "async_dag.analysis.timeline": ("ParallelismStep", "Timeline"),
    "async_dag.baselines.compare": ("compare",),
    "async_dag.cluster.dask": ("Dask",),
    "async_dag.cluster.result": ("ClusterResult",),
    "async_dag.draw.graph_draw": ("GraphDraw",),
    "async_dag.draw.run_draw": ("RunDraw",),
    "async_dag.engine.offload": ("in_process", "in_thread"),
    "async_dag.engine.saved_result": ("SavedResult",),
    "async_dag.engine.serializer": ("Serializer",),
    "async_dag.engine.watch": ("Watching",),
    "async_dag.export.run_export": ("RunExport",),
    "async_dag.graph.graph": ("Origin",),
    "async_dag.graph.scope": ("Scope",),
    "async_dag.manager.options": ("OptionsBuilder",),
    "async_dag.manager.stream": ("Stream",),
    "async_dag.manager.invocation": ("Invocation",),
    "async_dag.manager.sub_dag": ("InlinedDag", "MappedDag"),
    "async_dag.manager.recent_runs": ("RecentRuns",),
    "async_dag.nodes.failure": ("Failure",),
    "async_dag.nodes.streaming": ("streaming",),
    "async_dag.runs.difference": ("Difference", "DifferenceRow", "diff"),
    "async_dag.runs.draw": ("DifferenceDraw", "ProfileDraw"),
    "async_dag.runs.finding": ("RunsFinding",),
    "async_dag.runs.history": ("History", "history"),
    "async_dag.runs.profile": ("Profile", "ProfileRow", "Quantile", "WhatIf", "profile"),
    "async_dag._common.band": ("Band",),
    "async_dag.runs.table": ("RunsTable",),
    "async_dag.trace.columns": ("Attempt", "Lane", "Move", "Progress", "Step", "Wait"),
    "async_dag.views.graph.diagram": ("Arrow", "Box", "Diagram"),
    "async_dag.views.graph.mermaid": ("MermaidDiagram",),
    "async_dag.workbench.show_runs": ("Showing", "show_runs"),
    "async_dag.workbench.terminal.live_terminal": ("LiveTerminal",),
}
"""Modules that are imported when one of their names is first used."""

_WITH_EXTRA: Final = {
    "async_dag.export.prometheus": ("RunMetrics", "prometheus"),
    "async_dag.views.drawing.run_figure": ("RunFigure", "gantt"),
    "async_dag.views.graph.graphviz": ("GraphvizDiagram", "diagrams"),
    "async_dag.workbench.notebook.widget": ("Workbench", "live"),
}
"""The same for modules that need an extra: the name, and the extra."""


if not TYPE_CHECKING:  # a checker would take any misspelt name for one of these

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            from async_dag._common.version import __version__

            globals()[name] = __version__
            return __version__
        for module, names in _ON_USE.items():
            if name in names:
                value = globals()[name] = getattr(import_module(module), name)
                return value
        for module, (with_extra, needed) in _WITH_EXTRA.items():
            if name == with_extra:
                from async_dag._common.extras import extra

                with extra(needed):
                    value = globals()[name] = getattr(import_module(module), name)
                return value
        raise _no_name(name)


def _no_name(name: str) -> AttributeError:
    from async_dag._common.misuse import NoAttributeError
    from async_dag._common.names import nearest

    text = f"module {__name__!r} has no attribute {name!r}"
    if name.startswith("_"):
        return AttributeError(text)  # what tools ask any module for
    if name in _OF_OTHERS:
        return NoAttributeError(f"{text}; {_OF_OTHERS[name]}")
    return NoAttributeError(f"{text}{nearest(name, __all__)}")


_OF_OTHERS: Final = {
    **dict.fromkeys(
        ("DAG", "Dag", "Driver", "Flow", "Pipeline", "StateGraph", "flow"),
        "a DAG is built in a block: with async_dag.build_dag() as tm: ...",
    ),
    **dict.fromkeys(
        ("node", "pipefunc", "task", "xn"),
        "a task is a plain async function, which needs no decorator: tm.add_node(task, ...)",
    ),
    **dict.fromkeys(
        ("gather", "invoke", "run"), "a manager runs its nodes: result = await tm.invoke(...)"
    ),
}
"""What to write instead of names that other libraries have."""


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *(name for name, _ in _WITH_EXTRA.values())})


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext async_dag`: each invoke in a cell shows itself under it; in a terminal too."""
    from async_dag.workbench.ipython_extension import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext async_dag`: invokes show themselves no longer."""
    from async_dag.workbench.ipython_extension import unload

    unload(shell)
