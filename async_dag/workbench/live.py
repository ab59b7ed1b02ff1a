"""`tm.draw.live()` and `result.draw.interactive()`: widgets to place where one likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from async_dag.errors import MissingExtraError, WrongArgumentError
from async_dag.manager import TaskManager
from async_dag.result import ExecutionResult
from async_dag.tasks import short_repr
from async_dag.trace import Trace

if TYPE_CHECKING:
    from async_dag.workbench.widget import Workbench

Theme = Literal["auto", "light", "dark"]


def live(manager: TaskManager[Any], theme: Theme) -> Workbench:
    """A widget that follows every later invoke of `manager`."""
    made = _workbench()(manager.graph, theme=_checked(theme))
    made.follow(manager)
    return made


def interactive(run: ExecutionResult[Any] | Trace, theme: Theme) -> Workbench:
    """A widget of one run."""
    trace, result = (run, None) if isinstance(run, Trace) else (run.trace, run)
    made = _workbench()(trace.graph, theme=_checked(theme))
    made.add(trace, result)
    return made


def _checked(theme: Theme) -> Theme:
    if theme not in ("auto", "light", "dark"):
        raise WrongArgumentError(
            f"theme= takes 'auto', 'light' or 'dark'; given was {short_repr(theme)}"
        )
    return theme


def _workbench() -> type[Workbench]:
    try:
        from async_dag.workbench.widget import Workbench
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "async_dag":
            raise
        raise MissingExtraError(
            "the live view needs ipywidgets, anywidget and matplotlib, and "
            f"{error.name} is not installed: pip install ipywidgets anywidget matplotlib graphviz-pure"
        ) from None
    return Workbench
