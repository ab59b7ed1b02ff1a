"""`tm.draw`, `result.draw` and `trace.draw`: one method a picture, as pandas has `df.plot`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from async_dag import accessors
from async_dag.arguments import immediates_text, options_text
from async_dag.bundling import MOST_WORK
from async_dag.extras import extra
from async_dag.timeline import Timeline
from async_dag.trace import Trace
from async_dag.views.diagram import Diagram, graph_diagram, run_diagram
from async_dag.views.live_terminal import LiveTerminal
from async_dag.views.mime import MOST_LISTED
from async_dag.views.text_gantt import gantt_text
from async_dag.views.text_graph import graph_text

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

    from async_dag.manager import TaskManager
    from async_dag.result import ExecutionResult
    from async_dag.views.dot import GraphvizDiagram
    from async_dag.views.gantt.figure import RunFigure
    from async_dag.views.gantt.look import Size, Theme
    from async_dag.views.gantt_rows import Detail, Sort
    from async_dag.views.live_terminal import LiveTerminal
    from async_dag.views.mermaid import MermaidDiagram
    from async_dag.workbench.live import Theme as ViewTheme
    from async_dag.workbench.widget import Workbench


class GraphDraw:
    """Pictures of a manager's graph: `tm.draw`.

    >>> from async_dag import build_dag
    >>> async def load(name: str) -> str:
    ...     return name
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(load, "a")
    >>> tm.draw
    <draw: pictures of <TaskManager of 1 node, sorted>, such as print(tm.draw.text())>
    """

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
        return GraphvizDiagram.of(diagram, _bounded(self.text, len(self._manager.graph)))

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

    def live(self, *, theme: ViewTheme = "auto") -> Workbench:
        """The workbench as a widget: graph and Gantt chart of every later invoke, while it goes on.

        Show it as the last line of a cell. It follows the manager until `close()`, keeps the last 20
        runs, and lets one switch between them and lay one over another. After `%load_ext async_dag`
        each cell that invokes shows one by itself.

        Args:
            theme: `light`, `dark`, or `auto`: as the notebook's.

        Raises:
            LifecycleError: the manager is not sorted yet (a `ValueError`).
            MissingExtraError: ipywidgets, anywidget or matplotlib is not installed (an `ImportError`).
            WrongArgumentError: `theme` is none of these (a `ValueError`).

        >>> from async_dag import build_dag
        >>> async def one() -> int:
        ...     return 1
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(one)
        >>> tm.draw.live()
        <Workbench of 0 runs>
        """
        return accessors.live_view(self._manager, theme)

    def terminal(self, *, transient: bool = False) -> LiveTerminal:
        """A Gantt chart in the terminal that grows while the manager is invoked in the `with` block.

        It needs rich (`pip install rich`). Where that is missing, or stdout is no terminal, it writes
        a line for each task that has ended; of many tasks, how many have, each second.

        Args:
            transient: whether the chart goes away when the run is over.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def one() -> int:
        ...     return 1
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(one)
        >>> with tm.draw.terminal():
        ...     _ = asyncio.run(tm.invoke())
        invoke of 1 task
          ... one done after ...
          ... 1 of 1 tasks over, none running: done
        """
        return LiveTerminal(transient=transient).following(self._manager)

    def diagram(
        self,
        direction: str = "auto",
        detail: str = "auto",
        *,
        immediates: bool = True,
        work: int = MOST_WORK,
    ) -> Diagram:
        """What `graphviz` and `mermaid` draw, as boxes and arrows; for pictures of your own.

        `work` bounds how many nodes and dependencies the bundling looks at: the less, the sooner it is
        done, and the coarser is the picture of a graph of tens of thousands of nodes.

        >>> from async_dag import build_dag
        >>> async def load(name: str) -> str:
        ...     return name
        >>> with build_dag() as tm:
        ...     loaded = tm.add_node(load, "a.csv")
        >>> tm.draw.diagram().boxes[0].lines
        ("'a.csv'",)
        """
        return graph_diagram(
            self._manager.graph,
            direction=direction,
            detail=detail,
            immediates=partial(_immediates, self._manager) if immediates else _nothing,
            options=partial(_options, self._manager),
            work=work,
        )

    def __repr__(self) -> str:
        return f"<draw: pictures of {self._manager!r}, such as print(tm.draw.text())>"


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
        from async_dag.views.dot import GraphvizDiagram

        diagram = self.diagram(direction, detail, immediates=immediates)
        return GraphvizDiagram.of(diagram, _bounded(self.text, len(self._trace)))

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
        return _mermaid(self.diagram(direction, detail, immediates=immediates))

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
            immediates=partial(_immediates, self._manager)
            if immediates and self._manager is not None
            else _nothing,
        )

    def interactive(self, *, theme: ViewTheme = "auto") -> Workbench:
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
        return accessors.interactive_view(self._run, theme)

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
        return accessors.save_page(path, self._run, values=values)

    def gantt(
        self,
        *,
        sort: Sort = "start",
        detail: Detail = "auto",
        opened: Collection[str] | bool = False,
        dependencies: Collection[str] | bool = False,
        baseline: ExecutionResult[Any] | Trace | None = None,
        findings: bool = False,
        size: Size = "notebook",
        theme: Theme = "light",
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
        `.pdf`, `.png`); letters of scripts that no installed font has are boxes, but in a notebook.

        Args:
            sort: rows by `"start"`, or as the tasks stand in the `"graph"`.
            detail: `"full"` gives each task a row of its own, however many there are.
            opened: names of bundles (or of tasks in them) to open into lanes of single bars; True
                opens all.
            dependencies: whether to draw them; or names of tasks, to draw only those from and to them.
            baseline: another run to compare with; both are drawn on one axis, with a table of the
                tasks that became slower or faster.
            findings: whether to write `timeline.findings()` below.
            size: `"notebook"`, `"paper"` or `"slides"`: how wide it is and how large the letters are.
            theme: `"light"` or `"dark"`.
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
            from async_dag.views.gantt import charts
        options = charts.Options(
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
            return charts.baseline_figure(self._trace, other, options)
        said = [str(one) for one in self._trace.timeline.findings()] if findings else []
        return charts.run_figure(self._trace, options, said)

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
        from async_dag.views.mermaid import MermaidDiagram
        from async_dag.views.mermaid_gantt import mermaid_gantt_source

        return MermaidDiagram(mermaid_gantt_source(self._trace))

    def chrome_trace(self, path: str | PathLike[str]) -> Path:
        """Write the run as a trace that https://ui.perfetto.dev and chrome://tracing open.

        Tasks that ran at once lie on tracks of their own, arrows are dependencies; further tracks show
        what waited, and what held the event loop when; a counter how many ran at once.

        Returns the path. Raises `OSError` if the file can't be written.

        >>> import asyncio, json
        >>> from tempfile import TemporaryDirectory
        >>> from async_dag import build_dag
        >>> async def one() -> int:
        ...     return 1
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(one)
        >>> result = asyncio.run(tm.invoke())
        >>> with TemporaryDirectory() as folder:
        ...     text = result.draw.chrome_trace(f"{folder}/run.json").read_text()
        >>> {event["name"] for event in json.loads(text)["traceEvents"] if event["ph"] == "X"}
        {'one'}
        """
        from async_dag.views.chrome_trace import save_chrome_trace

        return save_chrome_trace(self._trace, path)

    def otel(self, tracer: Tracer | None = None, *, name: str = "invoke") -> int:
        """Hand the run to OpenTelemetry: a span for the invoke, below it one for each task.

        Spans have the recorded times, links to the spans of their dependencies, an event for each step
        that held the event loop for over a millisecond, and a span below for each attempt of a task
        that was retried. Failed tasks have the status ERROR. Attributes begin with `async_dag.`; times
        in them are seconds.

        Args:
            tracer: where to hand it; by default the tracer `async_dag` of the global provider. The
                span of the invoke lies below the span that is current, if there is one.
            name: of the span of the invoke.

        Returns:
            How many spans there are.

        Raises:
            MissingExtraError: opentelemetry-api is not installed (an `ImportError`).

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def one() -> int:
        ...     return 1
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(one)
        >>> asyncio.run(tm.invoke()).draw.otel()
        2
        """
        with extra("otel"):
            from async_dag.views import otel
        return otel.export_spans(self._trace, tracer, name)

    def __repr__(self) -> str:
        return f"<draw: pictures of {self._trace!r}, such as print(result.draw.text())>"


def _mermaid(diagram: Diagram) -> MermaidDiagram:
    from async_dag.views.mermaid import MermaidDiagram, mermaid_source

    return MermaidDiagram(mermaid_source(diagram))


def _bounded(text: Callable[[], str], count: int) -> Callable[[], str]:
    """The text view, or of a very large graph what takes no time."""
    return text if count <= MOST_LISTED else lambda: f"a diagram of {count:,} nodes"


def _nothing(node: int) -> str:
    return ""


def _immediates(manager: TaskManager[Any], node: int) -> str:
    return immediates_text(manager._nodes[node])


def _options(manager: TaskManager[Any], node: int) -> str:
    return options_text(manager._nodes[node], manager.graph.limits[node])
