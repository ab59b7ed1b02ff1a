"""What is said where a picture is asked of the wrong object: `tm.draw` or `result.draw`."""

from __future__ import annotations

from typing import Final, NoReturn

from async_dag._common.names import nearest
from async_dag.errors import WrongTypeError

OF_A_RUN: Final = ("gantt", "mermaid_gantt", "interactive", "html")
OF_A_GRAPH: Final = ("live", "terminal")


class _NoPictureError(WrongTypeError, AttributeError):
    """As `hasattr` and `getattr` with a default expect it."""


def refuse_picture(draw: object, name: str) -> NoReturn:
    """Raise an error that says which pictures there are, and which other object has this one.

    >>> from async_dag import build_dag
    >>> with build_dag() as tm:
    ...     pass
    >>> tm.draw.gantt()
    Traceback (most recent call last):
    async_dag.draw.other_pictures._NoPictureError: gantt draws a run: result = await tm.invoke(...), \
then result.draw.gantt(...)
    """
    if name.startswith("_"):
        raise AttributeError(name)  # what tools ask any object for
    if name in OF_A_RUN:
        raise _NoPictureError(
            f"{name} draws a run: result = await tm.invoke(...), then result.draw.{name}(...)"
        )
    if name in OF_A_GRAPH:
        raise _NoPictureError(f"{name} follows a manager: tm.draw.{name}(...)")
    has = [method for method in vars(type(draw)) if not method.startswith("_")]
    raise _NoPictureError(
        f"there is no picture {name!r}{nearest(name, has)}; there are {', '.join(has)}"
    )
