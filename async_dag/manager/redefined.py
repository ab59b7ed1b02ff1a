"""Warns in a notebook that functions were defined anew since the DAG was built of the old ones."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Iterable
from types import FunctionType
from typing import Any

from async_dag._common.shortening import short_repr


def notebook_functions(tasks: Iterable[Any]) -> tuple[FunctionType, ...]:
    """The functions among the tasks that were defined in a cell, or in a script: each once."""
    functions = dict.fromkeys(task for task in tasks if type(task) is FunctionType)
    return tuple(task for task in functions if task.__module__ == "__main__")


def warn_of_redefined(functions: Iterable[FunctionType]) -> None:
    """Warn if one of these `notebook_functions` has another definition in the notebook by now.

    A cell that ran again without a change defines the same function, which is no reason to warn.
    """
    namespace = vars(sys.modules["__main__"])
    if "get_ipython" not in namespace:
        return
    names = [
        task.__name__ for task in functions if _differs(task, namespace.get(task.__qualname__))
    ]
    if names:
        several = len(names) > 1
        warnings.warn(
            f"{'functions' if several else 'function'} {', '.join(map(short_repr, names))} "
            f"{'were' if several else 'was'} defined anew after this DAG was built, which still runs "
            f"the old {'ones' if several else 'one'}; run the cell that builds the DAG again",
            stacklevel=3,
        )


def _differs(task: FunctionType, now: object) -> bool:
    if type(now) is not FunctionType:
        return False
    # Of what `streaming` or a decorator made of a function the cell may have but the function itself.
    now, task = inspect.unwrap(now), inspect.unwrap(task)
    if type(now) is not FunctionType or type(task) is not FunctionType or now is task:
        return False
    return (now.__code__, now.__defaults__) != (task.__code__, task.__defaults__)
