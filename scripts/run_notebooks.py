"""Run the notebooks and save them with their outputs, ready to be read where nothing runs.

    python scripts/run_notebooks.py                     # all of them
    python scripts/run_notebooks.py notebooks/01*.ipynb

A notebook is saved only if every cell ran without an error or a warning, and if no output shows a
path of the machine that it ran on.
"""

from __future__ import annotations

import argparse
import base64
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ROOT / "notebooks"

#: Seconds that one cell may take. Our notebooks are quick; a cell that hangs should be seen soon.
LONGEST_CELL = 60

#: The same whoever ran it: neither the version of Python nor the name of an environment.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

#: What a path of a machine begins with. Outputs name files relative to the project, or not at all.
MACHINE_PATHS = tuple({str(ROOT), str(Path.home()), sys.prefix, "/tmp/", "\\Users\\", "/home/"})  # noqa: S108


def run(path: Path) -> nbformat.NotebookNode:
    """The notebook with fresh outputs and without what differs from run to run for no reason.

    Raises `CellExecutionError` if a cell raises.
    """
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=LONGEST_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    tidy(notebook)
    return notebook


def tidy(notebook: nbformat.NotebookNode) -> None:
    """Take out the time and place of the run, and what makes the file large without need."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("metadata", {}).pop("execution", None)
            data = output.get("data", {})
            if "image/png" in data:
                data["image/png"] = with_fewer_colours(data["image/png"])


def with_fewer_colours(png: str) -> str:
    """The same picture (base64) with 256 colours, a third of the size; charts have few anyway."""
    with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
        if picture.mode == "P":  # as this function left it, the last time
            return png
        opaque = picture.convert("RGBA").getchannel("A").getextrema()[0] == 255
        # The better way of choosing colours knows nothing of transparency.
        small = (
            picture.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
            if opaque
            else picture.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        )
        file = io.BytesIO()
        small.save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def faults(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """What a reader would stumble over in these outputs, a sentence each."""
    for number, output in outputs_of(notebook):
        if output.output_type == "error":
            yield f"cell {number} raised {output.ename}"
        if output.output_type == "stream" and output.name == "stderr":
            yield f"cell {number} wrote to stderr: {output.text.strip()[:300]}"
        for text in texts_in(output):
            for place in MACHINE_PATHS:
                if place in text:
                    yield f"cell {number} shows a path of this machine: {around(text, place)}"


def outputs_of(notebook: nbformat.NotebookNode) -> Iterator[tuple[int, nbformat.NotebookNode]]:
    """Every output with the number of its cell."""
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            yield number, output


def texts_in(output: nbformat.NotebookNode) -> Iterator[str]:
    """What an output says, in every form that is text; encoded pictures are not."""
    if output.output_type == "stream":
        yield output.text
    if output.output_type == "error":
        yield "\n".join(output.traceback)
    for kind, data in output.get("data", {}).items():
        if isinstance(data, str) and kind not in ("image/png", "image/jpeg"):
            yield data


def around(text: str, place: str) -> str:
    """The words around a place in a text."""
    at = text.index(place)
    return text[max(0, at - 40) : at + 60].replace("\n", " ")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the notebooks named (by default all), save the good ones, and return 1 if one was not."""
    parser = argparse.ArgumentParser(description="Run the notebooks and save them.")
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK")
    arguments: Any = parser.parse_args(argv)
    worst = 0
    for path in arguments.notebooks or sorted(NOTEBOOKS.glob("*.ipynb")):
        try:
            notebook = run(path)
        except CellExecutionError as error:
            print(f"{path}: a cell raised {error.ename}: {error.evalue}", file=sys.stderr)
            worst = 1
            continue
        found = list(faults(notebook))
        for fault in found:
            print(f"{path}: {fault}", file=sys.stderr)
        if found:
            worst = 1
            continue
        nbformat.write(notebook, path)
        print(f"{path}: saved, {path.stat().st_size / 1000:.0f} KB")
    return worst


if __name__ == "__main__":
    sys.exit(main())
