"""Graphs of the sizes that people have, for pictures: with groups, long edges, and names alike."""

from __future__ import annotations

from collections.abc import Sequence

from async_dag.graph.graph import Graph, Origin
from async_dag.trace.trace import Trace
from tests.support.schedules import Job, made_trace

SHOP = ("orders", "items", "customers", "products")
WEB = ("events", "campaigns")
SUPPLY = ("stock", "suppliers")
STAGES = ("extract", "clean", "load")


def etl_jobs() -> list[tuple[str, str | None, float, tuple[str, ...]]]:
    """43 tasks of a nightly load: name, group, seconds, names of dependencies."""
    jobs: list[tuple[str, str | None, float, tuple[str, ...]]] = [
        ("config", None, 0.12, ()),
        ("session", None, 0.35, ("config",)),
    ]
    seconds = 0.4
    for group, tables in (("shop", SHOP), ("web", WEB), ("supply", SUPPLY)):
        for table in tables:
            before = "session"
            for stage in STAGES:
                seconds = 0.3 + (seconds * 7.3) % 1.3
                jobs.append((f"{stage}_{table}", group, round(seconds, 2), (before,)))
                before = f"{stage}_{table}"
    marts = [name for name, _ in MARTS]
    return [
        *jobs,
        ("order_lines", None, 0.95, ("load_orders", "load_items")),
        ("order_facts", None, 0.9, ("order_lines", "load_customers")),
        ("sessions", None, 2.8, ("load_events",)),
        ("supply_lines", None, 0.7, ("load_stock", "load_suppliers")),
        ("stock_days", None, 1.0, ("supply_lines", "load_products")),
        ("basket", None, 0.8, ("order_facts", "load_products")),
        ("attribution", None, 0.9, ("sessions", "load_campaigns", "order_facts")),
        *((f"{name}_mart", "marts", 0.6, needs) for name, needs in MARTS),
        *((f"check_{name}", "marts", 0.3, (f"{name}_mart",)) for name in marts),
        ("publish", None, 0.45, tuple(f"check_{name}" for name in marts)),
        ("notify", None, 0.2, ("publish",)),
    ]


MARTS = (
    ("sales", ("basket", "order_facts")),
    ("customer", ("basket", "load_customers")),
    ("marketing", ("attribution",)),
    ("supply", ("stock_days",)),
)


def etl_graph() -> Graph:
    """Those tasks as a graph."""
    jobs = etl_jobs()
    number = {name: index for index, (name, *_) in enumerate(jobs)}
    return Graph.of(
        [name for name, *_ in jobs],
        ["task"] * len(jobs),
        [tuple(number[need] for need in needs) for *_, needs in jobs],
        [Origin(name.partition("_")[0], "/home/someone/etl.py", 12) for name, *_ in jobs],
        [group for _, group, *_ in jobs],
    )


def etl_trace(slots: int | None = None) -> Trace:
    """A run of them."""
    jobs = etl_jobs()
    graph = etl_graph()
    made = made_trace(
        [
            Job(name, seconds, graph.dependencies[index])
            for index, (name, _, seconds, _) in enumerate(jobs)
        ],
        slots,
    )
    return with_graph(made, graph)


def with_graph(trace: Trace, graph: Graph) -> Trace:
    """The same run, of a graph with other names or groups."""
    made = Trace(graph)
    for column in ("ready", "started", "finished", "held"):
        getattr(made, column)[:] = getattr(trace, column)
    made.waits.extend(trace.waits)
    made.max_concurrency = trace.max_concurrency
    made.close(trace.elapsed)
    return made


def with_names(trace: Trace, names: Sequence[str]) -> Trace:
    """The same run, of nodes that are called otherwise."""
    graph = trace.graph
    return with_graph(
        trace,
        Graph.of(names, graph.kinds, graph.dependencies, graph.origins, graph.groups, graph.limits),
    )


def fan(width: int, stages: int, names: Sequence[str] = ("fetch", "parse", "store")) -> list[Job]:
    """`width` chains of `stages` tasks each, with a task before and one behind them all."""
    jobs = [Job("open", 0.4)]
    last = [0] * width
    for stage in range(stages):
        for chain in range(width):
            seconds = 0.3 + (chain * 0.37 + stage * 0.21) % 0.9
            jobs.append(Job(names[stage % len(names)], seconds, (last[chain],), held=0.02))
            last[chain] = len(jobs) - 1
    jobs.append(Job("report", 0.5, tuple(last)))
    return jobs
