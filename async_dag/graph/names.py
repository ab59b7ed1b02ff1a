"""Names without the number that makes each unique."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_NUMBERED: Final = re.compile(r"(.+)_[0-9]+", re.DOTALL)


def plain_names(names: Sequence[str]) -> list[str]:
    """Each name without its number, if there is a node of the name without one.

    >>> plain_names(["fetch", "fetch_2", "step_2"])
    ['fetch', 'fetch', 'step_2']
    """
    known = set(names)
    plain: list[str] = []
    for name in names:
        numbered = _NUMBERED.fullmatch(name)
        plain.append(numbered[1] if numbered and numbered[1] in known else name)
    return plain
