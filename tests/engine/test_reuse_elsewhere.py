"""`reuse=` with the result of another manager, and with a saved one."""

from __future__ import annotations

import asyncio
import json
import math
import pickle
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from async_dag import (
    ExecutionResult,
    ForeignNodeError,
    InvocationError,
    SavedResultError,
    TaskManager,
    Trace,
    WrongTypeError,
    build_dag,
    in_thread,
)
from async_dag.engine.saved_result import SavedResult

ROOT = Path(__file__).parents[2]
SOURCE = """
async def load(name):
    return name * 2

def scaled(factor):
    async def scale(text):
        return text * factor
    return scale

async def join(*texts):
    if FAILS:
        raise OSError("no route")
    return "+".join(texts)

def build(build_dag, first="a", factor=3):
    with build_dag(int) as tm:
        a, b = tm.add_node(load, first), tm.add_node(load, "b")
        c = tm.options(name="scale").add_node(scaled(factor), a)
        tm.options(name="end").add_node(join, c, b)
    return tm
"""


def built(source: str = SOURCE, *, fails: bool = False, **options: Any) -> TaskManager[int]:
    """The manager of that source, whose functions are made anew."""
    names: dict[str, Any] = {"FAILS": fails}
    exec(compile(source, "<a file>", "exec"), names)  # noqa: S102 - a module of its own each time
    manager: TaskManager[int] = names["build"](build_dag, **options)
    return manager


def failed(tm: TaskManager[int], parameter: int = 1) -> ExecutionResult[int]:
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke(parameter))
    return caught.value.result


Resume = Callable[[ExecutionResult[int], Path], Any]


def as_it_is(result: ExecutionResult[int], _: Path) -> Any:
    return result


def saved(result: ExecutionResult[int], folder: Path) -> Any:
    path = result.save(folder / "result.zip", json)
    return ExecutionResult.load(path, json)


both = pytest.mark.parametrize("resume", [as_it_is, saved])


@both
def test_a_manager_that_is_built_again_goes_on(resume: Resume, tmp_path: Path) -> None:
    """Only what has no value runs, though all functions are other objects."""
    earlier = resume(failed(built(fails=True)), tmp_path)
    tm = built()
    result = asyncio.run(tm.invoke(1, reuse=earlier))
    assert result.trace.states == ["reused", "reused", "reused", "done"]
    assert result[tm["end"]] == "aaaaaa+bb"


@both
@pytest.mark.parametrize(
    ("old", "new", "states"),
    [
        ("name * 2", "name * 3", ["done", "done", "done", "done"]),
        ("text * factor", "text + str(factor)", ["reused", "reused", "done", "done"]),
        ("async def load", "\n\n# moved, and no more\nasync def load", None),
        ('tm.add_node(load, "b")', 'tm.add_node(load, "c")', ["reused", "done", "reused", "done"]),
        ("scaled(factor), a", "scaled(factor), b", ["reused", "reused", "done", "done"]),
    ],
    ids=["function", "closure's function", "place", "argument", "dependency"],
)
def test_what_was_changed_runs_again_with_all_behind_it(
    resume: Resume, tmp_path: Path, old: str, new: str, states: list[str] | None
) -> None:
    """A function's code, an argument, a dependency; not where a function is written."""
    assert old in SOURCE
    earlier = resume(failed(built(fails=True)), tmp_path)
    changed = built(SOURCE.replace(old, new))
    if states == ["done"] * 4:
        with pytest.raises(ForeignNodeError, match=r"'load' has another function"):
            asyncio.run(changed.invoke(1, reuse=earlier))
        return
    result = asyncio.run(changed.invoke(1, reuse=earlier))
    assert result.trace.states == (states or ["reused", "reused", "reused", "done"])


@both
def test_what_a_function_holds_counts(resume: Resume, tmp_path: Path) -> None:
    """The value that a closure has, defaults, and the arguments of a partial."""
    earlier = resume(failed(built(fails=True)), tmp_path)
    result = asyncio.run(built(factor=4).invoke(1, reuse=earlier))
    assert result.trace.states == ["reused", "reused", "done", "done"]

    async def add(a: int, b: int = 1) -> int:
        return a + b

    def manager(task: Any) -> TaskManager[None]:
        with build_dag() as tm:
            tm.options(name="add").add_node(task, 1)
            tm.add_node(asyncio.sleep, 0)
        return tm

    for task, other in ((partial(add, b=2), partial(add, b=3)), (partial(add, b=2), add)):
        one = asyncio.run(manager(task).invoke())
        assert asyncio.run(manager(task).invoke(reuse=one)).trace.states == ["reused"] * 2
        again = asyncio.run(manager(other).invoke(reuse=one))
        assert again.trace.states == ["done", "reused"]


