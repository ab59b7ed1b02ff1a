"""`tm.draw`, `result.draw` and `trace.draw`: one method a picture, as pandas has `df.plot`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from async_dag import accessors
from async_dag.arguments import immediates_text
from async_dag.timeline import Timeline
from async_dag.trace import Trace
from async_dag.views.diagram import Diagram, graph_diagram, run_diagram
from async_dag.views.text_gantt import gantt_text
from async_dag.views.text_graph import graph_text

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from async_dag.manager import TaskManager
    from async_dag.result import ExecutionResult
    from async_dag.views.dot import GraphvizDiagram
    from async_dag.views.mermaid import MermaidDiagram


class GraphDraw:
    """Pictures of a manager's graph; `tm.draw` is one."""

    def __init__(self, manager: TaskManager[Any]) -> None:
        self._manager = manager

    def text(self, width: int | None = None, *, rows: int = 60, encoding: str | None = None) -> str:
        """The graph as plain text: the tasks wave by wave, and what each depends on.

        A wave holds the tasks whose dependencies all lie in earlier waves.

        Args:
            width: columns; by default the terminal's.
            rows: at most so many tasks are listed one by one; of more, those of the same function in
                the same wave share a row, and what still does not fit is counted.
            encoding: only characters that this encoding has are used; by default that of
                `sys.stdout`.

        Raises:
            LifecycleError: the manager is not sorted yet (a `ValueError`).
            WrongArgumentError: `width` or `rows` is too small (a `ValueError`).
            WrongTypeError: `width` or `rows` is no int (a `TypeError`).

        >>> from async_dag import build_dag
        >>> async def load(name: str) -> str:
        ...     return name
        >>> async def join(one: str, other: str) -> str:
        ...     return one + other
        >>> with build_dag() as tm:
        ...     joined = tm.add_node(join, tm.add_node(load, "a"), tm.add_node(load, "b"))
        >>> print(tm.draw.text(60, encoding="ascii"))
        3 tasks in 2 waves, 2 dependencies
        wave 1
          load
          load_2
        wave 2
          join    <- load, load_2
        """
        return graph_text(self._manager.graph, width=width, rows=rows, encoding=encoding)

    def graphviz(
        self, direction: str = "auto", detail: str = "auto", *, immediates: bool = True
    ) -> GraphvizDiagram:
        """The graph as a `graphviz.Digraph`, to render, save or pipe; a notebook shows it.

        Args:
            direction: where the arrows lead: `TB` (top to bottom), `LR`, `BT` or `RL`. `auto` is `TB`,
                but `LR` for a graph that would be much wider than a page.
            detail: `full` draws a box for each node; `bundles` one for all nodes of a task (or group)
                whose neighbours are alike; `auto` bundles what has more than 150 nodes or 450
                dependencies.
            immediates: whether the values that `add_node` was given are shown, shortened.

        Raises:
            LifecycleError: the manager is not sorted yet (a `ValueError`).
            WrongArgumentError: another direction or detail (a `ValueError`).
            MissingExtraError: the package graphviz is not installed (an `ImportError`).

        >>> from async_dag import build_dag
        >>> async def load(name: str) -> str:
        ...     return name
        >>> with build_dag() as tm:
        ...     loaded = tm.add_node(load, "a.csv")
        >>> tm.draw.graphviz().pipe("svg", encoding="utf-8").count("a.csv")
        1
        """
        from async_dag.views.dot import GraphvizDiagram

        diagram = self.diagram(direction, detail, immediates=immediates)
        return GraphvizDiagram.of(diagram, self.text)

    def mermaid(
        self, direction: str = "auto", detail: str = "auto", *, immediates: bool = True
    ) -> MermaidDiagram:
        """The graph as Mermaid text: `.source`, `.save("graph.md")`; a notebook shows the diagram.

        GitHub draws it where it stands in a README within a fence, up to 500 dependencies and 50,000
        letters.

        Args:
            direction: see `graphviz`.
            detail: see `graphviz`.
            immediates: see `graphviz`.

        Raises `LifecycleError` (a `ValueError`) if the manager is not sorted yet, `WrongArgumentError`
        (a `ValueError`) for another direction or detail.

        >>> from async_dag import build_dag
        >>> async def load(name: str) -> str:
        ...     return name
        >>> with build_dag() as tm:
        ...     loaded = tm.add_node(load, "a.csv")
        >>> print(tm.draw.mermaid())
        ---
        config:
        ...
        flowchart TB
          n0("load<br/>#39;a.csv#39;"):::task
          classDef task ...
        """
        return _mermaid(self.diagram(direction, detail, immediates=immediates))

    def diagram(
        self, direction: str = "auto", detail: str = "auto", *, immediates: bool = True
    ) -> Diagram:
        """What `graphviz` and `mermaid` draw, as boxes and arrows; for pictures of your own."""
        return graph_diagram(
            self._manager.graph,
            direction=direction,
            detail=detail,
            second_line=_immediates_of(self._manager) if immediates else _nothing,
        )

    def __repr__(self) -> str:
        return f"<draw: pictures of {self._manager!r}, such as print(tm.draw.text())>"


