"""environment.yml says the same as setup.cfg, in conda's words."""

import configparser
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import rattler
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import async_dag

ROOT = Path(__file__).parent.parent

#: What conda calls a distribution by another name than PyPI.
CONDA_NAMES = {"graphviz": "python-graphviz"}
#: In an extra, but on no conda channel: `pip install -e .` at the end brings it.
ONLY_ON_PYPI = {"graphviz-pure", "resvg-py"}
#: In environment.yml, but no Python distribution: the interpreter, pip, and `dot`.
ONLY_ON_CONDA = {"python", "pip", "graphviz"}
#: The extras that a conda user gets.
EXTRAS = ("lab", "process")


def read_environment() -> dict[str, Any]:
    content = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def read_setup() -> configparser.ConfigParser:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return setup


def requirements_of(extra: str, setup: configparser.ConfigParser) -> dict[str, SpecifierSet]:
    """The requirements of an extra by distribution; our own extras in it are followed."""
    found: dict[str, SpecifierSet] = {}
    for line in setup["options.extras_require"][extra].splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        requirement = Requirement(line.strip())
        if requirement.name == setup["metadata"]["name"]:
            for inner in requirement.extras:
                found |= requirements_of(inner, setup)
        else:
            found[canonicalize_name(requirement.name)] = requirement.specifier
    return found


def conda_entries() -> list[str]:
    return [entry for entry in read_environment()["dependencies"] if isinstance(entry, str)]


def split(entry: str) -> tuple[str, SpecifierSet]:
    """`numpy>=2` as its name and its bounds."""
    match = re.fullmatch(r"([a-z0-9._-]+)(.*)", entry)
    assert match is not None, entry
    return match[1], SpecifierSet(match[2])


def test_environment_has_a_name_and_one_channel() -> None:
    """`conda env create -f` needs no further option."""
    environment = read_environment()
    assert environment["name"] == "async-dag"
    assert environment["channels"] == ["conda-forge"]


@pytest.mark.parametrize("entry", conda_entries())
def test_entry_is_a_conda_match_spec(entry: str) -> None:
    """Each entry is read by conda's own grammar, with the name that we think it has."""
    spec = rattler.MatchSpec(entry, strict=True)
    name, bounds = split(entry)
    assert spec.name is not None
    assert spec.name.normalized == name
    assert (spec.version is None) == (not bounds)


def test_packages_and_bounds_agree_with_setup_cfg() -> None:
    """What the extras ask of pip is what environment.yml asks of conda."""
    setup = read_setup()
    expected: dict[str, SpecifierSet] = {}
    for extra in EXTRAS:
        for name, bounds in requirements_of(extra, setup).items():
            if name not in ONLY_ON_PYPI:
                expected[CONDA_NAMES.get(name, name)] = bounds

    entries = dict(split(entry) for entry in conda_entries())
    assert {name: b for name, b in entries.items() if name not in ONLY_ON_CONDA} == expected
    assert entries.keys() >= ONLY_ON_CONDA


def test_python_bound_is_that_of_the_package() -> None:
    """conda may choose exactly the Pythons that pip would accept."""
    bounds = dict(split(entry) for entry in conda_entries())["python"]
    assert bounds == SpecifierSet(read_setup()["options"]["python_requires"])


def test_pip_part_installs_this_project_with_the_same_extras() -> None:
    """The one pip entry is this clone, editable, with the extras that conda provided for."""
    (pip_part,) = (e for e in read_environment()["dependencies"] if not isinstance(e, str))
    assert pip_part == {"pip": [f"-e .[{','.join(EXTRAS)}]"]}


def test_the_version_is_said_in_one_place() -> None:
    """What the package calls its version is that of the installed metadata, which is setup.cfg's."""
    assert async_dag.__version__ == metadata.version(read_setup()["metadata"]["name"])
    assert async_dag.__version__ == read_setup()["metadata"]["version"]


def test_the_version_is_looked_up_when_it_is_asked_for() -> None:
    """`import async_dag` does not pay for `importlib.metadata`."""
    script = "import sys, async_dag; print('importlib.metadata' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
