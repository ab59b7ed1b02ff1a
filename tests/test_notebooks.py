"""The notebooks as they are saved: to be read where nothing runs, small, and the same for everybody.

That their cells run without an error is nbval's part: pytest collects them (conftest.py).
"""

from __future__ import annotations

import base64
import json
import re
import struct
import warnings
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter

from scripts.run_notebooks import METADATA, NOTEBOOKS, faults, outputs_of, texts_in, tidy

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
LARGEST = 700_000
WIDGET = "application/vnd.jupyter.widget-view+json"

every_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def pictures(notebook: nbformat.NotebookNode) -> list[str]:
    """The PNG pictures among the outputs, as base64."""
    return [
        output.data["image/png"]
        for _, output in outputs_of(notebook)
        if "image/png" in output.get("data", {})
    ]


def test_the_notebooks_are_there() -> None:
    """One for each story, in the order to read them."""
    assert [path.stem[:2] for path in PATHS] == [f"{n:02}" for n in range(1, len(PATHS) + 1)]
    assert PATHS, "no notebooks were found"


@every_notebook
def test_it_is_valid_and_small(path: Path) -> None:
    """It follows the notebook format, and a reader with a slow line can open it."""
    nbformat.validate(read(path))
    assert path.stat().st_size < LARGEST


@every_notebook
def test_it_was_run_from_top_to_bottom(path: Path) -> None:
    """The saved outputs are those of one run of all its cells, in order."""
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


@every_notebook
def test_it_shows_no_error_and_no_path_of_a_machine(path: Path) -> None:
    """Nothing that a reader would stumble over: no traceback, no warning, nobody's folders."""
    assert list(faults(read(path))) == []


@every_notebook
def test_its_pictures_are_seen_where_nothing_runs(path: Path) -> None:
    """There are pictures; each has a PNG, which is shown everywhere; none is only a widget."""
    notebook = read(path)
    assert pictures(notebook), "no picture"
    for number, output in outputs_of(notebook):
        data = output.get("data", {})
        assert WIDGET not in data, f"cell {number} would be blank without a kernel"
        if "image/svg+xml" in data:
            assert "image/png" in data, f"cell {number}: GitHub may not show SVG"
    for picture in pictures(notebook):
        width, height = png_size(base64.b64decode(picture))
        assert width >= 100
        assert height >= 50


def png_size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@every_notebook
def test_it_becomes_a_page_without_network(path: Path) -> None:
    """`jupyter nbconvert --to html`: every picture is in the page, and none has to be fetched."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of nbconvert's own dependencies
        page, _ = HTMLExporter().from_filename(str(path))
    images = re.findall(r'<img[^>]*src="([^"]{0,40})', page)
    assert [source for source in images if not source.startswith("data:")] == []
    shown = len(re.findall(r"<svg[ >]", page)) + len(images)
    assert shown >= len(pictures(read(path)))


@every_notebook
def test_its_metadata_is_the_same_for_everybody(path: Path) -> None:
    """Running it again on another machine changes outputs at most."""
    notebook = read(path)
    assert notebook.metadata == METADATA
    again = nbformat.from_dict(json.loads(json.dumps(notebook)))
    tidy(again)
    assert again == notebook


@every_notebook
def test_links_lead_to_files_that_are_there(path: Path) -> None:
    """No dead link within the project."""
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            for link in re.findall(r"\]\(([^):#]+)\)", cell.source):
                assert (path.parent / link).exists(), link


@every_notebook
def test_the_readme_links_to_it(path: Path) -> None:
    """It can be found."""
    readme = (NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")
    assert f"](notebooks/{path.name})" in readme


def test_the_recorded_workflow_is_in_order() -> None:
    """Of each task a label, seconds, and the positions of its parents, all before it."""
    tasks = json.loads((NOTEBOOKS / "montage.json").read_text(encoding="utf-8"))["tasks"]
    assert len(tasks) == 176
    for place, (label, seconds, parents) in enumerate(tasks):
        assert label.startswith("m")
        assert 0 < seconds < 20_000
        assert all(0 <= parent < place for parent in parents)


def output(**data: Any) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("display_data", data=data)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (nbformat.v4.new_output("error", ename="ValueError", traceback=[]), "raised ValueError"),
        (nbformat.v4.new_output("stream", name="stderr", text="Warning: x"), "wrote to stderr"),
        (output(**{"text/plain": f"<module from '{NOTEBOOKS.parent}/x.py'>"}), "path"),
        (output(**{"image/svg+xml": "<svg><title>/home/ada/x.py</title></svg>"}), "path"),
    ],
)
def test_bad_outputs_are_found(bad: nbformat.NotebookNode, said: str) -> None:
    """What may not be saved: errors, warnings, paths, also inside a picture."""
    cell = nbformat.v4.new_code_cell("x", outputs=[bad])
    assert [fault for fault in faults(nbformat.v4.new_notebook(cells=[cell])) if said in fault]


def test_pictures_are_not_taken_for_text() -> None:
    """Characters of an encoded picture may look like a path."""
    assert list(texts_in(output(**{"image/png": "/tmp/", "text/plain": "fine"}))) == ["fine"]
