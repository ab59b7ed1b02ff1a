"""What a profile shows in a notebook cell: its table as HTML, its findings, and both as text."""

from __future__ import annotations

from collections.abc import Collection
from html import escape
from typing import TYPE_CHECKING, Any, Final

from async_dag.runs.words import seconds, unit_of
from async_dag.views.common.mime import chosen

if TYPE_CHECKING:
    from async_dag.runs.profile import Profile

_HTML: Final = "text/html"
_TEXT: Final = "text/plain"
_MOST_ROWS: Final = 60


def profile_bundle(
    profile: Profile,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `_repr_mimebundle_` of a profile returns; it never raises.

    >>> import asyncio, async_dag
    >>> async def nap() -> None:
    ...     await asyncio.sleep(0.001)
    >>> with async_dag.build_dag() as tm:
    ...     _ = tm.add_node(nap)
    >>> _ = asyncio.run(tm.invoke())
    >>> data, _ = profile_bundle(async_dag.profile(tm))
    >>> sorted(data)
    ['text/html', 'text/plain']
    """
    wanted = chosen((_HTML, _TEXT), include, exclude)
    makers = {_HTML: _html, _TEXT: profile_text}
    try:
        return {kind: makers[kind](profile) for kind in wanted}, {}
    except Exception as error:  # noqa: BLE001 - a repr never raises; what went wrong is shown instead
        return {_TEXT: f"(this profile can't be shown: {type(error).__name__}: {error})"}, {}


def headline(profile: Profile) -> str:
    """How many runs of what, and their quantiles, in one line."""
    unit = unit_of(profile.makespan(0.5).seconds)
    quantiles = " · ".join(
        f"p{round(100 * share)} {seconds(profile.makespan(share).seconds, unit)}"
        for share in (0.5, 0.95, 0.99)
    )
    left_out = f" · {profile.left_out:,} failed, cancelled or partial left out" * bool(
        profile.left_out
    )
    return f"{profile.title}: {profile.runs:,} runs · {profile.source}{left_out} · {quantiles}"


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
