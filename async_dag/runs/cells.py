"""What a profile or a difference shows in a notebook cell: a picture, or a table, and text.

A cell must not fail because of its value: no exception leaves this module.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from html import escape
from typing import TYPE_CHECKING, Any, Final

from async_dag._common.harmless import harmless
from async_dag._common.plural import plural
from async_dag.errors import MissingExtraError
from async_dag.runs.words import seconds, unit_of
from async_dag.views.common.mime import MimeBundle, chosen
from async_dag.views.drawing.shown import bundle as picture_bundle

if TYPE_CHECKING:
    from async_dag.runs.profile import Profile
    from async_dag.views.drawing.drawn_picture import DrawnPicture

_HTML: Final = "text/html"
_TEXT: Final = "text/plain"
_KINDS: Final = (_HTML, "image/svg+xml", "image/png", _TEXT)
_MOST_ROWS: Final = 60
_QUANTILES: Final = (0.5, 0.95, 0.99)


def bundle(
    what: str,
    draw: Callable[[], DrawnPicture],
    table: Callable[[], str],
    text: Callable[[], str],
    include: Collection[str] | None,
    exclude: Collection[str] | None,
) -> MimeBundle:
    """Data and metadata by MIME type; it never raises.

    Args:
        what: what is shown, for the text in its place if it can't be.
        draw: makes the picture.
        table: HTML in the place of the picture where matplotlib is not installed.
        text: makes the plain text.
        include: the types that are asked for; None for all.
        exclude: types that are not wanted.
    """
    wanted = chosen(_KINDS, include, exclude)
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    try:
        pictures = [kind for kind in wanted if kind != _TEXT]
        if pictures:
            try:
                data, metadata = picture_bundle(draw(), pictures)
            except MissingExtraError:
                if _HTML in wanted:
                    data[_HTML] = table()
        if _TEXT in wanted:
            data[_TEXT] = "\n".join(map(harmless, text().splitlines()))
    except Exception as error:  # noqa: BLE001 - a repr never raises; what went wrong is shown instead
        return {_TEXT: f"(this {what} can't be shown: {type(error).__name__}: {error})"}, {}
    return data, metadata


def profile_bundle(
    profile: Profile,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
) -> MimeBundle:
    """What `_repr_mimebundle_` of a profile returns; it never raises."""
    return bundle(
        "profile",
        profile.draw._of_cell,
        lambda: _html(profile),
        lambda: profile_text(profile),
        include,
        exclude,
    )


def quantiles_of(runs: int) -> list[float]:
    """The quantiles that so many runs are told with: the median, and others if there are enough.

    >>> quantiles_of(1), quantiles_of(30)
    ([0.5], [0.5, 0.95])
    """
    return [share for share in _QUANTILES if share == 0.5 or runs >= 1 / (1 - share)]


def headline(profile: Profile) -> str:
    """How many runs of what, and their quantiles, in one line."""
    unit = unit_of(profile.makespan(0.5).seconds)
    quantiles = " · ".join(
        f"p{round(100 * share)} {seconds(profile.makespan(share).seconds, unit)}"
        for share in quantiles_of(profile.runs)
    )
    left_out = f" · {profile.left_out:,} failed, cancelled or partial left out" * bool(
        profile.left_out
    )
    return harmless(
        f"{profile.title}: {plural(profile.runs, 'run')} · {profile.source}{left_out} · {quantiles}"
    )


def profile_text(profile: Profile) -> str:
    """The profile as plain text: a headline, the table, the findings."""
    lines = profile.table.text().splitlines()
    more = len(lines) - 1 - _MOST_ROWS
    if more > 0:
        lines = [*lines[: _MOST_ROWS + 1], f"… {more:,} more nodes: profile.table has them all"]
    findings = [f"- {finding}" for finding in profile.findings()]
    return "\n".join([headline(profile), "", *lines, "", *findings]).rstrip()


def _html(profile: Profile) -> str:
    findings = "".join(f"<li>{escape(str(finding))}</li>" for finding in profile.findings())
    if len(profile.table) > _MOST_ROWS:
        table = f"<pre>{escape(profile_text(profile))}</pre>"
    else:
        table = profile.table._repr_html_()
    return f"<p>{escape(headline(profile))}</p>{table}<ul>{findings}</ul>"
