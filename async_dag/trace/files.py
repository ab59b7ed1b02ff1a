"""A trace in a file, as JSON; errors name the file as well as the field."""

from __future__ import annotations

import gzip
import io
import zlib
from os import PathLike
from pathlib import Path
from typing import Final

from async_dag._common.paths import file_path
from async_dag.errors import TraceFormatError
from async_dag.trace.json import from_json, to_json
from async_dag.trace.trace import Trace

_GZIP: Final = b"\x1f\x8b"

_PLAUSIBLE: Final = 100
"""How many times as long as its compressed form a trace can be: those of millions of nodes that have
not started yet are some fifty times as long."""

_SMALL: Final = 64 * 1024 * 1024
"""Bytes below which nobody minds how long a trace gets."""


def save(trace: Trace, path: str | PathLike[str]) -> Path:
    """Write what `Trace.save` describes."""
    path = file_path("trace.save()", path)
    data = to_json(trace).encode()
    # No time in it: the same trace gives the same file.
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def _decompressed(data: bytes) -> bytes:
    """What was compressed; a file made to fill the memory is refused before it does."""
    longest = max(_SMALL, _PLAUSIBLE * len(data))
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        decompressed = file.read(longest + 1)
    if len(decompressed) > longest:
        raise TraceFormatError(
            f"{len(data):,} compressed bytes become more than {longest:,}, as no trace does"
        )
    return decompressed


def load(path: str | PathLike[str]) -> Trace:
    """Read what `save` wrote, as `Trace.load` describes."""
    path = file_path("Trace.load()", path)
    data = path.read_bytes()
    try:
        return from_json(_decompressed(data) if data.startswith(_GZIP) else data)
    except (EOFError, OSError, zlib.error) as error:
        raise TraceFormatError(f"{path}: this is no gzip file, or was cut off: {error}") from None
    except TraceFormatError as error:
        raise TraceFormatError(f"{path}: {error}") from None
