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

from typing import Any

from async_dag.analysis.comparison import Comparison
from async_dag.baselines.compare import compare
from async_dag.engine.offload import in_process, in_thread
from async_dag.engine.progress import report
from async_dag.engine.result import ExecutionResult
from async_dag.engine.run import Run
from async_dag.engine.watch import watch
from async_dag.errors import (
    AsyncDagError,
    CycleError,
    DrawingError,
    ForeignNodeError,
    InvocationError,
    LifecycleError,
    MissingExtraError,
    MissingParameterError,
    NodeCancelled,
    NodeTimeoutError,
    NotAwaitableError,
    ResultUnavailableError,
    TraceFormatError,
    UnknownNodeError,
    WrongArgumentError,
    WrongLoopError,
    WrongTaskError,
    WrongTypeError,
)
from async_dag.graph.graph import Graph
from async_dag.manager.manager import TaskManager, build_dag
from async_dag.manager.stream import Stream
from async_dag.nodes.node import TaskNode
from async_dag.trace.columns import OUTSIDE
from async_dag.trace.trace import Trace

__version__ = "0.4.0"

__all__ = [
    "OUTSIDE",
    "AsyncDagError",
    "Comparison",
    "CycleError",
    "DrawingError",
    "ExecutionResult",
    "ForeignNodeError",
    "Graph",
    "InvocationError",
    "LifecycleError",
    "MissingExtraError",
    "MissingParameterError",
    "NodeCancelled",
    "NodeTimeoutError",
    "NotAwaitableError",
    "ResultUnavailableError",
    "Run",
    "Stream",
    "TaskManager",
    "TaskNode",
    "Trace",
    "TraceFormatError",
    "UnknownNodeError",
    "WrongArgumentError",
    "WrongLoopError",
    "WrongTaskError",
    "WrongTypeError",
    "build_dag",
    "compare",
    "in_process",
    "in_thread",
    "load_ipython_extension",
    "report",
    "unload_ipython_extension",
    "watch",
]


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext async_dag`: each invoke in a cell shows itself under it."""
    from async_dag.workbench.notebook.live import load_extension

    load_extension(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext async_dag`: invokes show themselves no longer."""
    from async_dag.workbench.notebook.live import unload_extension

    unload_extension(shell)
