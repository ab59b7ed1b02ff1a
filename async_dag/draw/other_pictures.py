"""What is said where a picture is asked of the wrong object: `tm.draw` or `result.draw`."""

from __future__ import annotations

from typing import Final, NoReturn

from async_dag._common.attributes import NoAttributeError, refuse_private
from async_dag._common.names import nearest
from async_dag.errors import WrongTypeError

OF_A_RUN: Final = ("gantt", "mermaid_gantt", "interactive", "html")
OF_A_GRAPH: Final = ("live", "terminal")
_AS_FILE: Final = ("save", "png", "svg", "pdf")
_FILES: Final = (
    "a picture that is drawn can be written to a file: draw.graphviz().render(outfile='dag.svg'), "
    "result.draw.gantt().savefig('run.svg')"
)


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
    has = _pictures(draw)
    near = f"; {_FILES}" if name in _AS_FILE else nearest(name, has)
    raise NoAttributeError(f"there is no picture {name!r}{near}; there are {', '.join(has)}")


def refuse_no_picture(draw: object, example: str) -> NoReturn:
    """Raise an error where `draw` itself is called, which draws nothing.

    >>> from async_dag import build_dag
    >>> with build_dag() as tm:
    ...     pass
    >>> tm.draw()
    Traceback (most recent call last):
    async_dag.errors.WrongTypeError: draw is not called: each picture is a method of it, such as \
tm.draw.graphviz(); there are text, graphviz, mermaid, live, terminal, diagram
    """
    raise WrongTypeError(
        f"draw is not called: each picture is a method of it, such as {example}; there are "
        f"{', '.join(_pictures(draw))}"
    )


def _pictures(draw: object) -> list[str]:
    return [method for method in vars(type(draw)) if not method.startswith("_")]
