"""The IPython extension in a terminal: each invoke is drawn while it goes on."""

from __future__ import annotations

import sys
from typing import Any

from async_dag.engine.watch import Watching, watch
from async_dag.workbench.terminal.live_terminal import LiveTerminal


def is_terminal(shell: Any) -> bool:
    """Whether an IPython shell is that of a terminal, and not of a notebook's kernel.

    >>> is_terminal(object())
    False
    """
    # Loaded by the shell itself, if it is one; by nobody in a kernel, where it would cost its time.
    module = sys.modules.get("IPython.terminal.interactiveshell")
    return module is not None and isinstance(shell, module.TerminalInteractiveShell)


class TerminalViews:
    """Draws every invoke below the input that began it.

    Args:
        shell: IPython's.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._live: LiveTerminal | None = None
        self._watching: Watching | None = None

    def start(self) -> None:
        """Watch every invoke from now on."""
        if self._watching is None:
            self._live = LiveTerminal()
            self._watching = watch(self._live)
            self._shell.events.register("post_run_cell", self._input_is_over)

    def stop(self) -> None:
        """Leave invokes alone."""
        if self._watching is not None:
            self._watching()
            self._watching = None
            self._shell.events.unregister("post_run_cell", self._input_is_over)

    def _input_is_over(self, _: object = None) -> None:
        """The last picture is drawn before the next prompt."""
        if self._live is not None and self._live.over:
            self._live.finish()
