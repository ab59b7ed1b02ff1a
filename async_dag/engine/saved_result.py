"""`SavedResult`: the values of a result in a file, to go on from after the program has ended.

The file is a zip archive: `result.json`, and an entry for each value as the serializer wrote it.
A value is read only once a node is about to be given it.
"""

from __future__ import annotations

import json
import lzma
import os
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from async_dag._common.paths import file_path
from async_dag._common.plural import plural
from async_dag._common.shortening import short_repr
from async_dag.engine.carrying import EarlierItems
from async_dag.engine.matched import EarlierNodes
from async_dag.engine.offload import original
from async_dag.engine.result import MISSING, ExecutionResult, value_at
from async_dag.engine.saved_document import check_document
from async_dag.engine.saved_items import (
    ItemsOfFile,
    SavedItems,
    items_of_list,
    items_to_save,
)
from async_dag.engine.serializer import (
    Serializer,
    checked_serializer,
    differs,
    digest_of_value,
    from_bytes,
    serializer_name,
    to_bytes,
)
from async_dag.errors import ForeignNodeError, SavedResultError, WrongTypeError
from async_dag.nodes.dynamic_plan import DynamicPlan
from async_dag.nodes.node import TaskNode
from async_dag.nodes.recipes import recipes_of
from async_dag.trace.trace import Trace

if TYPE_CHECKING:
    from os import PathLike

FORMAT: Final = "async_dag result"
VERSION: Final = 1
_ENTRY: Final = "result.json"
_NO_PARAMETER: Final = "none"
PYTHON: Final = f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]}"
"""Functions are told apart by their bytecode, which is that of a version of Python."""

_DAMAGES: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError
)  # fmt: skip
"""What reading a damaged archive raises. A `RuntimeError` is also an unknown or a locked archive."""


class SavedResult:
    """A result that was saved: `invoke(reuse=...)` goes on from it. `ExecutionResult.load` reads it.

    Attributes:
        path: the file.
        trace: what happened in that invoke.
        nodes: what is known of its nodes (not for users).
        python: the version of Python that saved it.

    >>> import asyncio, json, tempfile
    >>> from async_dag import ExecutionResult, build_dag
    >>> async def double(n: int) -> int:
    ...     return 2 * n
    >>> def build():
    ...     with build_dag() as tm:
    ...         last = tm.add_node(double, tm.add_node(double, 10))
    ...     return tm, last
    >>> tm, last = build()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = asyncio.run(tm.invoke()).save(f"{folder}/result.zip", json)
    ...     tm, last = build()  # in the next process
    ...     result = asyncio.run(tm.invoke(reuse=ExecutionResult.load(path, json)))
    >>> result[last], result.trace.states
    (40, ['reused', 'reused'])
    """

    def __init__(self, path: Path, serializer: Serializer, document: Mapping[str, Any]) -> None:
        self.path: Path = path
        self._serializer = serializer
        rows = document["nodes"]
        self.nodes: EarlierNodes = EarlierNodes(
            [row["name"] for row in rows],
            [row["kind"] for row in rows],
            [row["recipe"] for row in rows],
            [row["takes"] for row in rows],
        )
        self._held: list[list[str | None]] = [row["holds"] for row in rows]
        self._entries: dict[int, tuple[str, bool]] = {
            node: (row["value"], row["text"])
            for node, row in enumerate(rows)
            if row["value"] is not None
        }
        self._items: dict[int, dict[str, Any]] = {
            node: row["items"] for node, row in enumerate(rows) if row.get("items")
        }
        self._parameter: str | None = document["parameter"]
        self.python: str = document["python"]
        self.trace: Trace = Trace.from_json(document["trace"])

    @property
    def _finished(self) -> set[int]:
        """The indices of the nodes that have a value."""
        return set(self._entries)

    def _holds(self, node: int, values: Sequence[object]) -> bool:
        """Whether a node held these values: plain arguments and the like ."""
        held = self._held[node]
        return len(held) == len(values) and all(
            known is not None and known == digest_of_value(self._serializer, value)
            for known, value in zip(held, values, strict=True)
        )

    def _had_parameter(self, parameter: object) -> bool:
        """Whether the invoke had this parameter (not for users)."""
        return self._parameter is not None and self._parameter == _digest(
            self._serializer, parameter
        )

    def _values(self, nodes: Iterable[int]) -> dict[int, Any]:
        """The values of these nodes, read from the file (not for users)."""
        wanted = list(nodes)
        values: dict[int, Any] = {}
        with _opened(self.path) as archive:
            for node in wanted:
                values[node] = self._read(archive, *self._entries[node], node)
        return values

    def _items_of(self, plan: DynamicPlan, matched: Container[int]) -> ItemsOfFile:
        """The items of maps, for nodes at the same places."""
        items_of: dict[int, SavedItems] = {}
        with _opened(self.path) as archive:
            for node, saved in self._items.items():
                if node not in matched or node not in plan.maps:
                    continue
                if saved["there"] is None:  # those of its list
                    whole = self._read_list(archive, *self._entries[node], node)
                    known = dict(enumerate(items_of_list(plan, node, whole)))
                else:
                    known = {
                        index: self._read(archive, f"items/{node}/{index}", is_text, node)
                        for index, is_text in saved["there"]
                    }
                elements: Sequence[Any] = ()
                if saved["elements"] is not None:
                    is_text = saved["elements"]
                    elements = self._read_list(archive, f"elements/{node}", is_text, node)
                items_of[node] = SavedItems(plan, node, saved["families"], known, elements)
        return ItemsOfFile(items_of)

    def _read(self, archive: zipfile.ZipFile, entry: str, is_text: bool, node: int) -> Any:
        try:
            return from_bytes(self._serializer, archive.read(entry), is_text)
        except Exception as error:
            raise SavedResultError(
                f"the value of node {self.nodes.names[node]!r} in {os.fspath(self.path)!r} can't be "
                f"read by {serializer_name(self._serializer)}: {type(error).__name__}: {error}"
            ) from error

    def _read_list(
        self, archive: zipfile.ZipFile, entry: str, is_text: bool, node: int
    ) -> Sequence[Any]:
        value = self._read(archive, entry, is_text, node)
        if isinstance(value, (list, tuple)):
            return value
        raise SavedResultError(
            f"{os.fspath(self.path)!r} is damaged: for the items of node {self.nodes.names[node]!r} it "
            f"has {short_repr(value)}, where a list is expected"
        )

    def __repr__(self) -> str:
        values = plural(len(self._entries), "value")
        nodes = plural(len(self.nodes.names), "node")
        return f"<SavedResult of {values} of {nodes}: {self.path.name!r}>"


