"""What users import from `async_dag`: one list, lazily, with types."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import async_dag
from tests.support import needs

PACKAGE = Path(async_dag.__file__).parent
ON_USE = {
    **{name: module for module, names in async_dag._ON_USE.items() for name in names},
    **{name: module for module, (name, _) in async_dag._WITH_EXTRA.items()},
}


def run_python(script: str) -> str:
    """What a fresh interpreter prints."""
    answer = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        capture_output=True,
        text=True,
        cwd=PACKAGE.parent,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.mark.parametrize("name", ON_USE)
def test_a_name_that_is_imported_on_use_is_that_of_its_module(name: str) -> None:
    """`async_dag.Timeline` is the class itself, however it is reached."""
    assert getattr(async_dag, name) is getattr(import_module(ON_USE[name]), name)
    assert name in dir(async_dag)


def test_type_checkers_see_the_names_that_are_imported_on_use() -> None:
    """The imports for type checkers and the tables for the run time hold the same names."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    (block,) = (
        node for node in tree.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name)
    )
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == ON_USE


def test_every_public_name_is_in_the_list() -> None:
    """What is imported at the top of the package is public, and nothing else is."""
    plain = {
        name
        for name, value in vars(async_dag).items()
        if getattr(value, "__module__", "").startswith("async_dag") and not name.startswith("_")
    }
    listed = set(async_dag.__all__) | {name for name, _ in async_dag._WITH_EXTRA.values()}
    assert plain <= listed
    assert listed - plain == {"NOT_CHOSEN", "NOT_NEEDED", "OUTSIDE"} | {
        name for name in ON_USE if name not in plain
    }


def test_no_public_name_is_that_of_a_package_folder() -> None:
    """To import `async_dag.x` would put the module in the place of the function."""
    modules = {path.stem for path in PACKAGE.iterdir()}
    assert modules.isdisjoint(async_dag.__all__)


def test_a_star_import_needs_no_extra() -> None:
    """It loads the standard library and ourselves, whatever is installed."""
    script = (
        "import sys; before = set(sys.modules); from async_dag import *; Timeline; "
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    loaded = set(run_python(script).split()) - sys.stdlib_module_names
    assert loaded == {"async_dag"}


@pytest.mark.parametrize(
    ("name", "missing"),
    [("RunFigure", "matplotlib"), ("GraphvizDiagram", "graphviz"), ("Workbench", "anywidget")],
)
def test_a_missing_extra_says_what_to_install(name: str, missing: str) -> None:
    """The import of a name fails as an ImportError with a cure, and the package stays usable."""
    script = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        f"try:\n    from async_dag import {name}\n"
        "except ImportError as error:\n    print(type(error).__name__, error)\n"
        "import async_dag; async_dag.build_dag()"
    )
    said = run_python(script)
    assert said.startswith("MissingExtraError ")
    assert f"{missing}" in said.partition("pip install")[2]


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of every module."""
    with pytest.raises(AttributeError, match="has no attribute 'Timelines'"):
        async_dag.Timelines  # type: ignore[attr-defined]  # noqa: B018


def test_the_types_of_the_package_are_complete(tmp_path: Path) -> None:
    """Pyright knows the type of every public symbol, as users of a typed package expect."""
    # From another folder, so that pyright takes the package as one that is installed.
    answer = subprocess.run(
        [sys.executable, "-m", "pyright", "--verifytypes", "async_dag", "--ignoreexternal"],
        cwd=tmp_path,
        env=needs.environment_with_node(),
        check=False,
        capture_output=True,
        text=True,
    )
    errors = [line for line in answer.stdout.splitlines() if "error:" in line]
    assert errors == []
    assert "Type completeness score: 100%" in answer.stdout
