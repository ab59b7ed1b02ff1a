"""Reads requirements as `Requires-Dist` has them, with the standard library alone.

What a requirement asks of this Python, its *marker*, is answered where the answer is certain. Where
it is not (`platform_release`, a version such as `3.13.0rc1`) it counts as 'may be'.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_TOKEN = re.compile(
    r"""\s*(?: (?P<text>'[^']*'|"[^"]*")
             | (?P<operator>===|==|~=|!=|<=|>=|<|>|not\s+in\b|in\b)
             | (?P<word>and\b|or\b|[()])
             | (?P<variable>[A-Za-z_][A-Za-z0-9_.]*) )""",
    re.VERBOSE,
)
_RELEASE = re.compile(r"\s*v?(\d{1,18}(?:\.\d{1,18})*)(\.\*)?\s*")
_VERSIONS = {"python_version", "python_full_version", "implementation_version"}
_TEXTS = {
    "os_name",
    "sys_platform",
    "platform_machine",
    "platform_system",
    "platform_python_implementation",
    "implementation_name",
    "extra",
}
#: True, False, or None for 'may be'.
Answer = bool | None


@dataclass(frozen=True)
class Requirement:
    """A line of `Requires-Dist`: which distribution, and on which Pythons."""

    name: str
    marker: str


def normalise(name: str) -> str:
    """A distribution's name as PEP 503 compares them.

    >>> normalise("Ruamel.Yaml__clib")
    'ruamel-yaml-clib'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def read_requirement(line: str) -> Requirement | None:
    """The name, normalised, and the marker of a requirement; None if it has no readable name.

    >>> read_requirement('Foo.Bar[x] (>=1,<2) ; python_version < "3.12"')
    Requirement(name='foo-bar', marker='python_version < "3.12"')
    >>> read_requirement("foo @ https://example.org/foo;v=1.whl ; os_name == 'nt'").marker
    "os_name == 'nt'"
    """
    match = _NAME.match(line)
    if match is None:
        return None
    rest = line[match.end() :]
    # A URL may have semicolons of its own; the one before its marker follows a space.
    is_url = re.match(r"\s*(\[[^\]]*\])?\s*@", rest) is not None
    marker = re.split(r"\s;" if is_url else ";", rest, maxsplit=1)[1:]
    return Requirement(normalise(match[1]), marker[0].strip() if marker else "")


def applies(marker: str, environment: Mapping[str, str] | None = None) -> bool:
    """Whether a marker holds, or may hold, with no extra asked for.

    `environment` has the values of the marker's variables; by default they are this Python's. What
    can't be read counts as 'may be'.

    >>> applies("python_version >= '3.8' and extra == 'socks'")
    False
    >>> applies("sys_platform == 'win32' or platform_release > '5'", {"sys_platform": "linux"})
    True
    """
    if not marker.strip():
        return True
    try:
        answer = _Marker(marker, this_environment() if environment is None else environment).read()
    except _UnreadableMarkerError:
        return True
    return answer is not False


def this_environment() -> dict[str, str]:
    """The values of the marker variables here, as PEP 508 defines them."""
    version = sys.implementation.version
    level = "" if version.releaselevel == "final" else version.releaselevel[0] + str(version.serial)
    return {
        "os_name": os.name,
        "sys_platform": sys.platform,
        "platform_machine": platform.machine(),
        "platform_system": platform.system(),
        "platform_python_implementation": platform.python_implementation(),
        "implementation_name": sys.implementation.name,
        "implementation_version": f"{version.major}.{version.minor}.{version.micro}{level}",
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "python_full_version": platform.python_version(),
    }


class _UnreadableMarkerError(Exception):
    """The marker is not written as PEP 508 has it."""


@dataclass(frozen=True)
class _Value:
    text: str | None
    variable: str = ""


