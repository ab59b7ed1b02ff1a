"""`in_thread` and `in_process`: plain functions as tasks, so that their work leaves the event loop."""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import functools
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from async_dag.errors import MissingExtraError, WrongTaskError
