"""`BuildBlock`: what `build_dag()` returns, for a `with` block."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from async_dag._common.attributes import NoAttributeError, refuse_private
from async_dag.errors import LifecycleError, WrongTypeError

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

        def __aenter__(self) -> NoReturn:
            raise WrongTypeError("build_dag() is for a plain block: with build_dag() as tm: ...")

        def __aexit__(self, *_: object) -> NoReturn:
            raise WrongTypeError("build_dag() is for a plain block: with build_dag() as tm: ...")

        def __getattr__(self, name: str) -> NoReturn:
            refuse_private(name)
            raise NoAttributeError(
                f".{name} was asked of build_dag() itself, which gives the manager to a block: "
                f"with build_dag() as tm: tm.{name}"
            )
