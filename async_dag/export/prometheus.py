"""`RunMetrics`: what runs take, as metrics for Prometheus."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

from async_dag._common.arguments import as_float
from async_dag._common.shortening import short_repr
from async_dag.errors import WrongArgumentError, WrongTypeError
from async_dag.graph.title import TIMED, title_of
from async_dag.trace.collapsed import collapsed
from async_dag.trace.durations import durations_of
from async_dag.trace.trace import Trace

if TYPE_CHECKING:
    from async_dag.engine.run import Run
    from async_dag.graph.graph import Graph

BUCKETS: Final = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0
)  # fmt: skip
"""The upper bounds of the histograms' buckets, in seconds."""


class RunMetrics:
    """Counts runs for Prometheus: a callback for `async_dag.watch(over=metrics, off_loop=True)`.

    The metrics, all in seconds or counts:

    - `async_dag_invoke_seconds{dag, outcome}`: a histogram; outcomes are `done`, `failed`, `cancelled`;
    - `async_dag_node_seconds{dag, node}`: a histogram; of a map it is the time of all of its items;
    - `async_dag_node_failures_total{dag, node}`: how often a node failed;
    - `async_dag_loop_held_seconds_total{dag}`: for how long nodes held the event loop.

    With several processes use the multiprocess mode of `prometheus_client`: set
    `PROMETHEUS_MULTIPROC_DIR` before it is imported.

    Args:
        registry: where the metrics are; by default the global registry of `prometheus_client`.
        dag: the label `dag`, or a function of a trace that returns it; by default what the graph is
            called: the file of its functions, or its last node.
        buckets: the upper bounds of the buckets, in seconds.

    Raises:
        MissingExtraError: it is imported without `prometheus_client` (an `ImportError`).
        WrongArgumentError, WrongTypeError: an argument can't be used (a `ValueError`, a `TypeError`).
            A registry has room for one `RunMetrics`.

    >>> import asyncio, async_dag
    >>> from prometheus_client import CollectorRegistry
    >>> async def one() -> int:
    ...     return 1
    >>> with async_dag.build_dag() as tm:
    ...     _ = tm.add_node(one)
    >>> registry = CollectorRegistry()
    >>> with async_dag.watch(over=async_dag.RunMetrics(registry, dag="example"), off_loop=True):
    ...     _ = asyncio.run(tm.invoke())
    >>> registry.get_sample_value(
    ...     "async_dag_invoke_seconds_count", {"dag": "example", "outcome": "done"})
    1.0
    """

    def __init__(
        self,
        registry: CollectorRegistry | None = None,
        *,
        dag: str | Callable[[Trace], str] | None = None,
        buckets: Sequence[float] = BUCKETS,
    ) -> None:
        if registry is not None and not isinstance(registry, CollectorRegistry):
            raise WrongTypeError(
                "RunMetrics takes a CollectorRegistry of prometheus_client, or None for its global "
                f"one; given was {short_repr(registry)}"
            )
        if dag is not None and not isinstance(dag, str) and not callable(dag):
            raise WrongTypeError(
                "RunMetrics(dag=) takes a text, or a function of a trace that returns one; given was "
                f"{short_repr(dag)}"
            )
        bounds = _checked_buckets(buckets)
        self._dag = dag
        self._graph: Graph | None = None  # the last one, whose title is known
        self._title = ""
        self._known: dict[tuple[str, str], Any] = {}  # finding a labelled child takes a microsecond
        options: dict[str, Any] = {"registry": REGISTRY if registry is None else registry}
        try:
            self._invokes = Histogram(
                "async_dag_invoke_seconds",
                "How long invokes took",
                ["dag", "outcome"],
                buckets=bounds,
                **options,
            )
        except ValueError as error:
            raise WrongArgumentError(
                "the registry has these metrics already: make one RunMetrics and use it for all runs, "
                "or give this one a registry of its own, RunMetrics(CollectorRegistry())"
            ) from error
        self._nodes = Histogram(
            "async_dag_node_seconds",
            "How long nodes took",
            ["dag", "node"],
            buckets=bounds,
            **options,
        )
        self._failures = Counter(
            "async_dag_node_failures", "How often nodes failed", ["dag", "node"], **options
        )
        self._held = Counter(
            "async_dag_loop_held_seconds",
            "For how long nodes held the event loop",
            ["dag"],
            **options,
        )

    def __call__(self, run: Run) -> None:
        """Count a run that is over.

        >>> from async_dag import RunMetrics
        >>> callable(RunMetrics.__call__)
        True
        """
        trace = collapsed(run.trace)
        graph = trace.graph
        dag = self._name(trace)
        outcomes = trace.outcomes
        states = set(outcomes.values())
        outcome = (
            "failed" if "failed" in states else "cancelled" if "cancelled" in states else "done"
        )
        self._invokes.labels(dag, outcome).observe(trace.elapsed)
        for node, seconds in enumerate(durations_of(trace)):
            if graph.kinds[node] in TIMED and seconds == seconds and node not in outcomes:
                self._child(dag, graph.names[node]).observe(seconds)
        for node, state in outcomes.items():
            if state == "failed":
                self._failures.labels(dag, graph.names[node]).inc()
        self._held.labels(dag).inc(sum(trace.held))

    def _child(self, dag: str, node: str) -> Any:
        child = self._known.get((dag, node))
        if child is None:
            child = self._known[dag, node] = self._nodes.labels(dag, node)
        return child

    def _name(self, trace: Trace) -> str:
        if self._dag is None:
            graph = trace.graph
            if graph is not self._graph:
                self._graph, self._title = graph, title_of(graph)
            return self._title
        return self._dag if isinstance(self._dag, str) else self._dag(trace)


def _checked_buckets(buckets: Any) -> list[float]:
    is_list = isinstance(buckets, Iterable) and not isinstance(buckets, (str, bytes))
    bounds = [as_float(bound) for bound in buckets] if is_list else [None]
    numbers = [bound for bound in bounds if bound is not None]
    if len(numbers) < len(bounds):
        wrong: type[WrongTypeError | WrongArgumentError] = WrongTypeError
    elif not numbers or not numbers[0] < math.inf or any(not a < b for a, b in pairwise(numbers)):
        wrong = WrongArgumentError
    else:
        return numbers
    raise wrong(
        "RunMetrics(buckets=) takes the upper bounds of buckets in seconds, from the smallest on, such "
        f"as [0.1, 1, 10]; given was {short_repr(buckets)}"
    )
