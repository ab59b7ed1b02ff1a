"""Finds and runs Graphviz's `dot`: DOT text in, a picture or coordinates out.

The program is the `dot` on PATH, else the `graphviz-pure` of the PyPI package of that name, a port
that needs no system package. Both write `svg`, `png`, `json`, `json0`, `plain`, `dot` and `xdot`
(coordinates: `json` or `plain`); `pdf` and `svgz` only a real `dot` can do. Neither ever asks the
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
"""What the port can write that is of use here."""

# The port draws PNG with letters of its own, which lack these signs of states. (An SVG is drawn with
# those of whoever looks at it.)
SIGNS_OF_THE_PORT: Final = str.maketrans("✓✗⊘▶◔↺", "√×ø►○«")

# On Windows a console would open for a moment.
_NO_WINDOW: Final[int] = getattr(subprocess, "CREATE_NO_WINDOW", 0)


def find_dot() -> Path | None:
    """The program that `run_dot` runs; None if there is none."""
    on_path = shutil.which("dot")
    if on_path is not None:
        return Path(on_path)
    # An environment that is not activated has its programs beside its Python, but not on PATH.
    found = shutil.which(PURE, path=str(Path(sys.executable).parent)) or shutil.which(PURE)
    if found is not None:
        return Path(found)
    # Installed with `pip install --user` or `--target`: the package knows where it put the file.
    try:
        files = metadata.files(PURE) or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.stem == PURE and (path := Path(str(file.locate()))).is_file():
            return path
    return None


def is_port(program: Path) -> bool:
    """Whether that is graphviz-pure and not Graphviz itself."""
    return program.stem == PURE


def need_dot() -> Path:
    """As `find_dot`, but raises `MissingExtraError` where there is none."""
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
        engine: the way to lay out: `dot`, or `neato`, `fdp` and the like.
        dpi: of a picture in pixels, how many make an inch. (An inch is 96 pixels of a page.)

    Raises:
        MissingExtraError: there is no `dot` (an `ImportError`).
        DrawingError: it took longer than `timeout`, or `dot` refused the text or the format (a
            `RuntimeError`); the message has what `dot` said.

    >>> run_dot("digraph { a -> b }", "plain", timeout=60)[:9]
    b'graph 1 0'
    """
    program = need_dot()
    if format == "png" and is_port(program):
        source = source.translate(SIGNS_OF_THE_PORT)
    # A resolution would scale the coordinates of an SVG, too.
    resolution = [f"-Gdpi={dpi}"] if format == "png" else []
    try:
        # It is killed when the time is over, and when we are interrupted.
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
        said = ended.stderr.decode("utf-8", "replace").strip()
        raise DrawingError(
            f"{program.name} -T{format} ended with status {ended.returncode}: "
            f"{said[:500] or 'it said nothing'}"
        )
    return ended.stdout
