"""Which characters a font has, and how wide texts are: as matplotlib, which draws figures, finds it."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib import font_manager
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from async_dag.views.drawing import fonts
from async_dag.views.drawing.font_file import characters_of
from async_dag.views.drawing.fonts import base_file, drawable, pieces, width

FOLDER = Path(mpl.get_data_path(), "fonts", "ttf")


@pytest.mark.parametrize("name", ["DejaVuSans.ttf", "STIXGeneral.ttf", "cmr10.ttf"])
def test_a_font_file_is_read_as_by_freetype(name: str) -> None:
    path = str(FOLDER / name)
    assert characters_of(path) == set(font_manager.get_font(path).get_charmap())


def test_what_is_no_font_has_no_characters(tmp_path: Path) -> None:
    for number, data in enumerate((b"", b"no font", Path(base_file()).read_bytes()[:400])):
        path = tmp_path / f"{number}.ttf"
        path.write_bytes(data)
        assert characters_of(str(path)) == frozenset()


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_texts_are_as_wide_as_matplotlib_has_them(weight: fonts.Weight) -> None:
    """Within 1 %. (Newer ones of it put letters such as A and V closer together, as here.)"""
    renderer = RendererAgg(1, 1, 720)  # type: ignore[no-untyped-call]
    properties = FontProperties(family=["DejaVu Sans"], size=9.9, weight=weight)
    for text in (
        *("fast_task_a", "×708 → 12.5 ms", "✓ done · 3", "running at once", "peak 14"),
        "The critical path a → b is 1.20 s; b is 83% of it.",
    ):
        theirs, _, _ = renderer.get_text_width_height_descent(text, properties, False)
        assert width(text, 9.9, weight) == pytest.approx(theirs / 10, rel=0.01), text


def test_other_fonts_draw_what_the_base_font_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Character by character, each by the first font that has it; a box stands for what none has."""
    rare = next(
        chr(code)
        for code in sorted(characters_of(str(FOLDER / "STIXGeneral.ttf")))
        if code > 0x2000 and code not in characters_of(base_file())
    )
    monkeypatch.setattr(fonts, "_MORE_FONTS", ("No Such Font", "STIXGeneral"))
    cached = (fonts.families, fonts._other_files, fonts._file_for)
    for one in cached:
        one.cache_clear()
    try:
        assert fonts.families() == ("DejaVu Sans", "STIXGeneral")
        found = [(text, Path(file).name) for text, file in pieces(f"a{rare}b\U0010fffd")]
        assert found == [
            ("a", "DejaVuSans.ttf"),
            (rare, "STIXGeneral.ttf"),
            ("b□", "DejaVuSans.ttf"),
        ]
        assert width(f"a{rare}", 10) > width("a", 10) > 0
    finally:
        for one in cached:
            one.cache_clear()
    assert drawable("a\u200db\ud800") == "ab□"
