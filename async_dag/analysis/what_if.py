"""`WhatIf`: what a computed timeline is about; and how timelines draw themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from async_dag._common.plural import plural
from async_dag.graph.strategies import STRATEGIES, Strategy

if TYPE_CHECKING:
    from async_dag.analysis.timeline import Timeline
    from async_dag.views.drawing.look import Size, Theme
    from async_dag.views.drawing.run_figure import RunFigure


class WhatIf(NamedTuple):
    """The timeline of which another one was computed, and what was asked in words."""

    before: Timeline
    label: str


def asked(strategy: Strategy, max_concurrency: int | None, **others: Any) -> str:
    """What was asked of `simulate`, as a label.

    >>> asked("dag", 4, faster={"fetch": 2.0}), asked("waves", None)
    ('with 4 slots, fetch twice as fast', 'wave by wave')
    >>> asked("dag", None, faster={"a": 3.0, "b": 1.5}), asked("dag", None)
    ('2 tasks faster', 'with any number of slots')
    """
    parts = [STRATEGIES[strategy]] if strategy != "dag" else []
    if max_concurrency is not None:
        parts.append(f"with {plural(max_concurrency, 'slot')}")
    parts += _others(**others)
    return ", ".join(parts) or "with any number of slots"


def _others(
    faster: Mapping[str, float] | None = None,
    off_loop: Collection[str] = (),
    off_lock: Collection[str] = (),
    limits: Mapping[str, int | None] | None = None,
    widths: Mapping[str, int] | None = None,
    workers: int | None = None,
    threads: int | None = None,
    moves: bool | None = None,
    placement: Mapping[str, str] | None = None,
) -> Iterator[str]:
    if faster:
        (name, factor), *more = faster.items()
        times = {2.0: "twice as fast", inf: "in no time"}.get(factor, f"{factor:g}× as fast")
        yield f"{len(faster)} tasks faster" if more else f"{name} {times}"
    for names, where in ((off_loop, "off the loop"), (off_lock, "in processes")):
        if names:
            yield f"{' and '.join(names) if len(names) < 3 else f'{len(names)} tasks'} {where}"
    for name, count in (limits or {}).items():
        yield f"limit {name}: {'none' if count is None else count}"
    for name, count in (widths or {}).items():
        yield f"{plural(count, 'item')} of {name}"
    if workers is not None:
        yield f"on {plural(workers, 'worker')}"
    if threads is not None:
        yield f"{plural(threads, 'thread')} each"
    if moves is False:
        yield "without moves"
    if placement:
        yield "placed elsewhere"


class Drawn:
    """What timelines have to draw themselves."""

    what_if: WhatIf | None = None

    def draw(
        self,
        *,
        size: Size = "notebook",
        theme: Theme = "auto",
        width: float | None = None,
        title: str | None = None,
    ) -> RunFigure:
        """Bands on one time axis, each as long as its time: a `matplotlib` `Figure`.

        Of what `simulate` computed: the run as it was, and below it what was asked. Of a run: the same
        tasks one by one, wave by wave, and as they ran. The arguments are those of `result.draw.gantt`,
        which draws the tasks by name.

        Raises `MissingExtraError` (an `ImportError`) if matplotlib is not installed.

        >>> from async_dag import Graph, Trace
        >>> Trace(Graph.of([], [], [], [], [])).timeline.simulate().draw()
        <RunFigure: <Timeline of 0 tasks, computed: makespan 0.000 s, work 0.000 s>>
        """
        from async_dag.draw.timeline_draw import timeline_figure

        return timeline_figure(self, size=size, theme=theme, width=width, title=title)  # type: ignore[arg-type]

    def _repr_mimebundle_(
        self,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        from async_dag.draw.timeline_draw import timeline_bundle

        return timeline_bundle(self, include, exclude)  # type: ignore[arg-type]
