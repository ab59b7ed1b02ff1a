"""What is said to common mistakes: the error names what to write instead.

Only where Python's own message leaves a newcomer without a cure: a forgotten `await`, a keyword that
another library has, an attribute that is looked for in the wrong object.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, TypeVar

from async_dag._common.names import nearest
from async_dag.errors import WrongTypeError

F = TypeVar("F", bound=Callable[..., Any])

_PICTURES_OF_RUNS: Final = ("animation", "gantt", "html", "interactive", "mermaid_gantt")
_PICTURES_OF_GRAPHS: Final = ("diagram", "graphviz", "live", "mermaid", "terminal")

PICTURES: Final = {
    **{name: f"it draws a run: result.draw.{name}(...)" for name in _PICTURES_OF_RUNS},
    **{name: f"it draws a graph: tm.draw.{name}(...)" for name in _PICTURES_OF_GRAPHS},
    **dict.fromkeys(
        ("save", "png", "svg", "pdf"),
        "a picture is written to a file by result.draw.gantt().savefig('run.svg') or "
        "tm.draw.graphviz().render(outfile='dag.svg')",
    ),
}
"""Where pictures are, for those who look for them elsewhere."""


class NoAttributeError(WrongTypeError, AttributeError):
    """As `hasattr` and `getattr` with a default expect it."""


def missing_attribute(
    owner: object, name: str, *, called: str, instead: Mapping[str, str] | str
) -> NoReturn:
    """Raise the error about an attribute that an object does not have; for `__getattr__`.

    Args:
        owner: the object.
        name: the attribute.
        called: how users write the object.
        instead: what to write instead: by attribute, or for each of them.
    """
    if name.startswith("_"):  # what tools ask any object for
        raise AttributeError(name)
    public = [key for key in dir(type(owner)) if not key.startswith("_")]
    if name in public:  # a property that raised an AttributeError: which one it says itself
        object.__getattribute__(owner, name)
    meant = instead if isinstance(instead, str) else instead.get(name)
    cure = nearest(name, public) if meant is None else f"; {meant}"
    raise NoAttributeError(f"{called} has no attribute {name!r}{cure}")


def refuse(kind: type[Any], **said: str) -> None:
    """Let special methods of a class raise `WrongTypeError`, each with what is said of it.

    `await` is a word of Python, so it is `await_`. Only at run time: type checkers, which know no such
    methods, refuse such uses anyway.

    >>> class Order: ...
    >>> refuse(Order, iter="an order has no items")
    >>> list(Order())
    Traceback (most recent call last):
    async_dag.errors.WrongTypeError: an order has no items
    """
    for method, text in said.items():
        setattr(kind, f"__{method.rstrip('_')}__", _refusing(text))


def _refusing(text: str) -> Callable[..., NoReturn]:
    def refusing(*_: object) -> NoReturn:
        raise WrongTypeError(text)

    return refusing


def explains_wrong_calls(written: str, **cures: str) -> Callable[[F], F]:
    """Lets a function that is called with other arguments than it takes say what to write.

    Args:
        written: a right call, as users write it.
        cures: what to write instead of keywords that are likely to be tried.
    """

    def explaining(function: F) -> F:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except TypeError as error:
                traceback = error.__traceback__
                if traceback is None or traceback.tb_next is not None:
                    raise  # raised within the function
                # Python 3.13 guesses a keyword by itself.
                said = str(error).partition(". Did you mean")[0]
                said = said.replace(f"{function.__qualname__}()", function.__name__)
            taken = inspect.signature(function).parameters
            unknown = next((keyword for keyword in kwargs if keyword not in taken), None)
            cure = written if unknown is None else cures.get(unknown)
            if cure is None:
                cure = f"{written}{nearest(str(unknown), taken)}"
            raise WrongTypeError(f"{said}: {cure}")

        return call  # type: ignore[return-value]

    return explaining
