"""The values that `durations=` accepts: seconds by name, or anything with the times of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from async_dag._common.arguments import finite_number
from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTypeError


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


Durations = Mapping[str, float] | HasDurations | HasTimeline


def checked_durations(where: str, durations: Any) -> Mapping[str, float]:
    """Seconds by name, from a value passed as `durations=`; empty for None.

    NaN is allowed and means that a duration is unknown. `where` is the argument as the user
    writes it, such as `invoke(durations=)`.

    Raises `WrongTypeError` (a `TypeError`) or `WrongArgumentError` (a `ValueError`).

    >>> checked_durations("invoke(durations=)", {"fetch": 1})
    {'fetch': 1.0}
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
    return checked
