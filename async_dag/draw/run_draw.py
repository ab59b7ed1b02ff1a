"""`result.draw` and `trace.draw`: one method per picture, like `df.plot` of pandas."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from async_dag._common.extras import extra
from async_dag._common.misuse import PICTURES, explains_wrong_calls, missing_attribute
from async_dag._common.shortening import short_repr
from async_dag.analysis.timeline import Timeline
from async_dag.draw.diagrams import bounded, immediates_of, mermaid_of, nothing
from async_dag.errors import WrongTypeError
from async_dag.trace.trace import Trace
from async_dag.views.gantt.text import gantt_text
from async_dag.views.graph.diagram import Diagram
from async_dag.views.graph.run_diagram import run_diagram

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

    from async_dag.engine.result import ExecutionResult
    from async_dag.views.drawing.look import Size, Theme
    from async_dag.views.drawing.run_figure import RunFigure
    from async_dag.views.gantt.rows import RowDetail, RowOrder
    from async_dag.views.graph.graphviz import GraphvizDiagram
    from async_dag.views.graph.mermaid import MermaidDiagram
    from async_dag.workbench.notebook.widget import Workbench


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

    __slots__ = ("_manager", "_run", "_trace")

    def __init__(self, run: ExecutionResult[Any] | Trace) -> None:
        self._run = run
        self._trace = run if isinstance(run, Trace) else run.trace
        # A trace has no values; the immediates come from the manager.
        self._manager = None if isinstance(run, Trace) else run.manager

    def text(
        self,
        width: int | None = None,
        *,
        rows: int = 60,
        until: float | None = None,
        encoding: str | None = None,
    ) -> str:
        """The Gantt chart of the run as plain text: one row per task, with a legend and a summary.

        A run that is still going on is drawn as it is now.

        Args:
            width: columns; by default the width of the terminal.
            rows: at most this many rows. If there are more tasks, those of the same function (or group)
                share a row that shows how many of them run at once; the ones that failed or took
                longest follow with bars of their own.
            until: seconds that the time axis covers at least; use the same value to compare several
                charts. By default the end of the run.
            encoding: the text uses only characters of this encoding; by default that of `sys.stdout`.

        Raises:
            WrongArgumentError: `width`, `rows` or `until` is out of range (a `ValueError`).
            WrongTypeError: `width`, `rows` or `until` is not a number (a `TypeError`).

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

        Each box says how its task ended, how long it took, and the error if it failed. The critical
        path is thick. A run that is still going on is drawn as it is now.

        Args:
            direction: where the arrows lead; see `tm.draw.graphviz`.
            detail: whether to bundle large graphs; see `tm.draw.graphviz`.
            immediates: whether to show the plain values passed to `add_node`; a trace has none.

        Raises:
            WrongArgumentError: another direction or detail (a `ValueError`).
            MissingExtraError: the package graphviz is not installed (an `ImportError`).
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
        """
        return mermaid_of(self.diagram(direction, detail, immediates=immediates))

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
            immediates=partial(immediates_of, self._manager)
            if immediates and self._manager is not None
            else nothing,
        )

    def interactive(self, *, theme: Theme = "auto") -> Workbench:
        """The workbench for this run, as a widget: hover, select, search, sort and zoom.

        It shows the values of tasks while the result is alive, and never saves them with the
        notebook. A trace has no values.

        Args:
            theme: `light`, `dark`, or `auto`: that of the notebook.

        Raises:
            MissingExtraError: ipywidgets, anywidget or matplotlib is not installed (an `ImportError`).
            WrongArgumentError: another `theme` (a `ValueError`).
        """
        from async_dag.workbench.notebook.live import interactive

        return interactive(self._run, theme)

    @explains_wrong_calls("result.draw.html('run.html')")
    def html(self, path: str | PathLike[str], *, values: bool = False) -> Path:
        """Write the run as one page that any browser opens: graph, Gantt chart, details, findings.

        The page is a single file that needs no kernel and no network, so it can be attached to a
        ticket. It contains names, times, file names and error texts, and takes less than 300 KB
        plus the data of the run.

        Args:
            path: the file to write, such as `run.html`; an existing file is replaced.
            values: whether to include short reprs of the tasks' values, and tracebacks. Only a result
                has them.

        Returns:
            The path.

        Raises:
            WrongTypeError: `path` is not a path (a `TypeError`).
            WrongArgumentError: `values=True` for a trace (a `ValueError`).
            OSError: the file can't be written.
        """
        from async_dag.workbench.standalone import ShownRun, save_page

        return save_page(path, [ShownRun(self._run)], values=values)

    @explains_wrong_calls("result.draw.animation('run.svg')")
    def animation(self, path: str | PathLike[str], *, theme: Theme = "auto") -> Path:
        """Write the run as an animated SVG: the states of its graph, and the three ways as a race.

        It moves wherever a browser shows an image, in a README for example, without a script; who
        prefers reduced motion sees the end. A run is played in 3 to 10 seconds, again and again.

        Args:
            path: the file to write, such as `run.svg`; an existing file is replaced.
            theme: `light` or `dark`; `auto` is light.

        Returns:
            The path.

        Raises:
            MissingExtraError: what the pictures need is not installed (an `ImportError`).
            WrongArgumentError: another `theme`, a run that goes on, or one that ran no task (a
                `ValueError`).
            WrongTypeError: `path` is not a path (a `TypeError`).
            OSError: the file can't be written.

        >>> import asyncio, tempfile
        >>> from async_dag import build_dag
        >>> async def nap() -> None:
        ...     await asyncio.sleep(0.01)
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(nap)
        >>> result = asyncio.run(tm.invoke())
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     result.draw.animation(f"{folder}/run.svg").read_text(encoding="utf-8")[:4]
        '<svg'
        """
        if not isinstance(path, (str, PathLike)):
            raise WrongTypeError(
                f"animation() takes the path of the file to write, not {short_repr(path)}: "
                "animation('run.svg')"
            )
        with extra("gantt"):
            from async_dag.workbench.still.animation import animated_svg
        target = Path(path)
        target.write_text(animated_svg(self._trace, theme), encoding="utf-8", newline="\n")
        return target

    @explains_wrong_calls(
        "result.draw.gantt().savefig('run.svg')",
        path="a figure is saved by savefig: result.draw.gantt().savefig('run.svg')",
    )
    def gantt(
        self,
        *,
        sort: RowOrder | None = None,
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

        Each task has a row: muted while it awaits, strong while it holds the event loop (for steps over
        a millisecond), hatched while it is ready but waits for a slot, a limit or the loop, red if it
        failed, and framed if it is on the critical path. The attempts of a retried task are pieces
        of one bar. Below, on the same axis, are the number of running tasks and the computed time
        that the same durations take one by one and wave by wave. In a run of more than 150 tasks,
        similar tasks share a row that shows how many of them run at once.

        A run on a cluster has a band for each worker instead, with the share of its time in which
        anything ran there, and curves for the values that moved between workers, as wide as these
        are large; where a worker was lost, a dotted line leads to where its nodes ran again.

        The figure is not registered with pyplot. Save it with `savefig` (`.svg`, `.pdf`, `.png`);
        characters that no installed font has are boxes there, though not in a notebook.

        Args:
            sort: the order of the rows: by `"start"`, or as in the `"graph"`. By default by start,
                and of a run on a cluster a band for each worker; with either of the two it has a row
                for each task, too.
            detail: `"full"` gives each task its own row, however many there are.
            opened: names of bundles (or of tasks in them) to open into lanes of single bars; True opens
                all.
            dependencies: whether to draw dependencies; or names of tasks, to draw only theirs.
            baseline: another run to compare with; both are drawn on one axis, with a table of the
                tasks that became slower or faster.
            findings: whether to write `timeline.findings()` below.
            size: `"notebook"`, `"paper"` or `"slides"`: how wide it is and how large the characters
                are.
            theme: `"light"`, `"dark"`, or `"auto"`: light, but dark in a dark notebook.
            width: inches; by default the width of `size`.
            title: by default the number of tasks.

        Raises:
            MissingExtraError: matplotlib is not installed (an `ImportError`).
            UnknownNodeError: no node has a name in `opened` or `dependencies` (a `KeyError`).
            WrongArgumentError, WrongTypeError: another argument can't be used (a `ValueError`, a
                `TypeError`).
        """
        with extra("gantt"):
            from async_dag.views.drawing.run_figure import RunFigure
            from async_dag.views.gantt.figure import baseline_picture, run_picture
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
            other = getattr(baseline, "trace", baseline)
            if not isinstance(other, Trace):
                raise WrongTypeError(
                    "draw.gantt(baseline=) takes another result, or its trace; given was "
                    f"{short_repr(baseline)}"
                )
            return RunFigure.of(baseline_picture.baseline_picture(self._trace, other, options))
        sentences = (
            [str(finding) for finding in self._trace.timeline.findings()] if findings else []
        )
        return RunFigure.of(run_picture.run_picture(self._trace, options, sentences))

    def mermaid_gantt(self) -> MermaidDiagram:
        """The Gantt chart of the run as Mermaid text, which GitHub draws in a README.

        Each task has a bar, or each bundle of similar tasks if there are more than 150; the
        critical path has red frames. `print` it, or `save` it as `.md` or `.mmd`; a notebook shows
        the chart.
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

    if not TYPE_CHECKING:  # type checkers find these mistakes by themselves

        def __getattr__(self, name: str) -> NoReturn:
            missing_attribute(self, name, called="result.draw", instead=PICTURES)

    def __repr__(self) -> str:
        return f"<draw: pictures of {self._trace!r}, such as print(result.draw.text())>"


def _deprecated(name: str) -> None:
    """Warn about a call of the method `name`, which moved to `export`."""
    text = f"result.draw.{name}() is now result.export.{name}(), as it draws nothing"
    # The caller stands behind this and the method.
    warnings.warn(text, DeprecationWarning, stacklevel=3)
