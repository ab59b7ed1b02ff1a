"""Shortens any text or repr, and never raises."""

from __future__ import annotations


def short_repr(value: object) -> str:
    """A repr that is short and never fails.

    >>> len(short_repr("x" * 1_000)), short_repr([1, 2])
    (60, '[1, 2]')
    """
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - whatever a foreign repr does, the message must come through
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 60 else text[:59] + "…"


def cut_middle(text: str, longest: int) -> str:
    """`text` cut in its middle to at most `longest` characters, since names often differ at their ends.

    For terminals, where some characters take two columns, see `views.common.terminal.shorten`.

    >>> cut_middle("download_page_12", 10), cut_middle("parse", 10)
    ('downl…e_12', 'parse')
    """
    if len(text) <= longest:
        return text
    head = longest // 2
    return f"{text[:head]}…{text[len(text) - (longest - head - 1) :]}"