class _Marker:
    """One marker being read, from left to right. Brackets nest no deeper than Python's own stack."""

    def __init__(self, marker: str, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while marker[position:].strip():
            match = _TOKEN.match(marker, position)
            if match is None or len(self._tokens) > 1_000:
                raise _UnreadableMarkerError(marker)
            assert match.lastgroup is not None
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        self._tokens.reverse()  # so that `pop` takes the next one
        self._depth = 0

    def read(self) -> Answer:
        answer = self._either()
        if self._tokens:
            raise _UnreadableMarkerError
        return answer

    def _either(self) -> Answer:
        answer = self._both()
        while self._next_is("or"):
            other = self._both()
            answer = True if answer or other else (None if None in (answer, other) else False)
        return answer

    def _both(self) -> Answer:
        answer = self._single()
        while self._next_is("and"):
            other = self._single()
            if answer is False or other is False:
                answer = False
            elif answer is None or other is None:
                answer = None
        return answer

    def _single(self) -> Answer:
        if self._next_is("("):
            self._depth += 1
            if self._depth > 50:
                raise _UnreadableMarkerError
            answer = self._either()
            self._depth -= 1
            if not self._next_is(")"):
                raise _UnreadableMarkerError
            return answer
        left = self._value()
        kind, operator = self._pop()
        if kind != "operator":
            raise _UnreadableMarkerError
        return _compare(left, " ".join(operator.split()), self._value())

    def _value(self) -> _Value:
        kind, token = self._pop()
        if kind == "text":
            return _Value(token[1:-1])
        if kind != "variable":
            raise _UnreadableMarkerError
        if token in {"extra", "extras", "dependency_groups"}:
            return _Value("", token)  # nobody asked for one
        return _Value(self._environment.get(token), token)

    def _next_is(self, word: str) -> bool:
        if self._tokens and self._tokens[-1] == ("word", word):
            self._tokens.pop()
            return True
        return False

    def _pop(self) -> tuple[str, str]:
        if not self._tokens:
            raise _UnreadableMarkerError
        return self._tokens.pop()


def _compare(left: _Value, operator: str, right: _Value) -> Answer:
    if left.text is None or right.text is None:
        return None
    variables = {left.variable, right.variable}
    if variables & {"extras", "dependency_groups"}:
        return operator == "not in"
    if operator in {"in", "not in"}:
        return (left.text in right.text) == (operator == "in")
    if variables & _VERSIONS:
        return _compare_versions(left.text, operator, right.text)
    if variables & _TEXTS and operator in {"==", "!="}:
        same = left.text == right.text
        if "extra" in variables:
            same = normalise(left.text) == normalise(right.text)
        return same == (operator == "==")
    return None


def _compare_versions(left: str, operator: str, right: str) -> Answer:
    """Compares plain releases such as `3.12`; anything else is 'may be'."""
    ours, theirs = _RELEASE.fullmatch(left), _RELEASE.fullmatch(right)
    if operator == "===":
        return left == right
    if ours is None or theirs is None or ours[2]:
        return None
    a = [int(part) for part in ours[1].split(".")]
    b = [int(part) for part in theirs[1].split(".")]
    any_after = bool(theirs[2])  # `== 3.12.*`
    if any_after and operator not in {"==", "!="}:
        return None
    if operator == "~=":
        return None if len(b) < 2 else _pad(a, b) >= _pad(b, a) and _starts_with(a, b[:-1])
    if any_after:
        return _starts_with(a, b) == (operator == "==")
    return _ORDERS[operator](_pad(a, b), _pad(b, a))


_ORDERS: dict[str, Callable[[list[int], list[int]], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _pad(release: list[int], other: list[int]) -> list[int]:
    """The release with zeros behind it, as long as the other: 3.12 is 3.12.0."""
    return release + [0] * (len(other) - len(release))


def _starts_with(release: list[int], prefix: list[int]) -> bool:
    return _pad(release, prefix)[: len(prefix)] == prefix
