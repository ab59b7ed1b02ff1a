"""What the page makes of what it was told: by its own code, run by Node."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.support import needs


def frames_of(messages: Iterable[tuple[dict[str, Any], Sequence[bytes]]]) -> list[Any]:
    """The messages that tell of columns and of the analysis, with their buffers in base 64."""
    return [
        [message, [base64.b64encode(buffer).decode() for buffer in buffers]]
        for message, buffers in messages
        if message["kind"] in ("columns", "analysis")
    ]


def shown(told: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """What the page shows at the end of each of these runs, of which it was told by frames."""
    bundled, given = folder / "replay.cjs", folder / "told.json"
    esbuild = str(needs.node_module("esbuild/bin/esbuild"))
    program = [esbuild, "tests/replay.ts", "--bundle", "--platform=node", "--log-level=error"]
    environment = needs.environment_with_node()
    subprocess.run(
        [*program, f"--outfile={bundled}"],
        cwd=needs.NODE_MODULES.parent,
        env=environment,
        check=True,
    )
    given.write_text(json.dumps(told), encoding="utf-8")
    answer = subprocess.run(
        ["node", str(bundled), str(given)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return list(json.loads(answer.stdout))
