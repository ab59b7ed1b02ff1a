"""`tm.draw`, `result.draw` and `trace.draw`: one method a picture, as pandas has `df.plot`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from async_dag import accessors
from async_dag.trace import Trace
from async_dag.views.text_gantt import gantt_text
from async_dag.views.text_graph import graph_text

if TYPE_CHECKING:
    from async_dag.manager import TaskManager
    from async_dag.result import ExecutionResult
    from async_dag.views.live_terminal import LiveTerminal
    from async_dag.workbench.live import Theme as ViewTheme
    from async_dag.workbench.widget import Workbench


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
        """A live Gantt chart in the terminal: `with tm.draw.terminal(): asyncio.run(tm.invoke())`.

        Where stdout is no terminal, or rich is not installed, it writes a line for what has ended.

        Args:
            transient: whether the chart goes away when the run is over.
        """
        from async_dag.views.live_terminal import LiveTerminal

        return LiveTerminal(transient=transient).following(self._manager)

    def __repr__(self) -> str:
        return f"<draw: pictures of {self._manager!r}, such as print(tm.draw.text())>"


class RunDraw:
    """Pictures of one run; `result.draw` and `trace.draw` are such."""

    def __init__(self, run: ExecutionResult[Any] | Trace) -> None:
        self._run = run
        self._trace = run if isinstance(run, Trace) else run.trace

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

    def interactive(self, *, theme: ViewTheme = "auto") -> Workbench:
        """The workbench as a widget, of this run: hover, choose, search, sort and zoom.

        Values of tasks are shown as long as the result is kept, and never saved with the notebook; of
        a trace there are none.

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

    def __repr__(self) -> str:
        return f"<draw: pictures of {self._trace!r}, such as print(result.draw.text())>"
