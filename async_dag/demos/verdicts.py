"""The verdicts of the package check, and the report of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from async_dag._common.harmless import harmless
from async_dag.demos.installed import Files, Installed
from async_dag.views.common.terminal import columns, padded

#: How many of the distributions that cast doubt on another are named before 'and 3 more'.
_NAMED = 3
#: Names longer than this don't widen the column for all.
_WIDEST = 40
#: In this order, so that what needs attention comes last, next to the sum.
_WORDS = ("trusted", "in doubt", "unchecked", "changed")


@dataclass(frozen=True)
class Verdict:
    """The verdict on one distribution: on its own files, and on what it requires.

    `doubts` has the names of those that are changed or can't be checked, however far down the
    chain of requirements they are.
    """

    distribution: Installed
    files: Files
    doubts: tuple[str, ...]

    @property
    def word(self) -> str:
        """`trusted`, `changed`, `unchecked` (unknown), or `in doubt` (for what it requires)."""
        if self.has_damage:
            return "changed"
        if self.files.unchecked:
            return "unchecked"
        return "in doubt" if self.doubts else "trusted"

    @property
    def has_damage(self) -> bool:
        """Whether a file is changed or missing."""
        return bool(self.files.changed or self.files.missing)

    @property
    def culprits(self) -> frozenset[str]:
        """The names that put the dependents of this distribution in doubt."""
        own = () if self.files.match else (self.distribution.name,)
        return frozenset((*own, *self.doubts))


def report(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """The lines to print: one for each distribution, every changed or missing file, and the sum.

    Names come from files that anybody may have written, so what could move the cursor or reverse
    the text is shown as an escape.
    """
    known = sorted(
        verdicts, key=lambda verdict: (_WORDS.index(verdict.word), verdict.distribution.key)
    )
    titles = [
        harmless(f"{verdict.distribution.name} {verdict.distribution.version}") for verdict in known
    ]
    widths = [columns(title) for title in titles]
    width = max((width for width in widths if width <= _WIDEST), default=0)
    for verdict, title in zip(known, titles, strict=True):
        line = f"{verdict.word:<9}  {padded(title, width)}  {verdict.files.matching:>5} files"
        reasons = list(_reasons(verdict))
        yield f"{line}  {'; '.join(reasons)}" if reasons else line
        yield from (f"{'':9}    changed  {harmless(name)}" for name in verdict.files.changed)
        yield from (f"{'':9}    missing  {harmless(name)}" for name in verdict.files.missing)
    yield ""
    yield _sum(known)


def _reasons(verdict: Verdict) -> Iterator[str]:
    files = verdict.files
    if files.changed:
        yield f"{len(files.changed)} changed"
    if files.missing:
        yield f"{len(files.missing)} missing"
    if files.unchecked:
        yield harmless(files.unchecked)
    if verdict.doubts:
        named = ", ".join(harmless(name) for name in verdict.doubts[:_NAMED])
        more = len(verdict.doubts) - _NAMED
        yield f"needs {named}" + (f" and {more} more" if more > 0 else "")


def _sum(verdicts: list[Verdict]) -> str:
    counts = Counter(verdict.word for verdict in verdicts)
    files = sum(verdict.files.matching for verdict in verdicts)
    size = sum(verdict.files.size for verdict in verdicts) / 1e6
    parts = [f"{counts[word]} {word}" for word in _WORDS if counts[word] or word == "changed"]
    return f"{', '.join(parts)}; {files:,} files ({size:,.0f} MB) are as they were installed"
