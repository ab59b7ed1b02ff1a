"""`SpeedupCurve`: the makespan for each number of slots."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from async_dag.views.drawing.look import Size, Theme
    from async_dag.views.drawing.run_figure import RunFigure


class _Curve(NamedTuple):
    points: tuple[tuple[int, float], ...]
    unlimited: float
    enough: int


class SpeedupCurve(_Curve):
    """The makespan for each number of slots; in a notebook it draws itself.

    Attributes:
        points: numbers of slots, and with each the makespan in seconds.
        unlimited: the makespan with as many slots as there is use for, in seconds.
        enough: with so many slots it is at most 5 % longer than that, with one less it is not.
        knee: that number, and the makespan with it.
        bound: the length of the critical path in seconds: no number of slots makes it less.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def nap(seconds: float, *needed: float) -> float:
    ...     await asyncio.sleep(seconds)
    ...     return seconds + sum(needed)
    >>> with build_dag() as tm:
    ...     short, long = tm.add_node(nap, 0.01), tm.add_node(nap, 0.05)
    ...     end = tm.options(name="end").add_node(nap, 0.01, short, long)
    >>> curve = asyncio.run(tm.invoke()).timeline.speedup_curve()
    >>> [slots for slots, seconds in curve.points], curve.enough
    ([1, 2], 2)
    """

    knee: tuple[int, float]
    bound: float

    def __new__(
        cls,
        points: tuple[tuple[int, float], ...],
        unlimited: float,
        enough: int,
        *,
        seconds: float | None = None,
        bound: float | None = None,
    ) -> Self:
        """`seconds` is the makespan with `enough` slots."""
        curve = super().__new__(cls, points, unlimited, enough)
        known = dict(points).get(enough, unlimited) if seconds is None else seconds
        curve.knee = (enough, known)
        curve.bound = unlimited if bound is None else bound
        return curve

    def draw(
        self,
        *,
        size: Size = "notebook",
        theme: Theme = "auto",
        width: float | None = None,
        title: str | None = None,
    ) -> RunFigure:
        """The curve with its knee, and the critical path as its bound: a `matplotlib` `Figure`.

        The arguments are those of `result.draw.gantt`.

        Raises `MissingExtraError` (an `ImportError`) if matplotlib is not installed.

        >>> SpeedupCurve(((1, 2.0), (2, 1.0)), 1.0, 2).draw()
        <RunFigure: 2 slots are enough: 1.00 s instead of 2.00 s with one; all computed from this run>
        """
        from async_dag.draw.speedup_draw import speedup_figure

        return speedup_figure(self, size=size, theme=theme, width=width, title=title)

    def _repr_mimebundle_(
        self,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        from async_dag.draw.speedup_draw import speedup_bundle

        return speedup_bundle(self, include, exclude)
