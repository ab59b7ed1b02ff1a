"""Distributions are found with what they require, and their files held against their RECORD."""

import os
import zipfile
from pathlib import Path

import pytest

from async_dag.demos.installed import Files, Installed, check_files, find_installed
from tests.support.fake_site import hash_of, install


def only(site: Path) -> Installed:
    (found,) = find_installed([str(site)])
    return found


def requirements(site: Path) -> dict[str, tuple[str, ...]]:
    return {one.name: one.requires for one in find_installed([str(site)])}


def test_requirements_lead_to_installed_distributions(tmp_path: Path) -> None:
    """However the two spell the name; what is not installed is no requirement."""
    install(tmp_path, "App", requires=["Foo_Bar >=1", "absent", "foo.bar", "App"])
    install(tmp_path, "foo-bar")
    assert requirements(tmp_path) == {"App": ("foo-bar",), "foo-bar": ()}


def test_extras_and_other_systems_are_no_requirements(tmp_path: Path) -> None:
    """What only an extra or another Python asks for does not count."""
    install(
        tmp_path,
        "app",
        requires=[
            'a; extra == "all"',
            'b; python_version < "3"',
            'c; python_version >= "3"',
        ],
    )
    for name in "abc":
        install(tmp_path, name)
    assert requirements(tmp_path)["app"] == ("c",)


def test_first_on_the_path_is_the_one_that_counts(tmp_path: Path) -> None:
    """A distribution that is there twice is judged by the one that imports find."""
    install(tmp_path / "first", "app", version="2.0")
    install(tmp_path / "second", "App", version="1.0")
    (found,) = find_installed([str(tmp_path / "first"), str(tmp_path / "second")])
    assert (found.name, found.version) == ("app", "2.0")


def test_finds_what_is_installed_here() -> None:
    """By default it looks where this Python imports from."""
    names = {one.name for one in find_installed()}
    assert {"pytest", "pluggy"} <= names


def test_untouched_files_match(tmp_path: Path) -> None:
    """All hashes right: so many files, so many bytes."""
    install(tmp_path, "app", files={"app/data.bin": b"x" * 1_000_000})
    assert check_files(only(tmp_path)) == Files(matching=2, size=1_000_005)


def test_changed_and_missing_files_are_named(tmp_path: Path) -> None:
    """A byte more, and a file gone, also out of the installer's other folders."""
    install(tmp_path / "lib", "app", files={"app/a.py": b"a", "../bin/app": b"#!"})
    (tmp_path / "lib/app/a.py").write_bytes(b"A")
    (tmp_path / "bin/app").unlink()
    files = check_files(only(tmp_path / "lib"))
    assert (files.changed, files.missing) == (("app/a.py",), ("../bin/app",))
    assert files.matching == 1
    assert not files.match


def test_a_missing_folder_is_missing_files(tmp_path: Path) -> None:
    """Also where something else now has the folder's name."""
    install(tmp_path, "app", files={"app/sub/a.py": b"", "app/other/b.py": b""})
    for folder in ("sub", "other"):
        for file in (tmp_path / "app" / folder).iterdir():
            file.unlink()
        (tmp_path / "app" / folder).rmdir()
    (tmp_path / "app/other").write_bytes(b"a file")
    assert check_files(only(tmp_path)).missing == ("app/sub/a.py", "app/other/b.py")


def test_entries_without_hash_are_passed_over(tmp_path: Path) -> None:
    """RECORD itself and compiled files: there or not, they say nothing."""
    install(tmp_path, "app", record="app/__pycache__/a.cpython-311.pyc,,\napp/gone.pyc,,12\n\n")
    assert check_files(only(tmp_path)).match


def test_names_with_commas_quotes_and_odd_letters(tmp_path: Path) -> None:
    """RECORD is CSV; a line separator of Unicode in a name is no new line."""
    name = 'app/a,b "c"\u2028d é.py'
    quoted = '"' + name.replace('"', '""') + '"'
    install(tmp_path, "app", record=f"{quoted},{hash_of(b'odd')},3")
    assert check_files(only(tmp_path)).missing == (name,)
    (tmp_path / name).write_bytes(b"odd")
    assert check_files(only(tmp_path)) == Files(matching=2, size=8)


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
def test_stronger_hashes_are_checked(tmp_path: Path, algorithm: str) -> None:
    """RECORD may have SHA-256 or better."""
    install(tmp_path, "app", record=f"app/b.py,{hash_of(b'b', algorithm)},1")
    (tmp_path / "app/b.py").write_bytes(b"b")
    assert check_files(only(tmp_path)).match
    (tmp_path / "app/b.py").write_bytes(b"c")
    assert check_files(only(tmp_path)).changed == ("app/b.py",)


