"""`ask`: calls a client's methods without holding the event loop, be it synchronous or not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distributed import Client


async def ask(client: Client, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a method of a client, or of a future, and wait for its answer.

    A client that is synchronous blocks whoever calls it, so that is a thread.
    """
    if client.asynchronous:
        answer = method(*args, **kwargs)
        return await answer if isawaitable(answer) else answer
    return await asyncio.to_thread(method, *args, **kwargs)
