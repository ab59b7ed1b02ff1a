"""Writes `frontend/src/palette.css` from `async_dag/views/common/palette.py`, so that the two agree.

`python scripts/generate_palette.py` writes it; with `--check` it fails if what is there is stale.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from async_dag.views.common.palette import DARK, LIGHT, Palette

FILE = Path(__file__).parent.parent / "frontend" / "src" / "palette.css"
HEADER = "/* Generated from async_dag/views/common/palette.py by scripts/generate_palette.py. */\n"


def block(selector: str, palette: Palette) -> str:
    """The colours as custom properties of what the selector selects."""
    lines = [
        f"  --ad-{name.replace('_', '-')}: {colour};" for name, colour in asdict(palette).items()
    ]
    return "\n".join([f"{selector} {{", *lines, "}\n"])


def style_sheet() -> str:
    """The whole file."""
    return "\n".join(
        [HEADER, block(".async-dag", LIGHT), block('.async-dag[data-theme="dark"]', DARK)]
    )


def main() -> int:
    """Write or check, as the arguments ask. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if it is stale")
    if not parser.parse_args().check:
        FILE.write_text(style_sheet(), encoding="utf-8")
        return 0
    if FILE.is_file() and FILE.read_text(encoding="utf-8") == style_sheet():
        return 0
    print(f"{FILE} is stale: run python scripts/generate_palette.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
