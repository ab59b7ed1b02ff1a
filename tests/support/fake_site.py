"""Makes folders of installed distributions, as an installer would leave them."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path


def hash_of(content: bytes, algorithm: str = "sha256") -> str:
    """A hash as RECORD has it."""
    digest = hashlib.new(algorithm, content).digest()
    return f"{algorithm}={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def install(
    site: Path,
    name: str,
    *,
    files: Mapping[str, bytes] | None = None,
    requires: Sequence[str] = (),
    more: Mapping[str, str] | None = None,
    record: str | bytes | None = "",
    metadata: str | bytes | None = None,
    version: str = "1.0",
) -> Path:
    """Put a distribution into `site`, with a RECORD of its files, and return its metadata folder.

    `more` are further files of the metadata folder; `record` is appended to the RECORD, or
    replaces it if it is bytes, and None leaves it out.
    """
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True)
    if metadata is None:
        metadata = "Metadata-Version: 2.1\n" + f"Name: {name}\nVersion: {version}\n"
        metadata += "".join(f"Requires-Dist: {line}\n" for line in requires)
    content = {f"{name}/__init__.py": f"# {name}".encode(), **(files or {})}
    for path, data in content.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(data)
    _write(folder / "METADATA", metadata)
    for path, text in (more or {}).items():
        _write(folder / path, text)
    if isinstance(record, str):
        lines = [f"{path},{hash_of(data)},{len(data)}" for path, data in content.items()]
        lines += [f"{folder.name}/RECORD,,", record]
        record = "\n".join(lines)
    if record is not None:
        _write(folder / "RECORD", record)
    return folder


def _write(path: Path, content: str | bytes) -> None:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
