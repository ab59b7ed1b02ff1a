"""Names and levels that screen readers need, and that the theme leaves out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

MENDED: Final = {
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="Pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="On this page">',
    '<aside class="toc-drawer no-toc">': '<aside class="toc-drawer no-toc" aria-label="On this page">',
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<div id="search-results"></div>': '<h1>Search</h1>\n<div id="search-results"></div>',
}
"""What the theme writes, and what it should."""

_PARAMETERS: Final = re.compile(r"<dl>\n((?:<dd>.*</dd>\n)+)</dl>")
"""A signature in several lines, of which Sphinx makes a list of definitions without terms."""


def name_landmarks(folder: Path) -> None:
    """Mend all pages of a site."""
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for written, meant in MENDED.items():
            text = text.replace(written, meant)
        text = _PARAMETERS.sub(_as_list, text)
        path.write_text(text, encoding="utf-8")


def _as_list(found: re.Match[str]) -> str:
    items = found[1].replace("<dd>", "<li>").replace("</dd>", "</li>")
    return f'<ul class="parameters">\n{items}</ul>'
