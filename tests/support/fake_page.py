"""A page without a browser: it keeps what it is sent, and applies frames as the real one does."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any

from async_dag.trace.columns import STATES
from async_dag.trace.trace import Trace


class FakePage:
    """What a feed sends to; `view[key]` is what a page knows of that run."""

    def __init__(self) -> None:
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        self.lists: list[list[dict[str, Any]]] = []
        self.view: dict[str, Known] = {}

    def send(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        self.messages.append((message, list(buffers)))
        if message["kind"] == "columns":
            self.view.setdefault(message["run"], Known()).apply(message, buffers)

    def show_runs(self, runs: list[dict[str, Any]]) -> None:
        self.lists.append(runs)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """All messages of a kind."""
        return [message for message, _ in self.messages if message["kind"] == kind]


class Known:
    """A run as the page has pieced it together."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[float, float, float, float, str]] = {}
        self.ways: dict[int, list[str]] = {}  # the states of each node in the order they were told
        self.steps: list[list[Any]] = []
        self.spans: dict[str, dict[int, list[Any]]] = {"waits": {}, "attempts": {}}
        self.texts: dict[str, dict[int, list[Any]]] = {"causes": {}, "errors": {}, "progress": {}}
        self.over = False

    def apply(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        assert not self.over or message["full"], "nothing comes after the last frame"
        if message["full"]:
            self.__init__()  # type: ignore[misc]
        self.over = message["over"]
        columns = [array(code, buffer) for code, buffer in zip("IddddBd", buffers, strict=True)]
        for row, ready, started, finished, held, state, _ in zip(*columns, strict=True):
            self.rows[row] = (ready, started, finished, held, STATES[state])
            self.ways.setdefault(row, []).append(STATES[state])
        events = message.get("events", {})
        self.steps += events.get("steps", [])
        for kind, spans in self.spans.items():
            spans.update({one[0]: one[1:] for one in events.get(kind, [])})
        for kind, texts in self.texts.items():
            texts.update({one[0]: one[1:] for one in events.get(kind, [])})

    def agrees_with(self, trace: Trace) -> None:
        """Assert that it is what the trace says, to the bit."""
        states = trace.states
        for node in range(len(trace)):
            nothing = (math.nan, math.nan, math.nan, 0.0, "waiting")
            *numbers, state = self.rows.get(node, nothing)
            expected = [trace.ready[node], trace.started[node], trace.finished[node]]
            expected.append(trace.held[node])
            assert array("d", numbers).tobytes() == array("d", expected).tobytes(), node
            assert state == states[node], node
        assert self.steps == [list(step) for step in trace.long_steps]
        for kind, spans in (("waits", trace.waits), ("attempts", trace.attempts)):
            assert sorted(self.spans[kind]) == list(range(len(spans)))
            for place, span in enumerate(spans):
                assert span.node == self.spans[kind][place][0]
                assert span.end == span.end, "a span that is over was told as open"
                assert span.end in self.spans[kind][place]
        assert {n: one[0] for n, one in self.texts["causes"].items()} == trace.causes
        assert set(self.texts["errors"]) == set(trace.errors)
