"""`profile.draw` and `difference.draw`: pictures of many runs, and the same as a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from async_dag._common.arguments import one_of
from async_dag._common.extras import extra
from async_dag.errors import MissingExtraError
from async_dag.runs.cells import profile_text
from async_dag.runs.pictures import MOST_ROWS, difference_content, profile_content
from async_dag.views.common.html_page import write_page
from async_dag.views.many_runs.content import DifferenceContent, ProfileContent

if TYPE_CHECKING:
    from async_dag.runs.difference import Difference
    from async_dag.runs.finding import RunsFinding
    from async_dag.runs.profile import Profile
    from async_dag.runs.table import RunsTable
    from async_dag.views.drawing.drawn_picture import DrawnPicture
    from async_dag.views.drawing.look import Size, Theme
    from async_dag.views.drawing.run_figure import RunFigure

Detail = Literal["auto", "full"]
_DETAILS: Final = ("auto", "full")
Content = ProfileContent | DifferenceContent


class ProfileDraw:
    """Pictures of a profile: `profile.draw`.

    >>> import asyncio, async_dag
    >>> async def nap() -> None:
    ...     await asyncio.sleep(0.001)
    >>> with async_dag.build_dag() as tm:
    ...     _ = tm.add_node(nap)
    >>> _ = asyncio.run(tm.invoke())
    >>> async_dag.profile(tm).draw
    <draw: pictures of <Profile of 1 run of 'nap': ...>, such as profile.draw.gantt()>
    """

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def gantt(
        self,
        *,
        detail: Detail = "auto",
        size: Size = "notebook",
        theme: Theme = "auto",
        width: float | None = None,
    ) -> RunFigure:
        """The runs as one Gantt chart, as a `matplotlib.figure.Figure`.

        The bar of a node goes from its median start to its median end, with whiskers from p10 to p90 of
        both; the more often it is critical, the more opaque it is. Beside it stand its criticality and
        what halving it would gain of the median makespan, with a 95 % band. Below are the distribution
        of the makespan and the findings.

        Args:
            detail: `"full"` gives each node a row; by default there are at most 40, for the nodes that
                gain most, are critical most often, and take longest.
            size: `"notebook"`, `"paper"` or `"slides"`: how wide it is and how large the characters
                are.
            theme: `"light"`, `"dark"`, or `"auto"`: light, but dark in a dark notebook.
            width: inches; by default the width of `size`.

        Raises:
            MissingExtraError: matplotlib is not installed (an `ImportError`).
            WrongArgumentError, WrongTypeError: an argument can't be used (a `ValueError`, a
                `TypeError`).
        """
        return _figure(_picture(self._content, detail, size, theme, width))

    def _of_cell(self) -> DrawnPicture:
        """What a notebook shows by itself."""
        return _picture(self._content)

    @property
    def _content(self) -> Callable[[int | None], Content]:
        return partial(profile_content, self._profile)

    def text(self) -> str:
        """The profile as plain text: a headline, the table, the findings."""
        return profile_text(self._profile)

    def html(self, path: str | PathLike[str]) -> Path:
        """Write the profile as one page that any browser opens: picture, findings, the whole table.

        The page is a single file that needs no network. Without matplotlib it has no picture.

        Args:
            path: the file to write, such as `runs.html`; an existing file is replaced.

        Returns:
            The path.

        Raises:
            WrongTypeError: `path` is not a path (a `TypeError`).
            OSError: the file can't be written.
        """
        profile = self._profile
        parts = _parts(self._content, "What makes it slow", profile.findings(), profile.table)
        return write_page(path, f"{profile.title}: {profile.runs:,} runs", parts)

    def __repr__(self) -> str:
        return f"<draw: pictures of {self._profile!r}, such as profile.draw.gantt()>"


class DifferenceDraw:
    """Pictures of a difference: `difference.draw`.

    >>> import asyncio, async_dag
    >>> async def nap() -> None:
    ...     await asyncio.sleep(0.001)
    >>> with async_dag.build_dag() as tm:
    ...     _ = tm.add_node(nap)
    >>> results = [asyncio.run(tm.invoke()) for _ in range(12)]
    >>> async_dag.diff(results[:6], results[6:]).draw
    <draw: pictures of <Difference ...>, such as difference.draw.ratios()>
    """

    def __init__(self, difference: Difference) -> None:
        self._difference = difference

    def ratios(
        self,
        *,
        detail: Detail = "auto",
        size: Size = "notebook",
        theme: Theme = "auto",
        width: float | None = None,
    ) -> RunFigure:
        """How many times as long each node takes as before, as a `matplotlib.figure.Figure`.

        A dot with its 95 % band for each node, on a logarithmic axis; red are those that changed beyond
        noise. In the grey range a change may go unseen. What all nodes share is taken out.

        Args:
            detail: `"full"` gives each node a row; by default there are at most 40, for those that
                changed or may have changed most.
            size: `"notebook"`, `"paper"` or `"slides"`: how wide it is and how large the characters
                are.
            theme: `"light"`, `"dark"`, or `"auto"`: light, but dark in a dark notebook.
            width: inches; by default the width of `size`.

        Raises:
            MissingExtraError: matplotlib is not installed (an `ImportError`).
            WrongArgumentError, WrongTypeError: an argument can't be used (a `ValueError`, a
                `TypeError`).
        """
        return _figure(_picture(self._content, detail, size, theme, width))

    def _of_cell(self) -> DrawnPicture:
        """What a notebook shows by itself."""
        return _picture(self._content)

    @property
    def _content(self) -> Callable[[int | None], Content]:
        return partial(difference_content, self._difference)

    def text(self) -> str:
        """The difference as plain text; the same as `difference.text()`."""
        return self._difference.text()

    def html(self, path: str | PathLike[str]) -> Path:
        """Write the difference as one page that any browser opens: picture, findings, the whole table.

        The page is a single file that needs no network. Without matplotlib it has no picture.

        Args:
            path: the file to write, such as `difference.html`; an existing file is replaced.

        Returns:
            The path.

        Raises:
            WrongTypeError: `path` is not a path (a `TypeError`).
            OSError: the file can't be written.
        """
        difference = self._difference
        parts = _parts(self._content, "What changed", difference.findings(), difference.table)
        return write_page(path, f"{difference.before} → {difference.after}", parts)

    def __repr__(self) -> str:
        return f"<draw: pictures of {self._difference!r}, such as difference.draw.ratios()>"


def _figure(picture: DrawnPicture) -> RunFigure:
    with extra("gantt"):
        from async_dag.views.drawing.run_figure import RunFigure
    return RunFigure.of(picture)


def _picture(
    content_of: Callable[[int | None], Content],
    detail: Detail = "auto",
    size: Size = "notebook",
    theme: Theme = "auto",
    width: float | None = None,
    *,
    with_findings: bool = True,
) -> DrawnPicture:
    """The picture of what is shown of so many nodes (None: of all)."""
    with extra("gantt"):
        from async_dag.views.drawing.look import look_for
        from async_dag.views.many_runs.difference_picture import difference_picture
        from async_dag.views.many_runs.profile_picture import profile_picture
    look = look_for(size, theme, width)
    one_of("detail=", detail, _DETAILS)
    content = content_of(None if detail == "full" else MOST_ROWS)
    if not with_findings:
        content = replace(content, findings=())
    if isinstance(content, ProfileContent):
        return profile_picture(content, look)
    return difference_picture(content, look)


def _parts(
    content_of: Callable[[int | None], Content],
    title: str,
    findings: Sequence[RunsFinding],
    table: RunsTable[Any],
) -> str:
    """The parts of a page: the picture, the findings as text below it, all nodes."""
    try:
        picture = _picture(content_of, with_findings=False).as_html()
    except MissingExtraError as error:
        picture = f"<p>{escape(str(error))}</p>"
    items = "".join(f"<li>{escape(str(finding))}</li>" for finding in findings)
    listed = f"<h2>{escape(title)}</h2><ul>{items}</ul>" if items else ""
    return f'{picture}{listed}<h2>All nodes</h2><div class="wide">{table._repr_html_()}</div>'
