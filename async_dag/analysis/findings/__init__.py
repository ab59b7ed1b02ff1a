"""What limits a run, as sentences with figures: each gain is computed by simulating the run mended.

`search` looks for it and ranks it; what there is to find lies in a module each. `mended` has the
figures, `words` says them.
"""

from async_dag.analysis.findings.finding import Finding, FindingKind, Gain
from async_dag.analysis.findings.search import findings_of

__all__ = ["Finding", "FindingKind", "Gain", "findings_of"]
