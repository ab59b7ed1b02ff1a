"""`RunsFinding`: one thing that many runs tell, as `Finding` is of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from async_dag._common.band import Band
from async_dag._common.harmless import harmless

RunsFindingKind = Literal[
    "gain", "tail", "too few", "choice", "change", "common", "makespan", "drift", "unseen", "nodes"
]


@dataclass(frozen=True)
class RunsFinding:
    """One thing that many runs tell; `str(finding)` is a sentence that says so.

    Attributes:
        kind: of a profile `gain` (what halving a node saves of the median), `tail` (what makes the
            slowest runs slow), `too few` (what takes more runs to tell). Of a difference `change` (of a
            node), `common` (of all nodes alike), `makespan`, `drift` (what can't be judged), `unseen`
            (how large a change would have been seen), `nodes` (what only one side has). Of both
            `choice`: what no choice took, and in how many runs.
        sentence: what was found, with figures.
        nodes: the names of the nodes it is about; none if it concerns all alike.
        figure: the figure with its 95 % band: seconds of a gain, a share of a tail, a ratio of a
            change; None if it has none.

    >>> import async_dag
    >>> async def nap(seconds: float) -> None:
    ...     await asyncio.sleep(seconds)
    >>> import asyncio
    >>> with async_dag.build_dag() as tm:
    ...     _ = tm.add_node(nap, 0.01)
    >>> for _ in range(8):
    ...     _ = asyncio.run(tm.invoke())
    >>> finding = async_dag.profile(tm).findings()[0]
    >>> finding.kind, finding.nodes, str(finding)
    ('gain', ('nap',), 'nap is critical in 100% of the runs; halving it saves ... of the median.')
    """

    kind: RunsFindingKind
    sentence: str
    nodes: tuple[str, ...]
    figure: Band | None = None

    def __str__(self) -> str:
        return harmless(self.sentence)
