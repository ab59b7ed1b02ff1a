"""Where dot puts the boxes of the graph panel: apart from each other, and framed by group."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings

from async_dag import build_dag
from async_dag.graph.bundling import bundling_of
from async_dag.graph.graph import Graph, Origin
from async_dag.workbench.feed.graph_payload import graph_payload
from async_dag.workbench.layout.placed import PlacedBox
from async_dag.workbench.layout.placement import MARGIN, Layout, PlacedFrame, Placement, place
from tests.support import needs
from tests.support.graphs import etl_graph, fan
from tests.support.schedules import made_trace
from tests.support.strategies import Spec, dags


async def nothing(*_: None) -> None:
    pass


def placed(graph: Graph) -> Layout:
    layout = place(graph, None)
    assert layout is not None
    return layout


def are_apart(one: PlacedBox | PlacedFrame, other: PlacedBox | PlacedFrame) -> bool:
    return (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y
        or other.y + other.height <= one.y
    )


def assert_sound(graph: Graph, made: Placement) -> None:
    """Each node has a box within the picture, no two overlap, and each dependency has an edge."""
    assert [box.of for box in made.boxes] == list(range(len(graph)))
    for box in made.boxes:
        assert box.x >= MARGIN - 1
        assert box.y >= MARGIN - 1
        assert box.x + box.width <= made.width - MARGIN + 1
        assert box.y + box.height <= made.height - MARGIN + 1
    assert all(are_apart(one, other) for one, other in combinations(made.boxes, 2))
    wanted = {(one, node) for node, needed in enumerate(graph.dependencies) for one in needed}
    assert {(edge.origin, edge.target) for edge in made.edges} == wanted
    for edge in made.edges:
        assert len(edge.points) % 6 == 2


@settings(max_examples=10, deadline=None)
@given(dags())
def test_boxes_do_not_overlap_and_edges_end_at_their_boxes(
    specs: list[Spec],
) -> None:
    """Downwards a dependency is above what needs it; to the right, at its left."""
    names = [f"n{index}" for index in range(len(specs))]
    dependencies = [tuple(spec.dependencies) for spec in specs]
    none = [None] * len(names)
    origins = [Origin(None, None, None)] * len(names)
    graph = Graph.of(names, ["task"] * len(names), dependencies, origins, none)
    layout = placed(graph)
    for made in layout:
        assert_sound(graph, made)
        for origin, target, points in made.edges:
            assert is_on_outline(made.boxes[origin], points[0], points[1])
            assert is_on_outline(made.boxes[target], points[-2], points[-1])
    for origin, target, _ in layout.down.edges:
        above, below = layout.down.boxes[origin], layout.down.boxes[target]
        assert above.y + above.height < below.y
    for origin, target, _ in layout.right.edges:
        left, right = layout.right.boxes[origin], layout.right.boxes[target]
        assert left.x + left.width < right.x


def is_on_outline(box: PlacedBox, x: float, y: float) -> bool:
    """Within a pixel and a half."""
    outside = max(box.x - x, x - box.x - box.width, box.y - y, y - box.y - box.height)
    return abs(outside) <= 1.5


def test_a_frame_is_around_the_boxes_of_its_group_alone() -> None:
    """Its title has room above the boxes, and no other frame or box is in it."""
    graph = etl_graph()
    for made in placed(graph):
        assert_sound(graph, made)
        assert [frame.title for frame in made.frames] == ["shop", "web", "supply", "marts"]
        assert all(are_apart(one, other) for one, other in combinations(made.frames, 2))
        for frame in made.frames:
            assert frame.boxes == [
                node for node, group in enumerate(graph.groups) if group == frame.title
            ]
            for box in made.boxes:
                if box.of in frame.boxes:
                    assert box.x > frame.x
                    assert box.y >= frame.y + 14
                    assert box.x + box.width < frame.x + frame.width
                    assert box.y + box.height < frame.y + frame.height
                else:
                    assert are_apart(frame, box)


def test_no_edge_crosses_a_box() -> None:
    """Long edges are led around the boxes between their ends."""
    graph = etl_graph()
    for made in placed(graph):
        for edge in made.edges:
            points = list(zip(edge.points[::2], edge.points[1::2], strict=True))
            for first in range(0, len(points) - 3, 3):
                for step in range(1, 10):
                    x, y = bezier(points[first : first + 4], step / 10)
                    for box in made.boxes:
                        if box.of not in edge[:2]:
                            inside = (
                                box.x < x < box.x + box.width and box.y < y < box.y + box.height
                            )
                            assert not inside


def test_between_two_columns_edges_do_not_swing_back() -> None:
    """However many begin at one box: none of the eight goes to the left on its way to the right."""
    made = placed(made_trace(fan(8, 3)).graph).right
    assert len(made.edges) == 32
    for edge in made.edges:
        along = edge.points[::2]
        assert along == sorted(along)
        # It leaves and arrives as the boxes' sides are crossed: at a right angle.
        assert edge.points[1] == edge.points[3]
        assert edge.points[-1] == edge.points[-3]


def bezier(points: list[tuple[float, float]], t: float) -> tuple[float, float]:
    weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3)
    x, y = (
        sum(weight * point[axis] for weight, point in zip(weights, points, strict=True))
        for axis in (0, 1)
    )
    return x, y


def test_a_still_picture_has_the_layout_that_begins_in_sight() -> None:
    """Ten loads for one join: side by side they are wider than a page, one below the other not."""
    with build_dag() as tm:
        loads = [tm.add_node(nothing) for _ in range(10)]
        tm.options(name="join").add_node(nothing, *loads)
    layout = placed(tm.graph)
    assert layout.for_still is layout.right
    assert layout.right.width < 390
    with build_dag() as tm:
        tm.add_node(nothing, tm.add_node(nothing))
    layout = placed(tm.graph)
    assert layout.for_still is layout.down
    # Downwards its first task is in the middle, and wider is the way to the right, but not by much.
    layout = placed(etl_graph())
    assert layout.for_still is layout.right


def test_from_left_to_right_boxes_that_begin_together_are_in_line() -> None:
    """The boxes of each stage have the same left edge, however long their names are."""
    needs.graphviz()  # where a box could be in two columns, its port may choose another one
    graph = etl_graph()
    boxes = placed(graph).right.boxes
    for stage in ("extract", "clean", "load"):
        left = {boxes[node].x for node, name in enumerate(graph.names) if name.startswith(stage)}
        assert len(left) == 1, stage


def test_a_graph_in_which_everything_depends_on_everything_before() -> None:
    """300 nodes with 44,850 dependencies: what follows from others is left out, and it says so."""
    names = [f"n{index}" for index in range(300)]
    origins = [Origin("one", None, None)] * len(names)
    dependencies = [tuple(range(index)) for index in range(len(names))]
    graph = Graph.of(names, ["task"] * len(names), dependencies, origins, [None] * len(names))
    bundling = bundling_of(graph)
    assert bundling is not None
    layout = place(graph, bundling)  # None if it takes longer than `LAYOUT_TIMEOUT`
    assert layout is not None
    assert len(layout.down.edges) == len(layout.down.boxes) - 1  # a chain
    left_out = sum(map(len, bundling.dependencies)) - len(layout.down.edges)
    assert left_out > 1_000
    notes = graph_payload(graph, bundling)["notes"]
    assert notes[1:] == [f"{left_out:,} arrows that follow from others are not drawn"]


def test_a_sub_dag_has_a_frame_as_in_the_diagram() -> None:
    """Of sub-DAGs within sub-DAGs the outermost; the page is told the same frames, to fold them."""

    async def step(*_: object) -> int:
        return 1

    with build_dag() as region:
        region.add_node(step)
    with build_dag() as shop:
        shop.add_node(step)
        shop.add_dag(region)
    with build_dag() as tm:
        tm.options(name="shop").add_dag(shop)
        tm.options(group="end").add_node(step)
        tm.options(name="alone").add_node(step)
    layout = place(tm.graph, None)
    assert layout is not None
    frames = {frame.title: len(frame.boxes) for frame in layout.down.frames}
    assert frames == {"shop": 2, "end": 1}
    assert graph_payload(tm.graph, None)["frames"] == ["shop", "shop", "end", None]
