"""The graph in its panel: it scrolls, follows, has a map and frames, and can be shown large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.fed_page import set_trait, show_trace
from tests.support.graphs import etl_trace
from tests.support.readme_page import README, finish_readme, open_readme, watched
from tests.support.sizes import TRACES

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser

NAMES = etl_trace().graph.names

#: Whether all of a node's box is within its panel.
_IN_SIGHT = """(node) => {
    const box = document.querySelector(`.ad-box[data-node="${node}"]`).getBoundingClientRect();
    const panel = document.querySelector(".ad-graph-scroll").getBoundingClientRect();
    return box.left >= panel.left && box.right <= panel.right
        && box.top >= panel.top && box.bottom <= panel.bottom;
}"""


async def open_etl(page: Page) -> None:
    await page.set_viewport_size({"width": 1000, "height": 900})
    await show_trace(page, etl_trace())


def test_it_follows_the_choice(browser: Browser) -> None:
    """Whoever chooses a row, or goes from box to box by keys, sees the box that is chosen."""

    async def look(page: Page) -> list[Any]:
        await open_etl(page)
        last = NAMES.index("notify")
        seen = [await page.evaluate(_IN_SIGHT, last)]
        await page.click(f'.ad-label[data-node="{last}"]')
        await page.evaluate("kernel.drawn()")
        seen.append(await page.evaluate(_IN_SIGHT, last))
        await page.focus(".ad-graph-svg")
        steps = []
        for _ in range(14):
            await page.keyboard.press("ArrowLeft")
            await page.evaluate("kernel.drawn()")
            chosen = await page.get_attribute(".ad-box[aria-selected=true]", "data-node")
            steps.append(await page.evaluate(_IN_SIGHT, chosen))
        return [*seen, all(steps), NAMES[int(chosen)]]

    assert watched(browser, look) == [False, True, True, "config"]


def test_it_follows_the_search(browser: Browser) -> None:
    """What is found comes into sight, and is not faded."""

    async def look(page: Page) -> list[Any]:
        await open_etl(page)
        node = NAMES.index("check_marketing")
        seen = [await page.evaluate(_IN_SIGHT, node)]
        await page.fill(".ad-search", "check_mark")
        await page.evaluate("kernel.drawn()")
        seen.append(await page.evaluate(_IN_SIGHT, node))
        kin = f'.ad-box[data-node="{node}"]'
        seen.append(await page.get_attribute(kin, "data-kin"))
        await page.click(".ad-label >> nth=0")
        await page.hover(".ad-chip")
        await page.evaluate("kernel.drawn()")
        return [*seen, await page.get_attribute(kin, "data-kin")]

    assert watched(browser, look) == [False, True, "found", "self"]


def test_what_a_filter_lets_through_is_never_faded(browser: Browser) -> None:
    """Neither in the graph nor in the chart, whatever is chosen."""

    async def look(page: Page) -> list[Any]:
        await open_etl(page)
        await page.check("text=only critical")
        await page.click('.ad-label[data-node="0"]')
        await page.hover(".ad-chip")
        await page.evaluate("kernel.drawn()")
        return await page.evaluate(
            """["label:not([hidden])", "box[data-critical]"].map((kind) =>
                [...document.querySelectorAll(`.ad-${kind}`)].map((one) => one.dataset.kin))"""
        )

    rows, boxes = watched(browser, look)
    assert len(rows) == len(boxes) > 5
    assert "none" not in rows + boxes


def test_the_map_shows_the_whole_and_leads_to_any_part(browser: Browser) -> None:
    """A press on its right end brings the last box into sight, and the frame goes along."""

    async def look(page: Page) -> list[Any]:
        await open_etl(page)
        last = NAMES.index("notify")
        frame = "document.querySelector('.ad-sight').getBoundingClientRect().left"
        text = await page.inner_text(".ad-sight-text")
        before = await page.evaluate(frame)
        place = await page.locator(".ad-map").bounding_box()
        assert place
        await page.mouse.move(place["x"] + 5, place["y"] + place["height"] / 2)
        await page.mouse.down()
        await page.mouse.move(place["x"] + place["width"] - 3, place["y"] + place["height"] / 2)
        await page.mouse.up()
        await page.evaluate("kernel.drawn()")
        states = await page.eval_on_selector_all(
            ".ad-map [data-state]", "all => all.map((one) => one.dataset.state)"
        )
        return [
            text,
            await page.evaluate(_IN_SIGHT, last),
            await page.evaluate(frame) > before,
            states,
        ]

    text, is_in_sight, has_moved, states = watched(browser, look)
    assert text.endswith(" of 43 boxes in sight")
    assert 5 < int(text.split()[0]) < 43
    assert (is_in_sight, has_moved) == (True, True)
    assert states == ["done"] * 43


def test_a_graph_that_fits_has_no_map(browser: Browser) -> None:
    """And all of it is in sight."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        await finish_readme(page)
        return [
            await page.is_visible(".ad-map"),
            [await page.evaluate(_IN_SIGHT, node) for node in range(6)],
        ]

    assert watched(browser, look) == [False, [True] * 6]


