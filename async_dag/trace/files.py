"""A trace in a file: the JSON of `trace_json`, and errors that name the file as well as the field."""

from __future__ import annotations

import gzip
import zlib
from os import PathLike
from pathlib import Path
from typing import Final

from async_dag.errors import TraceFormatError
from async_dag.trace.json import from_json, to_json
from async_dag.trace.trace import Trace

_GZIP: Final = b"\x1f\x8b"


def save(trace: Trace, path: str | PathLike[str]) -> Path:
    """Write what `Trace.save` describes."""
    path = Path(path)
    data = to_json(trace).encode()
    # No time in it: the same trace gives the same file.
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def load(path: str | PathLike[str]) -> Trace:
    """Read what `save` wrote, as `Trace.load` describes."""
    path = Path(path)
    data = path.read_bytes()
    try:
        return from_json(gzip.decompress(data) if data.startswith(_GZIP) else data)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise TraceFormatError(f"{path}: this is no gzip file, or was cut off: {error}") from None
    except TraceFormatError as error:
        raise TraceFormatError(f"{path}: {error}") from None
