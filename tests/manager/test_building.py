"""Building a DAG: what nodes there are, what they are called, and in which order calls may come."""

from __future__ import annotations

import asyncio
from collections import ChainMap, OrderedDict, UserList, deque
from collections.abc import Callable
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag import (
    CycleError,
    ForeignNodeError,
    LifecycleError,
    MissingParameterError,
    TaskManager,
    TaskNode,
    UnknownNodeError,
    WrongArgumentError,
    WrongTypeError,
    build_dag,
)
from async_dag.graph.graph import UniqueNames
from async_dag.nodes.options import NodeOptions


async def number(n: int = 1) -> int:
    return n


async def add(a: int, b: int) -> int:
    return a + b


async def take(*values: Any, **named: Any) -> Any:
    return values or named


# Nodes where they have no place


def test_a_node_of_another_manager() -> None:
    """Refused by position, by keyword and in `collect`, naming the node and the task."""
    other = TaskManager[int]()
    stranger = other.add_node(number)
    tm = TaskManager[int]()
    for call in (
        lambda: tm.add_node(add, 1, stranger),
        lambda: tm.add_node(add, 1, b=stranger),  # type: ignore[call-overload]
        lambda: tm.add_node(add, 1, other.parameter_node),
    ):
        with pytest.raises(ForeignNodeError, match=r"'(number|parameter)', passed to add, belongs"):
            call()
    with pytest.raises(ForeignNodeError, match="'number', passed to collect, belongs"):
        tm.collect([stranger])
    assert tm.nodes == ()


class Pair(NamedTuple):
    left: Any
    right: Any


HIDING_PLACES: list[Callable[[TaskNode[Any, Any]], Any]] = [
    lambda node: [node],
    lambda node: (1, node),
    lambda node: {node},
    lambda node: frozenset([node]),
    lambda node: {"key": node},
    lambda node: {node: "value"},
    lambda node: [1, [2, (3, {"deep": [node]})]],
    lambda node: Pair(1, node),
    lambda node: [[]] * 3 + [[node]],
    lambda node: deque([node]),
    lambda node: {"key": node}.values(),
    lambda node: {node: "value"}.keys(),
    lambda node: OrderedDict(key=node).items(),
    lambda node: MappingProxyType({"key": [node]}),
    lambda node: ChainMap({}, {"key": node}),
    lambda node: UserList([SimpleNamespace(key=node)]),
]


@pytest.mark.parametrize("hide", HIDING_PLACES)
@pytest.mark.parametrize("by_keyword", [False, True])
def test_a_node_inside_a_container(
    hide: Callable[[TaskNode[Any, Any]], Any], by_keyword: bool
) -> None:
    """Wherever in a list, tuple, set or dict it hides: refused with a pointer to `tm.collect`."""
    tm = TaskManager[int]()
    node = tm.options(name="hidden").add_node(number)
    container = hide(node)
    args, kwargs = ((), {"key": container}) if by_keyword else ((1, container), {})
    with pytest.raises(WrongArgumentError) as caught:
        tm.add_node(take, *args, **kwargs)
    message = str(caught.value)
    assert "'hidden' was passed to take inside a " + type(container).__name__ in message
    assert "tm.collect(" in message
    assert tm.nodes == (node,)


def test_containers_that_contain_themselves() -> None:
    """They are looked through once: taken as they are, or refused for a node inside."""
    tm = TaskManager[int]()
    node = tm.add_node(number)
    loop: list[Any] = [1]
    loop.append({"again": loop})
    tm.add_node(take, loop)
    loop.append(node)
    with pytest.raises(WrongArgumentError):
        tm.add_node(take, loop)


def test_deep_containers_need_no_recursion() -> None:
    """A list in a list, 10,000 deep, is looked through; the node in it is found."""
    tm = TaskManager[int]()
    deep: list[Any] = [tm.add_node(number)]
    for _ in range(10_000):
        deep = [deep]
    try:
        with pytest.raises(WrongArgumentError):
            tm.add_node(take, deep)
    finally:
        while isinstance(deep, list):  # Python 3.11 takes no such depth apart by itself
            deep = deep.pop()


def test_plain_containers_are_passed_as_they_are() -> None:
    """A list without nodes is an immediate like any other: the very object."""
    values = [1, (2, {3: [4]})]
    with build_dag() as tm:
        node = tm.add_node(take, values)
    assert asyncio.run(tm.invoke())[node][0] is values


# The order of calls


