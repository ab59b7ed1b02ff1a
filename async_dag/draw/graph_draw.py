"""`tm.draw`: one method per picture, like `df.plot` of pandas."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from async_dag._common.misuse import PICTURES, missing_attribute
from async_dag._common.plural import plural
from async_dag.draw.diagrams import bounded, immediates_of, mermaid_of, nothing, options_of
from async_dag.graph.bundling import MOST_WORK
from async_dag.views.graph.diagram import Diagram
from async_dag.views.graph.graph_diagram import graph_diagram
from async_dag.views.graph.text import graph_text
from async_dag.workbench.terminal.live_terminal import LiveTerminal

if TYPE_CHECKING:
    from async_dag.manager.manager import TaskManager
    from async_dag.views.drawing.look import Theme
    from async_dag.views.graph.graphviz import GraphvizDiagram
    from async_dag.views.graph.mermaid import MermaidDiagram
    from async_dag.workbench.notebook.widget import Workbench


class GraphDraw:
    """Pictures of a manager's graph: `tm.draw`.

    >>> from async_dag import build_dag
    >>> async def load(name: str) -> str:
    ...     return name
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(load, "a")
    >>> tm.draw
    <draw: pictures of a graph of 1 node, such as print(tm.draw.text())>
    """

    __slots__ = ("_manager",)

    def __init__(self, manager: TaskManager[Any]) -> None:
        self._manager = manager

    def text(self, width: int | None = None, *, rows: int = 60, encoding: str | None = None) -> str:
        """The graph as plain text: the tasks wave by wave, and what each depends on.

        A wave holds the tasks whose dependencies all lie in earlier waves.

        Args:
            width: columns; by default the width of the terminal.
            rows: up to this many tasks are listed one by one. If there are more, tasks of the same
                function in the same wave share a row; rows beyond that are counted.
            encoding: the text uses only characters of this encoding; by default that of `sys.stdout`.

        Raises:
            LifecycleError: the manager is not sorted yet (a `ValueError`).
            WrongArgumentError: `width` or `rows` is too small (a `ValueError`).
            WrongTypeError: `width` or `rows` is not an int (a `TypeError`).

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
            direction: where the arrows lead: `TB` (top to bottom), `LR`, `BT` or `RL`. `auto` is
                `TB`, or `LR` for a graph that would be wider than a page, and less wide so.
            detail: `full` draws a box for each node; `bundles` draws nodes of the same task (or group)
                with similar neighbours as one box; `auto` bundles graphs of more than 150 nodes or 450
                dependencies.
            immediates: whether to show the plain values passed to `add_node`, shortened.

        Raises:
            LifecycleError: the manager is not sorted yet (a `ValueError`).
            WrongArgumentError: another direction or detail (a `ValueError`).
            MissingExtraError: the package graphviz is not installed (an `ImportError`).
        """
        from async_dag.views.graph.graphviz import GraphvizDiagram

        diagram = self.diagram(direction, detail, immediates=immediates)
        return GraphvizDiagram.of(diagram, bounded(self.text, len(self._manager.graph)))

    def mermaid(
        self, direction: str = "auto", detail: str = "auto", *, immediates: bool = True
    ) -> MermaidDiagram:
        """The graph as Mermaid text: `.source`, `.save("graph.md")`; a notebook shows the diagram.

        GitHub draws it in a README (within a code fence), up to 500 dependencies and 50,000 characters.

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
        return mermaid_of(self.diagram(direction, detail, immediates=immediates))

    def live(self, *, theme: Theme = "auto") -> Workbench:
        """The workbench as a widget: graph and Gantt chart of every later invoke, live.

        Make it the last line of a cell. It follows the manager until `close()` and keeps the last 20
        runs, to switch between or to compare. After `%load_ext async_dag` each cell that invokes shows
        one by itself.

        Args:
            theme: `light`, `dark`, or `auto`: that of the notebook.

        Raises:
            LifecycleError: the manager is not sorted yet (a `ValueError`).
            MissingExtraError: ipywidgets, anywidget or matplotlib is not installed (an `ImportError`).
            WrongArgumentError: another `theme` (a `ValueError`).
        """
        from async_dag.workbench.notebook.live import live

        return live(self._manager, theme)

    def terminal(self, *, transient: bool = False) -> LiveTerminal:
        """A Gantt chart in the terminal that grows while the manager is invoked in the `with` block.

        It needs rich (`pip install rich`). Without rich, or if stdout is not a terminal, it writes
        a line for each task that ends; with many tasks, a count once a second.

        Args:
            transient: whether to remove the chart when the run is over.
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

        `work` limits how many nodes and dependencies the bundling looks at. Less work takes less
        time and gives coarser bundles, for graphs of tens of thousands of nodes.
        """
        return graph_diagram(
            self._manager.graph,
            direction=direction,
            detail=detail,
            immediates=partial(immediates_of, self._manager) if immediates else nothing,
            options=partial(options_of, self._manager),
            work=work,
        )

    if not TYPE_CHECKING:  # type checkers find these mistakes by themselves

        def __getattr__(self, name: str) -> NoReturn:
            missing_attribute(self, name, called="tm.draw", instead=PICTURES)

    def __repr__(self) -> str:
        count = plural(len(self._manager.nodes), "node")
        return f"<draw: pictures of a graph of {count}, such as print(tm.draw.text())>"
