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

#: Docstrings without an example, and why.
NO_EXAMPLE = {
    "OUTSIDE": "a number; Trace.causes says where it stands",
    "AsyncDagError": "nothing raises the base itself",
    "Graph.of": "for what makes graphs: managers, and readers of saved traces",
    "Arrow": "shown by Diagram",
    "Attempt": "a row of Trace.attempts",
    "Box": "shown by Diagram",
    "ByName.get": "as of every mapping",
    "ComparisonRow": "shown by Comparison",
    "Gain": "shown by Finding",
    "Origin": "a row of Graph.origins",
    "ParallelismStep": "shown by Timeline.parallelism",
    "Run.start_clock": "for the manager, once watchers were told",
    "Trace.start_clock": "for the engine",
    "Progress": "a row of Trace.progress; shown by report",
    "RunDraw.chrome_trace": "deprecated; shown by RunExport",
    "RunDraw.otel": "deprecated; shown by RunExport",
    "RunFigure.as_html": "what a notebook shows",
    "RunFigure.as_png": "shown by its class",
    "RunFigure.as_svg": "shown by its class",
    "RunFigure.of": "called by result.draw.gantt",
    "RunFigure.set": "matplotlib writes it for every Figure",
    "Step": "a row of Trace.long_steps",
    "Wait": "a row of Trace.waits",
    "Watching": "shown by watch",
    "GraphvizDiagram.of": "called by tm.draw.graphviz",
    "GraphvizDiagram.pipe": "as of every graphviz.Digraph; shown by its class",
    "GraphvizDiagram.render": "as of every graphviz.Digraph",
    "InvocationError.derive": "called by Python, for except*, split and subgroup",
    "load_ipython_extension": "called by %load_ext async_dag",
    "unload_ipython_extension": "called by %unload_ext async_dag",
    "LiveTerminal.finish": "called at the end of its block",
    "LiveTerminal.following": "called by tm.draw.terminal",
    "Workbench.add": "called by result.draw.interactive",
    "Workbench.begin": "called by watch",
    "Workbench.close": "shown by its class",
    "Workbench.follow": "called by tm.draw.live",
    "Workbench.view_bundle": "called to show it",
    "Run.execute": "called by invoke",
    "Trace.close": "called by the engine",
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
        if name not in NO_EXAMPLE and not isinstance(thing, property | cached_property)
    ],
)
def test_public_name_shows_an_example(name: str) -> None:
    """Classes, functions and methods are shown in use; pytest runs each example as a doctest."""
    assert ">>> " in (THINGS[name].__doc__ or ""), f"the docstring of {name} has no example"


def test_the_names_were_found() -> None:
    """Among those checked are functions, methods, and what is inherited."""
    assert {"build_dag", "TaskManager.invoke", "TaskManager.add_node", "RunDraw.text"} <= set(
        THINGS
    )
    assert set(NO_EXAMPLE) <= set(THINGS)
