"""What nodes have in common where there are too many to show each: their names, group or function."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os.path import commonprefix

from async_dag.graph.graph import Graph

_NUMBER_BEHIND = re.compile(r"_\d+\Z")


def task_labels(graph: Graph) -> list[str]:
    """For each node the name that it shares with its like.

    That is its group if its user gave it one, else its function's name, else (a node that calls none)
    its own name without the number that makes it unique.
    """
    return [
        _label(name, group, origin.task)
        for name, group, origin in zip(graph.names, graph.groups, graph.origins, strict=True)
    ]


def _label(name: str, group: str | None, task: str | None) -> str:
    if group is not None:
        return group
    # `fetch_2` is the second node called `fetch`, made unique.
    function = (task or "").rpartition(".")[2]
    return function or _NUMBER_BEHIND.sub("", name)


def function_of(graph: Graph, node: int) -> str:
    """The name of the function of a node; of a node that calls none, its own without its number."""
    return _label(graph.names[node], None, graph.origins[node].task)


def shared_path(names: Sequence[str]) -> str:
    """What all these names share, part by part where they lie in DAGs within DAGs; empty if nothing.

    The number of an item counts only where it is the same in all names.

    >>> shared_path(["sub[0]/parse[1]", "sub[1]/parse[0]"]), shared_path(["sub/load", "sub_2/load"])
    ('sub/parse', 'sub/load')
    >>> shared_path(["sub[3]/parse[0]", "sub[3]/parse[1]"]), shared_path(["sub[3]/a", "sub[3]/b"])
    ('sub[3]/parse', 'sub[3]')
    """
    if not any("/" in name or "[" in name for name in names):  # of a million it takes a third
        return shared_name(names)
    shared: list[str] = []
    left = set(names)
    while left:
        parts = {name.partition("/")[0] for name in left}
        if len(parts) > 1:
            parts = {_ITEM.sub("", part) for part in parts}
        part = shared_name(list(parts)) if len(parts) > 1 else parts.pop()
        if not part:
            break
        shared.append(part)
        if not all("/" in name for name in left):
            break
        left = {name.partition("/")[2] for name in left}
    return "/".join(shared)


_ITEM = re.compile(r"\[\d+(?:,\d+)*\](?=\Z|\[|_)")


def shared_name(names: Sequence[str]) -> str:
    """The words with which all these names begin; empty if they share none.

    A word or a number that is only alike in part does not count.

    >>> shared_name(["fetch page users", "fetch page orders"]), shared_name(["load_10", "load_11"])
    ('fetch page', 'load')
    >>> shared_name(["parse", "parser"]), shared_name(["users", "orders"])
    ('', '')
    """
    # The first and the last in their order have in common what all have.
    shared = commonprefix([min(names), max(names)])  # noqa: RUF071 - of characters, as is meant
    if any(_splits_a_word(name, len(shared)) for name in names):
        shared = _LAST_WORD.sub("", shared)
    return _SEPARATORS_BEHIND.sub("", shared)


_LAST_WORD = re.compile(r"[^\W\d_]+\Z|\d+\Z|[^\W_]+\Z")
_SEPARATORS_BEHIND = re.compile(r"[\W_]+\Z")


def _splits_a_word(name: str, length: int) -> bool:
    """Whether a name, cut after so many characters, would lose the end of a word or a number."""
    if not 0 < length < len(name):
        return False
    before, after = name[length - 1], name[length]
    return (before.isalpha() and after.isalpha()) or (before.isdigit() and after.isdigit())
