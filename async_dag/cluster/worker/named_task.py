"""`NamedTask`: a task of Dask's that is told from others by its key."""

from __future__ import annotations

from typing import Any

from dask._task_spec import Task, TaskRef

__all__ = ["NamedTask", "TaskRef"]


class NamedTask(Task):
    """A `Task` whose key is unique, so that nobody has to look into it to tell it from others.

    Dask does look into each task of a graph it is given, pickling all of it, which is nine tenths of
    what handing over a graph costs the client.
    """

    __slots__ = ()

    def __dask_tokenize__(self) -> Any:
        """What Dask calls to tell it from others."""
        return self.key
