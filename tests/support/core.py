"""Which tests run where no extra is installed: `nox -s core`. (noxfile.py reads this file, too.)"""

from __future__ import annotations

#: The tests of the packages that use the standard library alone.
CORE = [
    "tests/graph",
    "tests/trace",
    "tests/nodes",
    "tests/engine",
    "tests/manager",
    "tests/analysis",
    "tests/baselines",
    "tests/test_architecture.py",
]

#: What some of them try or compare with; without it they are not collected.
NEEDED_BY = {
    "tests/analysis/test_timeline_against_networkx.py": "networkx",
    "tests/analysis/test_timeline_of_dynamic_runs.py": "networkx",
    "tests/engine/test_in_process.py": "loky",
    "tests/engine/test_libraries.py": "stamina",
    "tests/graph/test_algorithms_against_networkx.py": "networkx",
}
