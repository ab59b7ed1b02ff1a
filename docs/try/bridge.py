"""The Python side of the page: runs what the editor holds, and shows each invoke in a live view."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pyodide.code import eval_code_async
from pyodide.ffi import create_proxy, to_js

from async_dag import Run, TaskManager, watch
from async_dag.graph.bundling import bundling_of
from async_dag.workbench.feed.feed import Feed
from async_dag.workbench.feed.graph_payload import graph_payload
from async_dag.workbench.feed.sampler import SAMPLER


class View:
    """The runs of one manager, on their way to a view in the page."""

    def __init__(self, open_view: Callable[..., Any], manager: TaskManager[Any]) -> None:
        self.manager = manager  # kept, so that no other manager gets its id
        graph = manager.graph
        payload = json.dumps(graph_payload(graph, bundling_of(graph)))
        self.feed = Feed()  # first, as the view tells that it is shown while it opens
        self._model = open_view(payload, create_proxy(self._hear))
        self.feed.connect(self)

    def begin(self, run: Run) -> None:
        """A run begins."""
        self.feed.begin(run)
        SAMPLER.follow(self.feed)

    def send(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """What a feed asks of a page."""
        self._model.feed(json.dumps(message), to_js([bytes(buffer) for buffer in buffers]))

    def show_runs(self, runs: list[dict[str, Any]]) -> None:
        """The same."""
        self._model.showRuns(json.dumps(runs))

    def _hear(self, request: str) -> None:
        self.feed.handle(json.loads(request))
        if self.feed.busy:
            SAMPLER.follow(self.feed)


def runner(open_view: Callable[..., Any]) -> Callable[[str], Awaitable[str]]:
    """What runs a program and returns its error as text, or an empty text."""

    async def run(source: str) -> str:
        views: dict[int, View] = {}

        def begin(invoke: Run) -> None:
            manager = invoke.result.manager
            if id(manager) not in views:
                views[id(manager)] = View(open_view, manager)
            views[id(manager)].begin(invoke)

        with watch(begin):
            try:
                value = await eval_code_async(source, {"__name__": "__main__"}, filename="editor")
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is shown
                return "".join(traceback.format_exception(without_ours(error)))
            finally:
                while any(view.feed.busy for view in views.values()):
                    await asyncio.sleep(0.05)
        if value is not None:
            print(value.draw.text() if isinstance(value, TaskManager) else repr(value))
        return ""

    return run


def without_ours(error: BaseException) -> BaseException:
    """Without the frames of this page, which tell a reader nothing."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != "editor":
        frames = frames.tb_next
    return error.with_traceback(frames)


runner  # the value of this file, which the page calls
