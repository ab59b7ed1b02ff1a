"""Finds where one package of the house uses a private name of another, by syntax alone."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from tests.support.architecture import Package, parsed

#: What variables of these names hold, by the package that defines it. An attribute that several
#: packages define is told apart by the variable that it is read from.
HELD_BY = {
    "trace": "trace",
    "result": "engine",
    "run": "engine",
    "compiled": "nodes",
    "builder": "nodes",
    "node": "nodes",
    "manager": "manager",
    "tm": "manager",
    "timeline": "analysis",
}


class Use(NamedTuple):
    """A private name of another package, as it is written."""

    module: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} uses {self.text}"


def is_private(name: str) -> bool:
    """`_name`, but not `__name__` or `_repr_mimebundle_`, which others are meant to call."""
    return name.startswith("_") and not name.endswith("_")


def foreign_private_names(package: Package) -> Iterator[Use]:
    """Every private name that a module uses and another package, not its own, defines."""
    trees = {module: parsed(path) for module, path in package.files.items()}
    definers: dict[str, set[str]] = defaultdict(set)
    for module, tree in trees.items():
        for name in filter(is_private, _defined(tree)):
            definers[name].add(_package_of(module))
    for module, tree in trees.items():
        own = _package_of(module)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    base = (node.module or "").removeprefix(f"{package.name}.")
                    # `from async_dag import _common` names a package, which is no secret.
                    if is_private(alias.name) and base != package.name:
                        owner = _package_of(base)
                        if owner != own and owner in set().union(*definers.values()):
                            yield Use(module, node.lineno, f"{base}.{alias.name}")
            elif isinstance(node, ast.Attribute) and is_private(node.attr):
                owners = definers.get(node.attr, set())
                holder = HELD_BY.get(_variable(node.value), own)
                if owners and (own not in owners or (holder != own and holder in owners)):
                    yield Use(module, node.lineno, ast.unparse(node))


def _package_of(module: str) -> str:
    return module.partition(".")[0]


def _variable(receiver: ast.expr) -> str:
    """`run` of `run` and of `self.run`."""
    if isinstance(receiver, ast.Attribute):
        return receiver.attr.lstrip("_")
    return receiver.id if isinstance(receiver, ast.Name) else ""


def _defined(tree: ast.AST) -> Iterator[str]:
    """The names of functions, classes, variables, and attributes that are set somewhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
