"""Programs that a test runs in a Python of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap


def output_of(script: str, *arguments: str, timeout: float = 60) -> str:
    """What a script prints. It must end by itself, with exit code 0 and no word on stderr."""
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore::DeprecationWarning",
            "-c",
            textwrap.dedent(script),
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout
