"""Build the page in which async_dag can be tried with nothing installed: docs/try_page/index.html.

    python scripts/build_try_page.py [FOLDER]

The page loads Python into the browser, by Pyodide, and fetches nothing but its own files. It has to be
served (`python -m http.server -d docs/try_page`): a browser loads no modules from plain files. Pyodide
comes from `npm ci` in frontend/. Git ignores the page.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "docs" / "try"
PACKAGE = ROOT / "async_dag"
PYODIDE = ROOT / "frontend" / "node_modules" / "pyodide"
TARGET = ROOT / "docs" / "try_page"

#: What Pyodide loads; the rest of its package is for developers.
PYODIDE_FILES = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
)


def clear(target: Path, mark: str) -> None:
    """Remove an earlier build, which has the file `mark`; what else is there stays, with an error."""
    if target.is_dir() and any(target.iterdir()) and not (target / mark).is_file():
        raise SystemExit(f"{target} holds other files, which are not removed; name a new folder")
    shutil.rmtree(target, ignore_errors=True)


def build(target: Path) -> None:
    """Write the page into `target`, in place of what was built there before."""
    if not PYODIDE.is_dir():
        raise SystemExit("Pyodide is not there: npm ci, in the folder frontend")
    clear(target, "async_dag.zip")
    shutil.copytree(SOURCE, target)
    for name in ("workbench.js", "workbench.css"):
        shutil.copy(PACKAGE / "workbench" / "static" / name, target)
    (target / "pyodide").mkdir()
    for name in PYODIDE_FILES:
        shutil.copy(PYODIDE / name, target / "pyodide")
    with zipfile.ZipFile(target / "async_dag.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(PACKAGE.rglob("*")):
            if path.suffix in (".py", ".js", ".css"):
                archive.write(path, path.relative_to(ROOT))


def main(argv: list[str]) -> int:
    """Build the page and say where it is."""
    parser = argparse.ArgumentParser(description="Build the page to try async_dag in a browser.")
    parser.add_argument("folder", nargs="?", type=Path, default=TARGET, help="default: %(default)s")
    target: Path = parser.parse_args(argv).folder.resolve()
    build(target)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(f"{target / 'index.html'}: {size / 1e6:.1f} MB; python -m http.server -d {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