def test_functions_off_the_loop_are_told_by_the_function_alone() -> None:
    """`in_thread` of the same function is the same task."""

    def read(n: int) -> int:
        return n

    def manager() -> TaskManager[None]:
        with build_dag() as tm:
            tm.add_node(in_thread(read), 4)
        return tm

    result = asyncio.run(manager().invoke())
    assert asyncio.run(manager().invoke(reuse=result)).trace.states == ["reused"]


@both
def test_names_that_shifted_are_matched_all_the_same(resume: Resume, tmp_path: Path) -> None:
    """One more call of `load` before the others makes `load_2` of `load`."""
    earlier = resume(failed(built(fails=True)), tmp_path)
    tm = built(SOURCE.replace("a, b = ", 'x = tm.add_node(load, "x")\n        a, b = '))
    assert [node.name for node in tm.nodes[:3]] == ["load", "load_2", "load_3"]
    result = asyncio.run(tm.invoke(1, reuse=earlier))
    assert result.trace.states == ["done", "reused", "reused", "reused", "done"]


@both
def test_with_another_parameter_what_depends_on_it_runs_again(
    resume: Resume, tmp_path: Path
) -> None:
    """The rest is reused; with the same parameter all is."""
    source = SOURCE.replace("tm.add_node(load, first)", "tm.add_node(load, tm.parameter_node)")
    source = source.replace("return name * 2", "return str(name) * 2")
    result = asyncio.run(built(source).invoke(1))
    earlier = resume(result, tmp_path)
    assert result.trace.graph.names[0] == "parameter"
    states = asyncio.run(built(source).invoke(2, reuse=earlier)).trace.states
    assert states == ["done", "done", "reused", "done", "done"]
    states = asyncio.run(built(source).invoke(1, reuse=earlier)).trace.states
    assert states[1:] == ["reused"] * 4


@both
def test_items_of_a_map_of_another_manager_are_carried_over(resume: Resume, tmp_path: Path) -> None:
    """Of five only the one that failed runs; of a changed function all."""
    ran: list[int] = []
    source = """
async def page(n):
    ran.append(n)
    if n == FAILS:
        raise OSError
    return n

def build(build_dag):
    with build_dag() as tm:
        tm.map(page, [1, 2, 3, 4, 5])
    return tm
"""

    def manager(source: str, fails: int) -> TaskManager[None]:
        names: dict[str, Any] = {"FAILS": fails, "ran": ran}
        exec(compile(source, "<a file>", "exec"), names)  # noqa: S102 - as above
        tm: TaskManager[None] = names["build"](build_dag)
        return tm

    async def first() -> ExecutionResult[None]:
        with pytest.raises(InvocationError) as caught:
            await manager(source, 3).invoke(on_error="continue")
        return caught.value.result

    earlier = resume(asyncio.run(first()), tmp_path)  # type: ignore[arg-type]
    ran.clear()
    tm = manager(source, 0)
    result = asyncio.run(tm.invoke(reuse=earlier))
    assert ran == [3]
    assert result[tm["page"]] == [1, 2, 3, 4, 5]
    ran.clear()
    changed = manager(source.replace("return n", "return -n"), 0)
    asyncio.run(changed.invoke(reuse=earlier))
    assert sorted(ran) == [1, 2, 3, 4, 5]


RAN: list[str] = []
FAILING: list[str] = []


async def names_of(count: int) -> list[str]:
    return ["new", "a", "b", "c"][-count:]


async def page(name: str) -> str:
    RAN.append(name)
    if name in FAILING:
        raise OSError
    return name * 2


def _itself(name: str) -> str:
    return name


