"""The package check: verdicts follow the requirements, and damage is named and counted."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest

from async_dag.demos.installed import find_installed
from async_dag.demos.packages import build_checks, main
from async_dag.demos.verdicts import Verdict
from tests.support.fake_site import install


def check(site: Path) -> dict[str, Verdict]:
    """The verdict of each distribution in a folder, by name."""
    tm, nodes = build_checks(find_installed([str(site)]))
    result = asyncio.run(tm.invoke())
    return {one.distribution.name: one for node in nodes for one in result[node]}


def words(site: Path) -> dict[str, str]:
    return {name: verdict.word for name, verdict in check(site).items()}


def run_main(*path: Path) -> tuple[int, str]:
    """What the command prints, and its exit status."""
    out = io.StringIO()
    return main([str(one) for one in path], out=out), out.getvalue()


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """app requires lib, lib requires base; and alone."""
    install(tmp_path, "app", requires=["lib"])
    install(tmp_path, "lib", requires=["base"])
    install(tmp_path, "base")
    install(tmp_path, "alone")
    return tmp_path


def test_all_untouched_is_all_trusted(chain: Path) -> None:
    """Files match all the way down."""
    assert set(words(chain).values()) == {"trusted"}


def test_a_changed_file_puts_all_above_in_doubt(chain: Path) -> None:
    """Trust ends where the change is; who does not need it keeps its trust."""
    (chain / "base/__init__.py").write_bytes(b"changed")
    assert words(chain) == {
        "app": "in doubt",
        "lib": "in doubt",
        "base": "changed",
        "alone": "trusted",
    }
    assert check(chain)["app"].doubts == ("base",)


def test_own_damage_is_said_before_doubt(chain: Path) -> None:
    """A distribution with both a missing file and a changed requirement is changed."""
    (chain / "base/__init__.py").write_bytes(b"changed")
    (chain / "lib/__init__.py").unlink()
    verdicts = check(chain)
    assert verdicts["lib"].word == "changed"
    assert verdicts["app"].doubts == ("base", "lib")


def test_what_cannot_be_checked_is_not_trusted(chain: Path) -> None:
    """Nor is what needs it, and neither counts as changed."""
    install(chain, "top", requires=["system"])
    install(chain, "system", record=None)
    assert words(chain)["system"] == "unchecked"
    assert words(chain)["top"] == "in doubt"
    assert run_main(chain)[0] == 0


def test_a_circle_is_one_node_with_a_verdict_each(tmp_path: Path) -> None:
    """Distributions that need each other are checked together, and doubted together."""
    install(tmp_path, "a", requires=["b"])
    install(tmp_path, "b", requires=["c", "base"])
    install(tmp_path, "c", requires=["a"])
    install(tmp_path, "base")
    install(tmp_path, "app", requires=["c"])
    tm, nodes = build_checks(find_installed([str(tmp_path)]))
    assert sorted(node.name for node in nodes) == ["a + b + c", "app", "base"]
    assert [node.name for node in tm["a + b + c"].dependencies] == ["base"]
    assert [node.name for node in tm["app"].dependencies] == ["a + b + c"]
    assert set(words(tmp_path).values()) == {"trusted"}

    (tmp_path / "b/__init__.py").write_bytes(b"changed")
    assert words(tmp_path) == {
        "a": "in doubt",
        "b": "changed",
        "c": "in doubt",
        "base": "trusted",
        "app": "in doubt",
    }


def test_a_requirement_is_one_dependency_however_often(tmp_path: Path) -> None:
    """Two members of a circle may need the same third."""
    install(tmp_path, "a", requires=["b", "base", "base>1"])
    install(tmp_path, "b", requires=["a", "Base"])
    install(tmp_path, "base")
    tm, _ = build_checks(find_installed([str(tmp_path)]))
    assert [node.name for node in tm["a + b"].dependencies] == ["base"]


def test_extra_only_requirements_do_not_count(tmp_path: Path) -> None:
    """A changed distribution that only an extra asks for puts nobody in doubt."""
    install(tmp_path, "app", requires=['lib; extra == "all"'])
    install(tmp_path, "lib")
    (tmp_path / "lib/__init__.py").unlink()
    assert words(tmp_path) == {"app": "trusted", "lib": "changed"}


def test_output_has_every_verdict_and_the_sum(chain: Path) -> None:
    """One line a distribution, a sum, and the makespans of the three ways; status 0."""
    status, output = run_main(chain)
    assert status == 0
    for name in ("alone", "app", "base", "lib"):
        assert f"trusted    {name} 1.0" in output
    assert "4 trusted, 0 changed; 4 files" in output
    for way in ("one by one", "wave by wave", "as a DAG"):
        assert any(line.startswith(way) for line in output.splitlines())


def test_what_needs_an_eye_stands_last(chain: Path) -> None:
    """Trusted first, then doubt, then what can't be checked, then damage, next to the sum."""
    (chain / "base/__init__.py").write_bytes(b"changed")
    install(chain, "system", record=None)
    lines = run_main(chain)[1].splitlines()
    verdicts = ("trusted", "in doubt", "unchecked", "changed")
    first = [line[:9].rstrip() for line in lines if line.startswith(verdicts)]
    assert first == ["trusted", "in doubt", "in doubt", "unchecked", "changed"]


