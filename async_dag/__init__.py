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

from async_dag.accessors import load_ipython_extension, unload_ipython_extension
from async_dag.comparing import compare
from async_dag.comparison import Comparison
from async_dag.engine import Run
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
from async_dag.graph import Graph
from async_dag.manager import TaskManager, build_dag
from async_dag.node import TaskNode
from async_dag.offload import in_process, in_thread
from async_dag.progress import report
from async_dag.result import ExecutionResult
from async_dag.stream import Stream
from async_dag.trace import OUTSIDE, Trace
from async_dag.watch import watch

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
