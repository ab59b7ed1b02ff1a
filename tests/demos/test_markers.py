"""Requirements are read as packaging reads them, without packaging."""

import packaging.markers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement as PackagingRequirement
from packaging.utils import canonicalize_name

from async_dag.demos.markers import applies, normalise, read_requirement, this_environment

TEXT_VARIABLES = ["os_name", "sys_platform", "platform_system", "implementation_name"]
TEXT_VALUES = ["posix", "nt", "linux", "win32", "darwin", "Linux", "cpython", "pypy", ""]
VERSION_VARIABLES = ["python_version", "python_full_version"]
VERSIONS = ["2.7", "3", "3.0", "3.9", "3.11", "3.11.0", "3.11.7", "3.12", "3.13.5", "3.100", "4"]
ORDERS = ["==", "!=", "<", "<=", ">", ">="]
ENVIRONMENT = {
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_machine": "x86_64",
    "platform_system": "Linux",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "python_version": "3.11",
    "python_full_version": "3.11.7",
}

quoted = st.builds("{1}{0}{1}".format, st.sampled_from(TEXT_VALUES), st.sampled_from("'\""))
version = st.sampled_from(VERSIONS).map(repr)
text_comparisons = st.builds(
    "{} {} {}".format, st.sampled_from(TEXT_VARIABLES), st.sampled_from(["==", "!="]), quoted
)
containments = st.builds(
    "{} {} {}".format, st.sampled_from(TEXT_VARIABLES), st.sampled_from(["in", "not in"]), quoted
)
version_comparisons = st.builds(
    "{} {} {}".format, st.sampled_from(VERSION_VARIABLES), st.sampled_from(ORDERS), version
)
compatibles = st.builds(
    "{} ~= '{}'".format,
    st.sampled_from(VERSION_VARIABLES),
    st.sampled_from([v for v in VERSIONS if "." in v]),
)
wildcards = st.builds(
    "{} {} '{}.*'".format,
    st.sampled_from(VERSION_VARIABLES),
    st.sampled_from(["==", "!="]),
    st.sampled_from(VERSIONS),
)
reversed_versions = st.builds("{} {} python_version".format, version, st.sampled_from(ORDERS))
extras = st.builds("extra {} {!r}".format, st.sampled_from(["==", "!="]), st.just("Socks_5"))
markers = st.recursive(
    text_comparisons
    | containments
    | version_comparisons
    | compatibles
    | wildcards
    | reversed_versions
    | extras,
    lambda inner: (
        st.builds("{} and {}".format, inner, inner)
        | st.builds("{} or {}".format, inner, inner)
        | st.builds("({})".format, inner)
    ),
    max_leaves=8,
)


@given(markers)
def test_markers_agree_with_packaging(marker: str) -> None:
    """Where the answer is certain it is the one that pip acts on."""
    expected = packaging.markers.Marker(marker).evaluate({**ENVIRONMENT, "extra": ""})
    assert applies(marker, ENVIRONMENT) == expected


def test_this_environment_is_that_of_packaging() -> None:
    """The variables have the values that pip sees on this Python."""
    expected = packaging.markers.default_environment()
    assert this_environment().items() <= dict(expected).items()


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("", True),
        ("extra == 'test'", False),
        ("'test' == extra", False),
        ("python_version > '3' and extra == 'test'", False),
        ("extra == 'test' or python_version > '3'", True),
        ("'test' in extras", False),
        ("'dev' in dependency_groups", False),
        # Not certain: it may hold.
        ("platform_release >= '6.1'", True),
        ("platform_release >= '6.1' and extra == 'test'", False),
        ("platform_release >= '6.1' and sys_platform == 'linux'", True),
        ("platform_release >= '6.1' and sys_platform == 'win32'", False),
        ("python_version < '3.14.0rc1'", True),
        ("sys_platform < 'z'", True),
        # Not readable: it may hold.
        ("python_version >", True),
        ("(python_version > '3'", True),
        ("python_version > '3' or", True),
        ("python_version > '3' 'x'", True),
        ("'unclosed", True),
        ("and", True),
        ("'a' 'b' 'c'", True),
        ("(" * 10_000, True),
        ("python_version > '3' and " * 10_000 + "extra == 'x'", True),
        (f"python_version < '{'9' * 5_000}'", True),
    ],
)
def test_uncertain_and_broken_markers(marker: str, expected: bool) -> None:
    """Extras count as not asked for; what can't be told, or read, may hold."""
    assert applies(marker, ENVIRONMENT) is expected


@pytest.mark.parametrize(
    ("line", "name", "marker"),
    [
        ("requests", "requests", ""),
        ("Ruamel.YAML >=0.15,<1", "ruamel-yaml", ""),
        ("foo[bar,baz] (>=1) ; extra == 'x'", "foo", "extra == 'x'"),
        ("foo;os_name=='nt'", "foo", "os_name=='nt'"),
        ("foo @ https://example.org/a;b/c.whl", "foo", ""),
        ("foo[x]@ https://example.org/a;b ; os_name=='nt'", "foo", "os_name=='nt'"),
    ],
)
def test_requirements_are_read(line: str, name: str, marker: str) -> None:
    """Name and marker come out of every form that metadata has them in."""
    read = read_requirement(line)
    assert read is not None
    assert (read.name, read.marker) == (name, marker)
    PackagingRequirement(line)  # the example is one that pip takes


@pytest.mark.parametrize("line", ["", "   ", ">=1", "-foo", "\x00", "; extra == 'x'"])
def test_a_requirement_without_a_name_is_none(line: str) -> None:
    """A broken line is no requirement, and no error."""
    assert read_requirement(line) is None


@given(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?", fullmatch=True))
def test_names_compare_as_pep_503_says(name: str) -> None:
    """Two spellings of one distribution are one distribution."""
    assert normalise(name) == canonicalize_name(name)