def test_nothing_is_added_after_sort() -> None:
    """Each call that would make a node says that it came after sort."""
    with build_dag(int) as tm:
        node = tm.add_node(number)
    for name, call in {
        "add_node": lambda: tm.add_node(number),
        "parameter_node": lambda: tm.parameter_node,
        "collect": lambda: tm.collect([node]),
        "add_immediate_node": lambda: tm.add_immediate_node(1),
    }.items():
        with pytest.raises(LifecycleError, match=f"^{name} came after sort"):
            call()
    with pytest.raises(LifecycleError, match="^add_node came after sort"):
        tm.options(name="x").add_node(number)
    assert tm.nodes == (node,)


def test_a_parameter_node_that_is_used_may_be_asked_for_after_sort() -> None:
    """After `sort` it is the same node still, for `result[tm.parameter_node]`."""
    with build_dag(int) as tm:
        parameter = tm.parameter_node
        assert tm.parameter_node is parameter
    assert tm.parameter_node is parameter
    assert asyncio.run(tm.invoke(3))[tm.parameter_node] == 3


def test_invoke_before_sort() -> None:
    """Refused, and the cure named; also within the block of `build_dag`."""
    tm = TaskManager[None]()
    tm.add_node(number)
    with pytest.raises(LifecycleError, match=r"call sort\(\)"):
        asyncio.run(tm.invoke())
    with pytest.raises(LifecycleError, match=r"call sort\(\)"):
        _ = tm.graph
    tm.sort()
    asyncio.run(tm.invoke())


def test_sort_twice() -> None:
    """Refused, after `build_dag` as well; the manager stays sorted."""
    with build_dag() as tm:
        tm.add_node(number)
    with pytest.raises(LifecycleError, match="sort was called twice"):
        tm.sort()
    asyncio.run(tm.invoke())


def with_cycle() -> TaskManager[None]:
    """A manager with a cycle, which no public call can make: slots that point forward."""
    tm = TaskManager[None]()
    tm.add_node(number)
    for name, slot in [("a", 3), ("b", 1), ("c", 2)]:
        tm._builder.add_unchecked(number, (slot,), None, NodeOptions(name=name))
    return tm


def test_a_cycle_is_named_on_every_try() -> None:
    """`sort` names the path, each node depending on the one before, and leaves the manager unsorted."""
    tm = with_cycle()
    for _ in range(3):
        with pytest.raises(CycleError, match="a → b → c → a") as caught:
            tm.sort()
        assert caught.value.path == ["a", "b", "c", "a"]
        assert isinstance(caught.value, ValueError)
        assert "not sorted" in repr(tm)
    with pytest.raises(LifecycleError, match="invoke came before sort"):
        asyncio.run(tm.invoke())


def test_a_node_that_depends_on_itself() -> None:
    """The smallest cycle there is."""
    tm = TaskManager[None]()
    tm._builder.add_unchecked(number, (0,))
    with pytest.raises(CycleError) as caught:
        tm.sort()
    assert caught.value.path == ["number", "number"]


def test_a_long_cycle_is_shortened() -> None:
    """The message shows the ends of a long path; `path` has all of it."""
    tm = TaskManager[None]()
    for index in range(1_000):
        tm._builder.add_unchecked(number, ((index - 1) % 1_000,))
    with pytest.raises(CycleError) as caught:
        tm.sort()
    assert len(caught.value.path) == 1_001
    assert len(str(caught.value)) < 400


def test_forward_dependencies_without_cycle() -> None:
    """A node that depends on a later one is no cycle, and runs after it."""
    tm = TaskManager[None]()
    tm._builder.add_unchecked(number, (1,))
    tm.add_node(number, 5)
    tm.sort()
    result = asyncio.run(tm.invoke())
    assert [result[node] for node in tm.nodes] == [5, 5]


def test_an_exception_in_the_body_of_build_dag() -> None:
    """It propagates as it is, and the manager stays unsorted."""
    error = OSError("mine")
    with pytest.raises(OSError, match="mine") as caught, build_dag() as tm:  # noqa: PT012
        tm.add_node(number)
        raise error
    assert caught.value is error
    assert error.__context__ is None
    assert not hasattr(error, "__notes__")
    with pytest.raises(LifecycleError):
        asyncio.run(tm.invoke())
    tm.sort()


# The parameter


def test_invoke_without_a_parameter_that_is_used() -> None:
    """Refused, naming a node that takes it; None is passed only where it is said."""
    with build_dag(int) as tm:
        node = tm.options(name="needy").add_node(number, tm.parameter_node)
    with pytest.raises(MissingParameterError, match=r"'needy' takes.*invoke\(None\)"):
        asyncio.run(tm.invoke())  # type: ignore[misc]
    assert asyncio.run(tm.invoke(None))[node] is None  # type: ignore[arg-type]


