"""What the pages of the site show is so: every block of code runs, and prints what stands below it."""

from __future__ import annotations

import argparse
import asyncio
import configparser
import contextlib
import doctest
import functools
import io
import linecache
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

import async_dag
from async_dag import ExecutionResult, GraphDraw, RunDraw, RunExport, TaskManager, Timeline, Trace
from async_dag.cli.commands import COMMANDS
from tests.support.cells import Block, blocks, compile_cell, run_cell
from tests.support.virtual import VirtualLoop

ROOT = Path(__file__).parent.parent
SITE = ROOT / "docs" / "site"
PAGES = sorted(SITE.rglob("*.md"))

#: Runs go over sockets, with time-outs of their own: what it shows must not depend on any time.
ON_THE_REAL_CLOCK = SITE / "guides" / "clusters.md"

every_page = pytest.mark.parametrize(
    "path", PAGES, ids=lambda path: str(path.relative_to(SITE).with_suffix(""))
)


async def run_page(path: Path, text: str) -> list[str]:
    """Run the Python blocks of a page in order; what does not print what the page shows."""
    # A module of its own, so that functions of the page can be found by their names (pickle).
    module = ModuleType(f"page_{path.stem}")
    sys.modules[module.__name__] = module
    wrong = []
    printed: str | None = None
    linecache.cache[str(path)] = (len(text), None, text.splitlines(keepends=True), str(path))
    for block in blocks(text):
        if block.language == "python":
            code = compile_cell(block.source, str(path), block.line)
            printed = None
            if block.needs is None or find_spec(block.needs):
                with contextlib.redirect_stdout(io.StringIO()) as output:
                    await run_cell(code, vars(module))
                printed = output.getvalue()
        elif block.language == "text" and block.follows and printed is not None:
            if not same(block, printed):
                wrong.append(
                    f"{path.name}:{block.line} shows\n{block.source}but printed\n{printed}"
                )
            printed = None
    return wrong


#: What is measured, and so differs from run to run; whole numbers without a unit do not.
MEASURED = re.compile(r"\d+\.\d+|\d+(?=%| ms| µs| s\b)")


def same(block: Block, printed: str) -> bool:
    """Whether this was printed, whatever was measured; `...` stands for anything, as in a doctest."""
    shown, found = (MEASURED.sub("0.0", text) for text in (block.source, printed))
    return doctest.OutputChecker().check_output(shown, found, doctest.ELLIPSIS)


@every_page
def test_code_runs_and_prints_what_is_shown(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of a page, in order, as the cells of one notebook; on the virtual clock."""
    loop = asyncio.new_event_loop() if path == ON_THE_REAL_CLOCK else VirtualLoop()
    if isinstance(loop, VirtualLoop):
        on_its_clock = functools.partialmethod(TaskManager.__init__, clock=loop.time)
        monkeypatch.setattr(TaskManager, "__init__", on_its_clock)
    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            wrong = runner.run(run_page(path, path.read_text(encoding="utf-8")))
    finally:
        sys.modules.pop(f"page_{path.stem}", None)
    if wrong:
        pytest.fail("\n\n".join(wrong), pytrace=False)


@every_page
def test_commands_are_there(path: Path) -> None:
    """Each `async-dag ...` is a command, with options that it knows; each extra exists."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    known = {command.name: command for command in COMMANDS}
    text = path.read_text(encoding="utf-8")
    for line in (
        line for one in blocks(text) if one.language == "sh" for line in one.source.splitlines()
    ):
        if line.startswith("async-dag "):
            name, *rest = line.split()[1:]
            parser = argparse.ArgumentParser()
            known[name].add_arguments(parser)
            parser.parse_args(rest)
    for extras in re.findall(r"async-dag-workbench\[([\w,]+)\]", text):
        assert set(extras.split(",")) <= set(setup["options.extras_require"]), extras


@every_page
def test_pages_are_linked(path: Path) -> None:
    """Each page stands in a table of contents, and each link within the site has its page."""
    text = path.read_text(encoding="utf-8")
    made = {"changelog.md", "contributing.md"}
    for link in re.findall(r"\]\(([^):#]+)\)", text):
        name = link.removeprefix("/")
        there = any((folder / name).exists() for folder in (path.parent, ROOT, ROOT / "docs"))
        assert there or name in made, link
    index = (SITE / "index.md").read_text(encoding="utf-8")
    name = str(path.relative_to(SITE).with_suffix(""))
    assert name == "index" or f"\n{name}\n" in index, f"{name} is in no table of contents"


#: What the names that the tables of the page 'The API at a glance' begin with stand for.
NAMED = {
    "async_dag": async_dag,
    "result": ExecutionResult,
    "result.draw": RunDraw,
    "result.export": RunExport,
    "timeline": Timeline,
    "tm": TaskManager,
    "tm.draw": GraphDraw,
    "trace": Trace,
    "Trace": Trace,
    "TaskManager": TaskManager,
}


def test_the_tables_name_what_is_there() -> None:
    """Each method in the tables of the API exists under that name."""
    tables = (SITE / "reference" / "index.md").read_text(encoding="utf-8")
    found = set(
        re.findall(r"\b(async_dag|result|timeline|tm|trace|Trace|TaskManager)((?:\.\w+)+)", tables)
    )
    missing = []
    for root, path in found:
        *before, name = path[1:].split(".")
        owner = ".".join([root, *before])
        assert owner in NAMED, owner
        if not hasattr(NAMED[owner], name):
            missing.append(f"{owner}.{name}")
    assert len(found) > 20
    assert sorted(missing) == []


def test_a_wrong_block_is_found(tmp_path: Path) -> None:
    """What prints something else is told with its place; what raises, raises."""
    page = tmp_path / "page.md"
    text = "# x\n\n```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n"
    (wrong,) = asyncio.run(run_page(page, text))
    assert wrong.startswith("page.md:8 shows\n3\nbut printed\n2")
    with pytest.raises(ZeroDivisionError):
        asyncio.run(run_page(page, "```python\n1 / 0\n```\n"))
