"""Every check of the project, each in an environment of its own: `nox -l` lists them.

`.ci/run` calls these sessions, and so does whoever works on the project:

    nox                        # what is quick: lint, types, generated
    nox -s tests-3.13          # all tests, on that Python
    nox -s tests-3.11 -- tests/graph -x    # what follows `--` goes to the tool

A session for a Python that the machine does not have is skipped.
"""

from __future__ import annotations

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

#: The packages whose branch coverage is checked wherever the core is tested. Measuring doubles what
#: their tests take, so the rest of the package is measured by the session `coverage` alone.
MEASURED = ["graph", "trace", "nodes", "engine", "manager"]
#: The percentage of them that their own tests cover, with no extra installed.
MEASURED_COVERAGE = 91

#: The other tests that need the standard library alone.
UNMEASURED = ["tests/analysis", "tests/baselines", "tests/test_architecture.py"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests, the examples in docstrings, and the notebooks."""
    session.install("-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS)
def core(session: nox.Session) -> None:
    """The core with no extra installed: its tests, and the examples of all that imports there."""
    session.install("-e", ".", "pytest", "hypothesis", "pytest-xdist", "pytest-cov")
    if session.posargs:
        session.run("pytest", *session.posargs)
        return
    # Folders, not names of packages: coverage would import those by itself, apart from the tests.
    folders = [f"--cov=async_dag/{name}" for name in MEASURED]
    tests = [f"tests/{name}" for name in MEASURED]
    session.run("pytest", "-n=logical", *folders, f"--cov-fail-under={MEASURED_COVERAGE}", *tests)
    session.run("pytest", "-n=logical", *UNMEASURED)
    # What needs an extra when it is called skips (conftest.py); `in_process` fails its node instead.
    # (pytest's importlib mode would leave behind modules whose import failed half-way.)
    session.run(
        "pytest",
        "async_dag",
        "--doctest-ignore-import-errors",
        "--import-mode=prepend",
        "--deselect=async_dag/engine/offload.py::async_dag.engine.offload.in_process",
    )


@nox.session(python=PYTHONS)
def coverage(session: nox.Session) -> None:
    """Branch coverage of the package by all tests; fails below `fail_under` in setup.cfg.

    It takes about twice as long as `tests`. For a part:
    `nox -s coverage-3.13 -- --cov-fail-under=0 tests/runs`.
    """
    session.install("-e", ".[test]")
    session.run("pytest", "--cov", *session.posargs)


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
    session.run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", external=True)
    session.run("npm", "run", "check", external=True)


@nox.session(python=OLDEST)
def docs(session: nox.Session) -> None:
    """The API reference, into docs/api/ or the folder that is named."""
    session.install("-e", ".[docs]")
    session.run("python", "scripts/build_docs.py", *session.posargs)


@nox.session(python=PYTHONS)
def notebooks(session: nox.Session) -> None:
    """The notebooks by the commands that readers use. (`jupyter execute` saves nothing.)"""
    session.install("-e", ".[test]")
    paths = [str(path) for path in sorted(Path("notebooks").glob("*.ipynb"))]
    session.run("jupyter", "execute", *paths)
    folder = session.create_tmp()
    html = ("--to=html", f"--output-dir={folder}", "--log-level=WARN")
    session.run("jupyter", "nbconvert", *html, *paths)
