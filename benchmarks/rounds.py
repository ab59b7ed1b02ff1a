"""Runs jobs in processes of their own, in turn, several rounds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.contender import CannotExpressError, Contender
from benchmarks.environments import CACHE, ROOT, python_for

TIMEOUT = 900.0
"""Seconds after which a worker is stopped."""

# Our own folder comes last on the path: a contender of the same import name as ours is found first.
_START = """\
import sys
sys.path.append(sys.argv[1])
from benchmarks.worker import main
main(*sys.argv[2:])
"""


@dataclass(slots=True)
class Job:
    """What one contender is to measure for one line of the table, and what came of it."""

    line: str
    contender: Contender
    measure: str
    options: Mapping[str, Any]
    variant: str = ""
    answers: list[Mapping[str, Any]] = field(default_factory=list)
    cannot: str | None = None

    @property
    def label(self) -> str:
        """The contender, and which variant of it."""
        return f"{self.contender.name} {self.variant}".strip()

    @property
    def size(self) -> int | None:
        """The number of nodes, where the measure is given one."""
        count: int | None = self.options.get("count")
        return count


def run_rounds(jobs: Sequence[Job], rounds: int) -> None:
    """Each round runs every job once, one after the other, so that all see the same machine.

    A job that can't be done, or fails, is not tried again; its `cannot` says why.
    """
    for number in range(1, rounds + 1):
        for job in jobs:
            if job.cannot is not None:
                continue
            progress = f"round {number}/{rounds}: {job.line}, {job.label}"
            if sys.stderr.isatty():
                print(f"\r{progress:<100.100}", end="", file=sys.stderr, flush=True)
            answer = run_once(job)
            if "cannot" in answer:
                job.cannot = answer["cannot"]
            else:
                job.answers.append(answer)
    if sys.stderr.isatty():
        print(f"\r{'':<100}\r", end="", file=sys.stderr, flush=True)


def run_once(job: Job) -> Mapping[str, Any]:
    """The answer of one fresh process."""
    try:
        python = python_for(job.contender)
    except CannotExpressError as error:
        return {"cannot": str(error)}
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        told = {"contender": job.contender.name, "measure": job.measure, "options": job.options}
        command = [str(python), "-P", "-c", _START, str(ROOT), json.dumps(told), str(answer)]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment(job.contender),
                check=False,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            return {"cannot": f"stopped after {TIMEOUT:.0f} s"}
        if done.returncode:
            last = next(reversed(done.stderr.strip().splitlines()), "no message")
            print(f"\n{done.stderr}", file=sys.stderr)
            return {"cannot": f"failed: {last[:200]}"}
        found: Mapping[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return found


def environment(contender: Contender) -> dict[str, str]:
    """Of a worker: compiled modules are kept (outside the packages), whatever this process is told."""
    variables = {**os.environ, **(contender.environment or {})}
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH"):
        variables.pop(name, None)
    variables["PYTHONPYCACHEPREFIX"] = str(CACHE / "bytecode")
    return variables
