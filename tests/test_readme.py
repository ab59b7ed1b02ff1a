"""What the README shows is so: its commands, its code, its links."""

from __future__ import annotations

import asyncio
import configparser
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.cells import blocks, run_cell

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")

FIRST_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[notebook]' && .venv/bin/async-dag demo"
)
SECOND_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest"
)


def sources(language: str) -> list[str]:
    """The fenced code blocks of one language, in order."""
    return [block.source for block in blocks(README) if block.language == language]


@pytest.mark.parametrize("command", [FIRST_COMMAND, SECOND_COMMAND])
def test_commands_are_shown_and_run_in_ci(command: str) -> None:
    """A reader can copy them, and CI runs exactly these."""
    assert f"{command}\n" in sources("sh")
    assert command in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_code_runs_and_takes_the_time_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    """Every Python block, in order, as cells of one notebook: 1.2 and 1.6 seconds."""

    async def run_all() -> list[float]:
        names: dict[str, Any] = {}
        return [await run_cell(source, names) for source in sources("python")]

    seconds = asyncio.run(run_all())
    # The first block defines the tasks, the last looks at a run; the others run them. A busy machine
    # is late, never early.
    first, *runs, last = seconds
    assert first < 0.1
    assert last < 5
    for took, promised in zip(runs, (1.2, 1.6), strict=True):
        assert promised - 0.01 <= took < promised + 0.3
    output = capsys.readouterr().out
    assert output.startswith("15\n")
    assert "('fast_task_a', 'slow_task_b', 'end_task')" in output
    assert "halving it saves" in output


def test_links_lead_to_files_that_are_there() -> None:
    """No dead link within the project."""
    for link in re.findall(r"\]\(([^):#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_extras_are_those_of_the_package() -> None:
    """Each extra that the README names exists."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    named = set(re.findall(r"(?:-e '\.|async-dag-workbench)\[(\w+)\]", README))
    assert named >= {"notebook", "test", "lab"}
    assert named <= set(setup["options.extras_require"])


def test_it_is_short() -> None:
    """A newcomer reads it in ten minutes; the rest is in the guides."""
    assert len(README.splitlines()) < 250
