"""`async-dag view`: a saved trace as a chart in text, a picture, or a file for another program."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from async_dag._common.shortening import short_repr
from async_dag.errors import WrongArgumentError
from async_dag.export.chrome_trace import chrome_json
from async_dag.trace.trace import Trace
from async_dag.views.common.axis import unbroken
from async_dag.views.common.terminal import Terminal
from async_dag.views.gantt.text import gantt_text

_ENDINGS: Final = {
    ".txt": "text",
    ".html": "html",
    ".svg": "svg",
    ".png": "png",
    ".md": "mermaid",
    ".mmd": "mermaid",
    ".json": "chrome",
}


def view(
    trace_file: str, *, output: str | None = None, format: str | None = None, theme: Any = "light"
) -> None:
    """Show a saved trace on stdout, or write it to a file.

    Args:
        trace_file: what `Trace.save` wrote.
        output: the file to write to; by default stdout.
        format: `text`, `html`, `svg`, `png`, `mermaid` or `chrome`; by default what the ending of
            `output` says, or text.
        theme: of a picture, `light` or `dark`.

    Raises:
        TraceFormatError: the file is no trace; it names the file and the field.
        WrongArgumentError: there is no such format or theme, or a PNG is to go to a terminal.
        MissingExtraError: a picture needs matplotlib.
        OSError: a file can't be read or written.
    """
    kind = _kind(output, format)
    if kind == "png" and output is None and sys.stdout.isatty():
        raise WrongArgumentError("a png is no text for a terminal; give a file: -o run.png")
    if output is not None and _is_same(output, trace_file):
        raise WrongArgumentError(f"{output} is the trace itself; write to another file")
    trace = Trace.load(trace_file)
    made = _MAKERS[kind](trace, output, theme)
    if kind == "text" and output is None:  # made for the encoding of stdout, whatever that is
        print(made, end="")
        return
    data = made if isinstance(made, bytes) else made.encode()
    if output is not None:
        Path(output).write_bytes(data)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _kind(output: str | None, format: str | None) -> str:
    if format is not None:
        if format not in _MAKERS:
            raise WrongArgumentError(
                f"there is no format {short_repr(format)}; there are {', '.join(_MAKERS)}"
            )
        return format
    if output is None:
        return "text"
    ending = Path(output).suffix.lower()
    if ending not in _ENDINGS:
        raise WrongArgumentError(
            f"{output} has none of the endings {', '.join(_ENDINGS)}; say what to write: --format "
            f"{', '.join(_MAKERS)}"
        )
    return _ENDINGS[ending]


def _is_same(one: str, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except OSError:
        return False  # one of them is not there


def _text(trace: Trace, output: str | None, theme: Any) -> str:
    # A file is read anywhere: it has the full set of characters, and is as wide as a page.
    terminal = Terminal() if output is None else Terminal(100, "utf-8")
    chart = gantt_text(trace, width=terminal.width, encoding=terminal.encoding)
    found = [terminal.harmless(str(finding)) for finding in trace.timeline.findings()]
    lines = [line for one in found for line in terminal.fill(unbroken(one), " ", indent="  ")]
    return "\n".join([chart, *([""] if lines else []), *lines, ""])


def _html(trace: Trace, output: str | None, theme: Any) -> str:
    from async_dag.workbench.standalone import Shown, page

    return page([Shown(trace)])


def _svg(trace: Trace, output: str | None, theme: Any) -> str:
    return trace.draw.gantt(theme=theme, findings=True).as_svg()


def _png(trace: Trace, output: str | None, theme: Any) -> bytes:
    return trace.draw.gantt(theme=theme, findings=True).as_png()


def _mermaid(trace: Trace, output: str | None, theme: Any) -> str:
    made = trace.draw.mermaid_gantt()
    return made.markdown if output is not None and output.endswith(".md") else made.source


def _chrome(trace: Trace, output: str | None, theme: Any) -> str:
    return chrome_json(trace)


_MAKERS: Final[dict[str, Callable[[Trace, str | None, Any], str | bytes]]] = {
    "text": _text,
    "html": _html,
    "svg": _svg,
    "png": _png,
    "mermaid": _mermaid,
    "chrome": _chrome,
}
