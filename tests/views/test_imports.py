"""Views are drawn from traces and graphs."""

import re
from pathlib import Path

VIEWS = Path(__file__).parents[2] / "async_dag" / "views"


def test_views_know_nothing_of_what_runs_a_graph() -> None:
    """Not even for type checkers: a view draws a run that was read from a file as well."""
    pattern = re.compile(r"async_dag\.(engine|manager|workbench|draw|baselines)\b")
    imports = [
        f"{path.relative_to(VIEWS)}: {line.strip()}"
        for path in VIEWS.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.lstrip().startswith(("from ", "import ")) and pattern.search(line)
    ]
    assert imports == []
