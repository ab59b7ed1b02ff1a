"""The view under a cell, in JupyterLab and in Notebook 7: live, when it ends, saved and reopened."""

from __future__ import annotations

import asyncio
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from async_dag import Trace
from tests.support.jupyter import APPLICATIONS, CELL, Application, open_notebook
from tests.support.live_pages import (
    LOAD,
    README_GRAPH,
    VIEW,
    chip,
    record,
    recorded,
    states,
    times,
    until,
    view_of,
)

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser
    from tests.support.jupyter import Jupyter

pytestmark = pytest.mark.parametrize("application", APPLICATIONS)


def time_of(trace: Trace, node: int, state: str) -> float:
    """When a node came into a state, by its trace."""
    column = {"ready": trace.ready, "running": trace.started, "waiting": [0.0] * len(trace)}
    return column.get(state, trace.finished)[node]


def test_a_run_is_seen_while_it_goes_on_and_leaves_a_picture(
    jupyter: Jupyter, browser: Browser, application: Application, tmp_path: Path
) -> None:
    """From the first bar to the notebook reopened: the README's graph in one cell.

    Bars and states change while the prompt shows [*], in the order of the trace; at the end the page
    holds the trace's figures; saved, converted without a network and reopened with another kernel the
    picture is there.
    """
    path = jupyter.write(
        f"readme_{application}",
        [
            LOAD,
            README_GRAPH,
            "result = await tm.invoke(0)",
            "open('trace.json', 'w').write(result.trace.to_json())",
        ],
    )

    async def look(page: Page) -> None:
        notebook = await open_notebook(jupyter, page, path, application)
        for cell in (0, 1):
            assert await notebook.run(cell) == ""
        await record(page, CELL.format(2))
        await notebook.start(2)
        view = view_of(notebook, 2)
        await until(view.count, "the view")
        await asyncio.sleep(0.6)
        await page.screenshot(path=tmp_path / "live.png")
        await notebook.finish(2)
        await until(notebook.output(2).locator(".async-dag-still").count, "the picture")
        await notebook.run(3)
        trace = Trace.from_json((jupyter.notebooks / "trace.json").read_text())

        sights = [one for one in await recorded(page) if one.changes]
        live = [one for one in sights if one.prompt == "[*]:"]
        assert len(live) >= 4
        assert live[0].bars < live[-1].bars
        tasks = [n for n, kind in enumerate(trace.graph.kinds) if kind == "task"]
        last = -1.0
        for sight in sights[1:]:
            seen = [time_of(trace, n, state) for n, state in sight.changes if state != "waiting"]
            assert min(seen, default=last) >= last, sights
            last = max([last, *seen])
        ways = {n: [s for one in sights for m, s in one.changes if m == n] for n in tasks}
        for way in ways.values():
            order = ["waiting", "ready", "running", "done"]
            assert way == [state for state in order if state in way]

        # The view has come back in the place of its picture, with the last state.
        view = notebook.output(2).locator(f".async-dag-still {VIEW}")
        await until(view.count, "the picture to be explorable")
        shown = await times(view)
        assert shown == {n: (trace.started[n], trace.finished[n]) for n in tasks}
        assert set((await states(view)).values()) == {"done"}
        assert await chip(view) == "✓ done"
        await page.screenshot(path=tmp_path / "done.png")
        saved = await notebook.save()
        (output,) = saved.cells[2].outputs
        assert set(output.data) == {"text/html", "image/png", "text/plain"}
        assert "<script" not in output.data["text/html"]

    async def look_again(page: Page) -> None:
        """With a kernel that knows nothing of the run."""
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        notebook = await open_notebook(jupyter, page, path, application)
        await assert_picture(page, application)
        assert await notebook.output(2).locator(VIEW).count() == 0
        assert "model not found" not in (await page.inner_text("body")).lower()
        await page.screenshot(path=tmp_path / "reopened.png")

    async def look_at_html(page: Page) -> None:
        await page.set_viewport_size({"width": 1100, "height": 900})
        await page.goto((tmp_path / "converted.html").as_uri())
        await assert_picture(page, None)
        await page.screenshot(path=tmp_path / "converted.png")

    with jupyter.closing(path):
        browser.run(look, tab=application)
    convert(jupyter.notebooks / path, tmp_path / "converted.html")
    browser.run(look_at_html)
    with jupyter.closing(path):
        browser.run(look_again)


async def assert_picture(page: Page, application: Application | None) -> None:
    """The picture is there, has a size, and is the only thing that shows the run."""
    picture = page.locator(".async-dag-still img.async-dag-light").first
    await picture.wait_for()
    size = await picture.evaluate("img => [img.complete, img.naturalWidth, img.width]")
    assert size[0]
    assert min(size[1:]) > 400, (application, size)
    assert re.search("6 tasks, all done", await picture.get_attribute("alt") or "")


