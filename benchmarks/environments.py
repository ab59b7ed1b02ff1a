"""A virtual environment for each contender that needs packages, made once and kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.contender import CannotExpressError, Contender

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".benchmarks"
"""Environments and results; git ignores it."""


def python_for(contender: Contender) -> Path:
    """The interpreter that has what the contender needs; raises `CannotExpressError` if it can't run.

    Environments are keyed by the requirements, so a changed bound makes a new one.
    """
    if sys.version_info < contender.python:
        wanted = ".".join(map(str, contender.python))
        raise CannotExpressError(f"needs Python {wanted} or later")
    if not contender.requirements:
        return Path(sys.executable)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = CACHE / "environments" / f"{version}-{_as_file_name(contender.requirements)}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        _make(folder, python, contender.requirements)
    return python


def _make(folder: Path, python: Path, requirements: tuple[str, ...]) -> None:
    print(f"making an environment for {', '.join(requirements)} …", file=sys.stderr, flush=True)
    try:
        venv.create(folder, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *requirements], check=True)
    except BaseException:  # also Ctrl-C: half an environment would be taken for a whole one
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _as_file_name(requirements: tuple[str, ...]) -> str:
    together = "-".join(requirements)
    return "".join(
        character if character.isalnum() or character in ".-" else "_" for character in together
    )
