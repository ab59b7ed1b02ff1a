"""`signatures.py`: generated, fresh, and one `add_node` for managers and builders of options."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_overloads

import pytest

from async_dag import TaskManager, TaskNode, WrongTaskError
from async_dag.manager.signatures import AddNode

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "scripts" / "generate_signatures.py"


async def number(n: int = 1) -> int:
    return n


async def of_task(task: int) -> int:
    return task


def generate(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script), *arguments], capture_output=True, text=True, check=False
    )


def test_signatures_are_fresh() -> None:
    """What the generator would write is what is there."""
    done = generate(GENERATOR, "--check")
    assert done.returncode == 0, done.stderr


def test_generator_notices_stale_signatures(tmp_path: Path) -> None:
    """`--check` fails on a missing and on a changed file, and writing mends both."""
    script = tmp_path / "scripts" / GENERATOR.name
    script.parent.mkdir()
    script.write_bytes(GENERATOR.read_bytes())
    target = tmp_path / "async_dag" / "manager" / "signatures.py"
    target.parent.mkdir(parents=True)

    missing = generate(script, "--check")
    assert missing.returncode == 1
    assert "generate_signatures.py" in missing.stderr
    assert generate(script).returncode == 0
    assert generate(script, "--check").returncode == 0
    assert sorted(file.name for file in target.parent.iterdir()) == [
        "map_signatures.py",
        "signatures.py",
    ]
    target.write_text(target.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert generate(script, "--check").returncode == 1


def test_generator_refuses_other_arguments() -> None:
    """An argument that the generator does not know writes nothing and shows how to call it."""
    done = generate(GENERATOR, "--chekc")
    assert done.returncode == 2
    assert "--check" in done.stderr


def test_manager_and_builder_share_one_add_node() -> None:
    """A manager and what its `options` returns inherit the typed `add_node`, so they agree."""
    tm = TaskManager[int]()
    assert type(tm).add_node is AddNode.add_node
    assert type(tm.options(name="a")).add_node is AddNode.add_node
    assert len(get_overloads(AddNode.add_node)) > 8


def test_task_by_keyword() -> None:
    """`add_node(task=function)` is the same as `add_node(function)`."""
    tm = TaskManager[int]()
    node = tm.add_node(task=number)
    assert isinstance(node, TaskNode)
    assert node.name == "number"


def test_parameter_of_a_task_may_be_called_task() -> None:
    """With the function in first place, `task=` is a keyword argument of that function."""
    tm = TaskManager[int]()
    node = tm.add_node(number)
    assert tm.add_node(of_task, task=node).dependencies == (node,)  # type: ignore[call-overload]


def test_none_is_no_task() -> None:
    """None in first place is refused, also beside a keyword `task=`, and so is a call without task."""
    tm = TaskManager[int]()
    with pytest.raises(WrongTaskError, match="None"):
        tm.add_node(None)  # type: ignore[call-overload]
    with pytest.raises(WrongTaskError, match="None"):
        tm.add_node(None, task=number)  # type: ignore[call-overload]
    with pytest.raises(WrongTaskError, match="lacks 'task': add_node"):
        tm.add_node()  # type: ignore[call-overload]
