"""Text in terminal cells: widths, harmless names, encodings."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag._common.harmless import harmless
from async_dag.errors import WrongArgumentError, WrongTypeError
from async_dag.views.common.terminal import (
    ASCII,
    BLOCKS,
    Terminal,
    columns,
    padded,
    shorten,
    shorten_end,
)


@given(st.text())
def test_harmless_text_is_one_line_that_prints(text: str) -> None:
    """Nothing is left that moves the cursor, starts an escape sequence or turns the line."""
    plain = harmless(text)
    assert len(plain.splitlines()) <= 1
    assert not any(
        character in plain
        for character in "\x00\x07\x08\t\r\n\x1b\x7f\x9b\u200f\u202a\u202e\u2066\u2069"
    )


def test_ordinary_text_stays_as_it_is() -> None:
    """Characters of any script print as themselves."""
    for text in ("fetch_users", "café", "任务", "שלום", "ไทย", "🚀", "a b"):
        assert harmless(text) == text


def test_what_was_there_can_still_be_told() -> None:
    """Escapes name what they stand for, as Python writes it."""
    assert harmless("a\x1b[2J\n\u202eb") == r"a\x1b[2J\n\u202eb"


def test_stacked_accents_do_not_grow_over_other_rows() -> None:
    """A character keeps four marks at most."""
    assert harmless("e" + "\u0301" * 500 + "f") == "e" + "\u0301" * 4 + "f"


@given(st.text(), st.integers(0, 30))
def test_shortened_text_fits(text: str, width: int) -> None:
    """Never wider than asked for, and untouched if it fits."""
    text = harmless(text)
    for short in (
        shorten(text, width, "…"),
        shorten_end(text, width, "…"),
        shorten(text, width, ".."),
    ):
        assert columns(short) <= width
        if columns(text) <= width:
            assert short == text


def test_wide_letters_count_twice() -> None:
    """Chinese and emoji take two columns, an accent none; padding allows for it."""
    assert [columns(padded(text, 8)) for text in ("任务", "🚀", "e\u0301", "abc")] == [8] * 4
    assert padded("任务", 6) == "任务  "


def test_a_huge_name_costs_little_and_keeps_both_ends() -> None:
    """A megabyte of a name is not looked at in full."""
    short = Terminal(40, "utf-8").harmless("begin" + "任" * 1_000_000 + "end", 20)
    assert short.startswith("begin")
    assert short.endswith("end")


def test_width_comes_from_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `width=` it is that of the terminal, as the environment or the system tells it."""
    monkeypatch.setenv("COLUMNS", "77")
    assert Terminal().width == 77
    monkeypatch.setenv("COLUMNS", "3")
    assert Terminal().width == 20


def test_no_terminal_has_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pipe or a notebook there is none to ask."""
    monkeypatch.delenv("COLUMNS", raising=False)

    def no_terminal(*_: object) -> os.terminal_size:
        raise OSError("not a terminal")

    monkeypatch.setattr(os, "get_terminal_size", no_terminal)
    assert Terminal().width == 80


@pytest.mark.parametrize("encoding", ["utf-8", "cp437", "ascii", "latin-1", "cp1252", "utf-16"])
def test_letters_fit_the_encoding(encoding: str) -> None:
    """Blocks where the encoding has them, ASCII elsewhere; names are escaped where it lacks theirs."""
    terminal = Terminal(80, encoding)
    assert terminal.characters is (BLOCKS if encoding.startswith("utf") else ASCII)
    terminal.harmless("任务 שלום é").encode(encoding)
    terminal.guarded(terminal.harmless("שלום")).encode(encoding)


def test_a_name_from_right_to_left_is_fenced_in() -> None:
    """Marks without width keep the bar on its side of such a name, where there are such marks."""
    assert Terminal(80, "utf-8").guarded("שלום") == "\u200eשלום\u200e"
    assert columns(Terminal(80, "utf-8").guarded("שלום")) == 4
    assert Terminal(80, "utf-8").guarded("task") == "task"
    assert Terminal(80, "cp862").guarded("שלום") == "שלום"


def test_wrong_widths_and_encodings_say_what_to_give() -> None:
    """The message has what was given and what is possible."""
    with pytest.raises(
        WrongArgumentError, match="width= takes a whole number of at least 20; given was 19"
    ):
        Terminal(19)
    for wrong in ("80", 80.0, True):
        with pytest.raises(WrongTypeError, match="width= takes a whole number of at least 20"):
            Terminal(wrong)  # type: ignore[arg-type]
    with pytest.raises(WrongArgumentError, match="'klingon'"):
        Terminal(80, "klingon")


@given(st.lists(st.text(alphabet="ab任", min_size=1, max_size=30)), st.integers(20, 40))
def test_filled_lines_fit_and_keep_the_pieces(pieces: list[str], width: int) -> None:
    """Lines break between pieces; only a piece too long for a line is cut."""
    lines = list(Terminal(width, "utf-8").fill(pieces, ", ", indent="  "))
    assert all(columns(line) <= width for line in lines)
    words = [word.strip() for line in lines for word in line.split(",") if word.strip()]
    assert len(words) == len(pieces)
    for word, piece in zip(words, pieces, strict=True):
        assert word == piece or (word.endswith("…") and piece.startswith(word[:-1]))
