"""Requirements of installed distributions, as broken as metadata on disk may be."""

from __future__ import annotations

import subprocess
import sys

import pytest

from async_dag.demos.requirements import required


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("requests", {"requests"}),
        ("Ruamel.YAML >=0.15,<1", {"ruamel-yaml"}),
        ("foo[bar,baz] (>=1) ; extra == 'x'", set()),
        ("foo;os_name=='no such'", set()),
        ("foo; python_version > '3'", {"foo"}),
        ("foo @ https://example.org/a;b/c.whl", {"foo"}),
    ],
)
def test_requirements_are_read(line: str, names: set[str]) -> None:
    """What is required here, under the names that PEP 503 compares."""
    assert required([line]) == names


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        ">=1",
        "\x00",
        "; extra == 'x'",
        "foo; python_version >",
        "foo; " + "(" * 9_000,
        "foo; " + "python_version > '3' and " * 10_000 + "extra == 'x'",
    ],
)
def test_a_broken_line_hides_no_other(line: str) -> None:
    """It is no requirement, and no error."""
    assert required([line, "requests"]) == {"requests"}


def test_without_packaging_the_error_says_what_to_install() -> None:
    """The check of packages is an extra of its own; the rest of the command needs nothing."""
    script = (
        "import sys; sys.modules['packaging.markers'] = None\n"
        "from async_dag.cli.main import main\n"
        "sys.exit(main(['demo', 'packages']))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "pip install packaging" in answer.stderr
