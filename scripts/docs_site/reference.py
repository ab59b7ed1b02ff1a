"""The pages of the reference: every public name, with its signature and its docstring.

Each name stands on the page of the floor of the package that it comes from, so that a new one finds its
place by itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import async_dag
from scripts.docs_site.docstrings import Link, linked, to_markdown
from scripts.docs_site.signatures import readable, signature


@dataclass(frozen=True)
class Page:
    """A page of the reference.

    Attributes:
        name: that of its file.
        title: its heading.
        about: what it says first.
        folders: the packages and modules whose public names it has.
        first: names that stand at the top, in this order.
    """

    name: str
    title: str
    about: str
    folders: tuple[str, ...]
    first: tuple[str, ...] = ()


PAGES: Final = (
    Page(
        "building",
        "Building a graph",
        "A `TaskManager` holds the nodes of a DAG; `build_dag` makes one.",
        ("manager", "nodes", "engine.offload"),
        (
            "build_dag",
            "TaskManager",
            "TaskNode",
            "OptionsBuilder",
            "limit",
            "in_thread",
            "in_process",
        ),
    ),
    Page(
        "running",
        "Running it",
        "One call of `TaskManager.invoke` is one run, and gives an `ExecutionResult`.",
        ("engine", "baselines", "manager.invocation", "manager.stream", "nodes.failure"),
        ("ExecutionResult", "Invocation", "Stream", "Failure", "report", "compare"),
    ),
    Page(
        "time",
        "Where the time went",
        "`ExecutionResult.timeline` says what took how long, and what would make it shorter.",
        ("analysis", "_common"),
        ("Timeline", "Finding", "Gain", "Piece"),
    ),
    Page(
        "pictures",
        "Pictures and exports",
        "`tm.draw` and `result.draw` have a method for each picture, `result.export` one for each "
        "format of other programs.",
        ("draw", "views", "workbench", "export", ""),
        ("GraphDraw", "RunDraw", "RunExport", "show_runs"),
    ),
    Page(
        "runs",
        "Many runs",
        "What many runs of one graph say together.",
        ("runs", "manager.recent_runs"),
        ("history", "profile", "diff", "History", "Profile", "Difference"),
    ),
    Page("clusters", "Clusters", "The same DAG on Dask `distributed`.", ("cluster",)),
    Page(
        "trace",
        "Traces and graphs",
        "What is recorded of a run, as columns, and the immutable graph that it refers to.",
        ("trace", "graph"),
        ("Trace", "Graph"),
    ),
    Page(
        "errors",
        "Errors",
        "Every exception that the package raises of itself derives from `AsyncDagError` and from the "
        "class of Python's that is usual for it.",
        ("errors",),
        ("AsyncDagError", "InvocationError"),
    ),
)

CONSTANTS: Final = {
    "NOT_CHOSEN": "A node of the side that `TaskManager.choose` did not take.",
    "NOT_NEEDED": "A node that no target needs.",
    "OUTSIDE": "What came from outside the graph, such as a cancelled invoke.",
}
"""Causes in `Trace.causes` that are no node. Constants have no docstring of their own."""

SHARED_WITH: Final = {
    "OptionsBuilder": ("TaskManager",),
    "MapNode": ("TaskNode",),
    "ItemNode": ("TaskNode",),
    "ClusterResult": ("ExecutionResult",),
}
"""Classes whose inherited members are described once, with another class."""


def public_names() -> list[str]:
    """Every name that users import from the package."""
    return [*async_dag.__all__, *(name for name, _ in async_dag._WITH_EXTRA.values())]


def page_of(name: str) -> Page:
    """The page on which a public name stands: that with the longest folder around its module."""
    if name in CONSTANTS:
        return next(page for page in PAGES if page.name == "trace")
    module = getattr(async_dag, name).__module__.removeprefix("async_dag").removeprefix(".")

    def match(page: Page) -> int:
        fits = [one for one in page.folders if module == one or module.startswith(f"{one}.")]
        return max(map(len, fits), default=-1)

    best = max(PAGES, key=match)
    if match(best) < 0:
        raise LookupError(
            f"{name} comes from async_dag.{module}, which is on no page of the reference"
        )
    return best


def pages() -> dict[str, str]:
    """The Markdown of each page, by the name of its file."""
    names = sorted(public_names(), key=str.lower)
    places = {name: page_of(name) for name in names}
    targets = _targets(names)
    texts = {}
    for page in PAGES:
        here = [name for name in names if places[name] is page]
        ordered = [*page.first, *(name for name in here if name not in page.first)]
        link = _linker(targets, owner=None)
        parts = [f"# {page.title}", to_markdown(page.about, link)]
        parts += [_entry(name, targets) for name in ordered if name in here]
        texts[f"{page.name}.md"] = "\n\n".join(parts) + "\n"
    return texts


def with_links(text: str) -> str:
    """A page of ours in which each name of the API between backticks is a link."""
    return linked(text, _linker(_targets(public_names()), owner=None))


def _targets(names: list[str]) -> set[str]:
    """Everything that has an anchor: names, and what classes have."""
    found = set(names)
    for name in names:
        thing = getattr(async_dag, name)
        if isinstance(thing, type):
            found |= {
                f"{name}.{member}"
                for member, value in _members(thing)
                if not _described_with(name, member, value)
            }
    return found


def _linker(targets: set[str], owner: str | None) -> Link:
    """What makes links; within a class its own members come first, then what a short name means."""
    roots = {"tm": "TaskManager", "result": "ExecutionResult", "timeline": "Timeline",
             "trace": "Trace", "tm.draw": "GraphDraw", "result.draw": "RunDraw",
             "result.export": "RunExport", "node": "TaskNode", "async_dag": ""}  # fmt: skip

    def link(text: str) -> str | None:
        bare = text.partition("(")[0]
        before, _, last = bare.rpartition(".")
        candidates = [f"{owner}.{bare}"] if owner and bare != owner else []
        candidates.append(bare)
        if before in roots:
            candidates.append(f"{roots[before]}.{last}".lstrip("."))
        target = next((one for one in candidates if one in targets), None)
        if target is None or "`" in text:
            return None
        return f"[`{text}`](#{anchor(target)})"

    return link


def anchor(name: str) -> str:
    """The anchor of a name in its page."""
    return f"async_dag.{name}"


def _entry(name: str, targets: set[str]) -> str:
    """A public name with a heading of its own, so that it is in the page's contents."""
    return f"## {name}\n\n{_described(name, targets)}"


