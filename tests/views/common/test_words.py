"""The words of states and reasons: one place for all pictures."""

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from async_dag.trace.columns import NOT_NEEDED, OUTSIDE, STATES, State
from async_dag.views.common.words import (
    REASONS,
    SIGNS,
    STATE_WORDS,
    WORST_FIRST,
    ending,
    reason_of,
)

ROOT = Path(__file__).parents[3]


def test_the_page_has_the_words_of_the_pictures() -> None:
    """What the generator would write is what is committed."""
    generator = ROOT / "scripts" / "generate_words.py"
    subprocess.run([sys.executable, generator, "--check"], check=True)


def test_each_state_has_a_word_and_a_sign_of_its_own() -> None:
    """No two states look or read alike, and none is missing."""
    for table in (STATE_WORDS, SIGNS):
        assert list(table) == list(STATES) == list(get_args(State))
        assert len(set(table.values())) == len(STATES)
    assert set(WORST_FIRST) == set(STATES)


@pytest.mark.parametrize(
    ("state", "cause", "words"),
    [
        ("skipped", 0, "never started: load {name} failed"),
        ("skipped", OUTSIDE, "never started: the run was cancelled"),
        ("skipped", NOT_NEEDED, "never started: no target needs it"),
        ("cancelled", 3, "cancelled: load {name} failed"),
        ("cancelled", OUTSIDE, "cancelled from outside"),
        ("failed", OUTSIDE, "failed"),
    ],
)
def test_an_ending_has_its_reason(state: State, cause: int, words: str) -> None:
    """A name is put in as it is, even one with braces; a pair without a reason is the plain word."""
    assert ending(state, reason_of(cause), "load {name}") == words


def test_reasons_begin_with_the_word_of_their_state() -> None:
    """A chart that has room for the beginning alone still says the state."""
    for (state, _), text in REASONS.items():
        assert text.startswith(STATE_WORDS[state])