def test_a_parameter_taken_by_collect_or_by_keyword_is_used() -> None:
    """Whoever takes the parameter, by keyword or through `collect`, needs it."""
    with build_dag(int) as by_keyword:
        by_keyword.add_node(take, key=by_keyword.parameter_node)
    with build_dag(int) as by_collect:
        by_collect.collect([by_collect.parameter_node])
    for tm in (by_keyword, by_collect):
        with pytest.raises(MissingParameterError):
            asyncio.run(tm.invoke())  # type: ignore[misc]


def test_invoke_without_a_parameter_that_nobody_uses() -> None:
    """Allowed; then the parameter node has no value, and says why."""
    with build_dag(int) as tm:
        parameter = tm.parameter_node
        node = tm.add_node(number)
    result = asyncio.run(tm.invoke())  # type: ignore[misc]
    assert result[node] == 1
    with pytest.raises(ValueError, match="'parameter' has no value: invoke was called without"):
        result[parameter]


def test_a_parameter_for_a_dag_that_takes_none() -> None:
    """`invoke(None)`, as programs for the older library write it, is the same as `invoke()`."""
    with build_dag() as tm:
        node = tm.add_node(number)
    assert asyncio.run(tm.invoke(None))[node] == 1


# Nodes that never run


def test_immediate_nodes() -> None:
    """The value is passed on as it is, also a None and a function."""
    marker = object()
    with build_dag() as tm:
        nodes = [tm.add_immediate_node(value) for value in (None, number, marker)]
        taken = tm.add_node(take, *nodes)
    result = asyncio.run(tm.invoke())
    assert result[taken] == (None, number, marker)
    assert [result[node] for node in nodes] == [None, number, marker]
    assert all(node.kind == "immediate" and node.dependencies == () for node in nodes)


def test_collect() -> None:
    """A node whose value is the list of theirs, in their order, the same one twice included."""
    with build_dag(int) as tm:
        one, two = tm.add_node(number, 1), tm.add_node(number, 2)
        both = tm.collect(node for node in (two, one, two, tm.parameter_node))
        empty = tm.collect(())
        nested = tm.collect([both, empty])
        taken = tm.add_node(take, nested)
    result = asyncio.run(tm.invoke(9))
    assert result[both] == [2, 1, 2, 9]
    assert result[taken] == ([[2, 1, 2, 9], []],)
    assert both.kind == "collect"
    assert both.dependencies == (two, one, tm.parameter_node)


@pytest.mark.parametrize("what", [1, None, "ab", number])
def test_collect_takes_nodes_only(what: object) -> None:
    """Anything else among the nodes is shown; nothing is added."""
    tm = TaskManager[int]()
    node = tm.add_node(number)
    with pytest.raises(WrongTypeError, match="collect takes nodes"):
        tm.collect([node, what])  # type: ignore[list-item]
    assert tm.nodes == (node,)


@pytest.mark.parametrize("what", [number, 5, None])
def test_collect_takes_them_in_a_list(what: Any) -> None:
    """Something that can't be gone through is refused with the right call."""
    with pytest.raises(WrongTypeError, match="collect takes nodes"):
        TaskManager[int]().collect(what)


def test_collect_of_a_single_node() -> None:
    """A node that is not in a list is refused with the right call."""
    tm = TaskManager[int]()
    node: Any = tm.add_node(number)
    with pytest.raises(WrongTypeError, match="collect takes nodes"):
        tm.collect(node)


@pytest.mark.parametrize("hide", [lambda node: node, *HIDING_PLACES])
def test_a_node_is_no_immediate(hide: Callable[[TaskNode[Any, Any]], Any]) -> None:
    """`add_immediate_node` refuses a node, also within a list: nobody would fill in its value."""
    tm = TaskManager[int]()
    node = tm.add_node(number)
    with pytest.raises(ValueError, match="'number'"):
        tm.add_immediate_node(hide(node))
    assert tm.nodes == (node,)


def test_the_same_node_twice_is_one_dependency() -> None:
    """In any position and by keyword: passed as often as it is there, waited for once."""
    with build_dag() as tm:
        two = tm.add_node(number, 2)
        four = tm.add_node(add, two, two)
        eight = tm.add_node(add, four, b=four)  # type: ignore[call-overload]
    result = asyncio.run(tm.invoke())
    assert (result[four], result[eight]) == (4, 8)
    assert four.dependencies == (two,)
    assert eight.dependencies == (four,)


# Names


def test_names() -> None:
    """A function's name, or `name=`, with `_2`, `_3` behind it where it is taken."""
    tm = TaskManager[int]()
    named = tm.options(name="fetch")
    nodes = [
        tm.add_node(number),
        tm.add_node(number),
        named.add_node(number),
        named.add_node(number),
        tm.options(name="number_2").add_node(number),
        tm.add_node(number),
        tm.parameter_node,
        tm.add_immediate_node(1),
        tm.collect([]),
    ]
    names = [node.name for node in nodes]
    assert names == [
        "number",
        "number_2",
        "fetch",
        "fetch_2",
        "number_2_2",
        "number_3",
        "parameter",
        "immediate",
        "collect",
    ]
    assert [tm[name] for name in names] == nodes
    assert list(tm.nodes) == nodes


