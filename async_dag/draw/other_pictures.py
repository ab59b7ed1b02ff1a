"""What is said where a picture is asked of the wrong object: `tm.draw` or `result.draw`."""

from __future__ import annotations

from typing import Final, NoReturn

from async_dag._common.attributes import NoAttributeError, refuse_private
from async_dag._common.names import nearest

OF_A_RUN: Final = ("gantt", "mermaid_gantt", "interactive", "html")
OF_A_GRAPH: Final = ("live", "terminal")


def refuse_picture(draw: object, name: str) -> NoReturn:
    """Raise an error that says which pictures there are, and which other object has this one.

    >>> from async_dag import build_dag
    >>> with build_dag() as tm:
    ...     pass
    >>> tm.draw.gantt()
    Traceback (most recent call last):
    async_dag._common.attributes.NoAttributeError: gantt draws a run: result = await tm.invoke(...), \
then result.draw.gantt(...)
    """
    refuse_private(name)
    if name in OF_A_RUN:
        raise NoAttributeError(
            f"{name} draws a run: result = await tm.invoke(...), then result.draw.{name}(...)"
        )
    if name in OF_A_GRAPH:
        raise NoAttributeError(f"{name} follows a manager: tm.draw.{name}(...)")
    has = [method for method in vars(type(draw)) if not method.startswith("_")]
    raise NoAttributeError(
        f"there is no picture {name!r}{nearest(name, has)}; there are {', '.join(has)}"
    )
