"""`async-dag draw`: what it writes, and what it says to wrong arguments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from async_dag.cli.main import main
from async_dag.views.graph import dot_program

MODULE = """
from async_dag import TaskManager, build_dag
print("printed while it is imported")

async def load(name): return name
async def join(*parts): return parts

with build_dag() as tm:
    tm.add_node(join, tm.add_node(load, "任务"), tm.add_node(load, "b"))

unsorted = TaskManager()
unsorted.add_node(load, 1)

class Holder:
    inner = tm
"""


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with some modules, which is the current one."""
    sources = {"pipe": MODULE, "broken": "1 / 0", "leaves": "raise SystemExit(3)"}
    sources |= {"lacks": "import no_such_module_at_all", "plain": "x = 1"}
    for name, source in sources.items():
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])


@pytest.mark.parametrize("name", ["graph.svg", "graph.png", "graph.gv", "graph.mmd", "graph.md"])
def test_the_name_of_the_file_says_the_format(name: str, tmp_path: Path) -> None:
    """SVG, PNG, DOT and Mermaid, alone or within a fence."""
    assert main(["draw", "pipe:tm", "-o", name]) == 0
    data = (tmp_path / name).read_bytes()
    if name.endswith("png"):
        assert data.startswith(b"\x89PNG")
        return
    text = data.decode()
    assert {"svg": "<svg", "gv": "digraph {", "mmd": "---\n", "md": "```mermaid\n"}[
        name.partition(".")[2]
    ] in text
    assert "join" in text
    if name.endswith("svg"):
        ElementTree.fromstring(text)


@pytest.mark.parametrize(
    ("format", "said"),
    [("svg", "<svg"), ("mermaid", "flowchart LR"), ("dot", "rankdir=LR"), ("text", "wave 1")],
)
def test_without_a_file_it_is_printed(
    format: str, said: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """And nothing else: what the module prints goes to stderr."""
    assert main(["draw", "pipe:tm", "--format", format, "--direction", "LR"]) == 0
    out, err = capsysbinary.readouterr()
    assert said in out.decode()
    assert b"printed" not in out
    assert b"printed" in err


def test_text_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    """It needs no extra, and fits a terminal; an attribute of an attribute is found."""
    assert main(["draw", "pipe:Holder.inner"]) == 0
    assert capsys.readouterr().out.startswith("3 tasks in 2 waves")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere:tm"], "there is no module 'nowhere'"),
        (["pipe.inner:tm"], "'pipe.inner'"),
        (["lacks:tm"], "No module named 'no_such_module_at_all'"),
        (["broken:tm"], "ZeroDivisionError: division by zero"),
        (["leaves:tm"], "SystemExit: 3"),
        (["pipe:tn"], "the managers there are 'tm', 'unsorted'"),
        (["pipe:load"], "type function"),
        (["plain:x"], "type int; there is no manager in that module"),
        (["pipe:tm.nothing"], "no 'tm.nothing'"),
        (["pipe:unsorted"], "call sort() first"),
        (["pipe"], "such as pipeline:tm"),
        (["pipe:"], "such as pipeline:tm"),
        (["pipe.py:tm"], "not the file 'pipe.py'"),
        (["pipe:tm", "--format", "jpg"], "jpg"),
        (["pipe:tm", "--detail", "some"], "some"),
        (["pipe:tm", "-o", "graph.jpg"], "graph.jpg"),
        (["pipe:tm", "-o", "no/such/folder/graph.svg"], "can't be written"),
        ([], "MODULE:ATTRIBUTE"),
        (["\x1b[31m\nevil:tm"], r"\x1b[31m\nevil"),
    ],
)
def test_what_can_not_be_drawn_is_one_line(
    arguments: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Status 2, no traceback; the line says what was given and what is taken."""
    assert main(["draw", *arguments]) == 2
    out, err = capfd.readouterr()
    lines = [line for line in err.splitlines() if "printed while" not in line]
    assert out == ""
    assert len(lines) == 1
    assert said in lines[0]


def test_without_dot_it_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the package that brings one; Mermaid and text need none."""
    monkeypatch.setattr(dot_program, "find_dot", lambda: None)
    assert main(["draw", "pipe:tm", "--format", "svg"]) == 2
    assert "pip install graphviz-pure" in capsys.readouterr().err
    assert main(["draw", "pipe:tm", "--format", "mermaid"]) == 0


def test_the_command_itself_finds_modules_in_this_folder(tmp_path: Path) -> None:
    """As `python -m` does; the installed script alone does not."""
    code = "import sys; sys.path.pop(0); from async_dag.cli.main import main; sys.exit(main())"
    ended = subprocess.run(
        [sys.executable, "-c", code, "draw", "pipe:tm"],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
        cwd=tmp_path,
    )
    assert ended.returncode == 0, ended.stderr
    assert "join" in ended.stdout
