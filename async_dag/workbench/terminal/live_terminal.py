"""A live Gantt chart in a terminal, drawn by rich; plain lines where there is none, or no rich."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Self, TextIO

from async_dag.trace.trace import Trace
from async_dag.views.common.terminal import BLOCKS
from async_dag.views.gantt.text import gantt_text
from async_dag.workbench.terminal.plain_lines import PlainLines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live

    from async_dag.engine.run import Run
    from async_dag.engine.watch import Watching
    from async_dag.manager.manager import TaskManager

REFRESHES_A_SECOND: Final = 10

_MOMENT: Final = 0.02

# Colour only adds to what the characters say.
_STYLES: Final = (
    (f"[{BLOCKS.holding}{BLOCKS.partly_holding}]+", "bold blue"),
    (f"{BLOCKS.awaiting}+", "cyan"),
    (rf"(?m)^(?:[^{BLOCKS.edge}\n]*{BLOCKS.edge})", "bold"),
    (rf"(?m)^ *{BLOCKS.corner}.*\n.*$", "bright_black"),
    (r"(?m)^.* failed: .*$", "bold red"),
)


class LiveTerminal:
    """Draws each invoke while it goes on; a callback for `watch`, and a `with` block.

    At the end of the block everything is drawn; without a block what is printed right after an invoke
    may come before the last picture of it.

    Args:
        out: where to draw; by default `sys.stdout`. Unless it is a terminal (and rich is installed)
            there are plain lines instead: what ended when.
        transient: whether the chart goes away when the run is over.
        width: columns; by default the terminal's.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def one() -> int:
    ...     return 1
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(one)
    >>> with LiveTerminal() as live, tm.watch(live):
    ...     _ = asyncio.run(tm.invoke())
    invoke of 1 task
      ... one done after ...
      ... 1 of 1 tasks over, none running: done
    """

    def __init__(
        self, out: TextIO | None = None, *, transient: bool = False, width: int | None = None
    ) -> None:
        self._out = sys.stdout if out is None else out
        self._transient = transient
        self._manager: TaskManager[Any] | None = None
        self._watching: Watching | None = None
        self._console = _console_for(self._out, width)
        self._lock = threading.Lock()
        self._traces: list[Trace] = []
        self._lines: dict[int, PlainLines] = {}
        # Whether what was started last still looks for runs. It may have its last picture to draw.
        self._looks = False
        self._thread: threading.Thread | None = None
        self._task: asyncio.Task[None] | None = None

    def __call__(self, run: Run) -> None:
        """An invoke begins: what `watch` calls."""
        with self._lock:
            self._traces.append(run.trace)
            if not self._looks:
                self._looks = True
                self._start()

    def _start(self) -> None:
        work = self._write if self._console is None else self._draw
        before = self._thread

        def follow() -> None:
            if before is not None:
                before.join()
            work()

        thread = threading.Thread(target=follow, name="async_dag live", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # there are no threads, as in Pyodide
            self._task = asyncio.get_running_loop().create_task(self._write_in_loop())
        else:
            self._thread = thread

    def following(self, manager: TaskManager[Any]) -> LiveTerminal:
        """Itself, for a `with` block in which it draws the invokes of `manager`."""
        self._manager = manager
        return self

    def __enter__(self) -> Self:
        if self._manager is not None:
            self._watching = self._manager.watch(self)
        return self

    def __exit__(self, *_: object) -> None:
        if self._watching is not None:
            self._watching()
            self._watching = None
        self.finish()

    @property
    def over(self) -> bool:
        """Whether all runs that have begun are over; not whether their last picture is drawn."""
        return all(trace.over for trace in list(self._traces))

    def finish(self) -> None:
        """Return when all runs that have begun are over and drawn."""
        thread, task = self._thread, self._task
        if thread is not None:
            thread.join()
        elif task is not None:
            task.cancel()
            self._write_what_is_new()
            self._looks = False

    def _draw(self) -> None:
        """The thread, in a terminal: one picture of all runs that go on."""
        from rich.live import Live

        assert self._console is not None
        with Live(
            console=self._console,
            auto_refresh=False,
            transient=self._transient,
            vertical_overflow="crop",
        ) as live:
            while True:
                traces = list(self._traces)
                over = all(trace.over for trace in traces)
                self._refresh(live, traces)
                if over and self._leave(traces):
                    return
                _wait_for(traces, 1 / REFRESHES_A_SECOND)

    def _refresh(self, live: Live, traces: list[Trace]) -> None:
        from rich.text import Text

        console = live.console
        # Of a long run's picture the end would be cut off, and with it the summary.
        rows = max(3, console.height // max(len(traces), 1) - 9)
        charts = [
            gantt_text(trace, width=console.width, rows=rows, encoding=console.encoding)
            for trace in traces[-4:]
        ]
        text = Text("\n\n".join(charts), no_wrap=True, overflow="crop")
        for pattern, style in _STYLES:
            text.highlight_regex(pattern, style)
        live.update(text, refresh=True)

    def _write(self) -> None:
        """The thread, elsewhere: lines of what has ended."""
        while not self._write_what_is_new():
            _wait_for(list(self._traces), 1 / REFRESHES_A_SECOND)

    async def _write_in_loop(self) -> None:
        """The same in a task."""
        while not self._write_what_is_new():  # noqa: ASYNC110 - a trace tells nobody that it changes
            await asyncio.sleep(1 / REFRESHES_A_SECOND)

    def _write_what_is_new(self) -> bool:
        """Whether nothing more will come."""
        traces = list(self._traces)
        over = all(trace.over for trace in traces)
        for trace in traces:
            writer = self._lines.setdefault(id(trace), PlainLines(trace, self._out))
            writer.write()
        return over and self._leave(traces)

    def _leave(self, traces: list[Trace]) -> bool:
        """Whether no run has begun meanwhile, so that the thread may end."""
        with self._lock:
            if len(self._traces) > len(traces):
                return False
            self._traces.clear()
            self._lines.clear()
            self._looks = False
            return True


def can_draw(out: TextIO) -> bool:
    """Whether there will be a chart: `out` is a terminal, and rich is installed."""
    return _console_for(out, None) is not None


def _console_for(out: TextIO, width: int | None) -> Console | None:
    """Rich's console if `out` is a terminal that can move its cursor, and rich is there."""
    if not out.isatty():
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    console = Console(file=out, width=width, highlight=False)
    return None if console.is_dumb_terminal else console


def _wait_for(traces: list[Trace], seconds: float) -> None:
    """Wait, but not beyond the end of the runs by more than a moment."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not all(trace.over for trace in traces):
        time.sleep(_MOMENT)
