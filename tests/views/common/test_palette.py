"""The page's colours are those of all other pictures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_style_sheet_has_the_palette() -> None:
    """`palette.css` is generated from `palette.py`, and fresh."""
    generator = ROOT / "scripts" / "generate_palette.py"
    answer = subprocess.run(
        [sys.executable, str(generator), "--check"], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
