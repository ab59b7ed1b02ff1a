"""The ways to run a graph: `Strategy` and what each is called. Everything that names one asks here.

How each is run stands in `baselines.compare`, how it is simulated in `analysis.simulation.simulate`;
tests hold that both know all of these.
"""

from __future__ import annotations

from typing import Final, Literal

Strategy = Literal["sequential", "waves", "dag"]

STRATEGIES: Final[dict[Strategy, str]] = {
    "sequential": "one by one",
    "waves": "wave by wave",
    "dag": "as a DAG",
}
"""What each is called, in the order in which they are shown: from the slowest to the fastest."""
