"""Which cell an invoke belongs to, in the kernels that tell it in different ways."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from async_dag import TaskManager, build_dag
from async_dag.workbench.notebook import automatic
from async_dag.workbench.notebook.extension import AutomaticViews
from async_dag.workbench.notebook.widget import _hear

EXECUTE = {"header": {"msg_id": "m1", "msg_type": "execute_request"}}


class Shell:
    """What the extension asks of IPython's shell."""

    def __init__(self, **told: Any) -> None:
        self.display_pub = SimpleNamespace(**told.pop("display_pub", {}))
        self.events = self
        self.callbacks: list[Callable[[], None]] = []
        for name, value in told.items():
            setattr(self, name, value)

    def register(self, event: str, callback: Callable[[], None]) -> None:
        assert event == "post_run_cell"
        self.callbacks.append(callback)

    def unregister(self, event: str, callback: Callable[[], None]) -> None:
        self.callbacks.remove(callback)


def one_task() -> TaskManager[Any]:
    async def one() -> int:
        return 1

    with build_dag() as tm:
        tm.add_node(one)
    return tm


def shown_by(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tm: TaskManager[Any] | None = None
) -> list[str]:
    """The texts that appear where a cell is that invokes once."""
    shown: list[str] = []

    def display(bundle: dict[str, Any], **_: Any) -> None:
        shown.append(bundle["text/plain"])

    monkeypatch.setattr(automatic, "display", display)
    monkeypatch.setattr(automatic, "update_display", display)
    views = AutomaticViews(shell)  # type: ignore[arg-type]
    views.start()
    try:
        asyncio.run((tm or one_task()).invoke())
        for callback in shell.callbacks:
            callback()
    finally:
        views.stop()
    assert shell.callbacks == []
    return shown


@pytest.mark.parametrize(
    "shell",
    [
        pytest.param({"display_pub": {"parent_header": EXECUTE}}, id="ipykernel"),
        pytest.param({"kernel": SimpleNamespace(get_parent=lambda: EXECUTE)}, id="JupyterLite"),
    ],
)
def test_an_invoke_in_a_cell_is_shown(
    shell: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """First that it goes on, at last its picture; whoever knows the message that runs the cell."""
    shown = shown_by(Shell(**shell), monkeypatch)
    assert shown[0].endswith("is being invoked")
    assert "1 task, done" in shown[-1]


@pytest.mark.parametrize(
    "shell",
    [
        pytest.param({}, id="no message"),
        pytest.param({"kernel": SimpleNamespace(get_parent=lambda: None)}, id="none yet"),
        pytest.param(
            {"display_pub": {"parent_header": {"header": {"msg_type": "comm_msg"}}}}, id="a comm's"
        ),
    ],
)
def test_an_invoke_outside_cells_is_not_shown(
    shell: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a callback of a widget: there is no cell below which it belongs."""
    assert shown_by(Shell(**shell), monkeypatch) == []


IN_A_CELL = {"display_pub": {"parent_header": EXECUTE}}


def test_what_draw_live_shows_is_not_shown_below_the_cell_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once it was displayed, and until the page has no view of it any more, or it is closed."""

    def is_shown() -> bool:
        return bool(shown_by(Shell(**IN_A_CELL), monkeypatch, tm))

    tm = one_task()
    live = tm.draw.live()
    assert is_shown(), "it was not displayed"
    live._repr_mimebundle_()
    assert not is_shown()
    _hear(live, {"kind": "shown", "shown": False}, [])
    assert is_shown(), "its output was deleted"
    _hear(live, {"kind": "shown", "shown": True}, [])
    assert not is_shown()
    live.close()
    assert is_shown()


def test_an_invoke_within_a_node_has_no_view_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is shown within that node; one that goes on beside the cell's run has its own."""
    inner = one_task()

    async def around() -> None:
        await inner.invoke()

    with build_dag() as tm:
        tm.add_node(around)
    shown = shown_by(Shell(**IN_A_CELL), monkeypatch, tm)
    assert [text.endswith("is being invoked") for text in shown].count(True) == 1
