"""Signatures as one reads them: one for each function, however many overloads type checkers see."""

from __future__ import annotations

import inspect
import re
from typing import Any, Final

AS_READ: Final = {
    "add_node": "(task: Callable[..., Awaitable[R]], /, *args, **kwargs) -> TaskNode[P, R]",
    "map": "(task: Callable[..., Awaitable[R]], /, *args, **kwargs) -> MapNode[P, R]",
    "starmap": "(task: Callable[..., Awaitable[R]], /, collection, *args, **kwargs) "
    "-> MapNode[P, R]",
    "zip": "(*collections) -> MapNode[P, tuple]",
    "choose": "(flag: TaskNode[P, bool], then: T, other: U, /) -> TaskNode[P, T | U]",
    "add_dag": "(sub: TaskManager[Q], parameter: Q = ..., /) -> InlinedDag",
    "build_dag": "(parameter_type: type[P] | None = None) -> TaskManager[P]",
    "gather": "(*nodes: TaskNode[P, R] | str) -> R | tuple[R, ...]",
    "stream": None,
    "invoke": None,
}
"""Of functions with overloads; None where the implementation's own reads well."""


def signature(name: str, function: Any) -> str:
    """Arguments and what is returned, without `self`."""
    as_read = AS_READ.get(name)
    if as_read is not None:
        return as_read
    found = inspect.signature(function)
    parameters = [
        _plain(one) for one in found.parameters.values() if one.name not in ("self", "cls")
    ]
    returned = found.return_annotation
    arrow = (
        "" if returned in (inspect.Signature.empty, "None", None) else f" -> {readable(returned)}"
    )
    text = str(found.replace(parameters=parameters, return_annotation=inspect.Signature.empty))
    return _unquoted(text) + arrow


class _Shown:
    """A default or an annotation that is written as it stands."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _plain(parameter: inspect.Parameter) -> inspect.Parameter:
    """Without an annotation that says nothing, and with a default that can be read."""
    annotation = parameter.annotation
    if annotation in ("Any", "object", Any, inspect.Parameter.empty):
        annotation = inspect.Parameter.empty
    else:
        annotation = readable(annotation)
    default = parameter.default
    if default is not inspect.Parameter.empty:
        if default is Ellipsis or type(default).__module__.startswith("async_dag"):
            default = _Shown("...")
        elif callable(default):
            default = _Shown(f"{default.__module__}.{default.__name__}")
    return parameter.replace(annotation=annotation, default=default)


def readable(annotation: Any) -> str:
    """An annotation in the words of users: no types of arguments that are left out."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    text = text.replace(" | EllipsisType", "").strip("'\"")
    text = re.sub(r"\b(?:typing|collections\.abc|pathlib|os)\.(?=[A-Z])", "", text)
    return re.sub(r"(?<=\w)\[(?:Any|\.\.\.)\]", "", text)


def _unquoted(text: str) -> str:
    """Annotations that are strings are shown without quotes."""
    return re.sub(r"(: )'((?:[^'\\]|\\.)*)'", r"\1\2", text)