def test_dragging_moves_it_and_chooses_nothing(browser: Browser) -> None:
    """A press that does not move chooses, as ever."""

    async def look(page: Page) -> list[Any]:
        await open_etl(page)
        box = await page.locator('.ad-box[data-node="0"]').bounding_box()
        assert box
        left = "document.querySelector('.ad-graph-scroll').scrollLeft"
        x, y = box["x"] + 20, box["y"] + 10
        await page.mouse.move(x + 400, y)
        await page.mouse.down()
        await page.mouse.move(x + 200, y)
        await page.mouse.move(x, y)
        await page.mouse.up()
        seen = [
            await page.evaluate(left),
            await page.locator(".ad-box[aria-selected=true]").count(),
        ]
        await page.evaluate("document.querySelector('.ad-graph-scroll').scrollTo(0, 0)")
        await page.click('.ad-box[data-node="0"]')
        await page.evaluate("kernel.drawn()")
        return [*seen, await page.locator(".ad-box[aria-selected=true]").count()]

    assert watched(browser, look) == [400, 0, 1]


def test_it_is_shown_large_and_back(browser: Browser) -> None:
    """Alone it has the window's height; the button or Escape brings the chart back."""

    async def look(page: Page) -> list[Any]:
        await open_etl(page)
        height = "document.querySelector('.ad-graph-scroll').clientHeight"
        seen: list[Any] = []

        async def note() -> None:
            await page.evaluate("kernel.drawn()")
            seen.append(
                (
                    await page.evaluate(height),
                    await page.is_visible(".ad-rows"),
                    await page.inner_text(".ad-large"),
                )
            )

        await note()
        await page.click(".ad-large")
        await note()
        await page.click(".ad-large")
        await note()
        await page.click(".ad-large")
        await page.focus(".ad-graph-svg")
        await page.keyboard.press("Escape")
        await note()
        return seen

    first, large, back, escaped = watched(browser, look)
    assert first[1:] == (True, "Enlarge")
    assert large[1:] == (False, "Back to the chart")
    assert large[0] > first[0] + 100
    assert back == escaped == first


def test_groups_have_frames_with_their_names(browser: Browser) -> None:
    """Each says how many nodes are in it, and is around their boxes."""

    async def look(page: Page) -> list[Any]:
        await open_etl(page)
        names = await page.eval_on_selector_all(
            ".ad-group-name text", "all => all.map((one) => one.textContent)"
        )
        shop = await page.locator(".ad-group >> nth=0").bounding_box()
        box = await page.locator(
            f'.ad-box[data-node="{NAMES.index("clean_items")}"]'
        ).bounding_box()
        assert shop
        assert box
        inside = (
            shop["x"] < box["x"]
            and box["x"] + box["width"] < shop["x"] + shop["width"]
            and shop["y"] < box["y"]
            and box["y"] + box["height"] < shop["y"] + shop["height"]
        )
        return [sorted(names), inside]

    assert watched(browser, look) == [
        ["▾ marts · 8 nodes", "▾ shop · 12 nodes", "▾ supply · 6 nodes", "▾ web · 6 nodes"],
        True,
    ]


