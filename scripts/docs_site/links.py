"""What is wrong with the links of a folder of pages: those that lead nowhere, or out to the network."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

FETCHED: Final = {
    "img": "src", "script": "src", "link": "href", "iframe": "src", "source": "srcset",
}  # fmt: skip
"""Elements for which a browser asks by itself, and the attribute that says what for."""


class PageLinks(HTMLParser):
    """What one page has and what it refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser for each element."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag in FETCHED and given.get(FETCHED[tag]):
            self.fetched.append(given[FETCHED[tag]])


def read(path: Path) -> PageLinks:
    """The links and anchors of a file."""
    page = PageLinks()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def faults(folder: Path) -> Iterator[str]:
    """A sentence for each link that leads nowhere, and for each file that is fetched from afar."""
    pages = {path.resolve(): read(path) for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        where = path.relative_to(folder.resolve())
        for link in page.fetched:
            if urlsplit(link).scheme in ("http", "https") or link.startswith("//"):
                yield f"{where} fetches {link} from the network"
        for link in {*page.links, *page.fetched}:
            said = _fault_of(link, path, pages)
            if said:
                yield f"{where} links to {link}, {said}"


def _fault_of(link: str, path: Path, pages: dict[Path, PageLinks]) -> str | None:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "which is not there"
    fragment = unquote(parts.fragment)
    if fragment and target in pages and fragment not in pages[target].anchors:
        return "which has no such anchor"
    return None
