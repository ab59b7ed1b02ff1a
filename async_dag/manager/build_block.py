"""`BuildBlock`: what `build_dag()` returns, for a `with` block."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NoReturn

from async_dag._common.misuse import missing_attribute, refuse
from async_dag.errors import LifecycleError

if TYPE_CHECKING:
    from async_dag.manager.manager import TaskManager


class BuildBlock(AbstractContextManager["TaskManager[Any]", None]):
    """Gives a manager to a `with` block, and sorts it at the end of the block."""

    def __init__(self, manager: TaskManager[Any]) -> None:
        self._manager: TaskManager[Any] | None = manager

    def __enter__(self) -> TaskManager[Any]:
        manager, self._manager = self._manager, None
        if manager is None:
            raise LifecycleError("each call of build_dag() is for one with block: call it again")
        self._sorting = manager
        return manager

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self._sorting.sort()

    if not TYPE_CHECKING:  # type checkers find these mistakes by themselves

        def __getattr__(self, name: str) -> NoReturn:
            missing_attribute(self, name, called="build_dag()", instead=_BLOCK)


_BLOCK: Final = "it gives the manager to a plain block: with build_dag() as tm: ..."
refuse(BuildBlock, aenter=_BLOCK, aexit=_BLOCK)
