"""`Painter`: paints shapes onto pixels, with smooth edges where they are not straight.

Pillow draws without smooth edges. So what is straight is put onto whole pixels, and all else is painted
as a mask that is four times as large and then made smaller, for its own part of the image only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from PIL import Image, ImageChops, ImageColor, ImageDraw

from async_dag.views.drawing.drawing import Point, RoundedBox
from async_dag.views.drawing.paths import is_straight

_LARGER: Final = 4
_LARGER_FOR_LINES: Final = 8
"""Lines are narrow, and Pillow knows no parts of a pixel: rounded to quarters they would be uneven."""
_MOST_AT_ONCE: Final = 250_000
"""Pixels of the image that one mask covers; it takes up to 64 bytes for each."""
_MOST_ROUND_JOINTS: Final = 30
"""Points of a line up to which its joints are rounded; a curve of more has none to be seen."""

_Region = tuple[int, int, int, int]  # left, top, right, bottom, as Pillow has it
_Path = Sequence[Point]
_Brush = Callable[[ImageDraw.ImageDraw, list[Point]], None]
_Screen = Callable[[_Region], Image.Image]


class Painter:
    """Paints onto an image; all lengths are pixels, and colours `#rrggbb`."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image

    def fill(self, paths: Sequence[_Path], color: str, opacity: float = 1.0) -> None:
        """Closed shapes."""
        others: list[_Path] = []
        for path in paths:
            if _is_box(path):
                self._fill_region(_snapped(path), color, opacity)
            else:
                others.append(path)
        self._smooth(others, 1, _fill, color, opacity)

    def hatch(
        self,
        paths: Sequence[_Path],
        spacing: float,
        width: float,
        color: str,
        opacity: float = 1.0,
    ) -> None:
        """Slanted lines of that width within shapes, so far apart from left to right."""
        self._smooth(
            paths, 1, _fill, color, opacity, lambda region: _hatched(region, spacing, width)
        )

    def rounded(self, box: RoundedBox, color: str) -> None:
        """A box with round corners."""
        left, top, right, bottom = _snapped([(box.left, box.top), (box.right, box.bottom)])
        x = min(round(box.across), (right - left) // 2)
        y = min(round(box.down), (bottom - top) // 2)
        if x < 1 or y < 1:
            self._fill_region((left, top, right, bottom), color)
            return
        self._fill_region((left + x, top, right - x, bottom), color)
        self._fill_region((left, top + y, left + x, bottom - y), color)
        self._fill_region((right - x, top + y, right, bottom - y), color)
        places = (left, top), (right - x, top), (left, bottom - y), (right - x, bottom - y)
        for place, corner in zip(places, _corners(x, y), strict=True):
            self._image.paste(_rgb(color), place, corner)

    def stroke(
        self, paths: Sequence[_Path], width: float, color: str, opacity: float = 1.0
    ) -> None:
        """Lines of that width, with straight ends."""
        slanted: list[_Path] = []
        for path in paths:
            if opacity == 1 and is_straight(path):
                for region in _straight(path, width):
                    self._fill_region(region, color)
            else:
                slanted.append(path)

        def brush(draw: ImageDraw.ImageDraw, points: list[Point]) -> None:
            joint = "curve" if len(points) < _MOST_ROUND_JOINTS else None
            wide = max(1, round(_LARGER_FOR_LINES * width))
            draw.line(points, fill=255, width=wide, joint=joint)

        self._smooth(slanted, math.ceil(width), brush, color, opacity, larger=_LARGER_FOR_LINES)

    def _fill_region(self, region: _Region, color: str, opacity: float = 1.0) -> None:
        left, top, right, bottom = region
        if right <= left or bottom <= top:
            return
        if opacity == 1:
            self._image.paste(_rgb(color), region)
        else:
            mask = Image.new("L", (right - left, bottom - top), round(255 * opacity))
            self._image.paste(_rgb(color), (left, top), mask)

    def _smooth(
        self,
        paths: Sequence[_Path],
        reach: int,
        brush: _Brush,
        color: str,
        opacity: float = 1.0,
        screen: _Screen | None = None,
        larger: int = _LARGER,
    ) -> None:
        """Paint paths that reach so far beyond their points, through a screen if there is one."""
        for region, inside in _regions(paths, reach, self._image.size):
            left, top, right, bottom = region
            mask = Image.new("L", ((right - left) * larger, (bottom - top) * larger))
            draw = ImageDraw.Draw(mask)
            for path in inside:
                brush(draw, [((x - left) * larger, (y - top) * larger) for x, y in path])
            mask = mask.reduce(larger)
            if screen is not None:
                mask = ImageChops.multiply(mask, screen(region))
            if opacity != 1:
                mask = mask.point([round(value * opacity) for value in range(256)])
            self._image.paste(_rgb(color), (left, top), mask)


@lru_cache(maxsize=128)
def _rgb(color: str) -> tuple[int, ...]:
    return ImageColor.getrgb(color)


def _fill(draw: ImageDraw.ImageDraw, points: list[Point]) -> None:
    if len(points) > 1:
        draw.polygon(points, fill=255)


def _is_box(path: _Path) -> bool:
    return len(path) == 4 and is_straight([*path, path[0]])


def _snapped(path: _Path) -> _Region:
    """The extent of a box in whole pixels, at least one each way."""
    left, top = (round(min(place)) for place in zip(*path, strict=True))
    right, bottom = (round(max(place)) for place in zip(*path, strict=True))
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _straight(path: _Path, width: float) -> Iterator[_Region]:
    """The pixels of a line from left to right and up and down."""
    wide = max(1, round(width))
    before, after = wide // 2, wide - wide // 2

    def whole(place: float) -> int:
        return round(place) if wide % 2 == 0 else math.floor(place)

    last = len(path) - 2
    for number, (start, end) in enumerate(pairwise(path)):
        is_down = abs(start[0] - end[0]) < abs(start[1] - end[1])
        # A joint is filled by both lines; an end reaches as far as it should.
        first_more = before if number else 0
        last_more = after if number < last else 0
        low, high = start[is_down], end[is_down]
        if low > high:
            low, high, first_more, last_more = high, low, last_more, first_more
        along = round(low) - (first_more > 0) * before, round(high) + (last_more > 0) * after
        across = whole(start[not is_down])
        sides = across - before, across + after
        if is_down:
            yield sides[0], along[0], sides[1], max(along[1], along[0] + 1)
        else:
            yield along[0], sides[0], max(along[1], along[0] + 1), sides[1]


def _regions(
    paths: Sequence[_Path], reach: int, size: tuple[int, int]
) -> Iterator[tuple[_Region, Sequence[_Path]]]:
    """Parts of the image that hold all paths, each with the paths to paint there.

    One for each path, or the same for all where they cover each other, and none too large.
    """
    own = [_extent(path, reach, size) for path in paths]
    kept = [(region, path) for region, path in zip(own, paths, strict=True) if _area(region)]
    if not kept:
        return
    corners = list(zip(*(region for region, _ in kept), strict=True))
    whole = min(corners[0]), min(corners[1]), max(corners[2]), max(corners[3])
    if sum(_area(region) for region, _ in kept) <= _area(whole):
        for region, path in kept:
            for band in _bands(region):
                yield band, (path,)
    else:
        for band in _bands(whole):
            yield (
                band,
                [path for region, path in kept if region[1] < band[3] and region[3] > band[1]],
            )


def _extent(path: _Path, reach: int, size: tuple[int, int]) -> _Region:
    across, down = zip(*path, strict=True)
    return (
        max(0, math.floor(min(across)) - reach),
        max(0, math.floor(min(down)) - reach),
        min(size[0], math.ceil(max(across)) + reach),
        min(size[1], math.ceil(max(down)) + reach),
    )


def _area(region: _Region) -> int:
    left, top, right, bottom = region
    return max(0, right - left) * max(0, bottom - top)


def _bands(region: _Region) -> Iterator[_Region]:
    """A region from its top to its bottom, in parts that are not too large."""
    left, top, right, bottom = region
    tall = max(1, _MOST_AT_ONCE // (right - left))
    for upper in range(top, bottom, tall):
        yield left, upper, right, min(bottom, upper + tall)


def _hatched(region: _Region, spacing: float, width: float) -> Image.Image:
    """The mask of lines from the lower left to the upper right, at the same places for all regions."""
    left, top, right, bottom = region
    wide, tall = (right - left) * _LARGER, (bottom - top) * _LARGER
    mask = Image.new("L", (wide, tall))
    draw = ImageDraw.Draw(mask)
    step = spacing * _LARGER
    # Lines on which x + y is a multiple of the spacing; as wide from left to right as they slant.
    at = -((left + top) * _LARGER % step) - step
    half = width * _LARGER * math.sqrt(0.5)
    while at < wide + tall + step:
        shape = [(at - half, 0), (at + half, 0), (at + half - tall, tall), (at - half - tall, tall)]
        draw.polygon(shape, fill=255)
        at += step
    return mask.reduce(_LARGER)


@lru_cache(maxsize=32)
def _corners(across: int, down: int) -> tuple[Image.Image, ...]:
    """The four corners of a round box: left and right above, left and right below."""
    wide, tall = across * _LARGER, down * _LARGER
    whole = Image.new("L", (2 * wide, 2 * tall))
    ImageDraw.Draw(whole).ellipse((-0.5, -0.5, 2 * wide - 0.5, 2 * tall - 0.5), fill=255)
    small = whole.reduce(_LARGER)
    return tuple(small.crop((x, y, x + across, y + down)) for y in (0, down) for x in (0, across))
