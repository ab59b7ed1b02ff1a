"""Which cell of a notebook a function was written in, by the file name that IPython makes up for it."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Final

_MADE_UP: Final = ("<ipython-input-", "ipykernel_")
"""In the names that IPython gives to the code of a cell; no other name is looked up."""


def file_or_cell(filename: str) -> str:
    """`In [3]` for the code of a cell, as tracebacks call it; else the name as it is.

    >>> file_or_cell("pipeline.py")
    'pipeline.py'
    """
    if not any(part in filename for part in _MADE_UP):
        return filename
    return _cell(filename) or filename


@lru_cache(maxsize=256)
def _cell(filename: str) -> str | None:
    # Where there is a cell, IPython is loaded: nothing is imported here.
    ipython = sys.modules.get("IPython")
    try:
        shell = ipython.get_ipython() if ipython is not None else None
        named = None if shell is None else shell.compile.format_code_name(filename)
    except Exception:  # noqa: BLE001 - another version of IPython: the file's name has to do
        return None
    # IPython 8 and later answer with a pair such as `Cell` and `In[3]`.
    cell = named[1] if isinstance(named, tuple) and len(named) == 2 else None
    return cell.replace("In[", "In [") if isinstance(cell, str) and cell.startswith("In[") else None