def _described(name: str, targets: set[str]) -> str:
    if name in CONSTANTS:
        text = to_markdown(CONSTANTS[name], _linker(targets, None))
        value = getattr(async_dag, name)
        return _directive("data", name, text, f":value: {value!r}")
    thing = getattr(async_dag, name)
    link = _linker(targets, name if isinstance(thing, type) else None)
    if not isinstance(thing, type):
        return _directive("function", name + signature(name, thing), _text(thing, link))
    kind = "exception" if issubclass(thing, BaseException) else "class"
    bases = [
        one.__name__ for one in thing.__bases__ if one is not object and one.__name__ != "Generic"
    ]
    shown = [link(base) or f"`{base}`" for base in bases if not base.startswith("_")]
    ancestry = f"A kind of {', '.join(shown)}.\n\n" if kind == "exception" and shown else ""
    body = ancestry + _text(thing, link)
    members = [(one, value, _described_with(name, one, value)) for one, value in _members(thing)]
    shared = [(member, other) for member, _, other in members if other]
    if shared:
        also = ", ".join(
            f"[`{member}`](#{anchor(f'{other}.{member}')})" for member, other in shared
        )
        body += f"\n\nIt also has {also}."
    body += "".join(
        f"\n\n{_member(name, member, value, link)}" for member, value, other in members if not other
    )
    return _directive(kind, name + _constructor(thing), body, fence=5)


def _described_with(name: str, member: str, value: Any) -> str | None:
    """The class with which a member that several have is described, if that is another one."""
    for other in SHARED_WITH.get(name, ()):
        if inspect.getattr_static(getattr(async_dag, other), member, None) is value:
            return other
    return None


def _constructor(thing: type) -> str:
    """The arguments of a class that users make themselves; others are returned by something."""
    documentation = inspect.getdoc(thing) or ""
    if "Args:" not in documentation or issubclass(thing, BaseException):
        return ""
    return signature("__init__", thing.__init__)


def _members(owner: type) -> list[tuple[str, Any]]:
    """Methods and properties, those of ancestors of ours too, in alphabetical order."""
    found: dict[str, Any] = {}
    for ancestor in owner.__mro__:
        if ancestor.__module__.startswith("async_dag"):
            for name, value in vars(ancestor).items():
                plain = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
                shown = isinstance(plain, (property, cached_property)) or (
                    # matplotlib puts a `set` of its own into each class of ours that draws with it.
                    inspect.isfunction(plain) and plain.__module__.startswith("async_dag")
                )
                if (
                    shown
                    and not name.startswith("_")
                    and "not for users" not in (plain.__doc__ or "")
                ):
                    found.setdefault(name, value)
    return sorted(found.items())


def _member(owner: str, name: str, value: Any, link: Link) -> str:
    path = f"{owner}.{name}"
    if isinstance(value, (property, cached_property)):
        function = value.fget if isinstance(value, property) else value.func
        returned = inspect.signature(function).return_annotation if function else None
        options = (
            [] if returned in (None, inspect.Signature.empty) else [f":type: {readable(returned)}"]
        )
        return _directive("property", path, _text(value, link), *options)
    options = []
    for kind in (classmethod, staticmethod):
        if isinstance(value, kind):
            value, options = value.__func__, [f":{kind.__name__}:"]
    if inspect.iscoroutinefunction(value):
        options.append(":async:")
    return _directive("method", path + signature(name, value), _text(value, link), *options)


def _text(thing: Any, link: Link) -> str:
    """Its docstring as Markdown."""
    documentation = vars(thing)["__doc__"] if isinstance(thing, type) else thing.__doc__
    documentation = documentation or thing.__doc__ or ""
    return to_markdown(documentation, link)


def _directive(kind: str, head: str, body: str, *options: str, fence: int = 4) -> str:
    """An entry of Sphinx's Python domain, as MyST writes it."""
    colons = ":" * fence
    lines = [f"{colons}{{py:{kind}}} {head}", ":module: async_dag", *options, "", body, colons]
    return "\n".join(lines)


def entries(text: str) -> Iterator[str]:
    """The names that a page of the reference describes."""
    for line in text.splitlines():
        if line.startswith("## "):
            yield line.removeprefix("## ")
