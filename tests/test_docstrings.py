"""Every public name explains itself, with an example that runs."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pytest

import async_dag

#: Public names that need an extra.
WITH_EXTRA = [getattr(async_dag, name) for name, _ in async_dag._WITH_EXTRA.values()]

#: Methods that are what the library is used by, so that each is shown by itself.
ADDING = {
    f"TaskManager.{name}"
    for name in (
        "add_node", "add_immediate_node", "add_dag", "map", "starmap", "zip", "product", "flatten",
        "fold", "outcomes", "choose", "collect", "options", "invoke", "stream", "watch",
    )
}  # fmt: skip

#: Docstrings without an example, and why.
NO_EXAMPLE = {
    "OUTSIDE": "a number; Trace.causes says where it stands",
    "AsyncDagError": "nothing raises the base itself",
    "Arrow": "shown by Diagram",
    "Attempt": "a row of Trace.attempts",
    "Box": "shown by Diagram",
    "ComparisonRow": "shown by Comparison",
    "Gain": "shown by Finding",
    "Origin": "a row of Graph.origins",
    "ParallelismStep": "shown by Timeline.parallelism",
    "Progress": "a row of Trace.progress; shown by report",
    "Step": "a row of Trace.long_steps",
    "Wait": "a row of Trace.waits",
    "Watching": "shown by watch",
    "load_ipython_extension": "called by %load_ext async_dag",
    "unload_ipython_extension": "called by %unload_ext async_dag",
}


def public_things() -> Iterator[tuple[str, Any]]:
    """Every name of the package, and every method and property of what it names."""
    named = {name: getattr(async_dag, name) for name in async_dag.__all__}
    for name, thing in [*named.items(), *((one.__name__, one) for one in WITH_EXTRA)]:
        yield name, thing
        if isinstance(thing, type):
            yield from members(name, thing)


def members(name: str, owner: type) -> Iterator[tuple[str, Any]]:
    """What our own classes among the ancestors of `owner` define for users."""
    for ancestor in owner.__mro__:
        if not ancestor.__module__.startswith("async_dag"):
            continue
        for attribute, value in vars(ancestor).items():
            plain = value.__func__ if isinstance(value, staticmethod | classmethod) else value
            if not attribute.startswith("_") and (
                inspect.isfunction(plain) or isinstance(plain, property | cached_property)
            ):
                yield f"{name}.{attribute}", plain


THINGS = dict(public_things())


@pytest.mark.parametrize("name", [name for name in THINGS if name != "OUTSIDE"])
def test_public_name_has_a_docstring(name: str) -> None:
    """It says in its first line what the thing is, and ends that line as a sentence or a call."""
    documentation = vars(THINGS[name])["__doc__"] if isinstance(THINGS[name], type) else None
    documentation = documentation or THINGS[name].__doc__
    assert documentation, f"{name} has no docstring"
    assert len(documentation.strip().splitlines()[0]) > 10


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, thing in THINGS.items()
        if name not in NO_EXAMPLE and ("." not in name or name in ADDING)
    ],
)
def test_public_name_shows_an_example(name: str) -> None:
    """Classes, functions and what adds nodes are shown in use; pytest runs each as a doctest."""
    assert ">>> " in (THINGS[name].__doc__ or ""), f"the docstring of {name} has no example"


def test_the_names_were_found() -> None:
    """Among those checked are functions, methods, and what is inherited."""
    assert {"build_dag", "RunDraw.text"} | ADDING | set(NO_EXAMPLE) <= set(THINGS)
