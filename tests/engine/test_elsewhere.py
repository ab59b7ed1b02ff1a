"""What the clocks of the processor say when a run begins."""

from __future__ import annotations

import os
import threading
import time

import pytest

from async_dag.engine import elsewhere as module
from async_dag.engine.elsewhere import RECENT, processor_clocks


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock of the thread says 1, 2, 3 and so on; the list has what it was asked for."""
    read: list[float] = []

    def thread_time() -> float:
        read.append(len(read) + 1.0)
        return read[-1]

    monkeypatch.setattr(module, "thread_time", thread_time)
    monkeypatch.setattr(module, "_latest", module._NEVER)
    return read


def test_runs_in_quick_succession_share_a_reading(reads: list[float]) -> None:
    """A run right behind another takes its reading; a later one does not, nor an earlier one."""
    assert [processor_clocks(now)[0] for now in (5.0, 5.0 + RECENT / 2)] == [1.0, 1.0]
    assert processor_clocks(5.0 + 2 * RECENT)[0] == 2.0
    assert processor_clocks(4.0)[0] == 3.0  # somebody has set the time back
    assert len(reads) == 3


def test_another_thread_reads_its_own_clock(reads: list[float]) -> None:
    """What one thread has computed says nothing of another."""
    assert processor_clocks(5.0)[0] == 1.0
    found: list[float] = []
    thread = threading.Thread(target=lambda: found.append(processor_clocks(5.0)[0]))
    thread.start()
    thread.join()
    assert found == [2.0]
    assert len(reads) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_reads_anew() -> None:
    """The clocks of a child begin at 0: what its parent has read would be ahead of them."""
    now = time.time()
    processor_clocks(now)
    child = os.fork()
    if not child:
        os._exit(0 if module._latest == module._NEVER else 1)
    assert os.waitpid(child, 0)[1] == 0
