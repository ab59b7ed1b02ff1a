"""What is said of calls of a manager with arguments that they do not take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from async_dag._common.wrong_calls import wrong_call
from async_dag.errors import WrongTypeError
from async_dag.nodes.options import NodeOptions

_RETRIES: Final = (
    "a library says how often: retry=lambda: stamina.retry_context(on=OSError, attempts=3)"
)

_OF_OPTIONS: Final = {
    "retries": _RETRIES,
    "attempts": _RETRIES,
    "max_concurrency": "invoke(max_concurrency=8) bounds all nodes of a run; "
    "limit=async_dag.limit('api', 8) those with these options",
    "semaphore": "any async context manager, such as a semaphore, is given as limit=",
    "depends_on": "a node whose value a task takes is its argument: add_node(task, node); one that "
    "must merely be done first is given as after=[node]",
}
"""What to write instead of keywords of `options` that other libraries have."""

_OF_INVOKE: Final = {
    **{
        option: f"that is an option of nodes: tm.options({option}=...).add_node(...)"
        for option in NodeOptions._fields
    },
    "timeout": "for the whole run, write 'async with asyncio.timeout(5):' around it; for single nodes, "
    "tm.options(timeout=5).add_node(...)",
    **dict.fromkeys(
        ("input", "inputs", "params", "state"),
        "what a run is given is the value of parameter_node: tm.invoke({'url': url}), of which "
        "tm.parameter_node['url'] is a node",
    ),
    "final_vars": "which nodes are wanted is targets=: tm.invoke(targets=['name'])",
    "outputs": "which nodes are wanted is targets=: tm.invoke(targets=['name'])",
    "overrides": "what differs from run to run is the parameter: tm.invoke(value); values of an "
    "earlier run are given as reuse=",
    "return_exceptions": "with on_error='continue' all runs that does not depend on a failed node",
}
"""What to write instead of keywords that `invoke` and `stream` are likely to be given."""


def wrong_options(
    options: Callable[..., Any], more: Sequence[object], unknown: Mapping[str, object]
) -> WrongTypeError:
    """The error about what was passed to `options` and is no option."""
    return wrong_call(
        options, more, unknown, instead="options(name='fetch users')", cures=_OF_OPTIONS
    )


def wrong_invoke(
    invoke: Callable[..., Any], more: Sequence[object], unknown: Mapping[str, object]
) -> WrongTypeError:
    """The error about what was passed to `invoke` or `stream`, and is not taken."""
    name = invoke.__name__
    instead = (
        f"it takes one value, for parameter_node; pass several as a tuple or a dict, {name}((a, b)), "
        "of which tm.parameter_node[0] and so on are nodes"
    )
    return wrong_call(invoke, more, unknown, instead=instead, cures=_OF_INVOKE)
