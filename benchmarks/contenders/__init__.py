"""One adapter a contender: each module has a `CONTENDER`."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from benchmarks.contender import Contender

OURS = "async_dag"


def all_contenders() -> dict[str, Contender]:
    """The contenders by name, ours first, then those written by hand, then the libraries."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    contenders: list[Contender] = [module.CONTENDER for module in modules]
    contenders.sort(key=lambda one: (one.name != OURS, bool(one.requirements), one.name))
    return {one.name: one for one in contenders}
