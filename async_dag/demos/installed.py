"""The installed distributions: what each requires, and whether its files are as they were installed.

An installer writes the hash of every file into the distribution's RECORD. A file whose hash differs
was changed since; one that is gone is missing.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from importlib import metadata
from typing import cast

from async_dag.demos.requirements import normalised, required

#: The hashes that the format of RECORD allows. SHA-256 is what installers write.
_ALGORITHMS = ("sha256", "sha384", "sha512")
#: Bytes that are read at once.
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Installed:
    """A distribution found on the path. `requires` has the keys of installed ones."""

    key: str
    name: str
    version: str
    requires: tuple[str, ...]
    source: metadata.Distribution


@dataclass(frozen=True)
class Files:
    """The state of a distribution's files.

    `matching` counts those that are as installed, in `size` bytes. `unchecked` says why the
    distribution can't be judged by its files; it is empty if it can.
    """

    matching: int = 0
    size: int = 0
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unchecked: str = ""

    @property
    def match(self) -> bool:
        """Whether there was something to check and all of it is as installed."""
        return not (self.changed or self.missing or self.unchecked)


def find_installed(path: Sequence[str] | None = None) -> list[Installed]:
    """All distributions on `path` (by default `sys.path`), by name.

    Of two with one name, the first on the path is taken: it is the one that imports find.
    """
    by_key: dict[str, metadata.Distribution] = {}
    names: dict[str, str] = {}
    sources = metadata.distributions() if path is None else metadata.distributions(path=list(path))
    for source in sources:
        name = _header(source, "Name") or _folder_name(source)
        key = normalised(name)
        by_key.setdefault(key, source)
        names.setdefault(key, name)
    return [
        Installed(
            key=key,
            name=names[key],
            version=_header(by_key[key], "Version") or "?",
            requires=tuple(sorted(_required(by_key[key]) & by_key.keys() - {key})),
            source=by_key[key],
        )
        for key in sorted(by_key)
    ]


def check_files(distribution: Installed) -> Files:
    """Hash every file in the distribution's RECORD and compare.

    Entries without a hash are passed over: RECORD itself, and compiled `.pyc` files.
    """
    source = distribution.source
    record = _read(source, "RECORD")
    if record is None:
        installer = (_read(source, "INSTALLER") or "").strip()
        by = f" (installed by {installer})" if installer else ""
        return Files(unchecked=f"has no readable RECORD{by}")
    place = source.locate_file("")
    if not isinstance(place, os.PathLike):
        return Files(unchecked="lies in an archive")
    folder = os.fspath(place)
    matching = size = 0
    changed: list[str] = []
    missing: list[str] = []
    unchecked = _where_else(source)
    try:
        for name, algorithm, digest in _entries(record):
            if algorithm not in _ALGORITHMS:
                unchecked = unchecked or f"{name} has a hash of unknown kind: {algorithm}"
                continue
            try:
                actual, length = _hash(os.path.join(folder, name), algorithm)  # noqa: PTH118 - see _hash
            except (FileNotFoundError, NotADirectoryError):
                missing.append(name)
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or error
                unchecked = unchecked or f"{name} can't be read: {reason}"
            else:
                if actual != digest:
                    changed.append(name)
                else:
                    matching += 1
                    size += length
    except csv.Error as error:
        unchecked = f"its RECORD can't be read: {error}"
    if not (matching or changed or missing or unchecked):
        unchecked = "its RECORD holds no hash"
    return Files(matching, size, tuple(changed), tuple(missing), unchecked)


def _entries(record: str) -> Iterator[tuple[str, str, str]]:
    """Name, kind of hash and hash of every file that has one."""
    for row in csv.reader(io.StringIO(record, newline="")):
        if len(row) >= 2 and row[1]:
            algorithm, _, digest = row[1].partition("=")
            yield row[0], algorithm, digest


def _hash(path: str, algorithm: str) -> tuple[str, int]:
    """The hash of a file as RECORD writes it, and the file's size in bytes.

    Opens plain files only: a pipe or a device in a file's place would block for ever.
    """
    # Plain system calls: an environment has tens of thousands of small files, and what pathlib does
    # for each holds Python's global lock for longer than the hashing, so threads gain nothing.
    status = os.stat(path)  # noqa: PTH116 - see above
    if not stat.S_ISREG(status.st_mode):
        return "not a plain file", 0
    hashed = hashlib.new(algorithm)
    size = 0
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        while data := os.read(file, min(status.st_size, _CHUNK) or 1):
            hashed.update(data)
            size += len(data)
    finally:
        os.close(file)
    return base64.urlsafe_b64encode(hashed.digest()).decode("ascii").rstrip("="), size


def _where_else(source: metadata.Distribution) -> str:
    """Why RECORD doesn't tell all: the code of an editable install lies elsewhere, unhashed."""
    text = _read(source, "direct_url.json")
    if text is None:
        return ""
    try:
        is_editable = json.loads(text)["dir_info"]["editable"] is True
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return "is an editable install: its code has no RECORD" if is_editable else ""


# Metadata on disk may be broken in any way, and other packages may provide distributions of their
# own. An error while reading one distribution must not keep the others from being checked.


def _required(source: metadata.Distribution) -> set[str]:
    """The keys of all that the distribution requires on this Python, without extras."""
    try:
        lines = list(source.requires or ())
    except Exception:  # noqa: BLE001 - see above
        return set()
    return required(lines)


def _header(source: metadata.Distribution, field: str) -> str:
    """A field of the distribution's METADATA, empty if it is not there."""
    try:
        value = cast("Message", source.metadata).get(field)
    except Exception:  # noqa: BLE001 - see above
        return ""
    return str(value).strip() if value else ""


def _folder_name(source: metadata.Distribution) -> str:
    """What to call a distribution without a name: its metadata folder's, if that is known."""
    name = getattr(getattr(source, "_path", None), "name", "")
    return str(name) or "unnamed distribution"


def _read(source: metadata.Distribution, file: str) -> str | None:
    """A file of the distribution's metadata folder, None if it is not there or no text."""
    try:
        return source.read_text(file)
    except Exception:  # noqa: BLE001 - see above
        return None