def test_every_changed_and_missing_file_is_named(chain: Path) -> None:
    """However many: each has its line, and the status is 1."""
    files = {f"big/{n}.py": b"x" for n in range(50)}
    install(chain, "big", files=files)
    for n in range(25):
        (chain / f"big/{n}.py").write_bytes(b"y")
        (chain / f"big/{n + 25}.py").unlink()
    status, output = run_main(chain)
    assert status == 1
    for n in range(25):
        assert f"changed  big/{n}.py\n" in output
        assert f"missing  big/{n + 25}.py\n" in output
    assert "25 changed; 25 missing" in output


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_one_damaged_file_is_status_1(chain: Path, damage: str) -> None:
    """One byte in one file of one distribution is enough."""
    file = chain / "alone/__init__.py"
    if damage == "changed":
        file.write_bytes(file.read_bytes() + b"\n")
    else:
        file.unlink()
    assert run_main(chain)[0] == 1


def test_hostile_names_move_no_cursor(tmp_path: Path) -> None:
    """Escape sequences, reversed text and line breaks are shown, not obeyed."""
    name = "evil\x1b[2J\u202e"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\x07\nRequires-Dist: \x1b[31m\n"
    install(
        tmp_path,
        "evil",
        metadata=metadata,
        record='"new\nline\x1b[31m.py",sha256=abc,1\nb.py,evil\x1b[0m=1,2',
    )
    status, output = run_main(tmp_path)
    assert status == 1
    assert r"evil\x1b[2J\u202e 1\x07" in output
    assert r"missing  new\nline\x1b[31m.py" in output
    assert all(character == "\n" or character.isprintable() for character in output)


def test_output_fits_a_terminal_that_only_knows_ascii(chain: Path) -> None:
    """Where a character can't be shown its escape is, and nothing fails."""
    install(chain, "app2", files={"app2/é.py": b""})
    (chain / "app2/é.py").unlink()
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    assert main([str(chain)], out=out) == 1
    assert rb"missing  app2/\xe9.py" in raw.getvalue()


def test_nothing_installed_says_so(tmp_path: Path) -> None:
    """An empty or a wrong folder is no clean bill of health: status 2."""
    status, output = run_main(tmp_path / "typo")
    assert status == 2
    assert "typo" in output


def test_a_broken_distribution_does_not_stop_the_others(chain: Path) -> None:
    """Unreadable metadata gets a verdict of its own, and the rest theirs."""
    install(chain, "broken", metadata=b"\xff\xfe", record=b"\xff")
    found = words(chain)
    assert found["broken-1.0.dist-info"] == "unchecked"
    assert found["app"] == "trusted"


def test_this_environment_gets_a_verdict_each() -> None:
    """On the real thing: what pip installed here is found and hashed."""
    tm, nodes = build_checks([one for one in find_installed() if one.name in {"pytest", "pluggy"}])
    result = asyncio.run(tm.invoke())
    verdicts = {one.distribution.name: one for node in nodes for one in result[node]}
    assert verdicts["pytest"].files.matching > 10