_FOLDED = """() => [...document.querySelectorAll(".ad-box[data-group]")].map(
    (box) => [...box.querySelectorAll("text")].map((text) => text.textContent)
)"""


def test_a_group_is_folded_into_one_box_and_opened_again(browser: Browser) -> None:
    """By a press on its name and on its box; the box tells how many of its tasks are done."""

    async def look(page: Page) -> list[Any]:
        await show_trace(page, etl_trace(), at=3.0)
        sizes = [await page.locator(".ad-box").count()]
        await page.click(".ad-group-name:has-text('web')")
        await page.evaluate("kernel.drawn()")
        sizes.append(await page.locator(".ad-box").count())
        folded = await page.evaluate(_FOLDED)
        edges = await page.locator(".ad-edges path").count()
        await page.click(".ad-box[data-group]")
        await page.evaluate("kernel.drawn()")
        sizes.append(await page.locator(".ad-box").count())
        names = await page.eval_on_selector_all(
            ".ad-group-name text", "all => all.map((one) => one.textContent)"
        )
        return [sizes, folded, edges, sorted(names), await page.locator(".ad-edges path").count()]

    sizes, folded, edges, names, all_edges = watched(browser, look)
    assert sizes == [43, 38, 43]
    assert folded == [["▸ web", "6 of 6 done"]]
    # Within the group there were four; two from the session became one.
    assert edges == all_edges - 5
    assert names == [
        "▾ marts · 8 nodes",
        "▾ shop · 12 nodes",
        "▾ supply · 6 nodes",
        "▾ web · 6 nodes",
    ]


def test_groups_are_folded_by_keyboard(browser: Browser) -> None:
    """All by a button; the one of the chosen box by Enter, which opens it again."""

    async def look(page: Page) -> list[Any]:
        await open_etl(page)
        await page.focus(".ad-fold")
        await page.keyboard.press("Enter")
        await page.evaluate("kernel.drawn()")
        seen = [await page.locator(".ad-box").count(), await page.inner_text(".ad-fold")]
        await page.keyboard.press("Enter")
        node = NAMES.index("extract_events")
        await page.click(f'.ad-label[data-node="{node}"]')
        await page.evaluate("kernel.drawn()")
        await page.focus(".ad-graph-svg")
        await page.keyboard.press("Enter")
        await page.evaluate("kernel.drawn()")
        await page.keyboard.press("Escape")
        await page.evaluate("kernel.drawn()")
        active = await page.get_attribute(".ad-graph-svg", "aria-activedescendant")
        label = await page.get_attribute(f'[id="{active}"]', "aria-label")
        await page.keyboard.press("Enter")
        await page.evaluate("kernel.drawn()")
        return [*seen, label, await page.locator(".ad-box").count()]

    some, button, label, everything = watched(browser, look)
    assert (some, button, everything) == (15, "Open groups", 43)
    assert label == "▸ web 6 of 6 done, a folded group, partly on the critical path"


@pytest.mark.parametrize("folds", [False, True], ids=["open", "folded"])
def test_without_dot_the_page_lays_out_by_itself(browser: Browser, folds: bool) -> None:
    """Boxes, names and frames keep out of each other's way, at any width."""

    async def look(page: Page) -> list[Any]:
        await show_trace(page, etl_trace(), at=3.0)
        await set_trait(page, "placement", None)
        if folds:
            await page.click(".ad-group-name:has-text('shop')")
        wrong = []
        for width in (600, 900, 1200):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.evaluate("kernel.drawn()")
            wrong += await page.evaluate(_OVERLAPS)
        return [wrong, await page.locator(".ad-group").count()]

    wrong, frames = watched(browser, look)
    assert wrong == []
    assert frames == (3 if folds else 4)


#: Boxes that lie on each other, and frames that hold others' boxes.
_OVERLAPS = """() => {
    const boxes = [...document.querySelectorAll(".ad-box")];
    const at = new Map(boxes.map((box) => [box, box.querySelector("rect").getBoundingClientRect()]));
    const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
        && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    const wrong = [];
    boxes.forEach((one, index) => {
        for (const other of boxes.slice(index + 1)) {
            if (meet(at.get(one), at.get(other))) wrong.push([one.textContent, other.textContent]);
        }
    });
    const frames = [...document.querySelectorAll(".ad-group")].map(
        (one) => one.getBoundingClientRect());
    frames.forEach((one, index) => {
        if (frames.slice(index + 1).some((other) => meet(one, other))) wrong.push("frames");
    });
    return wrong;
}"""


