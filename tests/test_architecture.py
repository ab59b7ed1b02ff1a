"""The house: where third-party packages are at home, and how long a module may be."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.architecture import (
    Package,
    code_lines,
    is_standard_library,
    is_within,
    parsed,
    top_level,
)
from tests.support.private_names import foreign_private_names

#: The floors themselves stand in pyproject.toml, where `lint-imports` holds them; what lies
#: here or below is the core, which needs nothing but Python.
CORE = [
    "errors",
    "_common",
    "graph",
    "trace",
    "nodes",
    "engine",
    "manager",
    "analysis",
    "baselines",
]

#: They come in through the front door, as users do.
MAY_USE_THE_FRONT_DOOR = ["cli", "demos"]
FRONT_DOOR = "__init__"

#: Each third-party package is imported in one file, or one folder. (The core's only one
#: is loky, an extra, imported when `in_process` is called.)
HOMES: dict[str, str] = {
    "loky": "engine.offload",
    "distributed": "cluster",
    "dask": "cluster",
    "cloudpickle": "cluster",
    "networkx": "export.networkx",
    "pandas": "export.dataframe",
    "graphviz": "views.graph",
    "matplotlib": "views.drawing",
    "PIL": "views.drawing",
    "resvg_py": "views.drawing",
    "fontTools": "views.drawing",
    "opentelemetry": "export.otel",
    "prometheus_client": "export.prometheus",
    "rich": "workbench.terminal",
    "ipywidgets": "workbench",
    "anywidget": "workbench",
    "traitlets": "workbench",
    "IPython": "workbench",
    "marimo": "workbench.notebook.marimo",
}

#: Modules that may be longer than the limit, and why.
LONG_FOR_A_REASON: dict[str, str] = {
    "engine.run": "the hot path of an invoke, in one place where it can be measured and read",
    "manager.map_signatures": "generated, as the next one",
    "manager.signatures": "generated: one overload for each number of arguments",
}
#: Lines of code; docstrings, comments and blank lines are free.
LONGEST = 400

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "async_dag"


def is_core(module: str) -> bool:
    """Whether a module lies on a floor that needs nothing but Python."""
    return any(is_within(module, floor) for floor in CORE)


def strangers(package: Package) -> list[str]:
    """Every import of a third-party package that is not in that package's home."""
    return [
        f"{found.importer}:{found.line} imports {found.imported}"
        for found in package.imports
        if not found.own
        and not is_standard_library(found.imported)
        and not is_within(found.importer, HOMES.get(top_level(found.imported), "nowhere"))
    ]


@pytest.fixture(scope="module")
def package() -> Iterator[Package]:
    yield Package(PACKAGE)
    parsed.cache_clear()  # syntax trees are millions of objects, for who collects garbage later


def test_only_programs_come_in_through_the_front_door(package: Package) -> None:
    """What lies below imports the module that it needs, so that no circle leads over the top."""
    found = [
        f"{one.importer}:{one.line}"
        for one in package.imports
        if one.own
        and one.imported == FRONT_DOOR
        and not any(is_within(one.importer, program) for program in MAY_USE_THE_FRONT_DOOR)
    ]
    assert found == []


def test_third_party_packages_stay_at_home(package: Package) -> None:
    """Each third-party package is imported in one place, so it can be replaced in one."""
    assert strangers(package) == []


def test_core_imports_the_standard_library_alone(package: Package) -> None:
    """The core loads without any extra; what needs one is imported on use."""
    found = [
        f"{one.importer}:{one.line} imports {one.imported}"
        for one in package.imports
        if not one.own
        and not one.on_use
        and not is_standard_library(one.imported)
        and is_core(one.importer)
    ]
    assert found == []


def test_modules_stay_short(package: Package) -> None:
    """A file holds one concept; a longer one is split, or named above with its reason."""
    long = {
        module: count
        for module, path in package.files.items()
        if (count := code_lines(path)) > LONGEST and module not in LONG_FOR_A_REASON
    }
    assert long == {}


def test_private_names_stay_in_their_package(package: Package) -> None:
    """What a package keeps to itself can be changed without a look at the others."""
    assert [str(use) for use in foreign_private_names(package)] == []


def test_no_test_imports_another() -> None:
    """What several tests need lies in `tests/support`, so that a test file can be moved or deleted."""
    found = [
        f"{one.importer}:{one.line} imports {one.imported}"
        for one in Package(TESTS).imports
        if one.own and one.imported.rpartition(".")[2].startswith("test_")
    ]
    assert found == []


def test_importing_the_package_loads_no_third_party_module() -> None:
    """`import async_dag` costs the standard library and ourselves, whatever is installed."""
    script = (
        "import sys; before = set(sys.modules); import async_dag; "
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PACKAGE.parent,
        check=False,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    loaded = answer.stdout.split()
    assert "async_dag" in loaded
    assert [n for n in loaded if n != "async_dag" and n not in sys.stdlib_module_names] == []


def house(folder: Path, **sources: str) -> Package:
    """A made-up package; `export__networkx` is the module `export.networkx`."""
    for module, source in {"__init__": "", **sources}.items():
        path = folder / "async_dag" / f"{module.replace('__networkx', '/networkx')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return Package(folder / "async_dag")


def test_only_lines_of_code_count(tmp_path: Path) -> None:
    """Explaining more never makes a module too long."""
    module = tmp_path / "module.py"
    module.write_text(
        '"""Doc.\n\nMore."""\n# why\n\nx = (\n    1  # one\n)\ny = """not\na doc"""\n'
    )
    assert code_lines(module) == 5


def test_a_foreign_private_name_is_found(tmp_path: Path) -> None:
    """By the name alone, or, where several packages have it, by the variable that holds it."""
    package = house(
        tmp_path,
        trace="class Trace:\n    def f(self): self._clock = self._began = 0",
        export__networkx="from async_dag.trace import _secret\ndef f(t): t._began",
        engine="class Run:\n    def f(self): self._clock = self.trace._clock",
        errors="def f(x): x._clock_of_others, x._repr_mimebundle_, x.__class__",
    )
    assert [str(use) for use in foreign_private_names(package)] == [
        "engine:2 uses self.trace._clock",
        "export.networkx:1 uses trace._secret",
        "export.networkx:2 uses t._began",
    ]


def test_a_stranger_is_found(tmp_path: Path) -> None:
    """networkx is at home in its export alone, and an unknown package nowhere."""
    package = house(
        tmp_path,
        export__networkx="import networkx",
        engine="def f(): import networkx.algorithms, numpy",
    )
    assert strangers(package) == [
        "engine:1 imports networkx.algorithms",
        "engine:1 imports numpy",
    ]


def test_importing_the_package_loads_what_a_plain_invoke_needs() -> None:
    """`import async_dag` costs little beside `import asyncio`: the rest is imported when it is used."""
    script = (
        "import sys, asyncio, __future__; before = set(sys.modules); import async_dag; "
        "print(*sorted(set(sys.modules) - before))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PACKAGE.parent,
        check=False,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    loaded = answer.stdout.split()
    floors = {name.split(".")[1] for name in loaded if name.startswith("async_dag.")}
    assert floors == {"_common", "errors", "graph", "trace", "nodes", "engine", "manager"}
    assert [name for name in loaded if not name.startswith("async_dag")] == []
