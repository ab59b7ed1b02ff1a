"""How long the calling thread has waited for a processor, where the system tells: on Linux alone.

A thread that takes longer than it computes blocked, waited for Python's lock, or could run while all
processors were busy. Only the kernel knows the last of these; its scheduler counts it for each thread
(`run_delay` of the schedstats), and a file of three numbers has it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_FILE: Final = Path("/proc/thread-self/schedstat")
_LONGEST: Final = 64
"""Bytes of that file, at most: three numbers of up to twenty digits."""

_has_file = _FILE.exists()


def run_delay() -> float | None:
    """Seconds since the thread began in which it could run, but had no processor; None if unknown.

    >>> waited = run_delay()
    >>> waited is None or waited >= 0
    True
    """
    global _has_file  # noqa: PLW0603 - where it can't be read once, it never can
    if not _has_file:
        return None
    try:
        file = os.open(_FILE, os.O_RDONLY)  # a third of the time that `open` takes
        try:
            _computed, waited, _slices = os.read(file, _LONGEST).split()
        finally:
            os.close(file)
    except (OSError, ValueError):
        # Not of a lack of file handles, or the like: that may be over soon.
        _has_file = _FILE.exists()
        return None
    return int(waited) / 1e9
