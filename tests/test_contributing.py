"""CONTRIBUTING.md leads to files that exist, and names at most three for each change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

#: A path as the tables write it: below the project or below the package.
_PATH = re.compile(r"`([\w./-]+(?:/|\.(?:py|ts|toml|cfg|md|json)))`")


def changes() -> list[tuple[str, list[str]]]:
    """Each row of the table 'To change something': the change, and the paths that it names."""
    section = TEXT.partition("### To change something")[2].partition("###")[0]
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", section, re.MULTILINE)
    return [(change, _PATH.findall(where)) for change, where in rows[1:] if set(change) != {"-"}]


def exists(path: str) -> bool:
    """Whether a path leads somewhere from the project or from the package."""
    return any((folder / path).exists() for folder in (ROOT, ROOT / "async_dag"))


@pytest.mark.parametrize(("change", "paths"), changes(), ids=lambda value: str(value)[:30])
def test_a_change_has_at_most_three_places_and_they_exist(change: str, paths: list[str]) -> None:
    """Whoever follows the table finds what it names."""
    assert 1 <= len(paths) <= 3, change
    assert [path for path in paths if not exists(path)] == []


def test_every_path_exists() -> None:
    """The rest of the page names only what is there, or what a command makes."""
    made = {"docs/api/"}
    named = sorted(set(_PATH.findall(TEXT)) - made)
    assert [path for path in named if not exists(path)] == []


def test_the_floors_are_those_that_the_linter_checks() -> None:
    """The list of floors names the folders of the package, in the order of the contract."""
    listed = TEXT.partition("```text")[2].partition("```")[0]
    floors = re.findall(r"^(\w+)(?:/|\.py) *", listed, re.MULTILINE)
    contract = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("layers = [")[2]
    layers = re.findall(r'"([^"]+)"', contract.partition("\n]")[0])
    contracted = [floor.strip() for layer in layers for floor in layer.split("|")]
    assert floors == [floor for floor in contracted if floor != "__main__"]
