"""`Finding`: one thing that limits a run, and what would be gained without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from async_dag._common.harmless import harmless

FindingKind = Literal[
    "critical path",
    "held loop",
    "python lock",
    "outside",
    "slots",
    "limit",
    "dependency",
    "worker slot",
    "idle worker",
    "transfer",
    "lost worker",
    "scheduler",
    "window",
    "slow items",
    "no barrier",
    "nothing to gain",
    "failed",
    "cancelled",
    "left to do",
]

WORTH_TELLING: Final = 0.02
"""The share of the makespan that a gain must have."""


class Gain(NamedTuple):
    """Seconds by which a run would be shorter, at least and at most; the same where that is known."""

    low: float
    high: float

    def is_worth_telling(self, makespan: float) -> bool:
        """Whether it is certain that there is something to gain.

        >>> Gain(0.3, 0.4).is_worth_telling(1.0), Gain(0.0, 0.4).is_worth_telling(1.0)
        (True, False)
        """
        return self.low >= WORTH_TELLING * makespan

    def is_unclear(self, makespan: float) -> bool:
        """Whether there may be something to gain, or nothing.

        >>> Gain(0.0, 0.4).is_unclear(1.0), Gain(0.0, 0.001).is_unclear(1.0)
        (True, False)
        """
        return self.low < WORTH_TELLING * makespan <= self.high


@dataclass(frozen=True)
class Finding:
    """One thing that limits a run; `str(finding)` is a sentence that says so.

    Attributes:
        kind: `critical path`, `held loop`, `python lock` (threads that compute one at a time),
            `outside`, `slots`, `limit`, `dependency`, or `nothing to gain`; of maps `window`, `slow
            items` and `no barrier`; of a run on a cluster `transfer` (a value that moved), `worker
            slot`, `idle worker`, `lost worker` and `scheduler`; of a run that did not come to its end
            `failed`, `cancelled` and `left to do`.
        sentence: what was found, with figures and what to do about it.
        nodes: the names of the nodes it is about: first those to mend, then those concerned.
        gain: by how many seconds the makespan would be shorter, computed by `simulate`; none of it
            for what no cure is named.
        why_range: if the gain is a range, what the trace can't tell; else None.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def nap(seconds: float, *needed: float) -> float:
    ...     await asyncio.sleep(seconds)
    ...     return seconds + sum(needed)
    >>> with build_dag() as tm:
    ...     short, long = tm.add_node(nap, 0.01), tm.add_node(nap, 0.1)
    ...     end = tm.options(name="end").add_node(nap, 0.01, short, long)
    >>> timeline = asyncio.run(tm.invoke()).timeline
    >>> finding = timeline.findings()[0]
    >>> finding.kind, finding.nodes[-2:]
    ('critical path', ('nap_2', 'end'))
    >>> str(finding)
    'The critical path ...nap_2 → end is ...; nap_2 is ...% of it, and halving it saves ...'
    """

    kind: FindingKind
    sentence: str
    nodes: tuple[str, ...]
    gain: Gain
    why_range: str | None = None

    def __str__(self) -> str:
        return harmless(self.sentence)
