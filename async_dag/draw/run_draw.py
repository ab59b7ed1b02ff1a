"""`result.draw` and `trace.draw`: one method a picture, as pandas has `df.plot`."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from async_dag._common.extras import extra
from async_dag.analysis.timeline import Timeline
from async_dag.trace.trace import Trace
from async_dag.views.gantt.text import gantt_text
from async_dag.views.graph.diagram import Diagram
from async_dag.views.graph.run_diagram import run_diagram

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

    from async_dag.engine.result import ExecutionResult
    from async_dag.views.gantt.figure.figure import RunFigure
    from async_dag.views.gantt.figure.look import Size, Theme
    from async_dag.views.gantt.rows import RowDetail, RowOrder
    from async_dag.views.graph.graphviz import GraphvizDiagram
    from async_dag.views.graph.mermaid import MermaidDiagram
    from async_dag.workbench.notebook.widget import Workbench


from async_dag.draw.diagrams import bounded, immediates_of, mermaid_of, nothing


class RunDraw:
    """Pictures of one run: `result.draw`, and the same from a trace alone: `trace.draw`.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def load(name: str) -> str:
    ...     return name
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(load, "a")
    >>> asyncio.run(tm.invoke()).draw
    <draw: pictures of <Trace of 1 node, ... s>, such as print(result.draw.text())>
    """

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
        from async_dag.views.graph.graphviz import GraphvizDiagram

        diagram = self.diagram(direction, detail, immediates=immediates)
        return GraphvizDiagram.of(diagram, bounded(self.text, len(self._trace)))

    def mermaid(
        self, direction: str = "auto", detail: str = "auto", *, immediates: bool = True
    ) -> MermaidDiagram:
        """The same as Mermaid text: `.source`, `.save("run.md")`; a notebook shows the diagram.

        Arguments as for `graphviz`. Raises `WrongArgumentError` (a `ValueError`) for another direction
        or detail.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def nap(seconds: float) -> float:
        ...     await asyncio.sleep(seconds)
        ...     return seconds
        >>> with build_dag() as tm:
        ...     node = tm.add_node(nap, 0.01)
        >>> "✓" in asyncio.run(tm.invoke()).draw.mermaid().source
        True
        """
        return mermaid_of(self.diagram(direction, detail, immediates=immediates))

    def diagram(
        self, direction: str = "auto", detail: str = "auto", *, immediates: bool = True
    ) -> Diagram:
        """What `graphviz` and `mermaid` draw, as boxes and arrows; for pictures of your own.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def one() -> int:
        ...     return 1
        >>> with build_dag() as tm:
        ...     node = tm.add_node(one)
        >>> box = asyncio.run(tm.invoke()).draw.diagram().boxes[0]
        >>> box.title, box.state, box.critical
        ('one', 'done', True)
        """
        trace = self._trace if self._trace.over else self._trace.snapshot()
        index = {name: node for node, name in enumerate(trace.graph.names)}
        return run_diagram(
            trace,
            [index[name] for name in Timeline(trace).critical_path],
            direction=direction,
            detail=detail,
            immediates=partial(immediates_of, self._manager)
            if immediates and self._manager is not None
            else nothing,
        )

    def interactive(self, *, theme: Theme = "auto") -> Workbench:
        """The workbench as a widget, of this run: hover, choose, search, sort and zoom.

        Values of tasks are shown as long as the result is kept, and never saved with the notebook; a
        trace has none.

        Args:
            theme: `light`, `dark`, or `auto`: as the notebook's.

        Raises:
            MissingExtraError: ipywidgets, anywidget or matplotlib is not installed (an `ImportError`).
            WrongArgumentError: `theme` is none of these (a `ValueError`).

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def one() -> int:
        ...     return 1
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(one)
        >>> asyncio.run(tm.invoke()).draw.interactive()
        <Workbench of 1 run>
        """
        from async_dag.workbench.notebook.live import interactive

        return interactive(self._run, theme)

    def html(self, path: str | PathLike[str], *, values: bool = False) -> Path:
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
        from async_dag.workbench.standalone import ShownRun, save_page

        return save_page(path, [ShownRun(self._run)], values=values)

    def gantt(
        self,
        *,
        sort: RowOrder = "start",
        detail: RowDetail = "auto",
        opened: Collection[str] | bool = False,
        dependencies: Collection[str] | bool = False,
        baseline: ExecutionResult[Any] | Trace | None = None,
        findings: bool = False,
        size: Size = "notebook",
        theme: Theme = "auto",
        width: float | None = None,
        title: str | None = None,
    ) -> RunFigure:
        """The Gantt chart of the run, as a `matplotlib.figure.Figure`.

        A row a task: light while it awaits, dark while it holds the event loop (steps over a
        millisecond, where they were), hatched while it is ready but waits for a slot, a limit or the
        loop, red if it failed, framed if it is on the critical path; the attempts of a task that was
        retried are pieces of one bar. Below, on the same axis: how many run at once, and how long the
        same durations would take one by one and wave by wave, computed. A run of more than 150 tasks
        has a row for each bundle of like tasks, an area of how many of them run at once.

        The figure is nobody's but yours: pyplot does not know it. Save it with `savefig` (`.svg`,
        `.pdf`, `.png`); characters of scripts that no installed font has are boxes, but in a notebook.

        Args:
            sort: rows by `"start"`, or as the tasks stand in the `"graph"`.
            detail: `"full"` gives each task a row of its own, however many there are.
            opened: names of bundles (or of tasks in them) to open into lanes of single bars; True
                opens all.
            dependencies: whether to draw them; or names of tasks, to draw only those from and to them.
            baseline: another run to compare with; both are drawn on one axis, with a table of the
                tasks that became slower or faster.
            findings: whether to write `timeline.findings()` below.
            size: `"notebook"`, `"paper"` or `"slides"`: how wide it is and how large the characters
                are.
            theme: `"light"`, `"dark"`, or `"auto"`: light, but dark where a notebook is.
            width: in inches, if not that of `size`.
            title: instead of the number of tasks.

        Raises:
            MissingExtraError: matplotlib is not installed (an `ImportError`).
            UnknownNodeError: a name in `opened` or `dependencies` is none (a `KeyError`).
            WrongArgumentError, WrongTypeError: an argument is none of what is listed above (a
                `ValueError`, a `TypeError`).

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def nap(seconds: float) -> float:
        ...     await asyncio.sleep(seconds)
        ...     return seconds
        >>> with build_dag() as tm:
        ...     second = tm.add_node(nap, tm.add_node(nap, 0.01))
        >>> figure = asyncio.run(tm.invoke()).draw.gantt(theme="dark", dependencies=True)
        >>> figure
        <RunFigure: 2 tasks, all done>
        """
        with extra("gantt"):
            from async_dag.views.gantt.figure import baseline_figure, run_figure
            from async_dag.views.gantt.figure.chart import GanttOptions
        options = GanttOptions(
            sort=sort,
            detail=detail,
            opened=opened,
            dependencies=dependencies,
            size=size,
            theme=theme,
            width=width,
            title=title,
        )
        if baseline is not None:
            other = baseline if isinstance(baseline, Trace) else baseline.trace
            return baseline_figure.baseline_figure(self._trace, other, options)
        sentences = [str(one) for one in self._trace.timeline.findings()] if findings else []
        return run_figure.run_figure(self._trace, options, sentences)

    def mermaid_gantt(self) -> MermaidDiagram:
        """The Gantt chart of the run as Mermaid text, which GitHub draws in a README.

        A bar a task, or a bundle of like tasks if there are more than 150; red frames for the critical
        path. `print` it, or `save` it as `.md` or `.mmd`; a notebook shows the chart.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def nap(seconds: float) -> float:
        ...     await asyncio.sleep(seconds)
        ...     return seconds
        >>> with build_dag() as tm:
        ...     second = tm.add_node(nap, tm.add_node(nap, 0.01))
        >>> print(asyncio.run(tm.invoke()).draw.mermaid_gantt())
        gantt
          title 2 tasks, all done...
        """
        from async_dag.views.gantt.mermaid import mermaid_gantt_source
        from async_dag.views.graph.mermaid import MermaidDiagram

        return MermaidDiagram(mermaid_gantt_source(self._trace))

    def chrome_trace(self, path: str | PathLike[str]) -> Path:
        """Deprecated: `result.export.chrome_trace(path)`."""
        _deprecated("chrome_trace")
        return self._trace.export.chrome_trace(path)

    def otel(self, tracer: Tracer | None = None, *, name: str = "invoke") -> int:
        """Deprecated: `result.export.otel()`."""
        _deprecated("otel")
        return self._trace.export.otel(tracer, name=name)

    def __repr__(self) -> str:
        return f"<draw: pictures of {self._trace!r}, such as print(result.draw.text())>"


def _deprecated(name: str) -> None:
    """Warn whoever calls the method `name`, which draws nothing."""
    text = f"result.draw.{name}() is now result.export.{name}(), as it draws nothing"
    warnings.warn(text, DeprecationWarning, stacklevel=3)
