"""`Comparison`: several ways of running the same nodes, side by side."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from async_dag._common.ranges import Range
from async_dag.errors import InvocationError
from async_dag.graph.strategies import Strategy

if TYPE_CHECKING:
    from async_dag.analysis.timeline import Timeline
    from async_dag.views.drawing.look import Size, Theme
    from async_dag.views.drawing.run_figure import RunFigure


class ComparisonRow(TypedDict):
    """One way of running the nodes.

    `makespan` is in seconds. `speedup` says how many times as fast it is as one by one: as the
    `sequential` row, or if there is none, as its own work. `measured` is False for what was
    computed. Of a way that failed makespan and speedup are None, and `error` says why.
    """

    strategy: Strategy
    makespan: float | None
    speedup: float | None
    measured: bool
    error: NotRequired[str]


class Comparison:
    """Several ways of running the same nodes, side by side; in a notebook it shows itself.

    `compare` makes one by running them, `timeline.comparison()` computes one from a single run.

    Attributes:
        timelines: the timeline of each way that came to its end, by strategy.
        failures: the error of each way that did not, by strategy.
        makespans: the makespan of every run of each way, in seconds; more than one with `repeat=`. The
            timeline is that of the median one.

    >>> import asyncio
    >>> from async_dag import build_dag, compare
    >>> async def nap(seconds: float) -> float:
    ...     await asyncio.sleep(seconds)
    ...     return seconds
    >>> with build_dag() as tm:
    ...     nodes = [tm.add_node(nap, 0.02) for _ in range(3)]
    >>> comparison = asyncio.run(compare(tm))
    >>> [row["strategy"] for row in comparison.rows]
    ['sequential', 'waves', 'dag']
    >>> comparison.timelines["dag"].peak_parallelism
    3
    """

    def __init__(
        self,
        timelines: Mapping[Strategy, Timeline],
        failures: Mapping[Strategy, InvocationError],
        makespans: Mapping[Strategy, tuple[float, ...]],
    ) -> None:
        self.timelines: dict[Strategy, Timeline] = dict(timelines)
        self.failures: dict[Strategy, InvocationError] = dict(failures)
        self.makespans: dict[Strategy, tuple[float, ...]] = dict(makespans)

    @property
    def rows(self) -> list[ComparisonRow]:
        """A dict for each way, in the order in which they were asked for; see `ComparisonRow`.

        They make a table: `pandas.DataFrame(comparison.rows)`.
        """
        return [self._row(strategy) for strategy in self.makespans]

    def _row(self, strategy: Strategy) -> ComparisonRow:
        failure = self.failures.get(strategy)
        if failure is not None:
            return {
                "strategy": strategy,
                "makespan": None,
                "speedup": None,
                "measured": True,
                "error": failure.message,
            }
        timeline = self.timelines[strategy]
        return {
            "strategy": strategy,
            "makespan": timeline.makespan,
            "speedup": self.speedup_range(strategy).low,
            "measured": not timeline.computed,
        }

    def speedup_range(self, strategy: Strategy) -> Range:
        """How many times as fast a way is as one by one, at least and at most.

        Raises `KeyError` for a way that failed or was not asked for.
        """
        timeline = self.timelines[strategy]
        one_by_one = self.timelines.get("sequential")
        if one_by_one is timeline:
            return Range(1.0, 1.0)
        slowest = timeline.work_range if one_by_one is None else one_by_one.makespan_range
        # Where nothing takes any time no way is faster than another. The ends of a range belong
        # together: tasks that needed less did so in every way.
        ratios = [
            slow / taken if taken > 0 else 1.0
            for slow, taken in zip(slowest, timeline.makespan_range, strict=True)
        ]
        return Range(min(ratios), max(ratios))

    def draw(
        self,
        *,
        size: Size = "notebook",
        theme: Theme = "auto",
        width: float | None = None,
        title: str | None = None,
    ) -> RunFigure:
        """The ways as bands on one time axis, each as long as its time: a `matplotlib` `Figure`.

        Each task is a segment of a lane; there are as many lanes as tasks ran at once. Where a way was
        run several times, a line spans from the shortest to the longest of its times. A way that failed
        has no band. The arguments are those of `result.draw.gantt`.

        Raises `MissingExtraError` (an `ImportError`) if matplotlib is not installed.

        >>> import asyncio
        >>> from async_dag import build_dag, compare
        >>> async def nap(seconds: float) -> float:
        ...     await asyncio.sleep(seconds)
        ...     return seconds
        >>> with build_dag() as tm:
        ...     nodes = [tm.add_node(nap, 0.02) for _ in range(3)]
        >>> comparison = asyncio.run(compare(tm))
        >>> bool(comparison.draw().get_size_inches()[0] > 5)
        True
        """
        from async_dag.draw.comparison_draw import comparison_figure

        return comparison_figure(self, size=size, theme=theme, width=width, title=title)

    def text(self, width: int | None = None, *, encoding: str | None = None) -> str:
        """The bands in plain text, and why what failed did so.

        Args:
            width: columns; by default the terminal's.
            encoding: only characters that this encoding has are used; by default that of `sys.stdout`.
        """
        from async_dag.draw.comparison_draw import comparison_text

        return comparison_text(self, width, encoding)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        makespans = [
            f"{row['strategy']} failed"
            if row["makespan"] is None
            else f"{row['strategy']} {row['makespan']:.3f} s"
            for row in self.rows
        ]
        kinds = {"measured" if row["measured"] else "computed" for row in self.rows}
        return f"<Comparison, {' and '.join(sorted(kinds))}: {', '.join(makespans)}>"

    def _repr_mimebundle_(
        self,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        from async_dag.draw.comparison_draw import comparison_bundle

        return comparison_bundle(self, include, exclude)
