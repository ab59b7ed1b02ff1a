"""Counts, cut texts and nearest names, as all messages have them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from async_dag._common.names import nearest
from async_dag._common.plural import plural
from async_dag._common.shortening import cut_middle, short_repr


def test_plurals() -> None:
    """One has no ending; thousands have commas."""
    assert [plural(0, "task"), plural(1, "run"), plural(12_345, "box")] == [
        "0 tasks",
        "1 run",
        "12,345 boxes",
    ]


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_a_text_cut_in_the_middle_keeps_both_ends(text: str, longest: int) -> None:
    """It is never longer than allowed, and what is short enough stays as it is."""
    cut = cut_middle(text, longest)
    assert len(cut) <= longest
    assert cut == text if len(text) <= longest else "…" in cut
    head = longest // 2
    assert cut[:head] == text[:head]


def test_the_nearest_names_are_few_and_quick() -> None:
    """At most three names; a megabyte of text or of names takes no second."""
    names = [f"fetch_{number}" for number in range(100_000)]
    assert nearest("fetch_17x", names).count("fetch") <= 3
    assert nearest("x" * 1_000_000, names) == ""
    assert nearest("a", []) == ""


def test_short_repr_never_fails() -> None:
    """Whatever a foreign repr does, there is a text."""

    class Rude:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    assert short_repr(Rude()) == "<Rude>"
