"""Waits are written by the engine, and by calls in threads that record theirs at the same time."""

from __future__ import annotations

from typing import Any

from async_dag import build_dag
from async_dag.engine.recording import WaitRecorder
from async_dag.trace.columns import Wait
from async_dag.trace.trace import Trace

OF_A_THREAD = Wait(1, "pool", 0.0, 0.001)


class Contended(list[Any]):
    """A list to which a thread always appends right before somebody else does."""

    def append(self, item: Any) -> None:
        super().append(OF_A_THREAD)
        super().append(item)


async def nothing() -> None: ...


def recorder_of(waits: list[Any]) -> WaitRecorder:
    with build_dag() as tm:
        tm.add_node(nothing)
        tm.add_node(nothing)
    ticks = iter(range(100))
    trace = Trace(tm.graph, lambda: float(next(ticks)))
    trace.waits = waits
    return WaitRecorder(trace)


def test_a_thread_that_records_a_wait_meanwhile_loses_nothing() -> None:
    """The wait that ends is the one that began; that of the thread stays as it is."""
    waits = Contended()
    recorder = recorder_of(waits)
    recorder.begin(0, "slot", 0.5)
    recorder.end(0)
    assert waits[0] is OF_A_THREAD
    assert waits[1].node == 0
    assert waits[1].end > 0.5


def test_what_a_thread_records_while_all_is_put_in_order_stays() -> None:
    """The end of an invoke sorts the waits; a thread may append one at any time of it."""

    class Late(list[Any]):
        """To which a thread appends when its first part has been taken."""

        def __getitem__(self, key: Any) -> Any:
            taken = super().__getitem__(key)
            if isinstance(key, slice):
                super().append(OF_A_THREAD)
            return taken

    waits = Late([Wait(1, "slot", 3.0, 4.0), Wait(0, "slot", 1.0, 2.0), Wait(0, "slot", 2.0, 2.0)])
    recorder_of(waits).close()
    assert list(waits) == [Wait(0, "slot", 1.0, 2.0), Wait(1, "slot", 3.0, 4.0), OF_A_THREAD]