@both
def test_items_are_told_by_their_keys_where_the_collection_is_new(
    resume: Resume, tmp_path: Path
) -> None:
    """With another parameter the list has one more element at its front: it runs, and what failed."""

    def manager() -> TaskManager[int]:
        with build_dag(int) as tm:
            found = tm.add_node(names_of, tm.parameter_node)
            tm.options(key=_itself).map(page, found)
        return tm

    async def first() -> ExecutionResult[int]:
        with pytest.raises(InvocationError) as caught:
            await manager().invoke(3, on_error="continue")
        return caught.value.result

    FAILING[:] = ["b"]
    earlier = resume(asyncio.run(first()), tmp_path)
    RAN.clear()
    FAILING.clear()
    tm = manager()
    result = asyncio.run(tm.invoke(4, reuse=earlier))
    assert result[tm["page"]] == ["newnew", "aa", "bb", "cc"]
    assert sorted(RAN) == ["b", "new"]


async def parsed(text: str) -> str:
    RAN.append(text)
    if text in FAILING:
        raise OSError
    return text.upper()


@both
def test_a_map_that_finished_does_not_run_again_for_one_that_goes_on_from_it(
    resume: Resume, tmp_path: Path
) -> None:
    """Its items are taken one by one by the map behind it, of which one failed."""

    def manager() -> TaskManager[int]:
        with build_dag(int) as tm:
            pages = tm.map(page, tm.add_node(names_of, tm.parameter_node))
            tm.map(parsed, pages)
        return tm

    async def first() -> ExecutionResult[int]:
        with pytest.raises(InvocationError) as caught:
            await manager().invoke(3, on_error="continue")
        return caught.value.result

    FAILING[:] = ["bb"]
    earlier = resume(asyncio.run(first()), tmp_path)
    RAN.clear()
    FAILING.clear()
    tm = manager()
    assert asyncio.run(tm.invoke(3, reuse=earlier))[tm["parsed"]] == ["AA", "BB", "CC"]
    assert RAN == ["bb"]


@both
def test_a_choice_that_is_reused_keeps_its_side(resume: Resume, tmp_path: Path) -> None:
    """What it left runs behind it now, for another choice: it does not depend on that."""
    broken = [True]

    async def nothing() -> list[int]:
        return []

    async def first(found: list[int]) -> bool:
        return not found

    async def second(found: list[int]) -> bool:
        if broken:
            raise OSError
        return not found

    def manager() -> TaskManager[int]:
        with build_dag(int) as tm:
            found = tm.add_node(nothing)
            pages = tm.map(page, found)
            chosen = tm.choose(tm.add_node(first, found), found, pages)
            tm.choose(tm.add_node(second, chosen), pages, None)
        return tm

    earlier = resume(failed(manager()), tmp_path)
    broken.clear()
    trace = asyncio.run(manager().invoke(1, reuse=earlier)).trace
    graph = trace.graph
    names = {name: row for row, name in enumerate(graph.names)}
    assert trace.states[names["choice"]] == "reused"
    assert graph.choices[names["choice"]].taken is True
    assert names["page"] not in graph.dependencies[names["choice"]]
    assert Trace.from_json(trace.to_json()).graph.choices == graph.choices


def test_a_whole_map_is_saved_as_its_list(tmp_path: Path) -> None:
    """And reused as such."""

    async def square(n: int) -> int:
        return n * n

    def manager() -> TaskManager[None]:
        with build_dag() as tm:
            tm.map(square, [1, 2, 3])
        return tm

    path = asyncio.run(manager().invoke()).save(tmp_path / "r.zip", json)
    tm = manager()
    result = asyncio.run(tm.invoke(reuse=ExecutionResult.load(path, json)))
    assert result.trace.states[0] == "reused"
    assert result[tm["square"]] == [1, 4, 9]


def test_another_process_goes_on(tmp_path: Path) -> None:
    """Whatever its hash seed: digests are those of bytecode and of serialized arguments."""
    script = f"""
        import asyncio, json, sys
        sys.path.insert(0, {str(ROOT)!r})
        from async_dag import ExecutionResult, InvocationError, build_dag
        FAILS = sys.argv[2] == "1"
        exec(sys.argv[3])
        tm = build(build_dag)
        if FAILS:
            try:
                asyncio.run(tm.invoke(1))
            except InvocationError as error:
                error.result.save(sys.argv[1], json)
        else:
            earlier = ExecutionResult.load(sys.argv[1], json)
            print(asyncio.run(tm.invoke(1, reuse=earlier)).trace.states)
    """
    for fails, seed in (("1", "1"), ("0", "2")):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "r.zip"), fails, SOURCE],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
        )
        assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['reused', 'reused', 'reused', 'done']"


