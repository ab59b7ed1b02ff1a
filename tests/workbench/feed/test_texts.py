"""Texts for a page: short reprs of any value, tracebacks, names."""

from __future__ import annotations

from typing import Any

from async_dag.workbench.feed.texts import (
    LONGEST_TRACEBACK,
    LONGEST_VALUE,
    line_of,
    plain,
    traceback_text,
    value_text,
)


def test_bytes_say_how_many_they_are() -> None:
    """A megabyte is its beginning and its length; a few bytes are themselves."""
    assert value_text(b"ab") == "b'ab'"
    text = value_text(bytes(1_000_000))
    assert text.endswith("… (1,000,000 bytes)") or "…" in text
    assert len(text) <= LONGEST_VALUE
    assert value_text(bytearray(b"ab")) == "bytearray(b'ab')"


def test_a_repr_that_raises_is_replaced() -> None:
    """Also within a container, and if the class only looks like a builtin one."""

    class Broken:
        def __repr__(self) -> str:
            raise OSError

    fake: Any = type("list", (), {"__len__": lambda _: 1 / 0})
    assert value_text(Broken()) == "<Broken object; its repr raised OSError>"
    assert "its repr raised OSError" in value_text([1, Broken()])
    assert "list object" in value_text(fake())  # before Python 3.13 reprlib takes it for a list


def test_a_repr_that_is_not_a_text_is_replaced() -> None:
    """`repr` itself refuses it."""

    class Numbered:
        def __repr__(self) -> Any:
            return 1

    assert value_text(Numbered()).startswith("<Numbered object")


def test_tables_keep_their_lines() -> None:
    """A repr of several lines, such as that of a data frame, stays as it is."""

    class Table:
        def __repr__(self) -> str:
            return "a  b\n1  2"

    assert value_text(Table()) == "a  b\n1  2"


def test_a_traceback_is_that_of_python_and_bounded() -> None:
    """Both ends of a very long one remain; an exception that can't be formatted is named."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise OSError

    try:
        raise ValueError("x" * 100_000)
    except ValueError as error:
        text = traceback_text(error)
    assert text.startswith("Traceback (most recent call last)")
    assert len(text) == LONGEST_TRACEBACK
    assert "Mute" in traceback_text(Mute())


def test_texts_anywhere_in_a_message_are_shortened() -> None:
    """In lists, tuples and dicts; numbers and None stay as they are."""
    long = "x" * 1_000
    message = plain({"names": [long, "\ud800"], "pair": (long, 1), "none": None})
    assert message == {"names": [line_of(long), "?"], "pair": [line_of(long), 1], "none": None}
