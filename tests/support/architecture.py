"""Reads which module imports what, by syntax alone: nothing is imported to find out."""

from __future__ import annotations

import ast
import functools
import io
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Import:
    """One import of one module, as it is written in the source."""

    importer: str
    #: Below the package (`views.text`, `` for the package itself) if `own`, else in full.
    imported: str
    own: bool
    line: int
    #: Inside a function, so only when that is called.
    on_use: bool


@functools.cache
def parsed(path: Path) -> ast.Module:
    """The syntax of a file, read once for all tests that look at it."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


class Package:
    """The modules of a package folder, and their imports.

    Modules are named without the package: `engine`, `views.text`, and `__init__` for
    the package itself.
    """

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.files = {
            ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__"): path
            for path in sorted(folder.rglob("*.py"))
        }

    @functools.cached_property
    def imports(self) -> list[Import]:
        """Every import of every module; those that only type checkers see are left out."""
        return [
            found
            for module, path in self.files.items()
            for found in self._walk(module, parsed(path), on_use=False)
        ]

    def _walk(self, module: str, tree: ast.AST, *, on_use: bool) -> Iterator[Import]:
        for node in ast.iter_child_nodes(tree):
            if isinstance(node, ast.If) and _is_type_checking(node.test):
                for other in node.orelse:
                    yield from self._walk(module, ast.Module([other], []), on_use=on_use)
                continue
            for name in self._names(module, node):
                own = name.split(".")[0] == self.name
                imported = self._module(name.partition(".")[2]) if own else name
                yield Import(module, imported, own, node.lineno, on_use)  # type: ignore[attr-defined]
            inner = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from self._walk(module, node, on_use=on_use or inner)

    def _names(self, module: str, node: ast.AST) -> list[str]:
        """The full dotted names that this one piece of syntax imports."""
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            base = self._base(module, node.level) if node.level else []
            base += node.module.split(".") if node.module else []
            return [".".join([*base, alias.name]) for alias in node.names]
        if (
            isinstance(node, ast.Call)
            and _last_name(node.func) in {"import_module", "__import__"}
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            return [node.args[0].value]
        return []

    def _base(self, module: str, level: int) -> list[str]:
        """The package that a relative import of so many dots starts from."""
        path = [self.name] if module == "__init__" else [self.name, *module.split(".")]
        is_package = self.files[module].name == "__init__.py"
        return path[: len(path) - level + is_package]

    def _module(self, name: str) -> str:
        """The module that a dotted name below the package lies in: it or a parent of it."""
        while name and name not in self.files:
            name = name.rpartition(".")[0]
        return name or "__init__"


def _is_type_checking(test: ast.expr) -> bool:
    return _last_name(test) == "TYPE_CHECKING"


def _last_name(node: ast.expr) -> str:
    """`b` of `b` and of `a.b`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def code_lines(path: Path) -> int:
    """How many lines of a module hold code: no docstrings, comments or blank lines."""
    source = path.read_text(encoding="utf-8")
    documented = {
        line
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    code = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in _NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(code - documented)


_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def is_within(module: str, home: str) -> bool:
    """Whether a module is that home, or lies in the folder of that name."""
    return module == home or module.startswith(f"{home}.")


def top_level(imported: str) -> str:
    """`matplotlib` of `matplotlib.pyplot`."""
    return imported.partition(".")[0]


def is_standard_library(imported: str) -> bool:
    """Whether Python itself brings this module."""
    return top_level(imported) in sys.stdlib_module_names