def convert(notebook: Path, target: Path) -> None:
    """What nbconvert makes of a notebook, as it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of nbconvert's own dependencies
        from nbconvert import HTMLExporter

        page, _ = HTMLExporter().from_filename(str(notebook))
    target.write_text(page, encoding="utf-8")


CASES = """
import asyncio, json
from async_dag import build_dag, InvocationError

async def first(): await asyncio.sleep(0.05); return 1
async def endless(n): await asyncio.sleep(3600)
async def later(n): return n
with build_dag() as hangs:
    hangs.add_node(later, hangs.add_node(endless, hangs.add_node(first)))

async def broken(n): await asyncio.sleep(0.05); raise ValueError("no <b>route</b>")
with build_dag() as fails:
    fails.add_node(later, fails.add_node(broken, fails.add_node(first)))
    fails.add_node(endless, fails.add_node(first))

async def nap(n): await asyncio.sleep(0.3); return n
with build_dag() as one:
    one.add_node(nap, one.add_node(first))
with build_dag() as two:
    two.add_node(nap, two.add_node(first))
with build_dag() as other:
    other.add_node(nap, other.add_node(nap, other.add_node(first)))

async def nothing(): pass
with build_dag() as quick:
    quick.add_node(nothing)
"""


def test_runs_that_end_otherwise(
    jupyter: Jupyter, browser: Browser, application: Application, tmp_path: Path
) -> None:
    """Cancelled by the view's button, interrupted by the kernel's, failed: it shows what is true."""
    path = jupyter.write(
        f"ends_{application}",
        [
            LOAD,
            CASES,
            "await hangs.invoke()",
            "await hangs.invoke()",
            "await fails.invoke()",
            "print(json.dumps([t.last_unfinished.trace.states for t in (hangs, fails)]))",
        ],
    )

    async def look(page: Page) -> None:
        notebook = await open_notebook(jupyter, page, path, application)
        for cell in (0, 1):
            await notebook.run(cell)

        await notebook.start(2)
        view = view_of(notebook, 2)
        await until(lambda: is_in(view, 1, "running"), "the second node to run")
        await view.locator(".ad-cancel").click()
        await notebook.finish(2, timeout=10)
        assert "CancelledError" in await notebook.text(2)
        await until(lambda: says(notebook.output(2), "⊘ cancelled"), "cancelled")
        assert await states(view) == {0: "done", 1: "cancelled", 2: "skipped"}

        await notebook.start(3)
        view = view_of(notebook, 3)
        await until(lambda: is_in(view, 1, "running"), "the second node to run")
        await asyncio.to_thread(jupyter.interrupt, path)
        await notebook.finish(3, timeout=10)
        await until(lambda: says(notebook.output(3), "⊘ cancelled"), "cancelled")
        assert await states(view) == {0: "done", 1: "cancelled", 2: "skipped"}

        await notebook.run(4)
        await until(lambda: says(notebook.output(4), "✗ failed"), "failed")
        view = view_of(notebook, 4)
        shown = await states(view)
        assert (await notebook.run(5)).strip() == (
            f'[["done", "cancelled", "skipped"], {list(shown.values())}]'.replace("'", '"')
        )
        assert shown[1] == "failed"
        assert "no <b>route</b>" in await notebook.text(4)
        await page.screenshot(path=tmp_path / "failed.png", full_page=True)
        saved = await notebook.save()
        for cell in (2, 3, 4):
            # The picture, and what IPython says of the error (of a group of them, on stderr).
            kinds = [output.output_type for output in saved.cells[cell].outputs]
            assert sorted(kinds) in (["display_data", "error"], ["display_data", "stream"])

    with jupyter.closing(path):
        browser.run(look, tab=application)


def test_a_page_that_is_loaded_anew_shows_the_run_that_goes_on(
    jupyter: Jupyter, browser: Browser, application: Application
) -> None:
    """Reloaded in the middle of a run, the page follows it to its end, from its beginning."""
    path = jupyter.write(f"reload_{application}", [LOAD, CASES, "await hangs.invoke()"])

    async def look(page: Page) -> None:
        notebook = await open_notebook(jupyter, page, path, application)
        for cell in (0, 1):
            await notebook.run(cell)
        await notebook.start(2)
        view = view_of(notebook, 2)
        await until(lambda: is_in(view, 1, "running"), "the second node to run")
        await notebook.save()
        await page.reload()
        await until(lambda: is_in(view, 1, "running"), "the view in the new page")
        assert await states(view) == {0: "done", 1: "running", 2: "waiting"}
        await view.locator(".ad-cancel").click()
        await until(lambda: says(notebook.output(2), "⊘ cancelled"), "the end of the run")
        assert await states(view) == {0: "done", 1: "cancelled", 2: "skipped"}
        await asyncio.sleep(1)
        assert await says(notebook.output(2), "⊘ cancelled")

    with jupyter.closing(path):
        browser.run(look, tab=application)


#: The same DAG built anew for each of some inputs.
MANAGERS_IN_A_LOOP = """
async def double(number: int) -> int:
    return 2 * number