class RunDraw:
    """Pictures of one run; `result.draw` and `trace.draw` are such."""

    def __init__(self, run: ExecutionResult[Any] | Trace) -> None:
        self._run = run
        self._trace = run if isinstance(run, Trace) else run.trace
        # A trace knows no values: the immediates are those of the manager.
        self._manager = None if isinstance(run, Trace) else run.manager

    def text(
        self,
        width: int | None = None,
        *,
        rows: int = 60,
        until: float | None = None,
        encoding: str | None = None,
    ) -> str:
        """The Gantt chart of the run as plain text: one row a task, with a legend and a summary.

        A run that still goes on is drawn as it is at this moment.

        Args:
            width: columns; by default the terminal's.
            rows: at most so many rows; with more tasks than that, the tasks of the same function (or
                group) share a row, which shows how many of them run at once; a few of them, those that
                failed or took longest, follow with their own bars.
            until: where the time axis ends, in seconds, at least; give several charts the same to
                compare them. By default the end of the run.
            encoding: only characters that this encoding has are used; by default that of
                `sys.stdout`.

        Raises:
            WrongArgumentError: `width`, `rows` or `until` is out of range (a `ValueError`).
            WrongTypeError: `width`, `rows` or `until` is no number (a `TypeError`).

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def nap(seconds: float) -> float:
        ...     await asyncio.sleep(seconds)
        ...     return seconds
        >>> with build_dag() as tm:
        ...     second = tm.add_node(nap, tm.add_node(nap, 0.01))
        >>> trace = asyncio.run(tm.invoke()).trace
        >>> print(RunDraw(trace).text(100, encoding="ascii"))
        nap   |...
        nap_2 |...
        2 tasks, all done
        makespan ...
        """
        return gantt_text(self._trace, width=width, rows=rows, until=until, encoding=encoding)

    def graphviz(
        self, direction: str = "auto", detail: str = "auto", *, immediates: bool = True
    ) -> GraphvizDiagram:
        """The graph, coloured by what happened, as a `graphviz.Digraph`; a notebook shows it.

        Boxes say how each task ended and how long it took; what failed has its error. The critical path
        is drawn thick. A run that still goes on is drawn as it is at this moment.

        Args:
            direction: where the arrows lead; see `tm.draw.graphviz`.
            detail: whether large graphs are bundled; see `tm.draw.graphviz`.
            immediates: whether the values that `add_node` was given are shown; a trace has none.

        Raises:
            WrongArgumentError: another direction or detail (a `ValueError`).
            MissingExtraError: the package graphviz is not installed (an `ImportError`).

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def nap(seconds: float) -> float:
        ...     await asyncio.sleep(seconds)
        ...     return seconds
        >>> with build_dag() as tm:
        ...     node = tm.add_node(nap, 0.01)
        >>> asyncio.run(tm.invoke()).draw.graphviz().pipe("svg", encoding="utf-8").count("✓")
        1
        """
        from async_dag.views.dot import GraphvizDiagram

        diagram = self.diagram(direction, detail, immediates=immediates)
        return GraphvizDiagram.of(diagram, self.text)

    def mermaid(
        self, direction: str = "auto", detail: str = "auto", *, immediates: bool = True
    ) -> MermaidDiagram:
        """The same as Mermaid text: `.source`, `.save("run.md")`; a notebook shows the diagram.

        Arguments as for `graphviz`. Raises `WrongArgumentError` (a `ValueError`) for another direction
        or detail.
        """
        return _mermaid(self.diagram(direction, detail, immediates=immediates))

    def diagram(
        self, direction: str = "auto", detail: str = "auto", *, immediates: bool = True
    ) -> Diagram:
        """What `graphviz` and `mermaid` draw, as boxes and arrows; for pictures of your own."""
        trace = self._trace if self._trace.over else self._trace.snapshot()
        index = {name: node for node, name in enumerate(trace.graph.names)}
        return run_diagram(
            trace,
            [index[name] for name in Timeline(trace).critical_path],
            direction=direction,
            detail=detail,
            second_line=_immediates_of(self._manager) if immediates else _nothing,
        )

    def html(self, path: str | os.PathLike[str], *, values: bool = False) -> Path:
        """Write the run as one page that any browser opens: graph, Gantt chart, details, findings.

        All lies in that one file; it needs no kernel and asks the network for nothing, so it can be
        attached to a ticket. It holds names, times, file names and error texts; less than 300 KB, and
        the data of the run.

        Args:
            path: the file to write, such as `run.html`; one that is there is written over.
            values: whether short reprs of the tasks' values go into it, too, and tracebacks. Only a
                result has them: a trace never holds values.

        Returns:
            The path.

        Raises:
            WrongTypeError: `path` is no path (a `TypeError`).
            WrongArgumentError: values are asked of a trace (a `ValueError`).
            OSError: the file can't be written.

        >>> import asyncio, tempfile
        >>> from async_dag import build_dag
        >>> async def one() -> int:
        ...     return 1
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(one)
        >>> result = asyncio.run(tm.invoke())
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     result.draw.html(f"{folder}/run.html").name
        'run.html'
        """
        return accessors.save_page(path, self._run, values=values)

    def __repr__(self) -> str:
        return f"<draw: pictures of {self._trace!r}, such as print(result.draw.text())>"


def _mermaid(diagram: Diagram) -> MermaidDiagram:
    from async_dag.views.mermaid import MermaidDiagram, mermaid_source

    return MermaidDiagram(mermaid_source(diagram))


def _nothing(node: int) -> str:
    return ""


def _immediates_of(manager: TaskManager[Any] | None) -> Callable[[int], str]:
    return _nothing if manager is None else partial(_immediates, manager)


def _immediates(manager: TaskManager[Any], node: int) -> str:
    return immediates_text(manager._nodes[node])
