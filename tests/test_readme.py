"""What the README shows is so: its commands, its code, its links."""

from __future__ import annotations

import ast
import asyncio
import configparser
import inspect
import re
import time
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

import async_dag
from async_dag import ExecutionResult, TaskManager, Trace
from async_dag.analysis.timeline import Timeline
from async_dag.draw.graph_draw import GraphDraw
from async_dag.draw.run_draw import RunDraw
from async_dag.export.run_export import RunExport

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")

FIRST_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[notebook]' && .venv/bin/async-dag demo"
)
SECOND_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest"
)


def blocks(language: str) -> list[str]:
    """The fenced code blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def compile_cell(source: str) -> CodeType:
    """The code of a notebook cell: `await` is allowed at its top level."""
    code: CodeType = compile(source, "README.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return code


async def run_cell(source: str, names: dict[str, Any]) -> float:
    """Run a cell in a notebook's namespace; the seconds that it took."""
    began = time.perf_counter()
    outcome = eval(compile_cell(source), names)  # noqa: S307 - the README is ours
    if inspect.isawaitable(outcome):
        await outcome
    return time.perf_counter() - began


@pytest.mark.parametrize("command", [FIRST_COMMAND, SECOND_COMMAND])
def test_commands_are_shown_and_run_in_ci(command: str) -> None:
    """A reader can copy them, and CI runs exactly these."""
    assert f"{command}\n" in blocks("sh")
    assert command in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_code_runs_and_takes_the_time_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    """Every Python block, in order, as cells of one notebook: 1.2, 2.0 and 1.6 seconds."""
    sources = blocks("python")

    async def run_all() -> list[float]:
        names: dict[str, Any] = {}
        return [await run_cell(source, names) for source in sources]

    seconds = asyncio.run(run_all())
    # The first block defines the tasks, the last looks at a run; the others run them. A busy machine
    # is late, never early.
    first, *runs, last = seconds
    assert first < 0.1
    assert last < 5
    for took, promised in zip(runs, (1.2, 2.0, 1.6), strict=True):
        assert promised - 0.01 <= took < promised + 0.3
    output = capsys.readouterr().out
    assert output.startswith("15\n")
    assert "('fast_task_a', 'slow_task_b', 'end_task')" in output
    assert "halving it saves" in output


#: What the names that the README's tables begin with stand for.
NAMED = {
    "async_dag": async_dag,
    "result": ExecutionResult,
    "result.draw": RunDraw,
    "result.export": RunExport,
    "timeline": Timeline,
    "tm": TaskManager,
    "tm.draw": GraphDraw,
    "trace": Trace,
    "Trace": Trace,
    "TaskManager": TaskManager,
}


def test_the_tables_name_what_is_there() -> None:
    """Each method in the tables of the API exists under that name."""
    tables = README[README.index("## The API at a glance") :]
    found = set(
        re.findall(r"\b(async_dag|result|timeline|tm|trace|Trace|TaskManager)((?:\.\w+)+)", tables)
    )
    missing = []
    for root, path in found:
        *before, name = path[1:].split(".")
        owner = ".".join([root, *before])
        assert owner in NAMED, owner
        if not hasattr(NAMED[owner], name):
            missing.append(f"{owner}.{name}")
    assert len(found) > 20
    assert sorted(missing) == []


def test_links_lead_to_files_that_are_there() -> None:
    """No dead link within the project."""
    for link in re.findall(r"\]\(([^):#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_extras_are_those_of_the_package() -> None:
    """Each extra that the README names exists."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    named = set(re.findall(r"-e '\.\[(\w+)\]'", README)) | {"notebook", "lab", "process"}
    assert named <= set(setup["options.extras_require"])
