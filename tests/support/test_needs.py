"""Who lacks something may leave tests out, and CI may not: one module decides that."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import needs

ROOT = Path(__file__).parents[2]

#: Each way to leave a test out; one that stands in CI, too; a known fault; and a test that passes.
TESTS = f"""
import pytest

@pytest.fixture
def server():
    pytest.skip("no server")

def test_by_a_fixture(server): pass
def test_by_an_import(): pytest.importorskip("no_such_module")
@pytest.mark.skipif(True, reason="no dot")
def test_by_a_mark(): pass
def test_old(): pytest.skip({needs.NO_EAGER_TASKS!r})
@pytest.mark.xfail(reason="known")
def test_known_fault(): assert False
def test_passes(): pass
"""


def outcomes(folder: Path, **environ: str) -> tuple[int, dict[str, int], str]:
    """What pytest says of those tests, and of a file that skips as a whole."""
    (folder / "test_these.py").write_text(TESTS, encoding="utf-8")
    whole = "import pytest\npytest.importorskip('no_such_package')\n"
    (folder / "test_whole.py").write_text(whole, encoding="utf-8")
    program = [sys.executable, "-m", "pytest", "-p", "tests.support.needs", "-rs", "--color=no"]
    done = subprocess.run(
        [*program, "--continue-on-collection-errors", f"--rootdir={folder}", str(folder)],
        cwd=ROOT,
        env={**{k: v for k, v in os.environ.items() if k != needs.REQUIRE}, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    counts = re.findall(r"(\d+) (\w+)", done.stdout.splitlines()[-1].partition(" in ")[0])
    return done.returncode, {what: int(count) for count, what in counts}, done.stdout


def test_a_test_that_lacks_something_skips(tmp_path: Path) -> None:
    """A machine with only Python passes the test command, and hears what was left out."""
    code, counts, said = outcomes(tmp_path)
    assert (code, counts) == (0, {"passed": 1, "skipped": 5, "xfailed": 1})
    for reason in ("no server", "no_such_module", "no dot", "no_such_package"):
        assert reason in said


def test_ci_lacks_nothing(tmp_path: Path) -> None:
    """There each skip is a failure that says its reason, except where Python is too old for a test."""
    code, counts, said = outcomes(tmp_path, **{needs.REQUIRE: "1"})
    assert code == 1
    assert counts == {"failed": 1, "passed": 1, "skipped": 1, "xfailed": 1, "errors": 3}
    for reason in ("no server", "no_such_module", "no dot", "no_such_package"):
        assert reason in said
    assert said.count(f"{needs.REQUIRE}=1 says") == 4


def test_no_test_decides_it_by_itself() -> None:
    """No other module of the tests knows the variable, nor looks for a program that may be missing."""
    paths = [ROOT / "conftest.py", *(ROOT / "tests").rglob("*.py")]
    reading = re.compile(rf"{needs.REQUIRE}|\bREQUIRE\b|shutil\.which|node_modules")
    found = {
        str(path.relative_to(ROOT)) for path in paths if reading.search(path.read_text("utf-8"))
    }
    assert found == {"tests/support/needs.py", "tests/support/test_needs.py"}


def test_each_name_of_the_browser_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chromium is taken under whichever of its names the system has."""
    there = {needs.CHROMIUM[1]: "/opt/it"}
    monkeypatch.setattr(needs.shutil, "which", there.get)
    assert needs.chromium() == "/opt/it"
    there.clear()
    with pytest.raises(pytest.skip.Exception, match="needs Chromium"):
        needs.chromium()
