"""A drawing as SVG: real text, which is small, searchable, and can use any font of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Final

from async_dag.views.drawing.drawing import (
    Boxes,
    Curves,
    Dot,
    Drawing,
    Lines,
    Mark,
    Plane,
    Point,
    Polygons,
    Style,
    Words,
)
from async_dag.views.drawing.fonts import BASE_FONT
from async_dag.views.drawing.metrics import BASELINE, HATCH_LINE
from async_dag.views.drawing.shown import FALLBACK_FONTS

_ANCHORS: Final = {"left": "", "center": ' text-anchor="middle"', "right": ' text-anchor="end"'}


def svg_of(drawing: Drawing) -> str:
    """The drawing as an SVG whose unit is a point."""
    width, height = _number(drawing.width), _number(drawing.height)
    hatches: dict[str, str] = {}
    planes = groupby(drawing.in_order(), key=lambda plane_and_mark: id(plane_and_mark[0]))
    body = "\n".join(_group(list(marks), hatches) for _, marks in planes)
    patterns = f"<defs>{''.join(hatches.values())}</defs>\n" if hatches else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" '
        f'viewBox="0 0 {width} {height}" font-family="\'{BASE_FONT}\', {FALLBACK_FONTS}">\n'
        f'{patterns}<rect width="{width}" height="{height}" fill="{drawing.ground}"/>\n'
        f"{body}\n</svg>\n"
    )


def _group(marks: Sequence[tuple[Plane, Mark]], hatches: dict[str, str]) -> str:
    """All of one plane."""
    elements = "\n".join(_element(plane, mark, hatches) for plane, mark in marks)
    data = marks[0][0].data.items()
    attributes = "".join(f' data-{name}="{escape(text)}"' for name, text in data)
    return f"<g{attributes}>\n{elements}\n</g>" if data else elements


def _element(plane: Plane, mark: Mark, hatches: dict[str, str]) -> str:
    if isinstance(mark, Words):
        return _words(plane, mark)
    style = _style(mark.style, hatches)
    if isinstance(mark, Dot):
        ((x, y),) = plane.at([(mark.x, mark.y)])
        radius = _number(mark.radius * plane.scale[0])
        return f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{radius}"{style}/>'
    named = f' id="{mark.name}"' if mark.name else ""
    if isinstance(mark, Lines):
        # In one element, as nothing of them is filled.
        outline = "".join(f"M{_joined(plane.at(path))}" for path in mark.paths)
        return f'<path{named}{style} d="{outline}"/>'
    return f"<g{named}{style}>{''.join(_shapes(plane, mark))}</g>"


def _shapes(plane: Plane, mark: Polygons | Boxes | Curves) -> Iterator[str]:
    """One element each: where those of one element overlap, they can cancel each other out."""
    if isinstance(mark, Polygons):
        for path in mark.paths:
            yield f'<path d="M{_joined(plane.at(path))}z"/>'
    elif isinstance(mark, Curves):
        for number, path in enumerate(mark.paths):
            (x, y), *others = plane.at(path)
            wide = f' stroke-width="{_number(mark.widths[number])}"' if mark.widths else ""
            yield f'<path{wide} d="M{_number(x)} {_number(y)}C{_joined(others)}"/>'
    else:
        across, down = plane.scale
        for box in mark.boxes:
            ((x, y),) = plane.at([(box.left, box.top)])
            places = (
                ("x", x),
                ("y", y),
                ("width", (box.right - box.left) * across),
                ("height", (box.bottom - box.top) * down),
                ("rx", box.across * across),
                ("ry", box.down * down),
            )
            yield f"<rect{_attributes(places)}/>"


def _words(plane: Plane, mark: Words) -> str:
    ((x, y),) = plane.at([(mark.x, mark.y)])
    places = (("x", x), ("y", y + BASELINE * mark.size), ("font-size", mark.size))
    bold = ' font-weight="bold"' if mark.weight == "bold" else ""
    how = f'{_attributes(places)} fill="{mark.color}"{_ANCHORS[mark.align]}{bold}'
    return f"<text{how}>{escape(mark.text, quote=False)}</text>"


def _style(style: Style, hatches: dict[str, str]) -> str:
    fill = style.fill or "none"
    if style.hatch:
        fill = _hatch(style, hatches)
    parts = [f' fill="{fill}"']
    if style.stroke and (style.width or not style.hatch):
        parts.append(f' stroke="{style.stroke}" stroke-width="{_number(style.width)}"')
    if style.dashes:
        dashes = " ".join(_number(length * style.width) for length in style.dashes)
        parts.append(f' stroke-dasharray="{dashes}"')
    if style.opacity != 1:
        parts.append(f' opacity="{_number(style.opacity)}"')
    return "".join(parts)


def _hatch(style: Style, hatches: dict[str, str]) -> str:
    """A reference to a pattern of slanted lines.

    Its name says all of it, so pictures on one page may well have patterns of the same name.
    """
    size = _number(style.hatch)
    name = f"hatch-{style.stroke[1:]}-{style.fill[1:]}-{size}"
    hatches[name] = (
        f'<pattern id="{name}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">'
        f'<rect width="{size}" height="{size}" fill="{style.fill}"/>'
        f'<path stroke="{style.stroke}" stroke-width="{_number(HATCH_LINE)}" d="M-1 1L1 -1M0 {size}'
        f'L{size} 0M{_number(style.hatch - 1)} {_number(style.hatch + 1)}l2 -2"/></pattern>'
    )
    return f"url(#{name})"


def _attributes(numbers: Iterable[tuple[str, float]]) -> str:
    return "".join(f' {name}="{_number(number)}"' for name, number in numbers)


def _joined(points: Sequence[Point]) -> str:
    """Coordinates, and no more characters than needed."""
    return " ".join(f"{_number(x)} {_number(y)}" for x, y in points)


def _number(number: float) -> str:
    """Hundredths do: a hundredth of a point is a seventy-fifth of a pixel."""
    text = f"{number:.2f}"
    return text.rstrip("0").rstrip(".") if text[-1] == "0" else text