def test_weak_or_unknown_hashes_prove_nothing(tmp_path: Path) -> None:
    """An MD5 that fits is no reason to trust."""
    install(tmp_path, "app", record=f"app/b.py,{hash_of(b'b', 'md5')},1")
    (tmp_path / "app/b.py").write_bytes(b"b")
    assert check_files(only(tmp_path)).unchecked == "app/b.py has a hash of unknown kind: md5"


@pytest.mark.parametrize(
    ("record", "more", "reason"),
    [
        (None, {}, "has no readable RECORD"),
        (None, {"INSTALLER": "debian\n"}, "has no readable RECORD (installed by debian)"),
        (b"\xff\xfe\x00", {}, "has no readable RECORD"),
        (b"", {}, "its RECORD holds no hash"),
        (b"app/__init__.py,,\n", {}, "its RECORD holds no hash"),
        (b"a" * 200_000 + b",sha256=x,1\n", {}, "its RECORD can't be read: "),
        (
            b"app/__init__.py,nonsense,\n",
            {},
            "app/__init__.py has a hash of unknown kind: nonsense",
        ),
    ],
)
def test_without_hashes_there_is_no_telling(
    tmp_path: Path, record: bytes | None, more: dict[str, str], reason: str
) -> None:
    """No RECORD, or none that says anything: unchecked, with the reason, and never a match."""
    install(tmp_path, "app", record=record, more=more)
    files = check_files(only(tmp_path))
    assert files.unchecked.startswith(reason)
    assert not files.match


def test_an_editable_install_is_unchecked(tmp_path: Path) -> None:
    """Its RECORD has a path entry only: the code lies elsewhere. Damage is still named."""
    direct = '{"url": "file:///somewhere", "dir_info": {"editable": true}}'
    install(tmp_path, "app", more={"direct_url.json": direct})
    assert "editable" in check_files(only(tmp_path)).unchecked
    (tmp_path / "app/__init__.py").unlink()
    assert check_files(only(tmp_path)).missing == ("app/__init__.py",)


@pytest.mark.parametrize(
    "direct",
    ["", "[]", "{", '{"dir_info": 1}', '{"dir_info": {}}', '{"url": "x", "archive_info": {}}'],
)
def test_other_direct_installs_are_checked(tmp_path: Path, direct: str) -> None:
    """From a file or an archive, or with a note that nobody can read: RECORD counts."""
    install(tmp_path, "app", more={"direct_url.json": direct})
    assert check_files(only(tmp_path)).match


def test_a_pipe_in_a_files_place_does_not_hold_us(tmp_path: Path) -> None:
    """Only plain files are opened; whatever else lies there is a change."""
    install(tmp_path, "app", files={"app/a.py": b"a", "app/b.py": b"b"})
    (tmp_path / "app/a.py").unlink()
    os.mkfifo(tmp_path / "app/a.py")
    (tmp_path / "app/b.py").unlink()
    (tmp_path / "app/b.py").mkdir()
    assert check_files(only(tmp_path)).changed == ("app/a.py", "app/b.py")


@pytest.mark.parametrize("name", ["app/\0.py", f"app/{'x' * 300}.py", "loop/x"])
def test_paths_that_cannot_be_opened(tmp_path: Path, name: str) -> None:
    """Neither right nor wrong: unchecked, with the reason."""
    (tmp_path / "loop").symlink_to("loop")
    install(tmp_path, "app", record=f"{name},{hash_of(b'')},0")
    files = check_files(only(tmp_path))
    assert files.unchecked.startswith(f"{name} can't be read: ")
    assert not files.missing


def test_a_distribution_in_an_archive_is_unchecked(tmp_path: Path) -> None:
    """A wheel that lies on the path as it is can be imported from, but has no files."""
    install(tmp_path / "site", "app")
    archive = tmp_path / "app.whl"
    with zipfile.ZipFile(archive, "w") as wheel:
        for path in (tmp_path / "site").rglob("*.*"):
            wheel.write(path, path.relative_to(tmp_path / "site"))
        for path in (tmp_path / "site").rglob("RECORD"):
            wheel.write(path, path.relative_to(tmp_path / "site"))
        for path in (tmp_path / "site").rglob("METADATA"):
            wheel.write(path, path.relative_to(tmp_path / "site"))
    assert check_files(only(archive)).unchecked == "lies in an archive"


@pytest.mark.parametrize("metadata", ["", "Version: 1\n", b"\xff\xfe", "\n\nName: no\n"])
def test_broken_metadata_gets_the_folders_name(tmp_path: Path, metadata: str | bytes) -> None:
    """A distribution that does not say what it is called is still listed and checked."""
    install(tmp_path, "app", metadata=metadata)
    found = only(tmp_path)
    assert found.name == "app-1.0.dist-info"
    assert check_files(found).match
