"""A run as an animated SVG: its graph as the states change, and below it the three ways as a race.

Animated by SMIL, so it moves wherever an image does, such as in a README, without any script. It is the
still picture of the end, on top of which lies what hides the future; so whoever prefers reduced motion,
and whatever does not know SMIL, shows the end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import inf
from typing import Final

from async_dag.errors import WrongArgumentError
from async_dag.trace.trace import Trace
from async_dag.views.common.facts import RunFacts, end_of
from async_dag.views.drawing.canvas import Block, Canvas
from async_dag.views.drawing.drawing import Drawing
from async_dag.views.drawing.drawn_picture import DrawnPicture
from async_dag.views.drawing.look import Look, Theme, look_for
from async_dag.views.drawing.svg import svg_of
from async_dag.views.gantt.figure.chart import Chart, GanttOptions
from async_dag.views.ways.panel import WaysPanel
from async_dag.views.ways.ways import ways_of_run
from async_dag.workbench.layout.picture import Picture
from async_dag.workbench.layout.placement import Placement
from async_dag.workbench.still.box_facts import BoxFacts, box_facts, box_members, path_edges
from async_dag.workbench.still.graph_block import GraphBlock

_PLACEMENT_TIMEOUT: Final = 10.0
_SHORTEST: Final = 3.0
_LONGEST: Final = 10.0
"""Seconds in which a run is played: slower or faster than it was, so that it can be followed."""
_AT_THE_END: Final = 2.5
"""Seconds for which the end is seen before it begins anew."""

_STATE: Final = re.compile(r'<g data-state="\w+" data-from="([^"]+)" data-until="([^"]+)">')

_STYLE: Final = (
    "<style>[data-way]{clip-path:url(#async-dag-now)}"
    "@media(prefers-reduced-motion:reduce){[data-way]{clip-path:none}"
    "[data-until=inf]{visibility:visible!important}"
    "[data-until]:not([data-until=inf]),.async-dag-line{display:none}}</style>"
)


def animated_svg(trace: Trace, theme: Theme = "auto") -> str:
    """The SVG of a run that is over.

    Raises `WrongArgumentError` for a run of which nothing ran, or that still goes on.
    """
    chart = Chart(trace, GanttOptions())
    facts = chart.facts
    if facts.goes_on or facts.took <= 0:
        what = "still goes on" if facts.goes_on else "ran no task"
        raise WrongArgumentError(f"an animation shows a run that is over; this one {what}")
    look = look_for("notebook", theme)
    picture = Picture.of(facts.run.template)
    placement = picture.placement(_PLACEMENT_TIMEOUT)
    ways = ways_of_run(chart.timeline)
    until = ways.until if ways else facts.took
    blocks: list[Block] = []
    if placement is not None:
        boxes = box_facts(facts, picture.bundling, chart.critical)
        members = box_members(facts.run.template, picture.bundling)
        spans = [_span(facts, nodes) for nodes in members]
        path = path_edges(facts, picture.bundling, chart.path)
        blocks.append(_Graph(placement, boxes, path, spans, look))
    blocks.append(WaysPanel(ways, look))
    summary = ways.headline if ways else ", ".join(facts.counts())
    return _animated(DrawnPicture.of(blocks, look, summary).drawing, until, look)


def _span(facts: RunFacts, nodes: Sequence[int]) -> tuple[float, float]:
    """From the first start to the last end of what these nodes of the manager ran, in seconds."""
    trace = facts.trace
    rows = [row for row in facts.tasks_of(nodes) if trace.started[row] == trace.started[row]]
    starts = (trace.started[row] for row in rows)
    return min(starts, default=0.0), max((end_of(trace, row) for row in rows), default=0.0)


class _Graph:
    """The graph as it is at the end, and over each box what it was before; a `Block` of a canvas."""

    def __init__(
        self,
        placement: Placement,
        boxes: list[BoxFacts],
        path: set[tuple[int, int]],
        spans: list[tuple[float, float]],
        look: Look,
    ) -> None:
        self._placement, self._boxes, self._path, self._spans = placement, boxes, path, spans
        self._look = look

    def _block(self, placement: Placement, boxes: list[BoxFacts]) -> GraphBlock:
        margin = self._look.margin
        room = self._look.width - 2 * margin
        return GraphBlock(placement, boxes, self._path, self._look, left=margin, room=room)

    @property
    def height(self) -> float:
        """In points."""
        return self._block(self._placement, self._boxes).height

    def draw(self, canvas: Canvas, top: float) -> None:
        """The end, and what covers it until then."""
        edges = self._placement._replace(boxes=[])
        self._block(edges, self._boxes).draw(canvas, top)
        for placed in self._placement.boxes:
            only = self._placement._replace(boxes=[placed], edges=[], frames=[])
            now = self._boxes[placed.of]
            before = now._replace(critical=False, counts=Counter(), lines=())
            start, end = self._spans[placed.of]
            states = [
                (before._replace(state="waiting"), 0.0, start),
                (before._replace(state="running"), start, end),
                (now, end, inf),
            ]
            for facts, since, until in states if end > 0 else states[2:]:
                boxes = [*self._boxes]
                boxes[placed.of] = facts
                self._block(only, boxes).draw(canvas, top)
                if end > 0:
                    span = {"from": f"{since:.6g}", "until": f"{until:.6g}"}
                    canvas.drawing.planes[-1].data = {"state": facts.state, **span}


def _animated(drawing: Drawing, until: float, look: Look) -> str:
    played = min(max(until, _SHORTEST), _LONGEST)
    whole = played + _AT_THE_END
    timing = f'dur="{whole:.3g}s" repeatCount="indefinite"'

    def share(seconds: float) -> str:
        return f"{min(seconds / until, 1.0) * played / whole:.4g}"

    def shown(match: re.Match[str]) -> str:
        is_last = match[2] == "inf"
        since, to = (share(float(match[place])) for place in (1, 2))
        values, times = "hidden;visible", f"0;{since}"
        if not is_last:
            values, times = f"{values};hidden", f"{times};{to}"
        group = match[0] if is_last else match[0].replace(">", ' visibility="hidden">')
        return (
            f'{group}<animate attributeName="visibility" calcMode="discrete" {timing} '
            f'values="{values}" keyTimes="{times}"/>'
        )

    svg = _STATE.sub(shown, svg_of(drawing))
    plane = next((plane for plane in drawing.planes if "way" in plane.data), None)
    moving = ""
    if plane is not None:
        left, right = plane.left, plane.left + until * plane.scale[0]
        top = plane.top - 4
        bottom = max(p.top + p.height for p in drawing.planes if "way" in p.data) + 4
        key_times = f'keyTimes="0;{share(until)};1"'
        across = f"{right - left:.2f}"
        moving = (
            f'<defs><clipPath id="async-dag-now"><rect x="{left - 1:.2f}" y="0" '
            f'width="{drawing.width}" height="{drawing.height:.2f}"><animate attributeName="width" '
            f'{timing} {key_times} values="1;{across};{drawing.width}"/></rect></clipPath></defs>'
            f'<path class="async-dag-line" visibility="hidden" stroke="{look.palette.ink}" '
            f'd="M{left:.2f} {top:.2f}V{bottom:.2f}">'
            f'<animate attributeName="visibility" calcMode="discrete" {timing} '
            f'values="visible;hidden" keyTimes="0;{share(until)}"/>'
            f'<animateTransform attributeName="transform" type="translate" {timing} {key_times} '
            f'values="0;{across};{across}"/></path>'
        )
    return svg.replace("\n</svg>", f"\n{_STYLE}{moving}\n</svg>")
