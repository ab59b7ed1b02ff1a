"""Docstrings in Google's style as Markdown for MyST: paragraphs, definition lists, examples."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from inspect import cleandoc
from itertools import groupby
from typing import Final

SECTIONS: Final = {
    "Args": "Arguments",
    "Attributes": "Attributes",
    "Returns": "Returns",
    "Yields": "Yields",
    "Raises": "Raises",
}
"""What begins a section in a docstring, and what stands above it in the page."""

NAMED: Final = ("Args", "Attributes", "Raises")
"""Sections whose entries begin with a name."""

_ENTRY: Final = re.compile(r"(\*{0,2}[\w.]+(?:, [\w.]+)*)(?: \((.+?)\))?: ?(.*)", re.DOTALL)

Link = Callable[[str], str | None]
"""Makes a Markdown link of what stands between backticks; None if it leads nowhere."""


def to_markdown(documentation: str, link: Link) -> str:
    """The text of a docstring as Markdown."""
    return "\n\n".join(_blocks(cleandoc(documentation), link))


def _blocks(text: str, link: Link) -> Iterator[str]:
    for block in _paragraphs(text):
        first, _, rest = block.partition("\n")
        section = first.removesuffix(":")
        if section in SECTIONS and first.endswith(":"):
            yield f"**{SECTIONS[section]}**"
            body = cleandoc(f"\n{rest}")
            # An argument may be called like a property of the same class, and is not it.
            of_names = link if section == "Raises" else _no_link
            yield _entries(body, link, of_names) if section in NAMED else linked(body, link)
        elif block.startswith(">>> "):
            yield f"```pycon\n{block}\n```"
        else:
            yield linked(block, link)


def _paragraphs(text: str) -> Iterator[str]:
    """What stands between empty lines; a section keeps all that is indented, an example its output."""
    lines = text.splitlines()
    block: list[str] = []
    for number, line in enumerate(lines):
        following = next((later for later in lines[number + 1 :] if later.strip()), "")
        goes_on = bool(block) and (
            (block[0].removesuffix(":") in SECTIONS and following.startswith("    "))
            or (block[0].startswith(">>> ") and following.startswith(">>> "))
        )
        starts_example = line.startswith(">>> ") and block and not block[0].startswith(">>> ")
        if (not line.strip() and not goes_on) or starts_example:
            if block:
                yield "\n".join(block)
            block = [line] if line.strip() else []
        else:
            block.append(line)
    if block:
        yield "\n".join(block)


def _entries(body: str, link: Link, of_names: Link) -> str:
    """`name: what it is`, with further lines indented, as a definition list."""
    entries: list[list[str]] = []
    for indented, lines in groupby(body.splitlines(), key=lambda line: line.startswith(" ")):
        if indented and entries:
            entries[-1].extend(line.strip() for line in lines)
        else:
            entries.extend([line.strip()] for line in lines if line.strip())
    return "\n\n".join(_entry(" ".join(entry), link, of_names) for entry in entries)


def _entry(text: str, link: Link, of_names: Link) -> str:
    match = _ENTRY.fullmatch(text)
    if match is None:  # a sentence that says more of all entries
        return linked(text, link)
    names, kind, meaning = match.groups()
    shown = ", ".join(linked(f"`{name.strip()}`", of_names) for name in names.split(","))
    given = f" ({linked(kind, link)})" if kind else ""
    return f"{shown}{given}\n: {linked(meaning, link)}"


def _no_link(_: str) -> None:
    return None


def linked(text: str, link: Link) -> str:
    """The text, in which names of the package that stand between backticks are links."""
    return re.sub(r"(?<![`\[])`([^`\n]+)`(?!`)", lambda found: link(found[1]) or found[0], text)
