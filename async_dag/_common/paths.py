"""The check of an argument that is a path; apart from others, as importing `pathlib` takes time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTypeError


def file_path(where: str, given: Any) -> Path:
    """`given` as a path, if it is one.

    Raises `WrongTypeError` (a `TypeError`).

    >>> file_path("trace.save()", None)
    Traceback (most recent call last):
    async_dag.errors.WrongTypeError: trace.save() takes the path of a file; given was None
    """
    if isinstance(given, (str, os.PathLike)):
        return Path(given)
    raise WrongTypeError(f"{where} takes the path of a file; given was {short_repr(given)}")
