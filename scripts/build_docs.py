"""Build the site with Sphinx: docs/api/index.html, or into the folder that is named.

    python scripts/build_docs.py [FOLDER]

Guides, the notebooks with their pictures, and the reference, made of the docstrings. A warning is an
error, and so is a public name without a place, a link or an anchor that leads nowhere, or a file that
a page fetches from the network. It needs the extra `docs`; the page to try it in the browser is built
into the site where `npm ci` has brought Pyodide (in frontend/). All pages but that one can be read as
plain files; it has to be served. Git ignores the site.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "api"

if str(ROOT) not in sys.path:  # as it is not when this is run as a program
    sys.path.insert(0, str(ROOT))

from scripts import build_try_page  # noqa: E402
from scripts.docs_site import landmarks, links, reference, staging  # noqa: E402


def build(target: Path) -> int:
    """Write the site into `target`, in place of what was built there before.

    Returns Sphinx's code, 0 if all is well.
    """
    build_try_page.clear(target, "objects.inv")
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        staging.stage(source)
        options = ["-b", "html", "-q", "--fail-on-warning", "-d", f"{scratch}/doctrees"]
        # Not into the target itself: beside it, myst-nb leaves a folder with the notebooks.
        command = [sys.executable, "-m", "sphinx", *options, str(source), f"{scratch}/html"]
        code = subprocess.run(command, check=False).returncode
        shutil.copytree(f"{scratch}/html", target, dirs_exist_ok=True)
    landmarks.name_landmarks(target)
    if build_try_page.PYODIDE.is_dir():
        build_try_page.build(target / "try")
    else:
        shutil.copytree(ROOT / "docs" / "site" / "without_try", target / "try")
    return code


def faults(target: Path) -> Iterator[str]:
    """What is wrong with the pages, a sentence each."""
    pages = {path.stem: links.read(path).anchors for path in (target / "reference").glob("*.html")}
    for name in reference.public_names():
        page = reference.page_of(name).name
        if reference.anchor(name) not in pages.get(page, ()):
            yield f"{name} has no place in reference/{page}.html"
    yield from links.faults(target)


def main(argv: list[str]) -> int:
    """Build the site and check it. Returns 1 if something is wrong with it."""
    began = time.perf_counter()
    parser = argparse.ArgumentParser(description="Build the site with Sphinx, and check it.")
    parser.add_argument("folder", nargs="?", type=Path, default=TARGET, help="default: %(default)s")
    target: Path = parser.parse_args(argv).folder.resolve()
    code = build(target)
    found = list(faults(target))
    for fault in found:
        print(fault, file=sys.stderr)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(
        f"{target / 'index.html'}: {len(list(target.rglob('*.html')))} pages, {size / 1e6:.1f} MB, "
        f"in {time.perf_counter() - began:.0f} s; python -m http.server -d {target}"
    )
    return 1 if code or found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
