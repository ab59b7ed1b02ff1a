"""The site builds, says all that it should, leads nowhere that is not there, and can be used by all."""

from __future__ import annotations

import ast
import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scripts import build_docs, build_try_page
from scripts.docs_site import reference
from scripts.docs_site.docstrings import to_markdown
from scripts.docs_site.links import faults
from scripts.docs_site.signatures import signature
from scripts.docs_site.staging import section
from tests.support.axe import violations

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser

#: Pixels, as on a telephone.
NARROW = 400


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, freshly built without a warning; or the one that has just been."""
    if built := os.environ.get("ASYNC_DAG_SITE"):
        return Path(built)
    for module in ("sphinx", "furo", "myst_nb"):
        pytest.importorskip(module, reason="the site needs the extra docs")
    target = tmp_path_factory.mktemp("docs") / "site"
    assert build_docs.build(target) == 0
    return target


def test_the_site_has_every_name_and_no_dead_link(site: Path) -> None:
    """Every public name has its place; every link and anchor is there; nothing comes from afar."""
    assert list(build_docs.faults(site)) == []
    notebooks = sorted(path.stem for path in (build_docs.ROOT / "notebooks").glob("*.ipynb"))
    assert sorted(path.stem for path in (site / "notebooks").glob("*.html")) == notebooks


def test_the_reference_reads_well(site: Path) -> None:
    """One signature for `add_node`, in which types are links, and its example."""
    text = (site / "reference" / "building.html").read_text(encoding="utf-8")
    assert text.count('id="async_dag.TaskManager.add_node"') == 1
    entry = text.partition('id="async_dag.TaskManager.add_node"')[2].partition("</dt>")[0]
    assert 'href="#async_dag.TaskNode"' in entry


def test_notebooks_have_their_pictures(site: Path) -> None:
    """Pictures of graphs and runs are there as HTML, light and dark."""
    text = (site / "notebooks" / "08_maps.html").read_text(encoding="utf-8")
    assert 'class="async-dag-dark"' in text
    assert text.count("<img") >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible(site: Path, browser: Browser, theme: str) -> None:
    """axe-core finds nothing on any page; none is wider than a narrow window; scripts run."""
    found: dict[str, Any] = {}
    for path in sorted(path for path in site.rglob("*.html") if path.parent.name != "try"):
        wrong = browser.run(partial(look, path=path, theme=theme))
        if wrong:
            found[str(path.relative_to(site))] = wrong
    assert found == {}


async def look(page: Page, *, path: Path, theme: Any) -> list[Any]:
    """What is wrong with a page in one of the themes."""
    wrong: list[Any] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.emulate_media(color_scheme=theme)
    await page.set_viewport_size({"width": 1300, "height": 900})
    await page.goto(path.as_uri())
    wrong += await violations(page)
    await page.set_viewport_size({"width": NARROW, "height": 800})
    width = await page.evaluate("document.documentElement.scrollWidth")
    return wrong if width <= NARROW else [*wrong, f"{width} pixels wide in a window of {NARROW}"]


# What the parts do, without a build.


def test_only_an_earlier_build_is_removed(tmp_path: Path) -> None:
    """A folder that is named by mistake keeps its files."""
    mine = tmp_path / "mine.txt"
    mine.write_text("kept", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"holds other files, .* name a new folder"):
        build_docs.main([str(tmp_path)])
    assert mine.read_text(encoding="utf-8") == "kept"
    (tmp_path / "objects.inv").touch()
    build_try_page.clear(tmp_path, "objects.inv")
    assert not tmp_path.exists()


def test_a_gap_is_found(tmp_path: Path) -> None:
    """A site without a public name, or with a dead link, is not taken for good."""
    (tmp_path / "reference").mkdir()
    page = tmp_path / "reference" / "errors.html"
    page.write_text(
        '<a href="gone.html">x</a> <a href="#nowhere">y</a> <a href="errors.html#here">z</a>'
        '<p id="here"></p> <img src="https://example.org/x.png">',
        encoding="utf-8",
    )
    found = list(build_docs.faults(tmp_path))
    names = reference.public_names()
    assert found[0].startswith(f"{names[0]} has no place in reference/")
    assert sorted(found[len(names) :]) == [
        "reference/errors.html fetches https://example.org/x.png from the network",
        "reference/errors.html links to #nowhere, which has no such anchor",
        "reference/errors.html links to gone.html, which is not there",
    ]
    (tmp_path / "ok").mkdir()
    (tmp_path / "ok" / "index.html").write_text('<a href="../ok/">x</a>', encoding="utf-8")
    assert list(faults(tmp_path / "ok")) == []


@pytest.mark.parametrize("name", reference.public_names())
def test_every_public_name_has_a_page(name: str) -> None:
    """A new name finds its page by the floor that it comes from."""
    assert reference.page_of(name) in reference.PAGES


def test_signatures_are_as_one_reads_them() -> None:
    """Without quotes, `self`, defaults that are objects of ours, and what only checkers need."""
    from async_dag import TaskManager, Timeline, limit

    assert signature("add_node", TaskManager.add_node) == (
        "(task: Callable[..., Awaitable[R]], /, *args, **kwargs) -> TaskNode[P, R]"
    )
    assert signature("limit", limit) == (
        "(name: str, at_once: int | Callable[[], Limit]) -> SharedLimit"
    )
    assert signature("findings", Timeline.findings) == "() -> list[Finding]"
    assert signature("invoke", TaskManager.invoke).startswith(
        "(parameter=..., *, max_concurrency: int | None = None, "
    )


def test_signatures_are_python() -> None:
    """What is left out of an annotation leaves no hole in it, such as `Callable[, int]`."""
    heads = [
        line.partition("} ")[2]
        for page in reference.pages().values()
        for line in page.splitlines()
        if re.match(r"[:`]{3,}\{py:(?:function|method)\}", line)
    ]
    assert len(heads) > 100
    for head in heads:
        ast.parse(f"def function{head[head.index('(') :]}: ...")


def test_docstrings_become_markdown() -> None:
    """Sections are lists, examples keep their lines, and names are links, but those of arguments."""
    text = """Call `it`.

    Args:
        it: what `it` is called,
            at length.
        *rest: the rest.

    Raises:
        ValueError, TypeError: (a pair) it can't be used.
        And what else there is.

    >>> for n in range(2):
    ...     print(n)
    0
    1

    >>> 1
    1
    """
    link = {"it": "[`it`](#it)"}.get
    assert to_markdown(text, link) == (
        "Call [`it`](#it).\n\n**Arguments**\n\n"
        "`it`\n: what [`it`](#it) is called, at length.\n\n`*rest`\n: the rest.\n\n**Raises**\n\n"
        "`ValueError`, `TypeError`\n: (a pair) it can't be used.\n\nAnd what else there is.\n\n"
        "```pycon\n>>> for n in range(2):\n...     print(n)\n0\n1\n\n>>> 1\n1\n```"
    )


def test_a_section_of_the_readme() -> None:
    """It ends where the next one of its level begins; one that is gone is an error."""
    text = "# a\n\n## b\n\nx\n\n### c\n\ny\n\n## d\n"
    assert section(text, "b").split() == ["x", "###", "c", "y"]
    assert section(text, "c").split() == ["y"]
    with pytest.raises(LookupError, match="no section 'e'"):
        section(text, "e")
