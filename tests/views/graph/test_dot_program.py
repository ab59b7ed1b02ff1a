"""Finding and running `dot`, and its port where there is none."""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from importlib import metadata
from pathlib import Path

import pytest

from async_dag.errors import DrawingError, MissingExtraError
from async_dag.views.graph import dot_program
from async_dag.views.graph.dot_program import find_dot, run_dot
from tests.support.dot import PURE_BESIDE_PYTHON


@pytest.fixture
def no_dot_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def script(path: Path, text: str) -> None:
    path.write_text(f"#!{sys.executable}\n{text}", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_the_dot_on_path_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A user's own Graphviz draws with the user's own fonts."""
    script(tmp_path / "dot", "print('mine')")
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + os.environ["PATH"])
    assert find_dot() == tmp_path / "dot"
    assert run_dot("digraph {}", "svg", timeout=60) == b"mine\n"


@pytest.mark.usefixtures("no_dot_on_path")
def test_the_port_beside_python_is_found_without_an_activated_environment() -> None:
    """With no `dot` the package graphviz-pure stands in."""
    assert find_dot() == PURE_BESIDE_PYTHON


@pytest.mark.usefixtures("no_dot_on_path")
def test_the_port_is_found_where_its_package_was_put(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after `pip install --user`: neither on PATH nor beside Python."""
    monkeypatch.setattr(sys, "executable", "/nowhere/bin/python")
    found = find_dot()
    assert found is not None
    assert found.samefile(PURE_BESIDE_PYTHON)


@pytest.mark.usefixtures("no_dot_on_path")
def test_no_dot_at_all_is_one_error_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the package to install."""

    def none_installed(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(sys, "executable", "/nowhere/bin/python")
    monkeypatch.setattr(dot_program.metadata, "files", none_installed)
    assert find_dot() is None
    with pytest.raises(MissingExtraError, match="pip install graphviz-pure"):
        run_dot("digraph {}", "svg", timeout=60)


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize("format", ["svg", "png", "json", "json0", "plain", "dot", "xdot"])
def test_both_programs_write_these_formats(format: str) -> None:
    """What the module promises of `dot` and of its port."""
    made = run_dot("digraph { a -> b }", format, timeout=60)
    if format == "png":
        assert made.startswith(b"\x89PNG")
    elif format.startswith("json"):
        assert [node["name"] for node in json.loads(made)["objects"]] == ["a", "b"]
        assert all("pos" in node for node in json.loads(made)["objects"])
    else:
        assert b"a" in made


def test_a_picture_that_takes_too_long_is_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The program is killed, and the error says what can be done."""
    script(tmp_path / "dot", "import time; time.sleep(60)")
    monkeypatch.setenv("PATH", str(tmp_path))
    begin = time.monotonic()
    with pytest.raises(DrawingError, match="within 0.2 s"):
        run_dot("digraph {}", "svg", timeout=0.2)
    assert time.monotonic() - begin < 30


@pytest.mark.usefixtures("program")
def test_what_dot_says_is_in_the_error() -> None:
    """Wrong text and an unknown format."""
    with pytest.raises(DrawingError, match="syntax error"):
        run_dot("digraph {", "svg", timeout=60)
    with pytest.raises(DrawingError, match="nosuch"):
        run_dot("digraph {}", "nosuch", timeout=60)


def test_a_program_that_can_not_be_run_is_an_error_of_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file that is no program, but is executable."""
    path = tmp_path / "dot"
    path.write_bytes(b"\0\0")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DrawingError, match="can't be run"):
        run_dot("digraph {}", "svg", timeout=60)
