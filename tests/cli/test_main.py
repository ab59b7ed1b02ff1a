"""The command line: what it runs, and what it says to wrong arguments."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from async_dag import Trace, __version__
from async_dag.cli import formats
from async_dag.cli.main import main
from async_dag.demos import on_cluster, readme
from tests.support.made_traces import Bar, made_trace


def test_demo_runs_the_readme_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """`demo` and `demo readme` are the same."""
    monkeypatch.setattr(readme, "main", lambda html: 42)
    assert main(["demo"]) == 42
    assert main(["demo", "readme"]) == 42


@pytest.mark.parametrize("before", [True, False])
def test_demo_hands_on_the_page_that_is_wanted(
    monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """`--html` stands before or behind the demo's name, and reaches both demos."""
    seen: list[object] = []

    def demo(*, html: object, **_how: object) -> int:
        seen.append(html)
        return 0

    for module, name in ((readme, "readme"), (on_cluster, "cluster")):
        monkeypatch.setattr(module, "main", demo)
        option = ["--html", "run.html"]
        assert main(["demo", *option, name] if before else ["demo", name, *option]) == 0
    assert main(["demo", "--html", "run.html"]) == 0
    assert seen == ["run.html"] * 3


def test_a_page_that_cannot_be_written_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the file and the reason, without a traceback."""
    path = str(tmp_path / "nowhere" / "run.html")

    def demo(*, html: str) -> int:
        Path(html).write_text("")
        return 0

    monkeypatch.setattr(readme, "main", demo)
    assert main(["demo", "--html", path]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert path in line
    assert "No such file" in line


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "COMMAND"),
        (["dmeo"], "dmeo"),
        (["demo", "nothing"], "nothing"),
        (["demo", "--fast"], "--fast"),
        (["demo", "readme", "more"], "more"),
        (["demo", "readme", "\x1b[31m\nred"], r"\x1b[31m\nred"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2; the line names what was wrong and where to find what is right."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert named in err
    assert "--help" in err


@pytest.mark.parametrize(("argument", "said"), [("--version", __version__), ("--help", "demo")])
def test_version_and_help(argument: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """They go to stdout, with status 0."""
    with pytest.raises(SystemExit) as exited:
        main([argument])
    assert exited.value.code == 0
    assert said in capsys.readouterr().out


def test_ctrl_c_ends_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the status that shells expect of it."""

    def interrupted(html: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(readme, "main", interrupted)
    assert main(["demo"]) == 130


def test_a_reader_who_leaves_is_no_error(saved: Path) -> None:
    """`async-dag view run.json | head -1`: no traceback, whatever is still to be printed."""
    # A pipe whose other end is closed: the first thing that is printed breaks it.
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-u", "-m", "async_dag", "view", str(saved)],
        check=False,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writing)
    assert ended.stderr == ""
    assert ended.returncode == 141


def test_python_m_is_the_command() -> None:
    """`python -m async_dag` needs no script on the PATH."""
    ended = subprocess.run(
        [sys.executable, "-m", "async_dag", "--version"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, f"async-dag {__version__}")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A run of two tasks in a file."""
    return made_trace(Bar("load", 0, 0, 1), Bar("join", 1, 1, 1.5, needs=(0,))).save(
        tmp_path / "run.json"
    )


def test_view_prints_the_chart(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In text, unless told otherwise."""
    assert main(["view", str(saved)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("load ")
    assert "2 tasks, all done\nmakespan 1.50 s" in out
    assert "critical path load → join" in " ".join(out.split()), "findings stand below"


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("run.txt", b"load "),
        ("run.svg", b"<svg"),
        ("run.png", b"\x89PNG"),
        ("run.mmd", b"gantt\n"),
        ("run.md", b"```mermaid\ngantt\n"),
        ("perfetto.json", b'{"traceEvents":'),
    ],
)
def test_view_writes_what_the_ending_says(
    saved: Path, name: str, begin: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is printed; the file is of that kind."""
    written = saved.with_name(name)
    assert main(["view", str(saved), "-o", str(written), "--theme", "dark"]) == 0
    assert capsys.readouterr() == ("", "")
    assert written.read_bytes().startswith(begin)


@pytest.mark.parametrize(
    ("kind", "begin"),
    [("svg", "<svg"), ("mermaid", "gantt"), ("chrome", '{"trace'), ("text", "load")],
)
def test_view_prints_other_kinds(
    saved: Path, kind: str, begin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """For a pipe; also into a file whose ending says nothing."""
    assert main(["view", str(saved), "--format", kind]) == 0
    assert capsys.readouterr().out.startswith(begin)
    assert main(["view", str(saved), "-f", kind, "-o", str(saved.with_name("x"))]) == 0
    assert saved.with_name("x").read_text(encoding="utf-8").startswith(begin)


@pytest.mark.parametrize("name", ["run.html", "run.txt", "run.md"])
def test_view_writes_names_that_utf_8_lacks(name: str, tmp_path: Path) -> None:
    """Half of a pair of surrogates, as in what is read with `surrogateescape`."""
    trace = made_trace(Bar("caf\udce9", 0, 0, 1, group="th\udce9"))
    saved = trace.save(tmp_path / "run.json")
    assert main(["view", str(saved), "-o", str(tmp_path / name)]) == 0
    assert "caf" in (tmp_path / name).read_text(encoding="utf-8")


def test_a_stream_that_lacks_a_character_has_its_escape(
    saved: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the locale is C; a picture is no reason to fail."""
    monkeypatch.setattr(formats, "_stdout_encoding", lambda: "ascii")
    assert main(["view", str(saved), "-f", "mermaid"]) == 0
    assert rb"done \xb7 makespan" in capsysbinary.readouterr().out


def test_view_reads_compressed_files(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `save` wrote them."""
    packed = Trace.load(saved).save(saved.with_name("run.json.gz"))
    assert main(["view", str(packed)]) == 0
    assert "2 tasks" in capsys.readouterr().out


def test_what_view_cannot_do_is_one_line(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2; the line names the file, and the field or what there is; nothing is half written."""
    cut, edited = saved.with_name("cut.json"), saved.with_name("edited.json")
    cut.write_bytes(saved.read_bytes()[:100])
    edited.write_text(saved.read_text().replace('"elapsed":1.5', '"elapsed":"1.5"'))
    target = saved.with_name("run.svg")
    for arguments, named in (
        ([str(saved.with_name("nowhere.json"))], "nowhere.json: No such file"),
        ([str(saved.parent)], "Is a directory"),
        ([str(cut)], "cut.json: this is no JSON, or was cut off"),
        ([str(edited), "-o", str(target)], "edited.json: field 'elapsed'"),
        ([str(saved), "-f", "gif"], "there is no format 'gif'; there are text, "),
        ([str(saved), "-o", "run.gif"], "run.gif has none of the endings"),
        ([str(saved), "-o", str(target), "--theme", "pink"], "theme="),
        ([str(saved), "-o", str(saved)], "is the trace itself"),
        ([str(saved), "-o", str(saved.parent / "no" / "run.svg")], "can't be written: No such"),
    ):
        assert main(["view", *arguments]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert err.startswith("async-dag view: ")
        assert named in err
    assert not target.exists()
    assert Trace.load(saved).states == ["done", "done"]