def test_in_another_layout_the_chosen_box_is_in_sight(browser: Browser) -> None:
    """And with nothing chosen the first one: a page that becomes narrower lays the graph out anew."""

    async def look(page: Page) -> list[bool]:
        await open_etl(page)
        await page.set_viewport_size({"width": 420, "height": 900})
        await page.evaluate("kernel.drawn()")
        seen = [await page.evaluate(_IN_SIGHT, 0)]
        await page.set_viewport_size({"width": 1300, "height": 900})
        await page.evaluate("kernel.drawn()")
        node = NAMES.index("marketing_mart")
        await page.click(f'.ad-label[data-node="{node}"]')
        for width in (420, 1300, 700):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.evaluate("kernel.drawn()")
            seen.append(await page.evaluate(_IN_SIGHT, node))
        return seen

    assert watched(browser, look) == [True] * 4


def test_enlarged_it_fills_the_view(browser: Browser) -> None:
    """As large as all of it can be seen; Escape goes back to how it was."""

    async def look(page: Page) -> list[Any]:
        await show_trace(page, README)
        size = """() => {
            const boxes = document.querySelectorAll('.ad-graph-svg .ad-box');
            const { width } = boxes[0].getBoundingClientRect();
            const { left, right } = document.querySelector('.ad-graph').getBoundingClientRect();
            return [width, right - left];
        }"""
        before = await page.evaluate(size)
        await page.click(".ad-large")
        await page.evaluate("kernel.drawn()")
        large = await page.evaluate(size)
        await page.focus(".ad-graph-svg")
        await page.keyboard.press("Escape")
        await page.evaluate("kernel.drawn()")
        return [before, large, await page.evaluate(size)]

    before, large, after = watched(browser, look)
    assert large[0] > 1.3 * before[0]
    assert large[1] > 1.5 * before[1]
    assert after == before


def test_a_box_of_several_opens_its_row(browser: Browser) -> None:
    """By a click or by Enter, and again to close it; a box of one task opens nothing."""

    async def look(page: Page) -> list[int]:
        await show_trace(page, TRACES[212]())
        expanded = "document.querySelectorAll('.ad-rows [aria-expanded=true]').length"
        box = page.locator(".ad-graph-svg .ad-box", has_text="×").first
        seen = [await page.evaluate(expanded)]
        for press in (box.click(), page.keyboard.press("Enter")):
            await press
            await page.evaluate("kernel.drawn()")
            seen.append(await page.evaluate(expanded))
            if len(seen) == 2:
                await page.focus(".ad-graph-svg")
        return seen

    assert watched(browser, look) == [0, 1, 0]


def test_a_notch_of_the_wheel_zooms_a_little(browser: Browser) -> None:
    """By a fifth, however far a wheel's notch reaches; also in the chart."""

    async def look(page: Page) -> list[float]:
        await show_trace(page, README)
        width = "() => document.querySelector('.ad-graph-svg').getBoundingClientRect().width"
        axis = """() => {
            const [first, second] = [...document.querySelectorAll('.ad-axis text')]
                .filter((one) => /^[0-9]/.test(one.textContent));
            const at = (one) => {
                const { x, width } = one.getBoundingClientRect();
                return x + width / 2;
            };
            return (at(second) - at(first)) / (parseFloat(second.textContent)
                - parseFloat(first.textContent));
        }"""
        factors = []
        for panel, measure in ((".ad-graph-svg", width), (".ad-canvas", axis)):
            await page.hover(panel)
            before = await page.evaluate(measure)
            await page.keyboard.down("Control")
            await page.mouse.wheel(0, -120)
            await page.keyboard.up("Control")
            await page.wait_for_function(f"({measure})() !== {before}")
            factors.append(await page.evaluate(measure) / before)
        return factors

    assert watched(browser, look) == pytest.approx([1.2, 1.2], abs=0.03)
