"""`sendable`: any text as it may travel in an event."""

from __future__ import annotations


def sendable(text: str) -> str:
    r"""A plain `str`, in which what UTF-8 can't encode is written out.

    That are lone surrogates, as in the name of a file that is not UTF-8. One of them in a message would
    break the worker's connection to its scheduler for good.

    >>> print(sendable("no such file: caf\udce9"))
    no such file: caf\udce9
    """
    return str.encode(text, "utf-8", "backslashreplace").decode("utf-8")
