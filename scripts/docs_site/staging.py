"""The sources of the site in one folder: what stands in docs/site, and what is taken from elsewhere.

Notebooks, the reference, the changelog and parts of the README stand in one place in the project each;
here they become pages.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

from async_dag.views.common.palette import dark_svg
from scripts.docs_site import reference

ROOT: Final = Path(__file__).parents[2]
SITE: Final = ROOT / "docs" / "site"
PICTURES: Final = ROOT / "docs" / "pictures"

PAGES: Final = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "benchmarks.md",
}
"""Files of the project that are pages as they are."""

PARTS: Final = {
    "Is it true?": "truth",
    "Beside other libraries": "beside",
    "How fast is it?": "speed",
}
"""Sections of the README that pages include: the heading, and the name of the part."""

LINKS: Final = {
    "CHANGELOG.md": "/changelog.md",
    "CONTRIBUTING.md": "/contributing.md",
    "benchmarks/README.md": "/benchmarks.md",
}
"""Where a link of the README leads in the site; links into `notebooks/` stay what they are."""


def stage(folder: Path) -> None:
    """Write all sources into an empty folder."""
    shutil.copytree(SITE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        ROOT / "notebooks",
        folder / "notebooks",
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__", ".*"),
    )
    shutil.copytree(ROOT / "docs" / "recipes", folder / "recipes")
    (folder / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "make_workflow.py", folder / "scripts")  # a notebook links to it
    for source, page in PAGES.items():
        (folder / page).write_text((ROOT / source).read_text(encoding="utf-8"), encoding="utf-8")
    _stage_parts(folder / "parts")
    _stage_pictures(folder / "pictures")
    for name, text in reference.pages().items():
        (folder / "reference" / name).write_text(text, encoding="utf-8")
    glance = folder / "reference" / "index.md"
    glance.write_text(reference.with_links(glance.read_text(encoding="utf-8")), encoding="utf-8")


def _stage_parts(folder: Path) -> None:
    folder.mkdir()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for heading, name in PARTS.items():
        (folder / f"{name}.md").write_text(in_site(section(readme, heading)), encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one of its level or above."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n", text, re.MULTILINE)
    if found is None:
        raise LookupError(
            f"README.md has no section {heading!r}, which a page of the site includes"
        )
    rest = text[found.end() :]
    after = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: after.start()] if after else rest


def in_site(text: str) -> str:
    """A text of the README with its links as they are in the site."""
    for link, target in LINKS.items():
        text = text.replace(f"]({link})", f"]({target})")
    return re.sub(r"\]\((?:docs/site/|(?=notebooks/))", "](/", text)


def _stage_pictures(folder: Path) -> None:
    """The pictures, and dark copies of those that are drawn in the colours of the palette."""
    folder.mkdir()
    for path in sorted(PICTURES.iterdir()):
        shutil.copy(path, folder)
        if path.suffix == ".svg":
            dark = dark_svg(path.read_text(encoding="utf-8"))
            (folder / f"{path.stem}-dark.svg").write_text(dark, encoding="utf-8")
