"""Finds and runs Graphviz's `dot`: DOT text in, a picture or coordinates out.

The program is the `dot` on PATH, else `graphviz-pure` from the PyPI package of that name, a port that
needs no system package. Both write `svg`, `png`, `json`, `json0`, `plain`, `dot` and `xdot`
(coordinates: `json` or `plain`); only Graphviz itself writes `pdf` and `svgz`. Neither accesses the
network. The Python package graphviz is not needed here.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Final

from async_dag.errors import DrawingError, MissingExtraError

PURE: Final = "graphviz-pure"

PORT_FORMATS: Final = ("svg", "png", "json", "json0", "plain", "dot", "xdot")
"""The formats that the port can write and that are of use here."""

# The port draws PNGs with a font that lacks these signs of states. (An SVG uses the fonts of the
# viewer.)
SIGNS_OF_THE_PORT: Final = str.maketrans("✓✗⊘▶◔↺", "√×ø►○«")

# Without it, a console window flashes on Windows.
_NO_WINDOW: Final[int] = getattr(subprocess, "CREATE_NO_WINDOW", 0)


def find_dot() -> Path | None:
    """The program that `run_dot` runs; None if there is none."""
    on_path = shutil.which("dot")
    if on_path is not None:
        return Path(on_path)
    # The programs of an environment that is not activated are beside its Python, but not on PATH.
    port = shutil.which(PURE, path=str(Path(sys.executable).parent)) or shutil.which(PURE)
    if port is not None:
        return Path(port)
    # After `pip install --user` or `--target`, the metadata says where the file is.
    try:
        files = metadata.files(PURE) or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.stem == PURE and (path := Path(str(file.locate()))).is_file():
            return path
    return None


def is_port(program: Path) -> bool:
    """Whether a program is graphviz-pure and not Graphviz itself."""
    return program.stem == PURE


def need_dot() -> Path:
    """Like `find_dot`, but raises `MissingExtraError` if there is no program."""
    program = find_dot()
    if program is None:
        raise MissingExtraError(
            "this picture needs the program dot, which is not on PATH: pip install graphviz-pure, or "
            "install Graphviz with your system's package manager"
        )
    return program


def run_dot(
    source: str, format: str, *, timeout: float, engine: str = "dot", dpi: int = 96
) -> bytes:
    """What `dot -T<format>` makes of `source`.

    Args:
        source: a graph in the DOT language.
        format: such as `svg`, `png` or `json`.
        timeout: seconds after which the program is killed.
        engine: the layout engine: `dot`, `neato`, `fdp` and so on.
        dpi: pixels per inch of a PNG. (A web page has 96 pixels per inch.)

    Raises:
        MissingExtraError: there is no `dot` (an `ImportError`).
        DrawingError: it took longer than `timeout`, or `dot` refused the text or the format (a
            `RuntimeError`); the message includes what `dot` wrote.

    >>> run_dot("digraph { a -> b }", "plain", timeout=60)[:9]
    b'graph 1 0'
    """
    program = need_dot()
    if format == "png" and is_port(program):
        source = source.translate(SIGNS_OF_THE_PORT)
    # A resolution would also scale the coordinates of an SVG.
    resolution = [f"-Gdpi={dpi}"] if format == "png" else []
    try:
        # `run` kills it when the time is over, and when we are interrupted.
        ended = subprocess.run(
            [program, f"-K{engine}", f"-T{format}", *resolution],
            input=source.encode("utf-8", "replace"),
            check=False,
            capture_output=True,
            timeout=timeout,
            creationflags=_NO_WINDOW,
        )
    except subprocess.TimeoutExpired:
        raise DrawingError(
            f"{program.name} did not finish the picture within {timeout:g} s and was stopped; draw "
            "fewer nodes, or give it more time"
        ) from None
    except OSError as error:
        raise DrawingError(f"{program} can't be run: {error}") from error
    if ended.returncode or not ended.stdout:
        stderr = ended.stderr.decode("utf-8", "replace").strip()
        raise DrawingError(
            f"{program.name} -T{format} ended with status {ended.returncode}: "
            f"{stderr[:500] or 'it wrote no message'}"
        )
    return ended.stdout
