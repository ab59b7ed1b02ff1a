"""A trace as JSON and back: what is written, what comes back, and what is refused, by name."""

from __future__ import annotations

import asyncio
import copy
import json
import math
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag import InvocationError, Run, TaskManager, Trace, TraceFormatError, build_dag
from async_dag.trace.columns import Attempt, Progress, Wait
from tests.support.strategies import Spec, build, dags
from tests.support.virtual import VirtualLoop, run_virtual

COLUMNS = ("ready", "started", "finished", "held")


def finished_trace(specs: list[Spec], cancel_after: float | None = None) -> Trace:
    """The trace of a run of these tasks, whichever way it ends."""

    async def main(loop: VirtualLoop) -> Trace:
        tm, _ = build(specs, loop.time)
        try:
            async with asyncio.timeout(cancel_after):
                return (await tm.invoke()).trace
        except (InvocationError, TimeoutError):
            assert tm.last_unfinished is not None
            return tm.last_unfinished.trace

    return run_virtual(main)


def assert_same(one: Trace, other: Trace) -> None:
    """Both traces say the same of the graph and the run."""
    for column in COLUMNS:  # as text, in which NaN equals NaN
        assert list(map(repr, getattr(one, column))) == list(map(repr, getattr(other, column)))
    for attribute in ("names", "kinds", "dependencies", "origins", "groups", "limits"):
        assert getattr(one.graph, attribute) == getattr(other.graph, attribute)
    for attribute in (
        "states",
        "outcomes",
        "causes",
        "errors",
        "long_steps",
        "waits",
        "attempts",
        "progress",
        "max_concurrency",
        "wall_start",
        "elapsed",
        "over",
    ):
        assert getattr(one, attribute) == getattr(other, attribute), attribute


@given(dags(failures=True), st.none() | st.integers(0, 32).map(lambda ticks: ticks / 16))
def test_round_trip(specs: list[Spec], cancel_after: float | None) -> None:
    """Whatever the graph, and however the run ended, the trace that is read is the one written."""
    trace = finished_trace(specs, cancel_after)
    text = trace.to_json()
    again = Trace.from_json(text)
    assert_same(trace, again)
    assert again.to_json() == text
    assert Trace.from_json(text.encode()).to_json() == text


def test_waits_attempts_and_progress_come_back() -> None:
    """What happens to few nodes is saved as well, and a NaN for 'not yet' comes back as one."""
    trace = finished_trace([Spec((), None, (0.5,)), Spec((), None, (0.5,))])
    trace.waits = [Wait(1, "limit", 0.0, 0.25), Wait(0, "slot", 0.25, math.nan)]
    trace.attempts = [
        Attempt(0, 0.0, 0.25, "OSError: no"),
        Attempt(0, 0.375, math.nan, None, most=3),
    ]
    trace.progress = {1: Progress(3, None, "third"), 0: Progress(1.5, 2.0, "")}
    trace.max_concurrency = 2
    again = Trace.from_json(trace.to_json())
    assert repr(again.waits) == repr(trace.waits)
    assert repr(again.attempts) == repr(trace.attempts)
    assert (again.progress, again.max_concurrency) == (trace.progress, 2)


