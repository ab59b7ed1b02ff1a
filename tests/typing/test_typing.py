"""The types keep what they promise on mypy and pyright, and what they allow really runs."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from async_dag import TaskManager, build_dag
from tests.support import needs
from tests.typing import programs_for_0_3_1, right_calls, right_dynamic_calls

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CHECKED = [
    "tasks.py",
    "right_calls.py",
    "right_dynamic_calls.py",
    "wrong_calls.py",
    "wrong_dynamic_calls.py",
    "programs_for_0_3_1.py",
]

# Of the files above alone, as a user's checker says nothing of what lies within the package.
# Pyright does so anyway, and reads the rest of its settings from the first line of each file.
CHECKERS = {
    "mypy": ["mypy", f"--config-file={HERE / 'mypy.ini'}"],
    "pyright": ["pyright", f"--pythonpath={sys.executable}"],
}
VERSION_OPTION = {"mypy": "--python-version", "pyright": "--pythonversion"}


def check(checker: str, version: str, *files: Path) -> tuple[int, str]:
    """Run a type checker for that Python version; its exit code and what it printed."""
    command = [*CHECKERS[checker], f"{VERSION_OPTION[checker]}={version}", *map(str, files)]
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={
            **needs.environment_with_node(),
            "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",  # asks no one for a new version
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout


#: A right call that is marked as wrong, and a wrong one that is taken for right.
FAULTS = """\
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
from typing import assert_type
from async_dag import TaskManager, TaskNode
async def one(a: int) -> str:
    return str(a)
def calls(tm: TaskManager[int]) -> None:
    tm.add_node(one, 1)  # type: ignore[arg-type]
    assert_type(tm.add_node(one, "a"), TaskNode[int, str])
"""
LINES_WITH_FAULTS = [7, 8]


@pytest.mark.parametrize("version", ["3.11", "3.13"])
@pytest.mark.parametrize("checker", CHECKERS)
def test_right_calls_are_taken_and_wrong_ones_refused(
    checker: str, version: str, tmp_path: Path
) -> None:
    """Both checkers find the types of right calls, refuse all wrong ones, and take old programs.

    And that would be seen: in one file beside them neither kind of fault goes unnoticed. (It is read
    with them because a checker takes seconds to read what all of them import.)
    """
    faults = tmp_path / "faults.py"
    faults.write_text(FAULTS, encoding="utf-8")
    code, output = check(checker, version, *(HERE / name for name in CHECKED), faults)
    assert code == 1, output
    errors = re.findall(r"(\w+\.py):(\d+)\b.* error: ", output)
    assert {name for name, _ in errors} == {"faults.py"}, output
    assert sorted({int(line) for _, line in errors}) == LINES_WITH_FAULTS, output


@pytest.mark.parametrize(
    "add_nodes",
    [*right_calls.ALL, *right_dynamic_calls.ALL],
    ids=lambda calls: calls.__name__,
)
def test_right_calls_run(add_nodes: Callable[[TaskManager[int]], None]) -> None:
    """What type-checks also builds and runs."""
    with build_dag(int) as tm:
        add_nodes(tm)
    asyncio.run(tm.invoke(7))


def test_building_and_invoking_runs() -> None:
    """The ways to make and to invoke a manager that type-check also run."""
    asyncio.run(right_calls.building_and_invoking())


@pytest.mark.parametrize("program", programs_for_0_3_1.ALL, ids=lambda program: program.__name__)
def test_programs_for_async_dag_0_3_1_run(program: Callable[[], Awaitable[None]]) -> None:
    """A program written for async-dag 0.3.1 runs unchanged."""

    async def run() -> None:
        await program()

    asyncio.run(run())
