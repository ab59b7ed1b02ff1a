"""A view in JupyterLab, used by keyboard alone: the notebook around it keeps its hands off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.jupyter import open_notebook

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser
    from tests.support.jupyter import Jupyter

RUN = """
from async_dag import build_dag
from async_dag.demos.readme import add_tasks
with build_dag(int) as tm:
    add_tasks(tm)
result = await tm.invoke(0)
"""


#: Until something has stayed where it is for half a second of pictures: outputs that grow move what is
#: below and above them.
STAYS = """async (element) => {
  let still = 0, before = "";
  while (still < 30) {
    await new Promise(requestAnimationFrame);
    const { x, y } = element.getBoundingClientRect();
    still = before === `${x} ${y}` ? still + 1 : 0;
    before = `${x} ${y}`;
  }
}"""

#: Until what was asked for has been drawn.
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def test_keys_in_the_view_are_not_commands_of_the_notebook(
    jupyter: Jupyter, browser: Browser
) -> None:
    """Arrow keys go from row to row, not from cell to cell, and `d`, `d` deletes no cell.

    Keys with ctrl are the notebook's: it saves.
    """
    path = jupyter.write("keys", [RUN, "result.draw.interactive()", "1 + 1"])

    async def look(page: Page) -> list[Any]:
        notebook = await open_notebook(jupyter, page, path)
        await notebook.run(0)
        await notebook.run(1)
        await page.wait_for_selector(".ad-chip[data-state=done]")
        await page.locator(".ad-label").first.evaluate(STAYS)
        await page.click(".ad-label >> nth=0")
        await page.wait_for_selector(".ad-details b")
        chosen = []
        for key in ("ArrowDown", "ArrowDown", "d", "d", "ArrowUp"):
            await page.keyboard.press(key)
            await page.evaluate(DRAWN)
            chosen.append(await page.inner_text(".ad-details b"))
        cells = await page.locator(".jp-Notebook .jp-Cell").count()
        focused = await page.evaluate("document.activeElement.className")
        # By ctrl + s, with the focus where it is; JupyterLab then takes it to the cell.
        await notebook.save()
        return [chosen, cells, focused]

    with jupyter.closing(path):
        chosen, cells, focused = browser.run(look, tab="lab")
    assert focused == "ad-rows"
    # By start: fast_task_a, slow_task_a, fast_task_b, and then those that wait for one.
    assert chosen == ["slow_task_a", "fast_task_b", "fast_task_b", "fast_task_b", "slow_task_a"]
    assert cells == 3
