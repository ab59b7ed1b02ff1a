"""The sizes and colours of a figure, for notebooks, paper and slides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from async_dag._common.arguments import finite_number, one_of
from async_dag.errors import WrongArgumentError
from async_dag.views.common.palette import DARK, LIGHT, Palette

Theme = Literal["auto", "light", "dark"]
"""`auto` is light, but dark in a dark notebook."""
Size = Literal["notebook", "paper", "slides"]

_MANY_ROWS: Final = 30


@dataclass(frozen=True)
class Look:
    """Lengths in points (a 72nd of an inch) and colours of one figure."""

    palette: Palette
    width: float  # of the whole figure
    text: float  # size of the names
    small: float  # size of everything else
    row: float  # height of a row of one task
    line: float  # width of an outline
    margin: float
    adapts: bool = False  # in a dark notebook the picture is shown in dark colours

    def for_rows(self, count: int) -> Look:
        """The look with lower rows if there are many."""
        return (
            self
            if count <= _MANY_ROWS
            else replace(self, row=max(0.72 * self.row, 1.35 * self.text))
        )

    @property
    def bundle(self) -> float:
        """Height of the row of a bundle."""
        return 1.75 * self.row


_LOOKS: Final[dict[str, Look]] = {
    # 672 px wide: in a page of 600 px, margins included, all is seen and no text is below 11 px.
    "notebook": Look(LIGHT, 504, 10.5, 9.9, 20.5, 1.3, 8),
    "paper": Look(LIGHT, 470, 7, 6.5, 13.5, 0.9, 5),
    "slides": Look(LIGHT, 920, 15, 13, 30, 2.0, 18),
}


def look_for(size: Size, theme: Theme, width: float | None = None) -> Look:
    """The look for a size and theme; `width` in inches overrides its width.

    Raises `WrongArgumentError` or `WrongTypeError` for another size, theme or width.
    """
    one_of("size=", size, tuple(_LOOKS))
    one_of("theme=", theme, get_args(Theme))
    palette = DARK if theme == "dark" else LIGHT
    look = replace(_LOOKS[size], palette=palette, adapts=theme == "auto")
    if width is None:
        return look
    width = finite_number("width=", width, above=0, what="inches", or_none=True)
    if not 3 <= width <= 40:
        raise WrongArgumentError(f"width= takes 3 to 40 inches; given was {width!r}")
    return replace(look, width=72.0 * width)
