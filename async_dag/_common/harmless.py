"""Text that does nothing to the terminal or page that shows it."""

from __future__ import annotations

import unicodedata
from typing import Final

_MOST_MARKS: Final = 4
"""Combining marks kept on one character; languages need two or three."""


def harmless(text: str) -> str:
    r"""`text` with all that moves the cursor, changes colours or reorders the line escaped.

    >>> print(harmless("caf\u00e9\x1b[31m\u202e\n"))
    café\x1b[31m\u202e\n
    """
    if text.isascii() and text.isprintable():  # nearly all names
        return text
    characters: list[str] = []
    marks = 0
    for character in text:
        if unicodedata.category(character) in ("Mn", "Me"):
            # Variation selectors make an emoji wider in some terminals only.
            marks += 1
            if marks <= _MOST_MARKS and not "\ufe00" <= character <= "\ufe0f":
                characters.append(character)
            continue
        marks = 0
        if character.isprintable():
            characters.append(character)
        else:
            characters.append(character.encode("unicode_escape").decode("ascii"))
    return "".join(characters)
