"""Build the API reference from the docstrings, with pdoc: docs/api/index.html.

    python scripts/build_docs.py [FOLDER]

A warning is an error, and so is a public name without a place in the pages, or a link between pages
that leads nowhere. The pages are for reading on the spot; git ignores them.
"""

from __future__ import annotations

import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import async_dag

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "api"


def public_names() -> list[str]:
    """Every name that users import from the package."""
    with_extra = [name for name, _ in async_dag._WITH_EXTRA.values()]
    return [*async_dag.__all__, *with_extra]


def modules() -> list[str]:
    """The package, and the modules in which its public classes and their bases are written."""
    things = [getattr(async_dag, name) for name in public_names()]
    classes = [base for thing in things if isinstance(thing, type) for base in thing.__mro__]
    written_in = {one.__module__ for one in classes if one.__module__.startswith("async_dag.")}
    return ["async_dag", *sorted(written_in)]


def build(target: Path) -> None:
    """Write the pages into `target`, which is emptied first. Any warning is raised."""
    import pdoc
    import pdoc.render

    shutil.rmtree(target, ignore_errors=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Of names that begin with an underscore, which are in no page.
        warnings.filterwarnings("ignore", r"Error parsing type annotation .* for [\w.]+\._\w+\. ")
        # networkx has type parameters in its stubs alone.
        warnings.filterwarnings("ignore", r"Error parsing type annotation networkx\.DiGraph\[Any\]")
        pdoc.render.configure(docformat="google", show_source=False)
        pdoc.pdoc(*modules(), output_directory=target)


def faults(target: Path) -> Iterator[str]:
    """What is wrong with the pages, a sentence each."""
    pages = {page: page.read_text(encoding="utf-8") for page in target.rglob("*.html")}
    front = target / "async_dag.html"
    for name in async_dag.__all__:
        if f'id="{name}"' not in pages[front]:
            yield f"{name} has no place in {front.name}"
    for page, text in pages.items():
        for file in re.findall(r'href="(?![a-z]+:)([^"#$]+)', text):
            if (page.parent / file).resolve() not in pages:
                yield f"{page.relative_to(target)} links to {file}, which is not there"


def main(argv: list[str]) -> int:
    """Build the pages and check them. Returns 1 if something is wrong with them."""
    target = Path(argv[0]).resolve() if argv else TARGET
    build(target)
    found = list(faults(target))
    for fault in found:
        print(fault, file=sys.stderr)
    print(f"{target / 'index.html'}: {len(list(target.rglob('*.html')))} pages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
