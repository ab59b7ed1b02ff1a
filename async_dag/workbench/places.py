"""Detects where this Python runs, by the modules that are loaded."""

from __future__ import annotations

import sys


def in_marimo() -> bool:
    """Whether this code runs in a marimo notebook.

    >>> in_marimo()
    False
    """
    marimo = sys.modules.get("marimo")  # loaded, if it runs us
    return marimo is not None and bool(marimo.running_in_notebook())
