"""A real Jupyter server for tests, and notebooks in it that Chromium drives.

One server serves JupyterLab and Notebook 7 alike. It keeps everything it writes in a folder of its
own, and its kernels run the Python that runs the tests unless another one is named.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import nbformat
from playwright.async_api import Locator, Page
from playwright.async_api import TimeoutError as PageTimeoutError

Application = Literal["lab", "notebook"]
APPLICATIONS: tuple[Application, ...] = ("lab", "notebook")

ROOT = Path(__file__).parents[2]

#: Seconds that a server, a page or a kernel may take; only what hangs takes so long.
PATIENCE = 60.0

#: Milliseconds from one look of the page at itself to the next.
OFTEN = 25

#: A notebook's code cells lie below this; `{}` is the cell's place among all cells.
CELL = ".jp-Notebook .jp-Cell[data-windowed-list-index='{}']"

#: `python -m jupyterlab`, without a module that builds grammars for a second; see conftest.py.
_SERVER = """
import sys
sys.modules["rfc3987_syntax"] = None
from jupyterlab.labapp import main
sys.exit(main())
"""

_SETTINGS = {
    # No question about news in the corner, which would ask the network.
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/apputils-extension/themes": {"theme": "JupyterLab Light"},
    # Saved when a test asks for it.
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}


class Jupyter:
    """A server on `folder`, for as long as the `with` block; notebooks lie in `folder`/notebooks.

    `python` is what runs its kernels.
    """

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        self._folder = folder
        self._python = python
        self.notebooks = folder / "notebooks"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.token = secrets.token_hex()

    def __enter__(self) -> Self:
        self.notebooks.mkdir(parents=True)
        environment = self._prepare()
        log = (self._folder / "server.log").open("wb")
        with log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    _SERVER,
                    "--no-browser",
                    "--allow-root",
                    "--ip=127.0.0.1",
                    # Port 0: whichever is free; the server writes down which.
                    "--port=0",
                    f"--IdentityProvider.token={self.token}",
                    f"--ServerApp.root_dir={self.notebooks}",
                    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
                    # Whether JupyterLab should be built anew Node.js would say, in each page.
                    "--ServerApp.tornado_settings={'page_config_data': {'buildCheck': False}}",
                    # As `jupyterapp` in the page, which tells when a kernel takes cells.
                    "--LabApp.expose_app_in_browser=True",
                    "--JupyterNotebookApp.expose_app_in_browser=True",
                ],
                env=environment,
                cwd=self._folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_until_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(15)  # it ends its kernels first
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def write(self, name: str, cells: Sequence[str]) -> str:
        """Write a notebook of code cells and return its path in the server."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        path = f"{name}.ipynb"
        nbformat.write(notebook, self.notebooks / path)
        return path

    def read(self, path: str) -> Any:
        """A notebook as it was last saved."""
        return nbformat.read(self.notebooks / path, as_version=4)

    def request(self, path: str, method: str = "GET", body: object = None) -> Any:
        """Ask the server's REST API; what it answers, None if it says nothing."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def use_theme(self, theme: Literal["light", "dark"]) -> None:
        """From the next page on."""
        raw = json.dumps({"theme": f"JupyterLab {theme.title()}"})
        self.request("lab/api/settings/@jupyterlab/apputils-extension:themes", "PUT", {"raw": raw})

    def session(self, path: str) -> dict[str, Any] | None:
        """What the server knows of the notebook's kernel, None if it has none."""
        for session in self.request("api/sessions"):
            if session["path"] == path:
                found: dict[str, Any] = session
                return found
        return None

    def interrupt(self, path: str) -> None:
        """What the stop button does."""
        session = self.session(path)
        assert session is not None, f"{path} has no kernel"
        self.request(f"api/kernels/{session['kernel']['id']}/interrupt", "POST")

    def shut_down(self, path: str) -> None:
        """End the notebook's kernel, if it has one."""
        session = self.session(path)
        if session is not None:
            self.request(f"api/sessions/{session['id']}", "DELETE")

    @contextlib.contextmanager
    def closing(self, path: str) -> Iterator[None]:
        """End the notebook's kernel at the end of the block, whatever happens in it."""
        try:
            yield
        finally:
            self.shut_down(path)

    def _prepare(self) -> dict[str, str]:
        """Make the folders that the server is kept to; returns its environment."""
        folder = self._folder
        spec = folder / "data" / "kernels" / "python3"
        spec.mkdir(parents=True)
        (spec / "kernel.json").write_text(
            json.dumps(
                {
                    "argv": [self._python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                    "display_name": "Python 3",
                    "language": "python",
                    "interrupt_mode": "signal",
                }
            )
        )
        for name, settings in _SETTINGS.items():
            path = folder / "settings" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings))
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("JUPYTER", "IPYTHON", "PYTEST"))
        }
        return kept | {
            "JUPYTER_PATH": str(folder / "data"),  # looked into before all others
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "user"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_PLATFORM_DIRS": "1",
            "PYTHONPATH": str(ROOT),
        }

    def _wait_until_up(self) -> None:
        process = self._process
        assert process is not None
        runtime = self._folder / "runtime" / f"jpserver-{process.pid}.json"
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit and process.poll() is None:
            # It writes the file when it begins to listen; half written, it is no JSON yet.
            with contextlib.suppress(OSError, ValueError, urllib.error.URLError):
                self.url = json.loads(runtime.read_text())["url"]
                self.request("api/status")
                return
            time.sleep(0.05)
        log = (self._folder / "server.log").read_text(errors="replace")
        raise RuntimeError(f"the Jupyter server did not come up; it said:\n{log}")


