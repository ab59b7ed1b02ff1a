"""The optional packages, and the error raised if one is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from async_dag.errors import MissingExtraError


class _Extra(NamedTuple):
    need: str  # the beginning of the sentence, up to the packages
    modules: tuple[str, ...]
    packages: tuple[str, ...]


_EXTRAS: Final = {
    "diagrams": _Extra("diagrams of Graphviz need", ("graphviz",), ("graphviz",)),
    "mirror": _Extra("the mirror of a graph needs", ("networkx",), ("networkx",)),
    "gantt": _Extra("Gantt charts need", ("matplotlib", "PIL", "fontTools"), ("matplotlib",)),
    "live": _Extra(
        "the live view needs",
        ("ipywidgets", "anywidget", "traitlets", "IPython", "matplotlib", "PIL", "fontTools"),
        ("ipywidgets", "anywidget", "matplotlib"),
    ),
    "dask": _Extra(
        "a cluster needs", ("distributed", "dask", "cloudpickle", "tblib"), ("distributed",)
    ),
    "pandas": _Extra("a table of a run needs", ("pandas",), ("pandas",)),
    "prometheus": _Extra("metrics need", ("prometheus_client",), ("prometheus-client",)),
    "otel": _Extra("spans need", ("opentelemetry",), ("opentelemetry-api",)),
}


@contextmanager
def extra(name: str) -> Iterator[None]:
    """A context for imports of optional packages.

    If a package of this extra is missing, it raises `MissingExtraError` (an `ImportError`), which
    says what to install.
    """
    need, modules, packages = _EXTRAS[name]
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in modules:
            raise
        cure = " ".join(packages)
        raise MissingExtraError(f"{need} {' and '.join(packages)}: pip install {cure}") from None
