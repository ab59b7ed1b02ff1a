"""The Gantt chart that grows in a terminal, and the lines that stand for it elsewhere."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest
from rich.live import Live

import async_dag
from async_dag import InvocationError, TaskManager, build_dag
from async_dag.demos import readme
from async_dag.demos.readme import add_tasks
from async_dag.workbench.terminal import live_terminal
from async_dag.workbench.terminal.live_terminal import LiveTerminal, can_draw
from async_dag.workbench.terminal.plain_lines import MOST_ONE_BY_ONE


class Terminal:
    """A terminal of the system's, and what has been written to it."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.written = b""


@contextmanager
def terminal() -> Iterator[Terminal]:
    """A pseudo-terminal; what is written to it is read all the time, as a terminal does."""
    master, slave = pty.openpty()
    with os.fdopen(slave, "w", encoding="utf-8") as out:
        made = Terminal(out)

        def read() -> None:
            while True:
                try:
                    new = os.read(master, 65536)
                except OSError:  # the other end is closed
                    return
                if not new:
                    return
                made.written += new

        thread = threading.Thread(target=read)
        thread.start()
        yield made
    thread.join()
    os.close(master)


def readme_manager() -> TaskManager[int]:
    with build_dag(int) as tm:
        add_tasks(tm)
    return tm


@pytest.fixture(autouse=True)
def _a_terminal_of_some_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that of whoever runs the tests."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "40")


def test_a_chart_grows_in_a_terminal() -> None:
    """It is drawn anew again and again while tasks run, and stays with its summary at the end."""
    tm = readme_manager()
    with terminal() as seen:
        with LiveTerminal(seen.out, width=100).following(tm):
            asyncio.run(tm.invoke(0))
        asyncio.run(tm.invoke(0))  # nobody looks at this one
    text = seen.written.decode()
    pictures = text.split("\x1b[2K")
    assert len(pictures) > 10
    assert len(re.findall("running", text)) >= 3
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
    last = plain[plain.rindex("6 tasks, all done") :].splitlines()
    assert "makespan 1.2" in last[1]
    assert last[-1].startswith("measured as a DAG, otherwise computed from this run")
    assert text.endswith("\x1b[?25h")  # the cursor is there again


def test_a_transient_chart_goes_away() -> None:
    """What the terminal shows afterwards is what it showed before."""
    tm = readme_manager()
    with terminal() as seen, LiveTerminal(seen.out, transient=True, width=80).following(tm):
        asyncio.run(tm.invoke(0))
    assert seen.written.endswith(b"\x1b[1A\x1b[2K")


def test_the_last_picture_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """`finish` returns when the chart is gone, also if all runs have been over for a while."""
    begun = threading.Event()
    stop = Live.stop

    def stop_slowly(live: Live) -> None:
        begun.set()
        time.sleep(0.1)
        stop(live)

    monkeypatch.setattr(Live, "stop", stop_slowly)

    async def quick() -> None:
        await asyncio.sleep(0.01)

    with build_dag() as tm:
        tm.add_node(quick)
    with terminal() as seen, LiveTerminal(seen.out, transient=True).following(tm):
        for _ in range(2):
            begun.clear()
            asyncio.run(tm.invoke())
            assert begun.wait(60)
            # The second run begins while the picture of the first is on its way.
    pictures = seen.written.count(b"\x1b[?25l")  # the cursor is hidden
    assert seen.written.count(b"\x1b[?25h") == pictures == 2
    assert seen.written.endswith(b"\x1b[1A\x1b[2K")


def test_elsewhere_there_is_a_line_for_what_has_ended() -> None:
    """No terminal, so no control characters: when which task ended, and how."""
    out = io.StringIO()

    async def broken() -> None:
        await asyncio.sleep(0.01)
        raise ValueError("no\x1b[31m route")

    async def never() -> None:
        await asyncio.sleep(3600)

    with build_dag() as tm:
        tm.add_node(broken)
        tm.add_node(never)
    with LiveTerminal(out) as live, async_dag.watch(live), pytest.raises(InvocationError):
        asyncio.run(tm.invoke())
    lines = out.getvalue().splitlines()
    assert lines[0] == "invoke of 2 tasks"
    assert re.fullmatch(
        r"  \S+ s  broken failed after \S+ s: ValueError: no\\x1b\[31m route", lines[1]
    )
    assert re.fullmatch(r"  \S+ s  never cancelled after \S+ s", lines[2])
    assert re.fullmatch(r"  \S+ s  2 of 2 tasks over, none running: failed", lines[3])
    assert len(lines) == 4


def test_of_many_tasks_there_is_a_count() -> None:
    """A log of 500 tasks is a few lines, not 500."""
    out = io.StringIO()

    async def nothing() -> None:
        pass

    with build_dag() as tm:
        for _ in range(10 * MOST_ONE_BY_ONE):
            tm.add_node(nothing)
    with LiveTerminal(out) as live, tm.watch(live):
        asyncio.run(tm.invoke())
    lines = out.getvalue().splitlines()
    assert len(lines) <= 4
    assert lines[-1].endswith(f"{10 * MOST_ONE_BY_ONE:,} of 600 tasks over, none running: done")


def test_without_rich_there_are_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is optional: a terminal without it gets lines, and the demo draws nothing live."""
    monkeypatch.setitem(__import__("sys").modules, "rich.console", None)
    tm = readme_manager()
    with terminal() as seen:
        assert not can_draw(seen.out)
        with LiveTerminal(seen.out).following(tm):
            asyncio.run(tm.invoke(0))
    assert b"fast_task_a done after" in seen.written
    assert b"\x1b" not in seen.written


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that can't move its cursor, as in some editors."""
    monkeypatch.setenv("TERM", "dumb")
    with terminal() as seen:
        assert not can_draw(seen.out)


def test_several_runs_at_once_share_the_terminal() -> None:
    """Runs that go on at the same time are charts below each other."""
    tm = readme_manager()

    async def both() -> None:
        await asyncio.gather(tm.invoke(0), tm.invoke(0))

    with terminal() as seen, LiveTerminal(seen.out, width=100).following(tm):
        asyncio.run(both())
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.written.decode())
    assert plain.count("6 tasks, all done") >= 2
    assert not [t for t in threading.enumerate() if t.name == "async_dag live"]


def test_the_demo_draws_live_in_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it prints is the same in both; in a terminal a chart comes and goes meanwhile."""
    drawn: list[object] = []
    refresh = LiveTerminal._refresh
    monkeypatch.setattr(
        LiveTerminal, "_refresh", lambda self, *args: (drawn.append(1), refresh(self, *args))[1]
    )
    assert live_terminal.REFRESHES_A_SECOND >= 4
    out = io.StringIO()
    readme.main(out=out, width=80)
    assert drawn == []
    with terminal() as seen:
        readme.main(out=seen.out, width=80)
    assert drawn
    assert b"measured" in seen.written
