"""Frames of a diagram: sub-DAGs within each other, and groups within them."""

from __future__ import annotations

from async_dag import TaskManager, build_dag
from async_dag.views.graph.diagram import Diagram


async def double(number: int) -> int:
    return 2 * number


def shop_within_a_town(uses: int = 1) -> TaskManager[None]:
    """A sub-DAG `shop` (with a group) in a sub-DAG `town` that is used so often, and a node outside."""
    with build_dag(int) as shop:
        bought = shop.add_node(double, shop.parameter_node)
        shop.options(group="till", name="pay").add_node(double, bought)
    with build_dag(int) as town:
        used = town.options(name="shop").add_dag(shop, town.parameter_node)
        town.options(name="walk").add_node(double, used[bought])
    with build_dag() as tm:
        start = tm.add_immediate_node(1)
        for _ in range(uses):
            tm.options(name="town").add_dag(town, start)
        tm.options(name="alone").add_node(double, 1)
    return tm


def labels(diagram: Diagram, frame: int | None = None) -> dict[str, object]:
    """The frames within a frame as nested dicts, each with the titles of its own boxes."""
    inner = {
        diagram.frames[index].label: labels(diagram, index) for index in diagram.frames_in(frame)
    }
    titles = [diagram.boxes[box].title for box in diagram.boxes_in(frame)]
    return {**inner, "boxes": titles}


def test_frames_are_nested_as_sub_dags_are() -> None:
    """Each node is in the frame of its sub-DAG or group, which is in the frame around that."""
    diagram = shop_within_a_town().draw.diagram()
    town = labels(diagram)["town"]
    assert isinstance(town, dict)
    assert "town/walk" in town["boxes"]
    [shop] = [inner for label, inner in town.items() if label.endswith("shop")]
    assert "town/shop/double" in shop["boxes"]
    assert shop["till"]["boxes"] == ["town/shop/pay"]
    assert "alone" in labels(diagram)["boxes"]  # type: ignore[operator]


def test_dot_and_mermaid_nest_their_clusters() -> None:
    """Both languages open the inner frame within the outer one."""
    draw = shop_within_a_town().draw
    for source, opening, closing in (
        (draw.graphviz().source, "subgraph cluster", "}"),
        (draw.mermaid().source, "subgraph g", "end"),
    ):
        depth = deepest = 0
        for line in map(str.strip, source.splitlines()):
            depth += line.startswith(opening)
            deepest = max(deepest, depth)
            depth -= line == closing and depth > 0
        assert deepest == 3, source


def test_a_bundle_across_sub_dags_is_in_what_lies_around_them() -> None:
    """Nodes of several uses of a sub-DAG that are drawn as one box belong to none of their frames."""
    diagram = shop_within_a_town(uses=3).draw.diagram(detail="bundles")
    bundles = [box for box in diagram.boxes if box.shape == "bundle"]
    titles = [box.title for box in bundles]
    assert titles == ["town/shop/double ×3", "town/shop/pay ×3", "town/walk ×3"]
    assert {box.frame for box in bundles} == {None}
