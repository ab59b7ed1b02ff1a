"""How long a thread waited for a processor, as the system counts it."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import pbkdf2_hmac

import pytest

from async_dag import build_dag, in_process, in_thread
from async_dag.engine.run_delay import run_delay

pytestmark = pytest.mark.skipif(
    run_delay() is None or not hasattr(os, "sched_setaffinity"), reason="this system does not tell"
)

THREADS = 4


def compute_at_once(barrier: threading.Barrier) -> float:
    """Computes without Python's lock on the first processor alone; returns how long it took."""
    os.sched_setaffinity(threading.get_native_id(), {min(os.sched_getaffinity(0))})
    barrier.wait()
    began = time.perf_counter()
    for _ in range(20):
        pbkdf2_hmac("sha256", b"password", b"salt", 10_000)
    return time.perf_counter() - began


def test_threads_that_share_a_processor_wait_for_it() -> None:
    """What a call took is what it computed and what it waited, and four on one wait most of it."""
    barrier = threading.Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:  # its threads stay on that processor
        with build_dag() as tm:
            for _ in range(THREADS):
                tm.add_node(in_thread(compute_at_once, pool=pool), barrier)
        calls = asyncio.run(tm.invoke()).trace.calls
    assert len(calls) == THREADS
    for call in calls:
        assert call.processor is not None
        assert call.run_delay is not None
        # On a busy machine they wait for longer, never for less.
        assert call.run_delay > call.processor
        assert call.processor + call.run_delay <= (call.end - call.start) * 1.02 + 0.001


@pytest.mark.real_time("how long a thread that wakes waits depends on what else would run")
def test_a_thread_that_blocks_waits_for_none() -> None:
    """Asleep it has no use for a processor."""
    with build_dag() as tm:
        tm.add_node(in_thread(time.sleep), 0.3)
    [call] = asyncio.run(tm.invoke()).trace.calls
    assert call.run_delay is not None
    assert call.run_delay < 0.2


def test_a_process_tells_it_too() -> None:
    """It comes back with the value."""
    pytest.importorskip("loky")
    with build_dag() as tm:
        tm.add_node(in_process(sum), [1, 2])
    [call] = asyncio.run(tm.invoke()).trace.calls
    assert call.run_delay is not None
    assert call.run_delay >= 0


def test_who_can_not_be_asked_is_asked_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no such file nothing is known, and it costs nothing to find out again."""
    module = sys.modules["async_dag.engine.run_delay"]
    monkeypatch.setattr(module, "_has_file", True)
    monkeypatch.setattr(module, "_FILE", module._FILE.with_name("nothing"))
    assert run_delay() is None
    assert not module._has_file
