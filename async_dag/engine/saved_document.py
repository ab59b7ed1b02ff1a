"""What the document of a saved result must look like, before anything relies on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

_Check = Callable[[Any], bool]


def check_document(document: Mapping[str, Any]) -> None:
    """Raise a `ValueError` that names the field, unless the fields are as `save` writes them.

    What reads traces checks that in it.

    >>> check_document({"python": "cpython 3.13", "parameter": 3, "nodes": []})
    Traceback (most recent call last):
    ValueError: it has no usable 'parameter'
    """
    _check_fields(document, _DOCUMENT, "it")
    for number, row in enumerate(document["nodes"]):
        _check_fields(row, _NODE, f"its node {number}")
        items = row.get("items")  # the parameter and its parts have no such field
        if items is None:
            continue
        if not isinstance(items, dict):
            raise ValueError(f"its node {number} has no usable 'items'")
        _check_fields(items, _ITEMS, f"the items of its node {number}")
        if items["there"] is None and row["value"] is None:
            raise ValueError(f"its node {number} has items in a list that it lacks")


def _check_fields(given: Mapping[str, Any], checks: Mapping[str, _Check], whose: str) -> None:
    for field, check in checks.items():
        if field not in given or not check(given[field]):
            raise ValueError(f"{whose} has no usable {field!r}")


def _is_text(given: Any) -> bool:
    return isinstance(given, str)


def _is_flag(given: Any) -> bool:
    return isinstance(given, bool)


def _is_dict(given: Any) -> bool:
    return isinstance(given, dict)


def _is_count(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given >= 0


def _or_none(check: _Check) -> _Check:
    return lambda given: given is None or check(given)


def _list_of(check: _Check) -> _Check:
    return lambda given: isinstance(given, list) and all(map(check, given))


def _pair(first: _Check, second: _Check) -> _Check:
    return lambda given: (
        isinstance(given, list) and len(given) == 2 and first(given[0]) and second(given[1])
    )


_DOCUMENT: Final[dict[str, _Check]] = {
    "python": _is_text,
    "parameter": _or_none(_is_text),
    "nodes": _list_of(_is_dict),
    "trace": _is_text,
}

_NODE: Final[dict[str, _Check]] = {
    "name": _is_text,
    "kind": _is_text,
    "recipe": _is_text,
    "takes": _list_of(_is_count),
    "holds": _list_of(_or_none(_is_text)),
    "value": _or_none(_is_text),
    "text": _is_flag,
}

_ITEMS: Final[dict[str, _Check]] = {
    "families": _list_of(_pair(_list_of(_is_count), _is_count)),
    "there": _or_none(_list_of(_pair(_is_count, _is_flag))),
    "elements": _or_none(_is_flag),
}