def save(
    result: ExecutionResult[Any],
    path: str | PathLike[str],
    serializer: Serializer,
    nodes: Iterable[TaskNode[Any, Any]] | None = None,
) -> Path:
    """What `ExecutionResult.save` does."""
    checked_serializer("result.save()", serializer)
    target = file_path("result.save()", path)
    compiled = result.compiled
    wanted = None if nodes is None else _indices(result, nodes)
    rows: list[dict[str, Any]] = []
    # Into a file beside it first: an interrupted save leaves the file that was there.
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:  # it names the file beside it, which nobody knows of
        raise OSError(error.errno, error.strerror, os.fspath(target)) from None
    os.close(handle)
    try:
        with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
            recipes = recipes_of(compiled, original)
            given = set(compiled.given)
            for node, recipe in enumerate(recipes):
                value = MISSING
                if node not in given and (wanted is None or node in wanted):
                    value = value_at(result, node)
                row: dict[str, Any] = {
                    "name": compiled.graph.names[node],
                    "kind": compiled.graph.kinds[node],
                    "recipe": recipe.digest,
                    "takes": recipe.nodes,
                    "holds": [digest_of_value(serializer, held) for held in recipe.values],
                    "value": None,
                    "text": False,
                }
                if value is not MISSING:
                    written, row["text"] = _written(serializer, value, row["name"])
                    row["value"] = f"values/{node}"
                    archive.writestr(row["value"], written)
                if node not in given and (wanted is None or node in wanted):
                    row["items"] = _save_items(
                        archive, serializer, result, node, whole=value is not MISSING
                    )
                rows.append(row)
            document = {
                "format": FORMAT,
                "version": VERSION,
                "python": PYTHON,
                "serializer": serializer_name(serializer),
                "parameter": _digest(serializer, result.parameter),
                "nodes": rows,
                "trace": result.trace.to_json(),
            }
            archive.writestr(_ENTRY, json.dumps(document, separators=(",", ":")))
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


