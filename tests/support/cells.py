"""Code blocks of a page, run as the cells of one notebook."""

from __future__ import annotations

import ast
import inspect
import re
import time
from types import CodeType
from typing import Any, NamedTuple

_FENCE = re.compile(
    r"^```(?P<language>\{code-block\} )?(?P<name>[\w-]+)\n(?P<options>(?::[\w-]+:[^\n]*\n)*)\n?"
    r"(?P<source>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A fenced block of code.

    Attributes:
        language: what its fence says.
        source: what stands in it.
        needs: the module without which it can't run (`:class: needs-name`).
        line: where it begins, from 1.
        follows: whether only an empty line lies between it and the block before.
    """

    language: str
    source: str
    needs: str | None
    line: int
    follows: bool


def blocks(text: str) -> list[Block]:
    """All fenced blocks of a page in Markdown, in order."""
    found = []
    end = 0
    for match in _FENCE.finditer(text):
        needs = re.search(r":class: needs-(\w+)", match["options"])
        line = text.count("\n", 0, match.start("source")) + 1
        follows = bool(found) and not text[end : match.start()].strip()
        found.append(
            Block(match["name"], match["source"], needs[1] if needs else None, line, follows)
        )
        end = match.end()
    return found


def compile_cell(source: str, file: str = "README.md", line: int = 1) -> CodeType:
    """The code of a notebook cell: `await` is allowed at its top level."""
    padded = "\n" * (line - 1) + source
    code: CodeType = compile(padded, file, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return code


async def run_cell(code: str | CodeType, names: dict[str, Any]) -> float:
    """Run a cell in a notebook's namespace; the seconds that it took."""
    compiled = compile_cell(code) if isinstance(code, str) else code
    began = time.perf_counter()
    outcome = eval(compiled, names)  # noqa: S307 - our own pages
    if inspect.isawaitable(outcome):
        await outcome
    return time.perf_counter() - began
