"""Every check of the project, each in an environment of its own: `nox -l` lists them.

`.ci/run` calls these sessions, and so does whoever works on the project:

    nox                        # what is quick: lint, types, generated
    nox -s tests-3.13          # all tests, on that Python
    nox -s tests-3.11 -- tests/graph -x    # what follows `--` goes to the tool

A session for a Python that the machine does not have is skipped.
"""

from __future__ import annotations

import runpy
from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "types", "generated"]

OLDEST = "3.11"
#: Those of the classifiers in setup.cfg, and what comes next; `t` has no global lock.
PYTHONS = [OLDEST, "3.12", "3.13", "3.14", "3.14t"]

_TESTS = runpy.run_path("tests/support/core.py")
CORE: list[str] = _TESTS["CORE"]
NEEDED_BY: dict[str, str] = _TESTS["NEEDED_BY"]

#: What `loops` runs the tests of the engine on; tests/engine/conftest.py knows them.
LOOPS = ["plain", "wrapping", "eager", "debug", "uvloop"]

#: Tests that bound the time of something, kill processes, or take minutes when every line is traced.
NOT_TRACED = [
    "tests/cluster/test_failures.py::test_a_task_that_kills_its_worker_each_time_fails",
    "tests/draw/test_run_cell.py::test_a_very_large_run_is_a_summary",
    "tests/engine/test_item_reuse.py::test_a_run_that_was_killed_is_resumed",
    "tests/engine/test_scale.py",
    "tests/trace/test_trace.py::test_snapshots_from_another_thread_are_consistent",
    "tests/views/graph/test_dot_bundle.py::test_a_large_graph_is_drawn_in_bundles",
]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests, the examples in docstrings, and the notebooks."""
    session.install("-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS)
def core(session: nox.Session) -> None:
    """The core with no extra installed: its tests, and the examples of all that imports there."""
    session.install("-e", ".", "pytest", "hypothesis", "pytest-xdist")
    skips = {"ASYNC_DAG_REQUIRE_BROWSER": None}  # also in CI: what it lacks, it lacks on purpose
    session.run("pytest", "-n", "logical", *(session.posargs or CORE), env=skips)
    # What needs an extra when it is called skips (conftest.py); `in_process` fails its node instead.
    # (pytest's importlib mode would leave behind modules whose import failed half-way.)
    session.run(
        "pytest",
        "async_dag",
        "--doctest-ignore-import-errors",
        "--import-mode=prepend",
        "--deselect=async_dag/engine/offload.py::async_dag.engine.offload.in_process",
        env=skips,
    )


@nox.session(python=PYTHONS)
def beyond_core(session: nox.Session) -> None:
    """Of `tests` what `core` leaves out or skips: together they run all of it."""
    session.install("-e", ".[test]")
    files = (
        file for path in CORE for file in sorted(Path(path).rglob("test_*.py")) or [Path(path)]
    )
    ignored = [f"--ignore={file}" for file in files if not needs_extras(file)]
    session.run("pytest", *ignored, *session.posargs)


def needs_extras(file: Path) -> bool:
    """Whether a test in this file needs more than the core has."""
    return file.as_posix() in NEEDED_BY or "importorskip" in file.read_text(encoding="utf-8")


@nox.session(python=PYTHONS)
def loops(session: nox.Session) -> None:
    """The engine's tests under other task factories, in debug mode and on uvloop; or on those named."""
    kit = ("pytest", "hypothesis", "pytest-xdist", "uvloop", "nest-asyncio")
    session.install("-e", ".", *kit)
    for kind in session.posargs or LOOPS:
        session.log(f"on {kind}")
        session.run("pytest", "-n", "logical", "tests/engine", env={"ASYNC_DAG_TEST_LOOP": kind})


