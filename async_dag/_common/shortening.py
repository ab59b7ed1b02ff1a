"""Text of foreign values, kept short; never an error."""

from __future__ import annotations


def short_repr(value: object) -> str:
    """A repr that is short and never fails."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - whatever a foreign repr does, the message must come through
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 60 else text[:59] + "…"
