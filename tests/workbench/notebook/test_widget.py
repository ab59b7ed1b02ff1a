"""The widget without a notebook: what it follows, what it is when there is no kernel, how it ends."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from ipywidgets.widgets.widget import _instances

from async_dag import LifecycleError, MissingExtraError, TaskManager, WrongArgumentError, build_dag
from async_dag.workbench.feed import history
from async_dag.workbench.notebook.any_widget import AnyWidget
from async_dag.workbench.notebook.widget import STATIC

PATIENCE = 20.0


async def one(*_: object) -> int:
    return 1


def manager() -> TaskManager[None]:
    with build_dag() as tm:
        tm.add_node(one, tm.add_node(one))
    return tm


def until(condition: Any, what: str) -> None:
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.005)


def nobody_looks() -> bool:
    return not [t for t in threading.enumerate() if t.name.startswith("async_dag view")]


def test_it_follows_the_manager_until_it_is_closed() -> None:
    """Every later invoke is in its list of runs; after `close` none is; the threads end."""
    tm = manager()
    asyncio.run(tm.invoke())
    live = tm.draw.live(theme="dark")
    other = tm.draw.live()
    for _ in range(2):
        asyncio.run(tm.invoke())
    until(lambda: [run["state"] for run in live.runs] == ["done", "done"], "two runs")
    until(lambda: live.placement is not None, "a placement")
    assert [run["number"] for run in live.runs] == [2, 3]  # the first one counts too
    until(lambda: [run["number"] for run in other.runs] == [2, 3], "the same numbers in each view")
    assert live.options == {"theme": "dark", "live": True}
    assert repr(live) == "<Workbench of 2 runs>"
    live.close()
    other.close()
    asyncio.run(tm.invoke())
    assert len(live.feed.records) == 2
    until(nobody_looks, "the end of the threads")


def test_a_view_may_be_closed_while_something_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """By another thread, after the look whether it is open: it waits, and nothing is sent later."""
    sends, may_send = threading.Event(), threading.Event()
    errors: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: errors.append(args.exc_value))
    tm = manager()
    live = tm.draw.live()
    comm = live.comm
    real_send = comm.send

    def slow_send(*args: Any, **kwargs: Any) -> None:
        sends.set()
        assert may_send.wait(PATIENCE)
        assert live.comm is comm, "closed in the middle"
        real_send(*args, **kwargs)

    monkeypatch.setattr(comm, "send", slow_send)
    asyncio.run(tm.invoke())
    assert sends.wait(PATIENCE)
    closing = threading.Thread(target=live.close)
    closing.start()
    time.sleep(0.05)
    may_send.set()
    closing.join(PATIENCE)
    assert live.comm is None
    until(nobody_looks, "the end of the threads")
    assert errors == []
    assert not live.feed.busy


def test_its_bundle_has_a_picture_beside_the_view() -> None:
    """Before a run the graph, afterwards the run: what is shown where there is no kernel."""
    tm = manager()
    live = tm.draw.live()
    before, _ = live._repr_mimebundle_()
    result = asyncio.run(tm.invoke())
    until(lambda: live.runs and live.runs[0]["state"] == "done", "the run")
    after, _ = live._repr_mimebundle_()
    for data in (before, after):
        assert set(data) == {
            "application/vnd.jupyter.widget-view+json",
            "image/svg+xml",
            "image/png",
            "text/plain",
        }
    assert "no invoke yet" in before["image/svg+xml"]
    assert "invoke #1" in after["image/svg+xml"]
    shown = result.draw.interactive()
    until(lambda: shown.runs, "the run")
    assert shown.runs[0]["title"].startswith("run of ")
    for widget in (live, shown):
        widget.close()
        assert widget.view_bundle() == ({}, {})


def test_what_it_sends_is_json_without_values() -> None:
    """The state that a notebook may save has names and times, and no value of a task."""

    async def secret() -> str:
        return "the-secret-value"

    with build_dag() as tm:
        tm.add_node(secret)
    result = asyncio.run(tm.invoke())
    shown = result.draw.interactive()
    until(lambda: not shown.feed.busy, "everything to be sent")
    state = shown.get_state()
    text = json.dumps({k: v for k, v in state.items() if not k.startswith("_") and k != "layout"})
    assert "the-secret-value" not in text
    assert "secret" in text
    data, _ = shown._repr_mimebundle_()
    assert "the-secret-value" not in json.dumps(data)
    shown.close()


def test_wrong_calls_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unsorted manager, a theme that there is not, a package that is missing."""
    with pytest.raises(LifecycleError, match=r"call sort\(\) first"):
        TaskManager[None]().draw.live()
    with pytest.raises(WrongArgumentError, match="'auto', 'light' or 'dark'; given was 'blue'"):
        manager().draw.live(theme="blue")  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "async_dag.workbench.notebook.widget")
    monkeypatch.delitem(sys.modules, "async_dag.workbench.notebook.any_widget")
    with pytest.raises(MissingExtraError, match="pip install ipywidgets anywidget"):
        manager().draw.live()


def test_nothing_is_left_of_managers_that_are_gone() -> None:
    """What is remembered of a manager goes with it, and closed widgets with their runs."""
    gc.collect()
    before = len(history._counts), len(_instances)
    for _ in range(20):
        tm = manager()
        live = tm.draw.live()
        asyncio.run(tm.invoke())
        until(lambda live=live: live.runs and live.runs[0]["state"] == "done", "the run")
        live.close()
    del tm, live
    until(nobody_looks, "the end of the threads")
    gc.collect()
    after = len(history._counts), len(_instances)
    # What other tests have left may be gone by now.
    assert all(now <= then for now, then in zip(after, before, strict=True)), (before, after)


def test_the_page_is_part_of_the_package() -> None:
    """What the widget loads lies beside it."""
    assert (STATIC / "workbench.js").stat().st_size > 10_000
    assert (STATIC / "workbench.css").stat().st_size > 1_000


def test_the_widget_needs_no_matplotlib() -> None:
    """Where that is missing, as in a notebook in the browser, it is live, and leaves no picture."""
    script = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from async_dag import build_dag\n"
        "async def one(): return 1\n"
        "with build_dag() as tm: tm.add_node(one)\n"
        "data, _ = tm.draw.live()._repr_mimebundle_()\n"
        "print(*sorted(data))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    kinds = answer.stdout.split()
    assert "application/vnd.jupyter.widget-view+json" in kinds
    assert "image/png" not in kinds


def test_the_metadata_of_a_view_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colab finds the code for widgets by it."""
    live = manager().draw.live()
    metadata = {"application/vnd.jupyter.widget-view+json": {"colab": {"url": "x"}}}
    monkeypatch.setattr(
        AnyWidget,
        "_repr_mimebundle_",
        lambda self, **_: ({"text/plain": "x"}, metadata),
    )
    assert live.view_bundle() == ({"text/plain": "x"}, metadata)
    assert live._repr_mimebundle_()[1] == metadata
    live.close()
