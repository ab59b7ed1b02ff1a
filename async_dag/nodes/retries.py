"""How often a retrying of another library calls a task at most."""

from __future__ import annotations


def most_attempts(attempts: object) -> int | None:
    """How many attempts a retry object allows, as far as it can be told; None if it can't.

    Attributes that other libraries have today may be gone tomorrow: then it is not told, and all else
    works as before.
    """
    return _whole(getattr(attempts, "_attempts", None)) or _of_stop(getattr(attempts, "stop", None))


def _of_stop(stop: object) -> int | None:
    """Of what tells tenacity when to stop: a number of attempts, or the first of several conditions."""
    number = _whole(getattr(stop, "max_attempt_number", None))
    if number is not None or type(stop).__name__ != "stop_any":
        return number
    stops = getattr(stop, "stops", ())
    return min((most for each in stops if (most := _of_stop(each)) is not None), default=None)


def _whole(number: object) -> int | None:
    return number if type(number) is int and number > 0 else None
