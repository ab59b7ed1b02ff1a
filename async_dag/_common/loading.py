"""Loads large modules while the event loop goes on."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module


async def load(module: str) -> None:
    """Import a module in a thread, so that the import statement that follows takes no time.

    Some tenths of a second of imports would else be one turn of the event loop.

    Raises what the import raises.

    >>> asyncio.run(load("json"))
    """
    if module not in sys.modules:
        await asyncio.to_thread(import_module, module)
