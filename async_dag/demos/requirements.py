"""The requirements of a distribution on this Python, from its `Requires-Dist` lines."""

from __future__ import annotations

from collections.abc import Iterable

from async_dag._common.extras import extra

with extra("packages"):
    from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

_LONGEST = 10_000
"""The longest requirement that is read: a broken METADATA may have a line of a megabyte."""


def normalised(name: str) -> str:
    """A distribution's name as PEP 503 compares them.

    >>> normalised("Ruamel.Yaml__clib")
    'ruamel-yaml-clib'
    """
    return canonicalize_name(name)


def required(lines: Iterable[str]) -> set[str]:
    """The normalised names of what these lines require here, with no extra asked for.

    A line that can't be read is left out: one broken line must not hide what the others require.

    >>> sorted(required(["Foo.Bar[x] (>=1,<2)", "socks; extra == 'proxy'", "<broken>"]))
    ['foo-bar']
    """
    return {name for line in lines if (name := _required(line)) is not None}


def _required(line: str) -> str | None:
    if len(line) > _LONGEST:
        return None
    try:
        requirement = Requirement(line)
        marker = requirement.marker
        applies = marker is None or marker.evaluate({"extra": ""})
    except (InvalidRequirement, RecursionError):
        return None
    except (UndefinedComparison, UndefinedEnvironmentName):
        applies = True  # it may hold
        requirement = Requirement(line)
    return canonicalize_name(requirement.name) if applies else None