# Saving


async def gives(value: Any) -> Any:
    """A task that returns what it is given."""
    return value


def one(value: Any) -> ExecutionResult[None]:
    with build_dag() as tm:
        tm.options(name="one").add_node(gives, value)
        tm.options(name="two").add_node(gives, 2)
    return asyncio.run(tm.invoke())


@pytest.mark.parametrize("value", [(1, 2), {1: "a"}, {"a": [(1,)]}, object(), {1, 2}])
def test_a_value_that_would_be_lost_is_refused_by_name(value: Any, tmp_path: Path) -> None:
    """No tuple becomes a list, no key a text; the file that was there stays."""
    path = tmp_path / "r.zip"
    path.write_text("what was there")
    with pytest.raises(SavedResultError, match=r"'one'.*json.*nodes=\[...\]"):
        one(value).save(path, json)
    assert path.read_text() == "what was there"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("value", [[1.5, None, "ä", True], {"a": {"b": [math.nan]}}, "\ud800", ""])
def test_what_json_can_write_is_saved(value: Any, tmp_path: Path) -> None:
    """Also what is no valid UTF-8, and NaN."""
    path = one(value).save(tmp_path / "r.zip", json)
    again = ExecutionResult.load(path, json)._values([0])[0]
    assert repr(again) == repr(value)


def test_some_nodes_alone_are_saved(tmp_path: Path) -> None:
    """Beside one that can't be; nodes of another manager are refused."""
    result = one(object())
    two = result.manager["two"]
    earlier = ExecutionResult.load(result.save(tmp_path / "r.zip", json, nodes=[two]), json)
    assert repr(earlier) == "<SavedResult of 1 value of 2 nodes: 'r.zip'>"
    assert asyncio.run(result.manager.invoke(reuse=earlier)).trace.states == ["done", "reused"]
    with pytest.raises(ForeignNodeError, match="among those to save"):
        one(1).save(tmp_path / "r.zip", json, nodes=[two])


def test_pickle_is_used_only_if_it_is_passed(tmp_path: Path) -> None:
    """For writing and for reading, each time by name; what pickle wrote json does not read."""
    with pytest.raises(TypeError):
        one(1).save(tmp_path / "r.zip")  # type: ignore[call-arg]
    with pytest.raises(WrongTypeError, match="such as the module json"):
        one(1).save(tmp_path / "r.zip", "pickle")  # type: ignore[arg-type]
    path = one((1, 2)).save(tmp_path / "r.zip", pickle)
    with pytest.raises(SavedResultError, match="written by pickle; given was json"):
        ExecutionResult.load(path, json)
    earlier = ExecutionResult.load(path, pickle)
    tm = one((1, 2)).manager
    assert asyncio.run(tm.invoke(reuse=earlier))[tm["one"]] == (1, 2)


class _Traps:
    """Says when it is unpickled."""

    sprung: list[int] = []  # noqa: RUF012 - on purpose one for all

    def __reduce__(self) -> Any:
        return _spring, ()


def _spring() -> None:
    _Traps.sprung.append(1)


def test_values_are_read_only_by_the_serializer_that_the_caller_passed(tmp_path: Path) -> None:
    """A file that claims to be of json, and holds a pickle, runs nothing."""
    path = one(1).save(tmp_path / "r.zip", json)
    change_archive(path, {"values/0": pickle.dumps(_Traps())})
    earlier = ExecutionResult.load(path, json)
    with pytest.raises(SavedResultError, match=r"'one'.*can't be read by json"):
        asyncio.run(one(1).manager.invoke(reuse=earlier))
    assert _Traps.sprung == []


