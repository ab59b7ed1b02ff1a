"""The house: what lies on which floor, and that nothing imports upward."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture import (
    Import,
    Package,
    code_lines,
    is_standard_library,
    is_within,
    place,
    top_level,
)

#: A module imports from floors below its own, or from its own where that makes no
#: circle. A folder's name stands for all that lies in it.
FLOORS: dict[int, list[str]] = {
    0: ["errors", "topology", "extras", "units"],
    1: ["graph", "trace"],
    2: [
        *["node", "result", "tasks", "trace_json", "trace_files", "trace_rows", "unread"],
        *["limits", "progress", "recording"],
        *["plan", "coroutines", "failures"],
    ],
    3: ["engine", "watch", "priorities", "control", "slots", "controlled"],
    4: ["manager", "signatures", "options", "offload", "stream", "invoking"],
    5: [
        *["timeline", "chain", "by_name", "workload", "measured_limits", "schedule", "simulate"],
        *[
            "findings",
            "unexplained",
            "expected",
            "assertions",
            "baselines",
            "comparing",
            "comparison",
        ],
    ],
    6: ["mirror", "bundling", "task_labels", "arguments"],
    7: ["views"],
    8: ["workbench"],
    9: ["cli", "viewing", "draw_command", "demos", "__main__"],
}

#: The two that are on no floor. `__init__` is the front door: it hands on what the core
#: has, and only demos and the command line come in through it. `accessors` leads from
#: the core up to analysis and pictures: it imports on use, and may so import anything.
FRONT_DOOR = "__init__"
ACCESSORS = "accessors"
MAY_USE_THE_FRONT_DOOR = 9
HIGHEST_FLOOR_OF_THE_CORE = 5

#: Each third-party package is imported in one file, or one folder. (The core's only one
#: is loky, an extra, imported when `in_process` is called.)
HOMES: dict[str, str] = {
    "loky": "offload",
    "networkx": "mirror",
    "graphviz": "views.dot",
    "matplotlib": "views.gantt",
    "opentelemetry": "views.otel",
    "rich": "views.live_terminal",
    "ipywidgets": "workbench",
    "anywidget": "workbench",
    "traitlets": "workbench",
    "IPython": "workbench",
}

#: Modules that may be longer than the limit, and why.
LONG_FOR_A_REASON: dict[str, str] = {
    "engine": "the hot path of an invoke, in one place where it can be measured and read",
    "signatures": "generated: one overload for each number of arguments",
}
#: Lines of code; docstrings, comments and blank lines are free.
LONGEST = 400

PACKAGE = Path(__file__).parent.parent / "async_dag"
TABLE = {module: floor for floor, modules in FLOORS.items() for module in modules}


def upward_imports(package: Package) -> list[str]:
    """Every import from a floor that is not below the importer's own (or the same)."""
    return [
        f"{found.importer}:{found.line} (floor {place(found.importer, TABLE)}) imports "
        f"{found.imported} (floor {place(found.imported, TABLE)})"
        for found in package.imports()
        if found.own and not _may_import(found)
    ]


def _may_import(found: Import) -> bool:
    importer, imported = place(found.importer, TABLE), place(found.imported, TABLE)
    if found.importer == ACCESSORS and found.on_use:
        return True
    if found.importer == FRONT_DOOR:
        return found.imported == ACCESSORS or (
            imported is not None and imported <= HIGHEST_FLOOR_OF_THE_CORE
        )
    if found.imported == FRONT_DOOR:
        return importer == MAY_USE_THE_FRONT_DOOR
    if found.imported == ACCESSORS:
        return importer is not None
    # At import time accessors is at the very bottom: only errors and topology are safe.
    floor = 0 if found.importer == ACCESSORS else importer
    return floor is not None and imported is not None and imported <= floor


