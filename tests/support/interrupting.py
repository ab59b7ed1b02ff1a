"""Ctrl-C at any point of the engine: a `KeyboardInterrupt` before a given line of its code."""

from __future__ import annotations

import sys
from types import FrameType, TracebackType
from typing import Any, Self

ENGINE = "/async_dag/engine/"


class InterruptAt:
    """Within this block the engine's n-th line, counted from 1, raises `KeyboardInterrupt` instead.

    Attributes:
        lines: how many lines of the engine have run.
        function: in which function the interrupt came; None if there were too few lines.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._before: Any = None
        self.lines = 0
        self.function: str | None = None

    def __enter__(self) -> Self:
        self._before = sys.gettrace()
        sys.settrace(self._called)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        sys.settrace(self._before)

    def _called(self, frame: FrameType, event: str, _: Any) -> Any:
        path = frame.f_code.co_filename.replace("\\", "/")
        return self._line if ENGINE in path else None

    def _line(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            self.lines += 1
            if self.lines == self._number:
                self.function = frame.f_code.co_name
                raise KeyboardInterrupt
        return self._line