class Notebook:
    """A notebook open in a tab, with a kernel that is ready."""

    def __init__(self, jupyter: Jupyter, page: Page, path: str) -> None:
        self.jupyter = jupyter
        self.page = page
        self.path = path

    def cell(self, index: int) -> Locator:
        """The cell of that place, its output included."""
        return self.page.locator(CELL.format(index))

    def output(self, index: int) -> Locator:
        """All that lies under the cell."""
        return self.cell(index).locator(".jp-Cell-outputWrapper")

    async def prompt(self, index: int) -> str:
        """`[*]:` while it runs, `[3]:` afterwards, `[ ]:` before."""
        text = await self.cell(index).locator(".jp-InputPrompt").text_content()
        return (text or "").strip()

    async def start(self, index: int) -> None:
        """Run a cell; returns when its prompt says that it runs, or has run."""
        before = await self.prompt(index)
        editor = self.cell(index).locator(".jp-InputArea-editor .cm-content")
        await editor.click()
        await self.page.keyboard.press("Control+Enter")
        await self._until_prompt_is_not(before, index, PATIENCE)

    async def finish(self, index: int, *, timeout: float = PATIENCE) -> None:
        """Wait until a cell that was started is over; `timeout` in seconds."""
        await self._until_prompt_is_not("[*]:", index, timeout)

    async def _until_prompt_is_not(self, text: str, index: int, timeout: float) -> None:
        """Wait in the page: to ask it again and again keeps four processes busy."""
        try:
            await self.page.wait_for_function(
                _PROMPT_IS_NOT,
                arg=[CELL.format(index), text],
                polling=OFTEN,
                timeout=timeout * 1000,
            )
        except PageTimeoutError as error:
            message = f"the prompt of cell {index} is still {text!r} after {timeout} s"
            raise AssertionError(message) from error

    async def run(self, index: int, *, timeout: float = PATIENCE) -> str:
        """Run a cell to its end; returns the text under it."""
        await self.start(index)
        await self.finish(index, timeout=timeout)
        return await self.text(index)

    async def text(self, index: int) -> str:
        """The text under a cell, empty if there is nothing."""
        output = self.output(index)
        return await output.inner_text() if await output.count() else ""

    async def save(self) -> Any:
        """Save the notebook, outputs included; returns what was saved."""
        # What has the focus, such as a widget in an output, may take keys for itself.
        await self.page.locator(".jp-Cell .jp-InputPrompt").first.click()
        async with self.page.expect_response(
            lambda answer: "/api/contents/" in answer.url and answer.request.method == "PUT"
        ):
            await self.page.keyboard.press("Control+s")
        return self.jupyter.read(self.path)


#: Whether the prompt of the cell of that selector is there, and another than that text. (Not by its
#: `innerText`, for which JupyterLab's page is laid out anew: at each look, half a processor's time.)
_PROMPT_IS_NOT = """([selector, text]) => {
  const prompt = document.querySelector(`${selector} .jp-InputPrompt`);
  return prompt !== null && prompt.textContent.trim() !== text;
}"""

#: Opens the notebook at `path` in a JupyterLab that is there, in the place of all that is open.
_REPLACE = """async (path) => {
  for (const widget of [...jupyterapp.shell.widgets("main")]) widget.dispose();
  await jupyterapp.commands.execute("docmanager:open", { path });
}"""

#: Whether the notebook at `path` is what the page shows, and has a kernel.
_SHOWS = """(path) => {
  const panel = globalThis.jupyterapp?.shell.currentWidget;
  return panel?.context?.path === path && panel.sessionContext?.session?.kernel != null;
}"""

#: Waits until that kernel has said hello. (Cells that are run before are lost.)
_UNTIL_READY = """async () => {
  const panel = jupyterapp.shell.currentWidget;
  await Promise.all([panel.revealed, panel.context.ready, panel.sessionContext.ready]);
  await panel.sessionContext.session.kernel.info;
}"""


async def open_notebook(
    jupyter: Jupyter, page: Page, path: str, application: Application = "lab"
) -> Notebook:
    """Open a notebook in `page`; returns when its kernel takes cells.

    If the page is this server's JupyterLab it stays, and only the notebook in it is another one: to
    load JupyterLab takes far longer than most tests.
    """
    if application == "lab" and page.url.startswith(f"{jupyter.url}lab"):
        await page.evaluate(_REPLACE, path)
    else:
        await page.set_viewport_size({"width": 1280, "height": 1400})
        where = "lab/tree" if application == "lab" else "notebooks"
        # `reset` forgets what an earlier page left open in the workspace of JupyterLab.
        reset = "&reset" if application == "lab" else ""
        await page.goto(f"{jupyter.url}{where}/{path}?token={jupyter.token}{reset}")
    await page.wait_for_function(_SHOWS, arg=path, timeout=PATIENCE * 1000)
    await page.evaluate(_UNTIL_READY)
    await page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=PATIENCE * 1000)
    return Notebook(jupyter, page, path)