@nox.session(python=PYTHONS)
def coverage(session: nox.Session) -> None:
    """Branch coverage of the package by nearly all tests; fails below `fail_under` in setup.cfg.

    It takes two to three times as long as `tests`, so CI leaves it out. For a part of the tests:
    `nox -s coverage-3.11 -- --cov-fail-under=0 tests/runs`.
    """
    session.install("-e", ".[test]", "pytest-cov>=6.0")
    left_out = [f"--deselect={test}" for test in NOT_TRACED]
    session.run("pytest", "--cov", *left_out, *session.posargs)


@nox.session(python=OLDEST)
def plugins(session: nox.Session) -> None:
    """Some of each kind of test, in an environment that has other plugins of pytest too."""
    session.install("-e", ".[test]", "pytest-asyncio", "pytest-randomly", "pytest-timeout")
    session.run("pytest", "tests/graph", "async_dag/graph", "notebooks/01_quickstart.ipynb")


@nox.session(python=OLDEST)
def lowest(session: nox.Session) -> None:
    """All tests with the lowest versions that setup.cfg allows (needs uv)."""
    session.install("--resolution", "lowest-direct", "-e", ".[test,lab]")
    session.run("pytest", *session.posargs)


@nox.session(python=OLDEST)
def old_kernel(session: nox.Session) -> None:
    """JupyterLab and Notebook 7 with kernels as old as the extra `notebook` allows: as on Colab."""
    session.install("-e", ".[test]")
    kernel = Path(session.create_tmp()).absolute() / "kernel"
    session.run("python", "-m", "venv", str(kernel))
    python = str(kernel / "bin" / "python")
    old = ("ipykernel==6.17.*", "ipython==7.34.*", "ipywidgets==7.7.1", "matplotlib==3.10.0")
    session.run(python, "-m", "pip", "install", "-q", *old, "-e", ".[notebook]", external=True)
    session.run(
        "pytest",
        "-n0",
        *(session.posargs or ["tests/workbench/notebook/test_old_kernel.py"]),
        env={"ASYNC_DAG_OLD_KERNEL": python},
    )


@nox.session(python=OLDEST)
def lint(session: nox.Session) -> None:
    """Linter, formatter, and the imports between packages."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")
    session.run("lint-imports")


@nox.session(python=OLDEST)
def types(session: nox.Session) -> None:
    """mypy and pyright on the package and the scripts."""
    session.install("-e", ".[dev]")
    session.run("mypy")
    session.run("pyright", f"--pythonpath={session.virtualenv.bin}/python")


@nox.session(python=OLDEST)
def generated(session: nox.Session) -> None:
    """Generated files are as their scripts write them."""
    session.install("-e", ".[notebook]")
    for script in sorted(Path("scripts").glob("generate_*.py")):
        session.run("python", str(script), "--check")


@nox.session(python=False)
def frontend(session: nox.Session) -> None:
    """The front end: its types, its linter, its tests, and that its bundle is fresh."""
    session.chdir("frontend")
    wanted, installed = Path("package-lock.json"), Path("node_modules/.package-lock.json")
    if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
        session.run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", external=True)
    session.run("npm", "run", "check", external=True)


@nox.session(python=OLDEST)
def docs(session: nox.Session) -> None:
    """The site, into docs/api/ or the folder that is named, and the tests of its pages."""
    session.install("-e", ".[docs,test]")
    site = Path(*session.posargs or ["docs/api"]).absolute()
    session.run("python", "scripts/build_docs.py", str(site))
    session.run("pytest", "tests/test_docs.py", env={"ASYNC_DAG_SITE": str(site)})


@nox.session(python=PYTHONS)
def notebooks(session: nox.Session) -> None:
    """The notebooks run and made pages by Jupyter's own command. (The files stay as they are.)"""
    session.install("-e", ".[test]")
    paths = [str(path) for path in sorted(Path("notebooks").glob("*.ipynb"))]
    folder = session.create_tmp()
    html = ("--execute", "--to=html", f"--output-dir={folder}", "--log-level=WARN")
    session.run("jupyter", "nbconvert", *html, *paths)
