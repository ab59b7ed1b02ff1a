"""The values that `durations=` accepts: seconds by name, or anything with the times of a run."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final, Protocol, runtime_checkable

from async_dag._common.arguments import finite_number
from async_dag._common.names import nearest
from async_dag._common.shortening import short_repr
from async_dag.errors import UnknownNodeError, WrongTypeError


@runtime_checkable
class HasDurations(Protocol):
    """An object that knows how long nodes took: a `Timeline`."""

    @property
    def durations(self) -> Mapping[str, float]:
        """Seconds by the nodes' names."""
        ...


@runtime_checkable
class HasTimeline(Protocol):
    """An object with a `Timeline`: a `Trace` or an `ExecutionResult`."""

    @property
    def timeline(self) -> HasDurations:
        """Where the time of a run went."""
        ...


_ITEM: Final = r"\[[^]/]*\]"
"""What tells an item of a map in a name. (Compiled on use: `import async_dag` does without.)"""

Durations = Mapping[str, float] | HasDurations | HasTimeline


def checked_durations(
    where: str, durations: Any, names: Collection[str] | None = None
) -> Mapping[str, float]:
    """Seconds by name, from a value passed as `durations=`; empty for None.

    Args:
        where: the argument as the user writes it, such as `invoke(durations=)`.
        durations: what was passed. NaN means that a duration is unknown.
        names: of the nodes and items that there are; None if any name will do. An earlier run may
            have had others, but in a mapping that was written by hand another one is a mistake.

    Raises `WrongTypeError` (a `TypeError`), `WrongArgumentError` (a `ValueError`), or
    `UnknownNodeError` (a `KeyError`).

    >>> checked_durations("invoke(durations=)", {"fetch": 1})
    {'fetch': 1.0}
    >>> checked_durations("invoke(durations=)", {"fetsh": 1}, ["fetch", "parse"])
    Traceback (most recent call last):
    async_dag.errors.UnknownNodeError: invoke(durations=) names 'fetsh', but no node is called so; the \
nearest are 'fetch'
    """
    if durations is None:
        return {}
    given = durations
    if not isinstance(given, Mapping):
        for attribute in ("timeline", "durations"):
            given = getattr(given, attribute, given)
    if not isinstance(given, Mapping):
        raise WrongTypeError(
            f"{where} takes seconds by name, such as {{'fetch': 1.5}}, or an earlier run: its result, "
            f"trace or timeline; given was {short_repr(durations)}"
        )
    checked: dict[str, float] = {}
    for name, seconds in given.items():
        if not isinstance(name, str):
            raise WrongTypeError(
                f"{where} takes seconds by the names of nodes; among the names was {short_repr(name)}"
            )
        if isinstance(seconds, float) and seconds != seconds:
            checked[name] = seconds
        else:
            checked[name] = finite_number(
                f"{where}, for {short_repr(name)},", seconds, at_least=0, what="seconds"
            )
    if names is not None and type(durations) is dict:
        known = set(names)
        for name in checked:
            # Before a run it is not known how many items a map will have: `sub[3]/fetch[7]`.
            if name not in known and re.sub(_ITEM, "", name) not in known:
                raise UnknownNodeError(
                    f"{where} names {short_repr(name)}, but no node is called so{nearest(name, known)}"
                )
    return checked
