"""A trace in a file and back, what a bad file is told, and a trace as rows of a table."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from async_dag import InvocationError, TaskManager, Trace, TraceFormatError
from async_dag.graph.graph import Graph, Origin
from async_dag.trace.columns import NOT_NEEDED, OUTSIDE, Attempt
from tests.support.strategies import Spec, build, dags
from tests.support.virtual import VirtualLoop, run_virtual


def failed_trace() -> Trace:
    """A run with a task that is done, one that failed, one cancelled, and one that never started."""

    async def main(loop: VirtualLoop) -> Trace:
        async def work(seconds: float, *_: object) -> None:
            loop.hold(0.125)
            await asyncio.sleep(seconds)

        async def fail(*_: object) -> None:
            await asyncio.sleep(1)
            raise OSError("no route")

        tm = TaskManager[int](clock=loop.time)
        quick = tm.options(name="quick").add_node(work, tm.parameter_node)
        failing = tm.options(name="failing").add_node(fail, quick)
        tm.options(name="slow").add_node(work, 9, quick)
        tm.options(name="after").add_node(work, 1, tm.collect([failing]))
        tm.sort()
        with pytest.raises(InvocationError) as caught:
            await tm.invoke(0)
        return caught.value.result.trace

    return run_virtual(main)


@pytest.mark.parametrize("name", ["run.json", "run.json.gz", "run"])
def test_what_is_saved_is_loaded(tmp_path: Path, name: str) -> None:
    """Plain or compressed, by the name's ending; reading goes by what is in the file."""
    trace = failed_trace()
    path = trace.save(str(tmp_path / name))
    assert path == tmp_path / name
    assert path.read_bytes().startswith(b"\x1f\x8b") == name.endswith(".gz")
    moved = path.rename(tmp_path / "other")
    assert Trace.load(moved).to_json() == trace.to_json()


def test_the_same_trace_gives_the_same_file(tmp_path: Path) -> None:
    """No time and no name lies hidden in a compressed file."""
    trace = failed_trace()
    one, other = trace.save(tmp_path / "a.gz"), trace.save(tmp_path / "b.gz")
    assert one.read_bytes() == other.read_bytes()


def test_a_file_cut_off_is_named(tmp_path: Path) -> None:
    """Wherever it was cut: one error, which names the file."""
    trace = failed_trace()
    for name in ("run.json", "run.json.gz"):
        whole = trace.save(tmp_path / name).read_bytes()
        for length in {0, 1, 2, 5, 12, *range(20, len(whole), max(1, len(whole) // 20))}:
            (tmp_path / name).write_bytes(whole[:length])
            with pytest.raises(TraceFormatError, match="cut off|no JSON") as caught:
                Trace.load(tmp_path / name)
            assert str(tmp_path / name) in str(caught.value)


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    """A byte that was changed within a compressed file is found."""
    path = failed_trace().save(tmp_path / "run.json.gz")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(TraceFormatError, match=r"run\.json\.gz"):
        Trace.load(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", 99),
        ("started", [0.0]),
        ("ready", "soon"),
        ("elapsed", -1),
        ("held", ["1"] * 6),
        ("attempts", [[0, 1.0, 0.5, None]]),
    ],
)
def test_an_edited_file_is_told_file_and_field(tmp_path: Path, field: str, value: Any) -> None:
    """Another version, a wrong length, text for numbers, negative times: file and field are named."""
    document = json.loads(failed_trace().to_json())
    document[field] = value
    path = tmp_path / "edited.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(TraceFormatError) as caught:
        Trace.load(path)
    assert str(caught.value).startswith(f"{path}: field '{field}")
    assert caught.value.__cause__ is None


def test_a_cycle_in_a_file_is_told(tmp_path: Path) -> None:
    """Dependencies that go in a circle are named, with the file."""
    document = json.loads(failed_trace().to_json())
    document["graph"]["dependencies"][1] = [2]
    path = tmp_path / "cycle.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(
        TraceFormatError, match=r"cycle\.json: field 'graph\.dependencies' has a cycle"
    ):
        Trace.load(path)


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    """As for any other file."""
    with pytest.raises(FileNotFoundError):
        Trace.load(tmp_path / "nowhere.json")


@given(dags(failures=True))
def test_rows_say_what_the_columns_say(specs: list[Spec]) -> None:
    """A row a node, in their order, None where nothing happened; it is all JSON."""

    async def main(loop: VirtualLoop) -> Trace:
        tm, _ = build(specs, loop.time)
        try:
            return (await tm.invoke()).trace
        except InvocationError as error:
            return error.result.trace

    trace = run_virtual(main)
    rows = trace.to_rows()
    assert [row["name"] for row in rows] == list(trace.graph.names)
    assert [row["state"] for row in rows] == trace.states
    for index, row in enumerate(rows):
        for key in ("ready", "started", "finished"):
            recorded = getattr(trace, key)[index]
            assert row[key] == (None if math.isnan(recorded) else recorded)
        over = row["started"] is not None and row["finished"] is not None
        assert (row["duration"] is not None) == over
        assert row["attempts"] == (0 if row["started"] is None else 1)
    json.dumps(rows, allow_nan=False)


def test_rows_name_causes_errors_and_dependencies() -> None:
    """Names instead of indices; who cut whom off, and what was raised."""
    rows = {row["name"]: row for row in failed_trace().to_rows()}
    assert rows["failing"]["error"] == "OSError: no route"
    assert rows["slow"]["cause"] == rows["after"]["cause"] == "failing"
    assert rows["failing"]["dependencies"] == ["quick"]
    assert rows["quick"]["held"] == 0.125
    assert rows["quick"]["cause"] is None


def test_rows_count_attempts_and_tell_other_causes() -> None:
    """Each call of the task is an attempt; not every cause is a node."""
    origin = Origin("work", "work.py", 7)
    trace = Trace(
        Graph.of(["a", "b", "c"], ["task"] * 3, [()] * 3, [origin] * 3, ["g", None, None])
    )
    trace.ready[0] = trace.started[0] = 0.0
    trace.finished[0] = 3.0
    trace.attempts = [Attempt(0, 0.0, 1.0, "OSError"), Attempt(0, 2.0, 3.0, None)]
    trace.outcomes = {1: "skipped", 2: "skipped"}
    trace.causes = {1: OUTSIDE, 2: NOT_NEEDED}
    trace.close(3.0)
    first, second, third = trace.to_rows()
    assert (first["attempts"], first["duration"], first["group"]) == (2, 3.0, "g")
    assert (first["task"], first["file"], first["line"]) == ("work", "work.py", 7)
    assert (second["cause"], third["cause"]) == ("cancelled from outside", "not needed")


def test_a_file_made_to_fill_the_memory_is_refused(tmp_path: Path) -> None:
    """A megabyte that expands to a gigabyte is not expanded."""
    path = tmp_path / "bomb.json.gz"
    # A gigabyte of blanks in front of nothing, a piece at a time.
    with gzip.open(path, "wb", compresslevel=9) as file:
        for _ in range(1_024):
            file.write(b" " * 1_048_576)
    assert path.stat().st_size < 2_000_000
    tracemalloc.start()
    try:
        with pytest.raises(TraceFormatError, match="compressed bytes become more than"):
            Trace.load(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 400 * 1_048_576
