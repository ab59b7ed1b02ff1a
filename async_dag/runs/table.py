"""`RunsTable`: rows that a notebook shows as a table, and pandas takes as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Generic, TypeVar, overload

from async_dag._common.band import Band
from async_dag._common.harmless import harmless
from async_dag._common.units import Unit
from async_dag.runs.words import number

RowT = TypeVar("RowT", bound="tuple[Any, ...]")


class RunsTable(Sequence[RowT], Generic[RowT]):
    """Named tuples as a table, read-only.

    >>> from async_dag._common.units import unit_for
    >>> table = RunsTable([("load", 0.5)], ("node", "p50"), unit_for(0.5))
    >>> print(table.text())
    node  p50
    load  0.50
    """

    def __init__(
        self,
        rows: Sequence[RowT],
        columns: Sequence[str],
        unit: Unit,
        texts: Mapping[str, Callable[[Any], str]] | None = None,
    ) -> None:
        self._texts = dict(texts or {})  # of columns that hold no seconds
        self._rows = tuple(rows)
        self._columns = tuple(columns)
        self._unit = unit

    @overload
    def __getitem__(self, place: int) -> RowT: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[RowT]: ...
    def __getitem__(self, place: int | slice) -> RowT | Sequence[RowT]:
        return self._rows[place]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[RowT]:
        return iter(self._rows)

    def cells(self) -> list[list[str]]:
        """The texts of all rows; seconds in the unit of the table.

        >>> from async_dag._common.units import unit_for
        >>> RunsTable([("load", None)], ("node", "p99"), unit_for(0.5)).cells()
        [['load', '']]
        """
        return [
            [self._cell(name, value) for name, value in zip(self._columns, row, strict=True)]
            for row in self._rows
        ]

    def _cell(self, column: str, value: Any) -> str:
        if value is None:
            return ""
        if column in self._texts:
            return self._texts[column](value)
        if isinstance(value, Band):
            return " ".join([self._seconds(value.estimate), f"[{self._range(value)}]"])
        if column in ("criticality", "share"):
            return f"{value:.0%}"
        return self._seconds(value) if isinstance(value, float) else harmless(str(value))

    def _range(self, band: Band) -> str:
        return f"{self._seconds(band.low)}–{self._seconds(band.high)}"

    def _seconds(self, value: float) -> str:
        return number(value / self._unit.seconds, 2 if value < self._unit.seconds else 3)

    def text(self) -> str:
        """The table as plain text.

        >>> from async_dag._common.units import unit_for
        >>> RunsTable([], ("node", "p50"), unit_for(1.0)).text()
        'node  p50'
        """
        lines = [list(self._columns), *self.cells()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        """In a notebook: the table, times in the unit named above it."""
        head = "".join(f"<th>{escape(name)}</th>" for name in self._columns)
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>"
            for line in self.cells()
        )
        caption = f"<caption>times in {escape(self._unit.name)}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
