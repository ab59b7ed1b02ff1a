"""The README's graph in a page that the test feeds, and what tests do with such a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from tests.support.fed_page import (
    analysis,
    columns,
    graph_json,
    open_fed_page,
    send,
    set_trait,
    summary,
)
from tests.support.schedules import Job, made_trace

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser

Look = Callable[["Page"], Awaitable[Any]]

#: The README's graph, in its order: durations and needs.
README = made_trace(
    [
        Job("fast_task_a", 0.1),
        Job("slow_task_b", 1.0, (0,)),
        Job("slow_task_a", 0.5, held=0.1),
        Job("fast_task_b", 0.2),
        Job("fast_task_c", 0.1, (2, 3)),
        Job("end_task", 0.1, (1, 4)),
    ]
)
PATH = (0, 1, 5)
SLACK = (0.0, 0.0, 0.5, 0.8, 0.5, 0.0)


async def open_readme(page: Page, **graph: Any) -> None:
    """A view of a run of the README's graph that has just begun."""
    await open_fed_page(page)
    await page.evaluate("kernel.open()")
    await set_trait(page, "graph", {**graph_json(README.graph), **graph})
    await set_trait(page, "runs", [summary("k", README, number=3)])
    await page.evaluate("() => { kernel.hide = kernel.show(); return kernel.drawn(); }")


async def finish_readme(page: Page, frame: int = 1, **more: Any) -> None:
    """All columns, the analysis, and the summary that says how it ended."""
    await send(page, *columns(README, "k", frame, **more))
    await send(page, *analysis(README, "k", PATH, SLACK))
    await set_trait(page, "runs", [summary("k", README, number=3, state="done")])
    await page.evaluate("kernel.drawn()")


def watched(browser: Browser, look: Look, **context: Any) -> Any:
    """Run `look` in a tab of 1,240 x 900, and fail on any error that the page reports."""
    told: list[str] = []

    async def with_ears(page: Page) -> Any:
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("console", lambda one: told.append(one.text) if one.type == "error" else None)
        await page.set_viewport_size(context.get("size", {"width": 1240, "height": 900}))
        return await look(page)

    found = browser.run(with_ears)
    assert told == []
    return found


async def ink_in_row(page: Page, node: int, colour: str = "") -> int:
    """How many pixels of a node's row are painted, or are of a colour of the palette."""
    return await page.evaluate(
        """([node, colour]) => {
            const canvas = document.querySelector(".ad-canvas");
            const label = document.querySelector(`.ad-label[data-node="${node}"]`);
            const ratio = canvas.width / canvas.clientWidth;
            const style = getComputedStyle(canvas);
            const probe = document.createElement("canvas").getContext("2d");
            probe.fillStyle = style.getPropertyValue(`--ad-${colour || "line"}`).trim();
            probe.fillRect(0, 0, 1, 1);
            const wanted = probe.getImageData(0, 0, 1, 1).data;
            const top = label.getBoundingClientRect().top - canvas.getBoundingClientRect().top;
            const { data } = canvas.getContext("2d").getImageData(
                0, top * ratio, canvas.width, label.clientHeight * ratio);
            let count = 0;
            for (let at = 0; at < data.length; at += 4) {
                const same = [0, 1, 2].every((each) => data[at + each] === wanted[each]);
                if (colour ? same && data[at + 3] === 255 : data[at + 3] > 0 && !same) count++;
            }
            return count;
        }""",
        [node, colour],
    )