def test_a_name_does_not_change_with_later_nodes() -> None:
    """Asking for names while building gives the same ones as asking at the end."""
    asked, unasked = TaskManager[int](), TaskManager[int]()
    for tm in (asked, unasked):
        for _ in range(3):
            node = tm.add_node(number)
            if tm is asked:
                repr(node)
    assert [node.name for node in asked.nodes] == [node.name for node in unasked.nodes]


@given(st.lists(st.sampled_from(["a", "a_2", "a_3", "a_2_2", "a_", "_2", "b", ""]), max_size=30))
def test_names_are_unique(wanted: list[str]) -> None:
    """Whatever is wanted, each name is handed out once, and the first to want one gets it."""
    names = UniqueNames()
    given_out = [names.add(name) for name in wanted]
    assert len(set(given_out)) == len(wanted)
    assert all(name.startswith(want) for name, want in zip(given_out, wanted, strict=True))
    assert given_out[:1] == wanted[:1]


def test_a_name_that_nobody_has() -> None:
    """A `KeyError` whose message is a sentence with the nearest names."""
    tm = TaskManager[int]()
    tm.options(name="fetch_users").add_node(number)
    with pytest.raises(UnknownNodeError) as caught:
        tm["fetch_user"]
    assert isinstance(caught.value, KeyError)
    assert str(caught.value) == "no node is called 'fetch_user'; the nearest are 'fetch_users'"
    with pytest.raises(UnknownNodeError, match="^no node is called 'zzz'$"):
        tm["zzz"]


def test_lookup_takes_names_only() -> None:
    """An index is refused with the way to do that."""
    tm = TaskManager[int]()
    tm.add_node(number)
    with pytest.raises(WrongTypeError, match=r"tm\.nodes\[0\]"):
        tm[0]  # type: ignore[index]


@pytest.mark.parametrize("name", ["", 3, b"x", ["x"]])
def test_names_that_are_none(name: Any) -> None:
    """Refused when `options` is called, with what was given."""
    with pytest.raises(WrongTypeError, match=r"options\(name=\) takes a string"):
        TaskManager[int]().options(name=name)


def test_options_are_reusable() -> None:
    """A builder adds any number of nodes, to its own manager."""
    with build_dag() as tm:
        builder = tm.options(name="x")
        first, second = builder.add_node(number, 1), builder.add_node(add, 1, 2)
    result = asyncio.run(tm.invoke())
    assert (result[first], result[second]) == (1, 3)
    assert tm.options().add_node.__self__ is not builder  # type: ignore[attr-defined]


# What is shown


class Seconds(float):
    """Compares as a number of numpy does, whose comparison with a tuple is neither true nor false."""

    def __eq__(self, other: object) -> Any:
        raise ValueError("ambiguous")

    __hash__ = float.__hash__


def test_reprs() -> None:
    """They say what the thing is, in a line."""
    with build_dag(int) as tm:
        node = tm.add_node(number, tm.parameter_node)
        assert repr(tm) == "<TaskManager of 2 nodes, not sorted yet>"
    assert repr(tm) == "<TaskManager of 2 nodes, sorted: print(tm.draw.text()) draws it>"
    assert repr(node) == "<TaskNode 'number'>"
    assert repr(tm.graph) == "<Graph of 2 nodes>"
    assert repr(tm.options(name="x")) == "<options name='x'>"
    assert repr(tm.options(timeout=Seconds(2), after=[])) == "<options timeout=2.0>"
    result = repr(asyncio.run(tm.invoke(1)))
    assert result.startswith("<ExecutionResult of <Trace of 2 nodes, ")
    assert result.endswith(" s>: print(result.draw.text()) draws it>")


def test_a_repr_never_raises() -> None:
    """Not with a name that no terminal can show, nor with a task that has no decent one."""

    class Hostile:
        __name__ = 3

        def __repr__(self) -> str:
            raise RuntimeError("no repr")

        async def __call__(self) -> int:
            return 1

    with build_dag() as tm:
        hostile = tm.add_node(Hostile())
        odd = tm.options(name="\ud800\n\x00<b>").add_node(number)
    result = asyncio.run(tm.invoke())
    assert repr(hostile) == "<TaskNode 'Hostile'>"
    for thing in (odd, tm, tm.graph, result, result.trace):
        assert "\n" not in repr(thing)
