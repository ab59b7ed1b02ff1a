"""Take the pictures of the workbench, light and dark, into docs/pictures/.

    python scripts/make_workbench_picture.py

It runs the README's example twice in a real JupyterLab, in Chromium, and takes the picture in the
middle of the second run, when the first has told how long each task is expected to take; then the same
in JupyterLab's dark theme. It needs the extra `test` and Chromium.
"""

from __future__ import annotations

import asyncio
import functools
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"

#: Seconds after the start of the second run. It takes 1.2.
MOMENT = 0.8

CELLS = [
    """\
from async_dag import build_dag
from async_dag.demos.readme import (
    end_task, fast_task_a, fast_task_b, fast_task_c, slow_task_a, slow_task_b
)

with build_dag(int) as tm:
    fast_a = tm.add_node(fast_task_a, tm.parameter_node)
    slow_b = tm.add_node(slow_task_b, fast_a)
    slow_a = tm.add_node(slow_task_a, tm.parameter_node)
    fast_b = tm.add_node(fast_task_b, tm.parameter_node)
    fast_c = tm.add_node(fast_task_c, slow_a, fast_b)
    end = tm.add_node(end_task, slow_b, fast_c)
""",
    "%load_ext async_dag\nawait tm.invoke(0);",
    "result = await tm.invoke(0)",
]


def main() -> int:
    """Run the cells and take the pictures."""
    sys.path.insert(0, str(ROOT))  # the tests drive JupyterLab already
    from tests.support import needs
    from tests.support.browser import Browser
    from tests.support.jupyter import Jupyter, open_notebook

    async def look(page: Page, target: Path) -> None:
        path = jupyter.write(target.stem, CELLS)
        notebook = await open_notebook(jupyter, page, path)
        await page.set_viewport_size({"width": 1500, "height": 1200})
        for index in (0, 1):
            await notebook.run(index)
        await notebook.start(2)
        await asyncio.sleep(MOMENT)
        await notebook.cell(2).screenshot(path=target)
        await notebook.finish(2)

    with (
        tempfile.TemporaryDirectory() as folder,
        Browser(needs.chromium()) as browser,
        Jupyter(Path(folder) / "server") as jupyter,
    ):
        browser.run(functools.partial(look, target=PICTURES / "workbench.png"))
        jupyter.use_theme("dark")
        browser.run(functools.partial(look, target=PICTURES / "workbench-dark.png"))
    for path in PICTURES.glob("workbench*.png"):
        print(f"{path}: {path.stat().st_size / 1000:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