def _save_items(
    archive: zipfile.ZipFile,
    serializer: Serializer,
    result: ExecutionResult[Any],
    node: int,
    *,
    whole: bool,
) -> dict[str, Any] | None:
    """Write the items that a map has, unless its list was; None if there are none."""
    flow, dynamic = result.item_values, result.compiled.dynamic
    if dynamic is None or node not in dynamic.maps or not isinstance(flow, EarlierItems):
        return None
    items = flow.lookup(node)
    if items is None:
        return None
    saved = items_to_save(items)
    name = result.compiled.graph.names[node]
    there: list[tuple[int, bool]] = []
    is_in_list = whole and not items.is_fold  # of a fold the value says nothing of its steps
    for index, value in () if is_in_list else saved.known.items():
        written, is_text = _written(serializer, value, f"{name}[{index}]")
        archive.writestr(f"items/{node}/{index}", written)
        there.append((index, is_text))
    row: dict[str, Any] = {
        "families": saved.families,
        "there": None if is_in_list else there,
        "elements": None,
    }
    if saved.elements and digest_of_value(serializer, saved.elements) is not None:
        written, is_text = to_bytes(serializer, saved.elements)
        archive.writestr(f"elements/{node}", written)
        row["elements"] = is_text
    return row


def _indices(result: ExecutionResult[Any], nodes: Iterable[TaskNode[Any, Any]]) -> set[int]:
    if isinstance(nodes, TaskNode) or not isinstance(nodes, Iterable):
        raise WrongTypeError(
            f"result.save(nodes=) takes nodes in a list: nodes=[node]; given was {short_repr(nodes)}"
        )
    indices: set[int] = set()
    for node in nodes:
        if not isinstance(node, TaskNode):
            raise WrongTypeError(
                f"result.save(nodes=) takes nodes; among them was {short_repr(node)}"
            )
        if not result.compiled.owns(node):
            raise ForeignNodeError(
                f"node {node.name!r}, among those to save, belongs to another TaskManager"
            )
        indices.add(node.index)
    return indices


def _written(serializer: Serializer, value: object, name: str) -> tuple[bytes, bool]:
    how = serializer_name(serializer)
    advice = (
        "use a serializer that can, let the node return something plainer, or save other nodes alone: "
        "nodes=[...]"
    )
    try:
        written, is_text = to_bytes(serializer, value)
        again = from_bytes(serializer, written, is_text)
    except Exception as error:
        raise SavedResultError(
            f"the value of node {name!r} can't be written by {how}: {type(error).__name__}: {error}; "
            f"{advice}"
        ) from error
    if differs(value, again):
        raise SavedResultError(
            f"the value of node {name!r}, {short_repr(value)}, is read back by {how} as "
            f"{short_repr(again)}; {advice}"
        )
    return written, is_text


def load(path: str | PathLike[str], serializer: Serializer) -> SavedResult:
    """What `ExecutionResult.load` does."""
    checked_serializer("ExecutionResult.load()", serializer)
    source = file_path("ExecutionResult.load()", path)
    with _opened(source) as archive:
        try:
            document = json.loads(archive.read(_ENTRY))
        except (KeyError, ValueError, RecursionError, *_DAMAGES) as error:
            raise SavedResultError(_no_result(source)) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SavedResultError(_no_result(source))
    if document.get("version") != VERSION:
        raise SavedResultError(
            f"{os.fspath(source)!r} was saved by another version of async_dag (layout "
            f"{document.get('version')!r}; this one reads layout {VERSION}): update it"
        )
    how, given = document.get("serializer"), serializer_name(serializer)
    if how != given:
        raise SavedResultError(
            f"the values in {os.fspath(source)!r} were written by {how}; given was {given}: load it "
            "with the same serializer"
        )
    try:
        check_document(document)
        return SavedResult(source, serializer, document)
    except ValueError as error:
        raise SavedResultError(f"{_no_result(source)}, or it is damaged: {error}") from error


def _no_result(path: Path) -> str:
    return f"{os.fspath(path)!r} is no result that result.save() wrote"


def _opened(path: Path) -> zipfile.ZipFile:
    path.open("rb").close()  # a path that can't be read is an `OSError` of its own, no damage
    try:
        return zipfile.ZipFile(path)
    except (ValueError, *_DAMAGES) as error:
        raise SavedResultError(_no_result(path)) from error


def _digest(serializer: Serializer, parameter: object) -> str | None:
    return _NO_PARAMETER if parameter is MISSING else digest_of_value(serializer, parameter)
