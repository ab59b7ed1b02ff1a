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


def shown_by(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that appear where a cell is that invokes once."""
    shown: list[str] = []

    def display(bundle: dict[str, Any], **_: Any) -> None:
        shown.append(bundle["text/plain"])

    monkeypatch.setattr(automatic, "display", display)
    monkeypatch.setattr(automatic, "update_display", display)
    views = AutomaticViews(shell)  # type: ignore[arg-type]
    views.start()
    try:
        asyncio.run(one_task().invoke())
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
