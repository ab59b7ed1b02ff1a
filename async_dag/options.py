"""What `tm.options(...)` returns: options, and an `add_node` that applies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from async_dag.errors import WrongTypeError
from async_dag.node import NodeOptions, TaskNode
from async_dag.signatures import AddNode
from async_dag.tasks import short_repr

if TYPE_CHECKING:
    from async_dag.manager import TaskManager

P = TypeVar("P")


class OptionsBuilder(AddNode[P]):
    """Adds nodes with options; made by `tm.options(...)`, reusable."""

    __slots__ = ("_manager", "_options")

    def __init__(self, manager: TaskManager[P], options: NodeOptions) -> None:
        for key, text in (("name", options.name), ("group", options.group)):
            if text is not None and (not isinstance(text, str) or not text):
                raise WrongTypeError(
                    f"options({key}=) takes a string that is not empty; given was {short_repr(text)}"
                )
        self._manager = manager
        self._options = options

    def _add(self, task: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> TaskNode[P, Any]:
        return self._manager._add(task, args, kwargs, self._options)

    def __repr__(self) -> str:
        given = self._options._asdict().items()
        return (
            f"<options {' '.join(f'{key}={value!r}' for key, value in given if value is not None)}>"
        )
