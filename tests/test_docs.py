"""The API reference builds, and says all that it should."""

from pathlib import Path

import async_dag
from scripts import build_docs


def test_reference_has_every_public_name(tmp_path: Path) -> None:
    """It is built from the docstrings without a warning, nothing is missing, and no link is dead."""
    target = tmp_path / "api"
    build_docs.build(target)
    assert list(build_docs.faults(target)) == []
    front = (target / "async_dag.html").read_text(encoding="utf-8")
    assert "with all the parallelism" in front
    assert 'id="TaskManager.invoke"' in front


def test_a_gap_is_found(tmp_path: Path) -> None:
    """A page without a public name, or with a dead link, is not taken for good."""
    (tmp_path / "async_dag.html").write_text('<a href="gone.html">x</a>', encoding="utf-8")
    found = list(build_docs.faults(tmp_path))
    assert len(found) == len(async_dag.__all__) + 1
    assert "gone.html" in found[-1]
