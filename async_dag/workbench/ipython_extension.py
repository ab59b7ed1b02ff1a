"""`%load_ext async_dag`: shows each invoke, in a notebook or in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from async_dag._common.extras import extra
from async_dag.workbench.terminal.ipython import TerminalViews, is_terminal

if TYPE_CHECKING:
    from async_dag.workbench.notebook.extension import AutomaticViews

_ATTRIBUTE: Final = "_async_dag_views"
"""Of the shell: its views, so that to load the extension twice is no different from once."""


def load(shell: Any) -> None:
    """`%load_ext async_dag`

    Raises:
        MissingExtraError: in a notebook, if ipywidgets, anywidget or matplotlib is not installed (an
            `ImportError`).
    """
    views = getattr(shell, _ATTRIBUTE, None)
    if views is None:
        views = _views_of(shell)
        setattr(shell, _ATTRIBUTE, views)
    views.start()


def unload(shell: Any) -> None:
    """`%unload_ext async_dag`"""
    views = getattr(shell, _ATTRIBUTE, None)
    if views is not None:
        views.stop()


def _views_of(shell: Any) -> AutomaticViews | TerminalViews:
    if is_terminal(shell):
        return TerminalViews(shell)
    with extra("live"):
        from async_dag.workbench.notebook.extension import AutomaticViews

    return AutomaticViews(shell)
