"""The time of one `import`, in fresh interpreters, with compiled modules at hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import TypedDict

from benchmarks.contender import Contender

_IMPORT = """\
import sys, time
sys.path.append(sys.argv[1])
cpu, start = time.process_time(), time.perf_counter()
import {module}
print(time.perf_counter() - start, time.process_time() - cpu)
"""

ROOT = Path(__file__).parent.parent.parent


class Startup(TypedDict):
    """Seconds."""

    wall: float
    cpu: float


def measure(contender: Contender, module: str, runs: int) -> Startup:
    """The medians of `runs` imports, after one that compiles the modules.

    The contender says whose environment it is; this process has imported too much already, so each
    import has a process of its own.
    """
    del contender
    once(module)
    walls, cpus = zip(*(once(module) for _ in range(runs)), strict=True)
    return {"wall": median(walls), "cpu": median(cpus)}


def once(module: str) -> tuple[float, float]:
    """Seconds of one import in a fresh interpreter, by the clock and of the processor."""
    command = [sys.executable, "-P", "-c", _IMPORT.format(module=module), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall, cpu = map(float, done.stdout.split())
    return wall, cpu
