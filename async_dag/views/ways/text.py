"""Ways in plain text: the bands of `Ways`, in columns of a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from async_dag._common.units import unit_for
from async_dag.views.common.area import area_of
from async_dag.views.common.terminal import Terminal, columns, padded, shorten_end
from async_dag.views.ways.ways import Band, Ways

_MOST_LANES: Final = 4
"""Of a band with more lanes one line shows how many run at once."""
_NARROWEST: Final = 8


def ways_text(ways: Ways, terminal: Terminal) -> Iterator[str]:
    """The headline, a band for each way, as long as its time, and what is measured."""
    characters = terminal.characters
    yield from terminal.fill(_said(ways.headline, terminal).split(" "), " ")
    notes = [_note(band, terminal) for band in ways.bands]
    labels = [terminal.harmless(band.label, max(terminal.width // 3, 12)) for band in ways.bands]
    left = max(map(columns, labels))
    room = terminal.width - left - 2
    # As many columns as leave room for the note behind each band.
    rooms = [
        (room - columns(note) - 1) * ways.until / max(band.seconds.high, 1e-12)
        for note, band in zip(notes, ways.bands, strict=True)
    ]
    cells = int(min(room, *rooms))
    for label, note, band in zip(labels, notes, ways.bands, strict=True):
        drawn = list(_lines(band, cells / ways.until, terminal)) if cells >= _NARROWEST else []
        first, *others = drawn or [""]
        end = round(band.seconds.high * cells / ways.until) if drawn else 0
        line = f"{padded(label, left)}  {padded(first, end)} {note}"
        yield shorten_end(line, terminal.width, characters.ellipsis)
        for other in others:
            yield f"{' ' * left}  {other}"
    yield from terminal.fill(_said(ways.note, terminal).split(" "), " ")


def _note(band: Band, terminal: Terminal) -> str:
    note = band.note
    if band.spread:
        note += f" ({unit_for(band.spread.high).range_text(band.spread)})"
    return _said(note, terminal)


def _said(text: str, terminal: Terminal) -> str:
    """A text of `Ways` in characters that the terminal has."""
    characters = terminal.characters
    text = text.replace("×", characters.times).replace("–", characters.to)
    return terminal.harmless(text if characters.times == "×" else text.replace(" ·", ","))


def _lines(band: Band, second: float, terminal: Terminal) -> Iterator[str]:
    """The lanes from above; what may not be needed of a range is dotted."""
    characters = terminal.characters
    certain, end = round(band.seconds.low * second), round(band.seconds.high * second)
    if band.lanes > _MOST_LANES:
        yield _silhouette(band, second, terminal)[:certain] + characters.waiting * (end - certain)
        return
    for number in range(band.lanes):
        cells = [" "] * end
        spans = [
            (round(start * second), round(stop * second))
            for lane, start, stop in zip(band.lane, band.start, band.end, strict=True)
            if lane == number
        ]
        starts = {start for start, _ in spans}
        for start, stop in spans:
            for cell in range(start, max(stop, min(start + 1, end))):
                # A gap before the next segment, where there is room for it.
                is_last = cell == stop - 1 and stop - start > 1 and stop in starts
                cells[cell] = characters.ends if is_last else characters.holding
        if certain < end:
            cells[certain:] = characters.waiting * (end - certain)
        yield "".join(cells).rstrip()


def _silhouette(band: Band, second: float, terminal: Terminal) -> str:
    levels = terminal.characters.area
    cells = [0] * max(1, round(band.seconds.high * second))
    area = area_of(list(zip(band.start, band.end, strict=True)))
    for (start, count), stop in zip(
        zip(area.times, area.counts, strict=True), [*area.times[1:], band.seconds.high], strict=True
    ):
        first = min(int(start * second), len(cells) - 1)
        for cell in range(first, min(max(first + 1, round(stop * second)), len(cells))):
            cells[cell] = max(cells[cell], count)
    peak = max(band.lanes, 1)
    return "".join(levels[-(-count * len(levels) // peak) - 1] if count else " " for count in cells)