def import_circle(package: Package) -> list[str]:
    """The modules of a circle of imports, if there is one."""
    graph: dict[str, set[str]] = defaultdict(set)
    for found in package.imports():
        if found.own and not (found.importer == ACCESSORS and found.on_use):
            graph[found.importer].add(found.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def strangers(package: Package) -> list[str]:
    """Every import of a third-party package that is not in that package's home."""
    return [
        f"{found.importer}:{found.line} imports {found.imported}"
        for found in package.imports()
        if not found.own
        and not is_standard_library(found.imported)
        and not is_within(found.importer, HOMES.get(top_level(found.imported), "nowhere"))
    ]


@pytest.fixture(scope="module")
def package() -> Package:
    return Package(PACKAGE)


def test_every_module_has_its_place(package: Package) -> None:
    """A new module is first given a floor in the table above."""
    assert "errors" in package.files, "the package's files were not found"
    homeless = [
        module
        for module in package.files
        if place(module, TABLE) is None and module not in {FRONT_DOOR, ACCESSORS}
    ]
    assert homeless == []


def test_nothing_imports_upward(package: Package) -> None:
    """A module imports only from its own floor and those below."""
    assert upward_imports(package) == []


def test_no_circle_of_imports(package: Package) -> None:
    """Modules of one floor may use each other, but not in a circle."""
    assert import_circle(package) == []


def test_third_party_packages_stay_at_home(package: Package) -> None:
    """Each third-party package is imported in one place, so it can be replaced in one."""
    assert strangers(package) == []


def test_core_imports_the_standard_library_alone(package: Package) -> None:
    """Floors 0 to 5 load without any extra; what needs one is imported on use."""
    found = [
        f"{one.importer}:{one.line} imports {one.imported}"
        for one in package.imports()
        if not one.own
        and not one.on_use
        and not is_standard_library(one.imported)
        and (place(one.importer, TABLE) or 0) <= HIGHEST_FLOOR_OF_THE_CORE
    ]
    assert found == []


def test_modules_stay_short(package: Package) -> None:
    """A file holds one concept; a longer one is split, or named above with its reason."""
    long = {
        module: count
        for module, path in package.files.items()
        if (count := code_lines(path.read_text(encoding="utf-8"))) > LONGEST
        and module not in LONG_FOR_A_REASON
    }
    assert long == {}


def test_importing_the_package_loads_no_third_party_module() -> None:
    """`import async_dag` costs the standard library and ourselves, whatever is installed."""
    script = (
        "import sys; before = set(sys.modules); import async_dag; "
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=PACKAGE.parent, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    loaded = answer.stdout.split()
    assert "async_dag" in loaded
    assert [n for n in loaded if n != "async_dag" and n not in sys.stdlib_module_names] == []


def house(folder: Path, **sources: str) -> Package:
    """A made-up package; `views__text` is the module `views.text`."""
    for module, source in {"__init__": "", **sources}.items():
        path = folder / "async_dag" / f"{module.replace('__text', '/text')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return Package(folder / "async_dag")


@pytest.mark.parametrize(
    "source",
    [
        "from async_dag.manager import TaskManager",
        "from async_dag import manager",
        "from . import manager",
        "from .manager import TaskManager",
        "import async_dag.manager",
        "def f():\n    from .manager import TaskManager",
        "class C:\n    def f(self):\n        if self:\n            import async_dag.manager as m",
        "import importlib\nimportlib.import_module('async_dag.manager')",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING: pass\nelse: from . import manager",
        "from async_dag import build_dag",
    ],
)
def test_an_upward_import_is_found(tmp_path: Path, source: str) -> None:
    """However it is written: the engine may not know the manager."""
    package = house(tmp_path, engine=source, manager="")
    (found,) = upward_imports(package)
    assert found.startswith("engine:")


@pytest.mark.parametrize(
    "source",
    [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .manager import TaskManager",
        "from .errors import CycleError",
        "from . import errors, topology",
        "import asyncio, collections.abc",
    ],
)
def test_a_downward_import_is_fine(tmp_path: Path, source: str) -> None:
    """What type checkers alone see, lower floors and the standard library are allowed."""
    package = house(tmp_path, engine=source, manager="", errors="", topology="")
    assert upward_imports(package) == []
    assert strangers(package) == []


def test_accessors_may_look_up_only_on_use(tmp_path: Path) -> None:
    """The one way up is open inside its functions, and closed while it is imported."""
    upward = "from .views.text import draw"
    package = house(tmp_path, accessors=f"def f():\n    {upward}", views__text="")
    assert upward_imports(package) == []
    package = house(tmp_path, accessors=upward, views__text="")
    assert len(upward_imports(package)) == 1


def test_relative_imports_in_folders_are_resolved(tmp_path: Path) -> None:
    """`..cli` in `views/text.py` is the command line, two floors up."""
    package = house(tmp_path, views__text="from ..cli import main\nfrom ..trace import T")
    house(tmp_path, cli="", trace="", views__text="from ..cli import main\nfrom ..trace import T")
    package = Package(tmp_path / "async_dag")
    assert upward_imports(package) == ["views.text:1 (floor 7) imports cli (floor 9)"]


def test_a_circle_is_found(tmp_path: Path) -> None:
    """Two modules of one floor that need each other are one concept in two files."""
    package = house(tmp_path, node="from . import result", result="from . import node")
    assert set(import_circle(package)) == {"node", "result"}


def test_only_lines_of_code_count() -> None:
    """Explaining more never makes a module too long."""
    source = '"""Doc.\n\nMore."""\n# why\n\nx = (\n    1  # one\n)\ny = """not\na doc"""\n'
    assert code_lines(source) == 5


def test_a_stranger_is_found(tmp_path: Path) -> None:
    """networkx is at home in the mirror alone, and an unknown package nowhere."""
    package = house(
        tmp_path, mirror="import networkx", engine="def f(): import networkx.algorithms, numpy"
    )
    assert strangers(package) == [
        "engine:1 imports networkx.algorithms",
        "engine:1 imports numpy",
    ]
