"""Exceptions that can hardly be looked at: their nodes have failed all the same, and nothing hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from async_dag import InvocationError, TaskManager, build_dag
from tests.support.loops import run_with
from tests.support.virtual import VirtualLoop


class Evil(Exception):
    """What a test raises instead of telling something."""


class NoClass(Exception):
    """Fails at `isinstance`."""

    @property
    def __class__(self) -> Any:
        raise Evil

    @__class__.setter
    def __class__(self, _: Any) -> None: ...


class _NamelessType(type):
    def __getattribute__(cls, name: str) -> Any:
        if name in {"__name__", "__qualname__", "__module__"}:
            raise Evil
        return super().__getattribute__(name)


def no_name() -> type[Exception]:
    """A class that does not say what it is called; not to be seen by pytest, which would ask it."""

    class NoName(Exception, metaclass=_NamelessType):
        pass

    return NoName


class NoText(Exception):
    """It can't be written."""

    def __str__(self) -> str:
        raise SystemExit(3)


class NoNotes(Exception):
    """Takes no notes, and has no traceback, cause or context to be seen."""

    def __getattribute__(self, name: str) -> Any:
        raise Evil

    def __setattr__(self, name: str, value: Any) -> None:
        raise Evil


HOSTILE: dict[str, Callable[[], type[Exception]]] = {
    "class": lambda: NoClass,
    "name": no_name,
    "text": lambda: NoText,
    "notes": lambda: NoNotes,
}
"""Exception classes, by what they refuse."""


def failing(kind: type[Exception], *, wait: bool) -> TaskManager[None]:
    async def fail() -> None:
        if wait:
            await asyncio.sleep(1)
        raise kind

    async def rest() -> None:
        await asyncio.sleep(5)

    with build_dag() as tm:
        tm.add_node(fail)
        tm.add_node(rest)
    return tm


@pytest.mark.parametrize("refuses", HOSTILE)
@pytest.mark.parametrize("wait", [False, True])
@pytest.mark.parametrize("slots", [None, 2])
def test_whatever_the_exception_is_its_node_has_failed(
    refuses: str, wait: bool, slots: int | None
) -> None:
    """It comes as it is, in the group; the other node is cancelled."""
    kind = HOSTILE[refuses]()
    tm = failing(kind, wait=wait)

    async def main() -> None:
        async with asyncio.timeout(60):
            await tm.invoke(max_concurrency=slots)

    caught: BaseException | None = None
    try:
        run_with(main(), new_loop=VirtualLoop)
    except BaseException as error:  # noqa: BLE001 - pytest.raises would look at it too closely
        caught = error
    assert type(caught) is InvocationError
    assert [type(error) is kind for error in caught.exceptions] == [True]
    trace = caught.result.trace
    assert trace.states[0] == "failed"
    assert trace.states[1] == ("cancelled" if wait else "skipped")
    assert trace.causes[1] == 0


@pytest.mark.parametrize("wait", [False, True])
def test_a_failure_at_the_recursion_limit(wait: bool) -> None:
    """An invoke whose caller is deep in calls: its node has failed, is not done, and nothing hangs."""

    async def fail() -> None:
        if wait:
            await asyncio.sleep(1)

        def deeper() -> None:
            deeper()

        deeper()

    async def rest() -> None:
        await asyncio.sleep(5)

    with build_dag() as tm:
        tm.add_node(fail)
        tm.add_node(rest)

    def at_depth(left: int) -> None:
        if left:
            at_depth(left - 1)
        else:
            with asyncio.Runner(loop_factory=VirtualLoop) as runner:
                runner.run(tm.invoke())

    with pytest.raises(InvocationError) as info:
        at_depth(100)
    assert isinstance(info.value.exceptions[0], RecursionError)
    assert info.value.result.trace.states[0] == "failed"


def test_a_cancellation_that_cannot_be_recorded_is_one_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where there is no room for more calls, the node is said to have failed, and it is all over."""
    from async_dag.engine import ending

    def too_deep(_: BaseException) -> None:
        raise RecursionError

    monkeypatch.setattr(ending, "trim_traceback", too_deep)
    tm = failing(OSError, wait=True)
    with pytest.raises(InvocationError) as info:
        run_with(tm.invoke(), new_loop=VirtualLoop)
    result = info.value.result
    assert result.trace.over
    assert result.trace.states[0] == "failed"
    assert result.trace.errors[0] == "an exception that could not be recorded"
    assert any(type(error) is OSError for error in info.value.exceptions)