def strict(text: str) -> Any:
    """JSON as the standard has it: no NaN, no Infinity, no name twice in an object."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    return json.loads(text, parse_constant=refuse, object_pairs_hook=unique)


@given(dags(failures=True), st.none() | st.integers(0, 32).map(lambda ticks: ticks / 16))
def test_strict_json(specs: list[Spec], cancel_after: float | None) -> None:
    """What is written is strict JSON: where nothing happened yet stands null."""
    trace = finished_trace(specs, cancel_after)
    document = strict(trace.to_json())
    assert (document["format"], document["version"]) == ("async-dag-trace", 2)
    for column in COLUMNS:
        for written, recorded in zip(document[column], getattr(trace, column), strict=True):
            assert written == (None if math.isnan(recorded) else recorded)


def test_any_text_in_names_and_errors_comes_back() -> None:
    """Quotes, control characters, other scripts and half of a surrogate pair survive."""
    odd = 'a"b\\c\n\x00 \u2028 → \U0001f600 \ud800 </script>'

    async def fail() -> None:
        raise ValueError(odd)

    with build_dag() as tm:
        tm.options(name=odd).add_node(fail)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    again = Trace.from_json(caught.value.result.trace.to_json())
    assert again.graph.names == (odd,)
    assert again.errors == {0: f"ValueError: {odd}"}


def test_a_run_in_the_middle_is_saved_as_it_is() -> None:
    """`to_json` of a trace that is still written gives what is known at that moment."""

    async def main(loop: VirtualLoop) -> Trace:
        runs: list[Run] = []
        tm = TaskManager[None](clock=loop.time)
        first = tm.add_node(asyncio.sleep, 2, "x")
        tm.collect([first])
        tm.sort()
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(1)
            saved = Trace.from_json(runs[0].trace.to_json())
            await invoke
        return saved

    saved = run_virtual(main)
    assert saved.states == ["running", "waiting"]
    assert (saved.over, saved.elapsed) == (True, 1.0)


def test_values_are_not_in_it() -> None:
    """Neither parameters nor immediates nor results of tasks are written."""

    async def add(a: str, b: str) -> str:
        return a + b

    with build_dag(str) as tm:
        tm.add_node(add, tm.parameter_node, "secret-immediate")
        tm.add_immediate_node("secret-node")
    assert "secret" not in asyncio.run(tm.invoke("secret-parameter")).trace.to_json()


# What is refused. `valid` has every kind of node and one of each outcome.


async def _valid(loop: VirtualLoop) -> str:
    async def work(seconds: float, *_: object) -> None:
        loop.hold(0.125)
        await asyncio.sleep(seconds)

    async def fail(*_: object) -> None:
        await asyncio.sleep(1)
        raise OSError("no route")

    tm = TaskManager[int](clock=loop.time)
    parameter = tm.parameter_node  # 0
    tm.add_immediate_node(1)  # 1
    quick = tm.add_node(work, parameter)  # 2
    tm.collect([quick, parameter])  # 3
    failing = tm.add_node(fail, quick)  # 4
    tm.add_node(work, 9, quick)  # 5
    tm.add_node(work, 1, failing)  # 6
    tm.sort()
    with pytest.raises(InvocationError) as caught:
        await tm.invoke(0)
    return caught.value.result.trace.to_json()


VALID: dict[str, Any] = json.loads(run_virtual(_valid))


def refusal(text: str | bytes) -> str:
    """The message with which this text is refused."""
    with pytest.raises(TraceFormatError) as caught:
        Trace.from_json(text)
    error = caught.value  # one error, not a chain of our own inner ones
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
    return str(error)


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    document = copy.deepcopy(VALID)
    change(document)
    return json.dumps(document)


def put(*path: Any) -> Callable[[dict[str, Any]], None]:
    """Sets the element at all but the last of `path` to the last."""
    *steps, last, value = path

    def change(document: Any) -> None:
        for step in steps:
            document = document[step]
        document[last] = value

    return change


def drop(*path: Any) -> Callable[[dict[str, Any]], None]:
    *steps, last = path

    def change(document: Any) -> None:
        for step in steps:
            document = document[step]
        del document[last]

    return change


def test_the_valid_one_is_read() -> None:
    """The document that the tests below break is a good one, with each of these outcomes."""
    trace = Trace.from_json(json.dumps(VALID))
    assert trace.states == ["done", "done", "done", "done", "failed", "cancelled", "skipped"]
    assert json.loads(trace.to_json()) == VALID
    assert [step[:3] for step in trace.long_steps] == [(2, 0.0, 0.125), (5, 0.125, 0.125)]


@pytest.mark.parametrize("field", sorted(VALID.keys() - {"format", "sizes"}))
def test_a_missing_field(field: str) -> None:
    """A field that is not there is named."""
    assert f"'{field}' is missing" in refusal(changed(drop(field)))


@pytest.mark.parametrize("field", list(VALID["graph"]))
def test_a_missing_field_of_the_graph(field: str) -> None:
    """A field of the graph that is not there is named."""
    assert f"'graph.{field}' is missing" in refusal(changed(drop("graph", field)))


ROWS = [*COLUMNS, "states"]


@pytest.mark.parametrize("path", [[row] for row in ROWS] + [["graph", c] for c in VALID["graph"]])
@pytest.mark.parametrize("how", ["short", "long", "number", "object"])
def test_a_column_of_the_wrong_length_or_kind(path: list[str], how: str) -> None:
    """A column with a row too few or too many, or that is no list at all, is named."""

    def change(document: Any) -> None:
        *steps, last = path
        for step in steps:
            document = document[step]
        column = document[last]
        document[last] = {
            "short": column[:-1],
            "long": [*column, copy.deepcopy(column[-1])],
            "number": 3,
            "object": {},
        }[how]

    message = refusal(changed(change))
    if path == ["graph", "names"] and how in ("short", "long"):  # it is the names that count
        assert "graph.names" in message or "rows, but there are" in message
    else:
        assert f"'{'.'.join(path)}'" in message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put("format", "x"), "format"),
        (put("version", 3), "'version' is 3"),
        (put("version", 0), "'version' is 0"),
        (put("version", "1"), "'version' is '1'"),
        (put("version", True), "'version' is True"),
        (put("version", 1.0), "'version' is 1.0"),
        (put("graph", []), "'graph' is not an object"),
        (put("wall_start", "now"), "'wall_start' is 'now', not a number"),
        (put("wall_start", None), "'wall_start' is None, not a number"),
        (put("wall_start", True), "'wall_start' is True, not a number"),
        (put("elapsed", -1), "'elapsed' is -1.0, a negative time"),
        (put("elapsed", 0.5), "after the end of the run"),
        (put("graph", "names", 2, "parameter"), "'graph.names' has 'parameter' twice"),
        (put("graph", "names", 2, 7), "'graph.names[2]' is 7, not a text"),
        (put("graph", "kinds", 2, "job"), "'graph.kinds[2]' is 'job', not one of task, "),
        (put("graph", "kinds", 2, []), "'graph.kinds[2]' is [], not one of task, "),
        (put("graph", "kinds", 2, "parameter"), "'graph.dependencies[2]' is not empty"),
        (put("graph", "dependencies", 2, [7]), "'graph.dependencies[2]' is 7, not the index"),
        (put("graph", "dependencies", 2, [-1]), "'graph.dependencies[2]' is -1, not the index"),
        (put("graph", "dependencies", 2, [True]), "'graph.dependencies[2]' is True, not the index"),
        (put("graph", "dependencies", 2, [1.0]), "'graph.dependencies[2]' is 1.0, not the index"),
        (put("graph", "dependencies", 2, 0), "'graph.dependencies[2]' is not a list"),
        (put("graph", "dependencies", 3, [2, 2]), "'graph.dependencies[3]' is [2, 2], where an"),
        (put("graph", "dependencies", 2, [2]), "'graph.dependencies' has a cycle: 'work' → 'work'"),
        (put("graph", "dependencies", 2, [4]), "'graph.dependencies' has a cycle: 'work' → 'fail'"),
        (put("graph", "origins", 2, ["f"]), "'graph.origins[2]' is ['f'], not a list of 3"),
        (put("graph", "origins", 2, [1, None, None]), "'graph.origins[2]' is 1, not a text"),
        (put("graph", "origins", 2, ["f", 1, None]), "'graph.origins[2]' is 1, not a text"),
        (put("graph", "origins", 2, ["f", "g", "1"]), "'graph.origins[2]' has '1' for a line"),
        (put("graph", "groups", 2, 1), "'graph.groups[2]' is 1, not a text"),
        (put("ready", 2, -0.5), "'ready[2]' is -0.5, a negative time"),
        (put("ready", 2, "0"), "'ready[2]' is '0', not a number"),
        (put("ready", 2, [0]), "'ready[2]' is [0], not a number"),
        (put("finished", 2, 99), "'finished[2]' is 99.0, after the end of the run"),
        (put("held", 2, -1), "'held[2]' is -1.0, a negative time"),
        (put("held", 2, None), "'held[2]' is None, not a number"),
        (put("held", 2, 99), "'held[2]' is 99.0, after the end of the run"),
        (put("started", 4, 0.0), "'ready', 'started' and 'finished' of node 'fail' are not in"),
        (put("finished", 4, 0.0625), "'ready', 'started' and 'finished' of node 'fail' are not in"),
        (put("finished", 2, None), "'states[2]' is 'done', which the node's times contradict"),
        (put("started", 2, None), "'states[2]' is 'done', which the node's times contradict"),
        (put("ready", 2, None), "'states[2]' is 'done', which the node's times contradict"),
        (put("states", 2, "running"), "'states[2]' is 'running', which the node's times"),
        (put("states", 2, "skipped"), "'states[2]' is 'skipped', which the node's times"),
        (put("states", 6, "ready"), "'states[6]' is 'ready', which the node's times"),
        (put("states", 6, "failed"), "'states[6]' is 'failed', which the node's times"),
        (put("states", 2, "lost"), "'states[2]' is 'lost', not one of waiting"),
        (put("causes", 0, [5]), "'causes[0]' is [5], not a list of 2"),
        (put("causes", 0, [5, 7]), "'causes[0]' is 7, not the index of a node (0 to 6)"),
        (put("causes", 0, [5, -4]), "'causes[0]' is -4, not the index"),
        (put("waits", [[2, "queue", 0.0, 0.5]]), "'waits[0]' is 'queue', not one of limit, slot"),
        (
            put("waits", [[2, "slot", 0.5, 0.25]]),
            "'waits[0]' ends at 0.25, before it starts at 0.5",
        ),
        (put("attempts", [[2, 0.0, None, 7]]), "'attempts[0]' is 7, not a text"),
        (put("attempts", [[7, 0.0, None, None]]), "'attempts[0]' is 7, not the index of a node"),
        (put("progress", [[2, "half", None, ""]]), "'progress[0]' is 'half', not a number"),
        (put("max_concurrency", 0), "'max_concurrency' is 0, not a whole number of at least 1"),
        (put("graph", "limits", [None]), "'graph.limits' has 1 rows, but there are 7 nodes"),
        (put("causes", 1, [5, 4]), "'causes[1]' is about node 5, as one before it"),
        (put("causes", {}), "'causes' is not a list"),
        (put("errors", 0, [4, 4]), "'errors[0]' is 4, not a text"),
        (put("errors", 0, ["4", "x"]), "'errors[0]' is '4', not the index"),
        (put("long_steps", 0, [2, 0.0]), "'long_steps[0]' is [2, 0.0], not a list of 3"),
        (put("long_steps", 0, [9, 0.0, 0.1]), "'long_steps[0]' is 9, not the index"),
        (put("long_steps", 0, [2, -1, 0.1]), "'long_steps[0]' is -1.0, a negative time"),
        (put("long_steps", 0, [2, 0, -0.1]), "'long_steps[0]' is -0.1, a negative time"),
        (put("long_steps", 0, [2, 1, 1]), "'long_steps[0]' is 2.0, after the end of the run"),
    ],
)
def test_a_wrong_value(change: Callable[[dict[str, Any]], None], says: str) -> None:
    """Each wrong value gives one error that names its field and shows what stands there."""
    assert says in refusal(changed(change))


LANES = put("lanes", [["worker 0", 1, 0.0, None], ["worker 1", 2, 0.0, 0.5]])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put("lanes", [["worker 0", 0, 0.0, None]]), "at least 1"),
        (put("lanes", [["worker 0", None, 0.0, None]]), "null for its number of threads"),
        (put("lanes", [["worker 0", 1, 0.5, 0.25]]), "before it starts"),
        (put("lanes", [["worker 0", 1, 0.0]]), "not a list of 4"),
        (put("lanes", [["worker 0", 1, 0.0, None, 5]]), "not a text"),
        (put("lanes", [["worker 0", 1, 0.0, None, "here", 0]]), "at least 1"),
        (put("lane_of", [[0, 2]]), "index of a lane (0 to 1)"),
        (put("lane_of", [[0, 1], [0, 0]]), "as one before it is"),
        (put("sizes", [[0, None]]), "null for its size"),
        (put("sizes", [[0, -1]]), "at least 0"),
        (put("moves", [[0, 0, 2, 0.0, 0.5, 100]]), "index of a lane (0 to 1)"),
        (put("moves", [[0, 0, 1, 0.0, None, 100]]), "only what is over"),
        (put("moves", [[0, 0, 1, 0.0, 0.5, None]]), "null for its size"),
        (put("moves", [[0, 0, 1, 0.0, 0.5, -1]]), "at least 0"),
        (put("attempts", [[0, 0.0, 0.5, None, 5]]), "index of a lane (0 to 1)"),
    ],
)
def test_lanes_and_moves_that_cannot_be(
    change: Callable[[dict[str, Any]], None], says: str
) -> None:
    """What names a worker that is not there, or is no size in bytes, is refused by name."""

    def both(document: Any) -> None:
        LANES(document)
        change(document)

    assert says in refusal(changed(both))


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400])
@pytest.mark.parametrize("field", ["wall_start", "elapsed", "ready", "held", "long_steps"])
def test_numbers_that_are_none(field: str, literal: str) -> None:
    """NaN, infinities and numbers too large for a float are refused, wherever a number stands."""
    mark = 123454321
    change = {
        "wall_start": put("wall_start", mark),
        "elapsed": put("elapsed", mark),
        "ready": put("ready", 2, mark),
        "held": put("held", 2, mark),
        "long_steps": put("long_steps", 0, [2, mark, 0.5]),
    }[field]
    message = refusal(changed(change).replace(str(mark), literal))
    assert message.startswith(f"field '{field}")
    assert "not a finite number" in message
    assert len(message) < 300


def test_a_number_with_too_many_digits_for_python() -> None:
    """Python refuses to read an int of ten thousand digits; the error is ours all the same."""
    text = changed(put("elapsed", 123454321)).replace("123454321", "1" * 10_000)
    assert "digits" in refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "null",
        "[]",
        "3",
        '"async-dag-trace"',
        "{}",
        '{"format": ["async-dag-trace"]}',
        "\ufeff{}",
        "{'format': 1}",
        b"",
        b"\xff\xfe\xfa",
        b'{"format": "\xff\xff"}',
        b"\x80\x04\x95",  # how a pickle begins
        b"\x00\x00\x00",
    ],
)
def test_what_is_no_trace_at_all(text: str | bytes) -> None:
    """Texts and bytes that are no JSON, or JSON of something else, are refused as such."""
    message = refusal(text)
    assert "no JSON" in message or "no trace" in message


def test_a_file_in_another_encoding() -> None:
    """Bytes that are not UTF-8 are refused; a UTF-16 file, which JSON readers know, is read."""
    text = json.dumps(VALID).replace('"work"', '"caf\u00e9"')
    assert "no JSON" in refusal(text.encode("latin-1"))
    assert Trace.from_json(text.encode("utf-16")).graph.names[2] == "caf\u00e9"


@pytest.mark.parametrize("depth", [100, 900, 960, 990, 1_000, 5_000, 100_000])
@pytest.mark.parametrize("where", ["version", "elapsed", "ready", "names", "top"])
def test_deep_nesting(where: str, depth: int) -> None:
    """Lists in lists in lists, at any depth, end in our error and not in a RecursionError."""
    deep = "[" * depth + "]" * depth
    if where == "top":
        text = deep
    else:
        mark = "123454321"
        change = {
            "version": put("version", int(mark)),
            "elapsed": put("elapsed", int(mark)),
            "ready": put("ready", 2, int(mark)),
            "names": put("graph", "names", 2, int(mark)),
        }[where]
        text = changed(change).replace(mark, deep)
    assert len(refusal(text)) < 300


def test_a_file_cut_off_anywhere() -> None:
    """However much of the end is missing, the file is refused."""
    text = json.dumps(VALID)
    for length in range(0, len(text), 7):
        refusal(text[:length])


def test_many_equal_names_are_refused_quickly() -> None:
    """Finding the name that stands there twice takes no time that grows with the square."""
    document = copy.deepcopy(VALID)
    document["graph"]["names"] = [str(n) for n in range(100_000)] + ["99999"]
    began = time.perf_counter()
    assert "'99999' twice" in refusal(json.dumps(document))
    assert time.perf_counter() - began < 10


def test_only_text_and_bytes_are_read() -> None:
    """A path or an open file is a wrong call, not a broken file: a TypeError that says what to pass."""
    with pytest.raises(TypeError, match="not NoneType"):
        Trace.from_json(None)  # type: ignore[arg-type]


def test_unknown_fields_are_passed_over() -> None:
    """A field that a later version may add does no harm."""
    assert json.loads(Trace.from_json(changed(put("added_later", [1]))).to_json()) == VALID


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every field and element of a document."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    places = []
    for key, inner in items:
        places += [(*path, key), *_places(inner, (*path, key))]
    return places


PLACES = _places(VALID)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 8)
    | st.integers()
    | st.floats()
    | st.sampled_from([10**400, -(10**400), "done", "task", "collect", "skipped", "work", 0.125])
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.data())
def test_a_change_anywhere_is_refused_or_consistent(data: st.DataObject) -> None:
    """After any change of a good file: our error, or a trace that is written and read as the same."""
    document: Any = copy.deepcopy(VALID)
    for _ in range(data.draw(st.integers(1, 2), label="changes")):
        *steps, last = data.draw(st.sampled_from(PLACES), label="place")
        target = document
        try:
            for step in steps:
                target = target[step]
            old = target[last]
        except (LookupError, TypeError):  # the first change took away the second one's place
            continue
        change = data.draw(st.sampled_from(["delete", "replace", "double"]), label="change")
        if change == "delete":
            del target[last]
        elif change == "double" and isinstance(target, list):
            target.insert(last, old)
        else:
            target[last] = data.draw(json_values, label="value")
    try:
        trace = Trace.from_json(json.dumps(document))
    except TraceFormatError:
        return
    again = Trace.from_json(trace.to_json())
    assert_same(trace, again)
    repr(trace)
    assert strict(trace.to_json()) == strict(again.to_json())


@given(st.text(max_size=40) | st.binary(max_size=40) | json_values.map(json.dumps))
def test_any_text_is_refused_as_no_trace(text: str | bytes) -> None:
    """Random text, random bytes and random JSON give our error and never another."""
    refusal(text)