def test_other_files_are_no_results(tmp_path: Path) -> None:
    """Each is said to be that; a newer layout by its number."""
    path = tmp_path / "r.zip"
    path.write_text("a shopping list")
    with pytest.raises(SavedResultError, match="is no result that"):
        ExecutionResult.load(path, json)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(SavedResultError, match="is no result that"):
        ExecutionResult.load(path, json)
    for document, match in (
        ({"format": "other"}, "is no result"),
        ({"format": "async_dag result", "version": 9}, "layout 9"),
        ({"format": "async_dag result", "version": 1, "serializer": "json"}, "damaged"),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("result.json", json.dumps(document))
        with pytest.raises(SavedResultError, match=match):
            ExecutionResult.load(path, json)
    with pytest.raises(FileNotFoundError):
        ExecutionResult.load(tmp_path / "nowhere.zip", json)


def change_archive(path: Path, changes: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (entries | changes).items():
            archive.writestr(name, data)


def mapped_length() -> TaskManager[list[str]]:
    with build_dag(list[str]) as tm:
        tm.map(length, tm.parameter_node)
    return tm


async def length(text: str) -> int:
    return len(text)


def test_a_damaged_file_is_a_saved_result_error(tmp_path: Path) -> None:
    """Whatever byte of the archive differs: it is refused, or a value of it is, or nothing differs."""
    tm = mapped_length()
    path = asyncio.run(tm.invoke(["a", "bc"])).save(tmp_path / "r.zip", json)
    whole = path.read_bytes()
    random = Random(1)
    refused = 0
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(random.randint(1, 3)):
            data[random.randrange(len(data))] = random.randrange(256)
        path.write_bytes(data[: random.choice([len(data), random.randrange(len(data))])])
        try:
            asyncio.run(tm.invoke(["a", "bc"], reuse=ExecutionResult.load(path, json)))
        except SavedResultError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    ("place", "instead"),
    [
        (("parameter",), 3),
        (("trace",), None),
        (("nodes",), {}),
        (("nodes", 0), 3),
        (("nodes", 1, "name"), None),
        (("nodes", 1, "recipe"), []),
        (("nodes", 1, "takes"), 3),
        (("nodes", 1, "holds"), [3]),
        (("nodes", 1, "value"), None),
        (("nodes", 1, "items"), 3),
        (("nodes", 1, "items", "families"), [3]),
        (("nodes", 1, "items", "there"), [[0, 1]]),
    ],
)
def test_a_field_that_says_nothing_is_named(
    place: tuple[str | int, ...], instead: Any, tmp_path: Path
) -> None:
    """When the file is loaded, not when an invoke stumbles over it."""
    path = asyncio.run(mapped_length().invoke(["a", "bc"])).save(tmp_path / "r.zip", json)
    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read("result.json"))
    around = document
    for key in place[:-1]:
        around = around[key]
    assert around[place[-1]] != instead
    around[place[-1]] = instead
    change_archive(path, {"result.json": json.dumps(document).encode()})
    with pytest.raises(SavedResultError, match=r"r\.zip.* it is damaged: "):
        ExecutionResult.load(path, json)


def test_a_list_of_items_that_is_none_is_named(tmp_path: Path) -> None:
    """Its own entry says what it is."""
    tm = mapped_length()
    path = asyncio.run(tm.invoke(["a", "bc"])).save(tmp_path / "r.zip", json)
    change_archive(path, {"values/1": b"3"})
    with pytest.raises(SavedResultError, match="'length' it has 3, where a list is expected"):
        asyncio.run(tm.invoke(["a", "bc", "d"], reuse=ExecutionResult.load(path, json)))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the file that was to be written, not the one beside it that would become it."""
    with pytest.raises(FileNotFoundError) as caught:
        one(1).save(tmp_path / "none" / "r.zip", json)
    assert caught.value.filename == str(tmp_path / "none" / "r.zip")


def test_another_python_is_named(tmp_path: Path) -> None:
    """Its bytecode differs, so nothing can be matched; the error says that."""
    path = one(1).save(tmp_path / "r.zip", json)
    saved_result = ExecutionResult.load(path, json)
    assert isinstance(saved_result, SavedResult)
    saved_result.python = "cpython 2.7"
    saved_result.nodes.texts[0] = saved_result.nodes.texts[1] = "x"  # type: ignore[index]
    with pytest.raises(ForeignNodeError, match=r"saved by cpython 2\.7"):
        asyncio.run(one(1).manager.invoke(reuse=saved_result))


def test_what_is_no_result_is_refused() -> None:
    """With what is expected."""
    with build_dag() as tm:
        tm.add_node(gives, 1)
    with pytest.raises(WrongTypeError, match=r"ExecutionResult\.load\(path, serializer\)"):
        asyncio.run(tm.invoke(reuse={"one": 1}))  # type: ignore[arg-type]
