"""The one thread that looks at runs: there while something goes on, gone afterwards, never too busy."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from itertools import pairwise
from typing import Any

import pytest

from async_dag.workbench.feed.sampler import FRAMES_A_SECOND, SHARE_OF_IDLE, Sampler
from tests.support.programs import output_of

PATIENCE = 20.0


class Thing:
    """Is busy for so many looks, each of which takes so many seconds of computing."""

    def __init__(self, looks: int, costs: float = 0.0) -> None:
        self.left = looks
        self.costs = costs
        self.at: list[float] = []
        self.threads: set[threading.Thread] = set()

    @property
    def busy(self) -> bool:
        return self.left > 0

    def pump(self, now: float) -> None:
        self.at.append(now)
        self.threads.add(threading.current_thread())
        self.left -= 1
        until = time.thread_time() + self.costs
        while time.thread_time() < until:
            pass


def wait_for_end(sampler: Sampler) -> None:
    limit = time.monotonic() + PATIENCE
    while sampler.running:
        assert time.monotonic() < limit, "the thread did not end"
        time.sleep(0.005)


def test_one_thread_for_all_that_ends_with_the_last() -> None:
    """Two runs share a thread; when both are over it is gone; a later run gets a new one."""
    sampler = Sampler()
    one, other = Thing(3), Thing(6)
    sampler.follow(one)
    sampler.follow(other)
    sampler.follow(one)
    wait_for_end(sampler)
    assert one.threads | other.threads == one.threads
    assert len(one.threads) == 1
    assert (one.left, other.left) == (0, 0)
    later = Thing(1)
    sampler.follow(later)
    wait_for_end(sampler)
    assert later.left == 0
    assert not any(thread.is_alive() for thread in one.threads | later.threads)


def test_at_most_so_many_looks_a_second() -> None:
    """However cheap a look is."""
    thing = Thing(5)
    sampler = Sampler()
    sampler.follow(thing)
    wait_for_end(sampler)
    assert thing.at[-1] - thing.at[0] >= 4 / FRAMES_A_SECOND * 0.99


def test_dear_looks_are_rarer() -> None:
    """What computes 10 ms a look is looked at less often, so that it takes little of the time."""
    thing = Thing(6, costs=0.01)
    sampler = Sampler()
    sampler.follow(thing)
    wait_for_end(sampler)
    assert thing.at[-1] - thing.at[-2] >= 0.5 * 0.01 / SHARE_OF_IDLE
    assert thing.at[-1] - thing.at[-2] > 1.2 / FRAMES_A_SECOND


def test_what_is_dear_once_does_not_stop_the_view(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a look that took long once, for its imports, the next follow at once."""
    pauses: list[float] = []

    real_wait = threading.Condition.wait

    def wait(condition: threading.Condition, timeout: float | None = None) -> bool:
        if threading.current_thread().name == "async_dag view: sampler":
            pauses.append(timeout or 0.0)
            return False
        return real_wait(condition, timeout)

    class Begins(Thing):
        def pump(self, now: float) -> None:
            self.costs = 0.0 if self.at else 0.1
            super().pump(now)

    monkeypatch.setattr(threading.Condition, "wait", wait)
    sampler = Sampler()
    sampler.follow(Begins(3))
    wait_for_end(sampler)
    assert pauses[1:] == pytest.approx([1 / FRAMES_A_SECOND] * 2)  # the first is the head start


def test_one_that_fails_is_left_alone_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error goes to the hook for threads, and the other run is seen to its end."""
    seen: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(args.exc_value))

    class Broken(Thing):
        def pump(self, now: float) -> None:
            raise ZeroDivisionError

    thing = Thing(3)
    sampler = Sampler()
    sampler.follow(Broken(10**9))
    sampler.follow(thing)
    wait_for_end(sampler)
    assert thing.left == 0
    assert [type(error) for error in seen] == [ZeroDivisionError]


def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in Pyodide: no thread can be started, and none has a clock of its own."""

    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    monkeypatch.delattr(time, "thread_time")


def test_without_threads_a_task_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks as often as a thread would, ends with the last, and begins anew with the next."""

    async def main() -> None:
        sampler = Sampler()
        for _ in range(2):
            thing = Waiting(3)
            sampler.follow(thing)
            assert sampler.running
            while sampler.running:
                await asyncio.sleep(0.005)
            assert len(thing.at) == 3
            assert all(b - a > 0.9 / FRAMES_A_SECOND for a, b in pairwise(thing.at))

    no_threads(monkeypatch)
    asyncio.run(main())


def test_without_threads_and_loop_what_is_known_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run that is over is shown from a plain script as well; nothing is left behind."""
    no_threads(monkeypatch)
    sampler = Sampler()
    thing = Waiting(1)
    sampler.follow(thing)
    assert len(thing.at) == 1
    assert not sampler.running
    sampler.follow(again := Waiting(1))
    assert len(again.at) == 1


class Waiting:
    """Is busy for so many looks, and computes nothing."""

    def __init__(self, looks: int) -> None:
        self.left = looks
        self.at: list[float] = []

    @property
    def busy(self) -> bool:
        return self.left > 0

    def pump(self, now: float) -> None:
        self.at.append(now)
        self.left -= 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_has_a_thread_of_its_own() -> None:
    """Forked while the parent's thread looks at something, it looks at what is its own."""
    printed = output_of("""
        import os, time
        from async_dag.workbench.feed.sampler import SAMPLER

        class Busy:
            busy = True
            looks = 0
            def pump(self, now):
                self.looks += 1

        def looked_at(thing):
            until = time.monotonic() + 20
            while not thing.looks and time.monotonic() < until:
                time.sleep(0.005)
            return bool(thing.looks)

        parents = Busy()
        SAMPLER.follow(parents)
        assert looked_at(parents)
        child = os.fork()
        if not child:
            own = Busy()
            SAMPLER.follow(own)
            os._exit(0 if looked_at(own) else 1)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        parents.busy = False
        print(code)
    """)
    assert printed == "0\n"