for number in range(4):
    with build_dag() as again:
        again.add_node(double, number)
    await again.invoke()
"""


async def is_in(view: Any, node: int, state: str) -> bool:
    return (await states(view)).get(node) == state


async def says(output: Any, expected: str) -> bool:
    """Whether the only view under the cell says that of its run."""
    views = output.locator(VIEW)
    return await views.count() == 1 and await chip(views) == expected


def test_several_views_and_runs(
    jupyter: Jupyter, browser: Browser, application: Application, tmp_path: Path
) -> None:
    """Two managers in one cell, two views of one widget, a second invoke while the first goes on.

    What a widget in sight shows is not shown below the cell as well.
    """
    path = jupyter.write(
        f"several_{application}",
        [
            CASES,
            "follows = one.draw.live()\nfollows",
            "follows",
            "_ = await asyncio.gather(one.invoke(), one.invoke())",
            LOAD,
            "_ = await asyncio.gather(one.invoke(), two.invoke(), other.invoke())",
            "for _ in range(30): await quick.invoke()",
            "result = await other.invoke()",
            "result.draw.interactive()",
            MANAGERS_IN_A_LOOP,
        ],
    )

    async def look(page: Page) -> None:
        notebook = await open_notebook(jupyter, page, path, application)
        for cell in (0, 1, 2):
            await notebook.run(cell)
        views = [view_of(notebook, cell) for cell in (1, 2)]
        for view in views:
            await until(view.count, "a view of the widget")
            assert await chip(view) == "no run"
        await notebook.run(3)
        for view in views:
            await until(lambda view=view: is_done(view), "the end in both views")
            options = await view.locator(".ad-pick option").all_inner_texts()
            assert [text.split(" · ")[0] for text in options] == ["invoke #2", "invoke #1"]
        assert await times(views[0]) == await times(views[1])
        # The other run, chosen in one view, is not forced on the other one.
        await views[0].locator(".ad-pick").scroll_into_view_if_needed()  # else it is not drawn
        await views[0].locator(".ad-pick").select_option(index=1)
        await until(lambda: is_titled(views[0], "invoke #1"), "the chosen run")
        assert await is_titled(views[1], "invoke #2")

        await notebook.run(4)
        await notebook.start(5)
        both = view_of(notebook, 5)
        await until(lambda: has(both, 2), "a view for each manager")
        await notebook.finish(5)
        await until(lambda: has(notebook.output(5).locator(".async-dag-still"), 2), "two pictures")
        await until(lambda: has(both, 2), "both to come alive")
        for place, boxes in enumerate((2, 3)):
            view = both.nth(place)
            await until(lambda view=view, boxes=boxes: has_boxes(view, boxes), "all boxes")

        await notebook.run(6)
        await until(lambda: says(notebook.output(6), "✓ done"), "one view of thirty runs")
        title = await view_of(notebook, 6).locator(".ad-title").inner_text()
        assert title == "invoke #30"

        await notebook.run(7)
        await notebook.run(8)
        shown = view_of(notebook, 8)
        await until(lambda: is_done(shown), "the interactive view")
        await shown.locator("[data-box][data-node='1']").click()
        await until(lambda: mentions(shown, "1"), "the value of the node")

        await notebook.run(9)
        await until(lambda: says(notebook.output(9), "✓ done"), "one view of several managers")
        title = await view_of(notebook, 9).locator(".ad-title").inner_text()
        assert title == "invoke #4"
        await page.screenshot(path=tmp_path / "several.png", full_page=True)
        saved = await notebook.save()
        (output,) = saved.cells[8].outputs
        assert {"image/svg+xml", "image/png", "text/plain"} < set(output.data)

    with jupyter.closing(path):
        browser.run(look, tab=application)


async def is_done(view: Any) -> bool:
    return await view.count() == 1 and await chip(view) == "✓ done"


async def has(found: Any, count: int) -> bool:
    return await found.count() == count


async def has_boxes(view: Any, count: int) -> bool:
    return len(await states(view)) == count


async def mentions(view: Any, text: str) -> bool:
    return text in (await view.locator(".ad-details").text_content() or "")


async def is_titled(view: Any, title: str) -> bool:
    return bool(await view.locator(".ad-title").text_content() == title)
