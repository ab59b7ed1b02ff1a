"""What `add_node` takes as a task and its arguments, and what it refuses, in words that help."""

from __future__ import annotations

import asyncio
import functools
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any
from unittest import mock

import pytest

from async_dag import NotAwaitableError, TaskManager, WrongTaskError, build_dag, in_thread
from async_dag.nodes.functions import task_name, task_origin


async def add(a: int, b: int = 1, *, times: int = 1) -> int:
    return (a + b) * times


async def need_keyword(a: int, *, key: str) -> str:
    return f"{a}{key}"


async def everything(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    return args, kwargs


def refusal(task: Any, *args: Any, **kwargs: Any) -> str:
    """The message with which `add_node` refuses this call; nothing of it may stay behind."""
    tm = TaskManager[int]()
    with pytest.raises(WrongTaskError) as caught:
        tm.add_node(task, *args, **kwargs)
    assert isinstance(caught.value, TypeError)
    assert tm.nodes == ()
    tm.add_node(add, 1)
    tm.sort()
    return str(caught.value)


def value_of(task: Any, *args: Any, **kwargs: Any) -> Any:
    """The value of a DAG of one node."""
    with build_dag() as tm:
        node = tm.add_node(task, *args, **kwargs)
    return asyncio.run(tm.invoke())[node]


# Arguments


@pytest.mark.parametrize("known", [False, True])
def test_too_many_arguments(known: bool) -> None:
    """Refused with the function's signature and what was given, at the first call and at later ones."""
    tm = TaskManager[int]()
    if known:
        tm.add_node(add, 1)
    with pytest.raises(WrongTaskError) as caught:
        tm.add_node(add, 1, 2, 3)  # type: ignore[call-overload]
    message = str(caught.value)
    assert "too many positional arguments" in message
    assert "add(a: 'int', b: 'int' = 1, *, times: 'int' = 1)" in message
    assert "given were (1, 2, 3)" in message
    assert len(tm.nodes) == known


@pytest.mark.parametrize("known", [False, True])
def test_a_missing_argument(known: bool) -> None:
    """A parameter that gets no argument is named."""
    tm = TaskManager[int]()
    if known:
        tm.add_node(add, 1)
    with pytest.raises(WrongTaskError, match="missing a required argument: 'a'"):
        tm.add_node(add)  # type: ignore[call-overload]


def test_a_missing_keyword() -> None:
    """A parameter that must be given by keyword, and is not, is named; by position won't do."""
    assert "'key'" in refusal(need_keyword, 1)
    assert "too many positional arguments" in refusal(need_keyword, 1, "x")
    assert value_of(need_keyword, 1, key="x") == "1x"


def test_an_unknown_keyword() -> None:
    """A keyword that the task does not know is named, and so are those it knows."""
    message = refusal(add, 1, tiems=2)
    assert "unexpected keyword argument 'tiems'" in message
    assert "times" in message
    assert "tiems=2" in message


def test_an_argument_given_twice() -> None:
    """By position and by keyword: the parameter is named."""
    assert "multiple values for argument 'a'" in refusal(add, 1, a=2)


def test_arguments_of_partials_count() -> None:
    """What a `functools.partial` holds already is counted."""
    assert "too many" in refusal(functools.partial(add, 1, 2), 3)
    assert "'b'" in refusal(functools.partial(add, 1), 2, b=3)
    assert value_of(functools.partial(add, 1, times=2), 4) == 10


def test_arguments_of_methods_count_without_self() -> None:
    """A bound method takes its arguments without `self`; an unbound one asks for it."""

    class Adder:
        async def add(self, a: int) -> int:
            return a + 1

    assert value_of(Adder().add, 1) == 2
    assert "too many" in refusal(Adder().add, 1, 2)
    assert "'a'" in refusal(Adder.add, 1)


def test_arguments_whose_repr_fails_are_shown_by_type() -> None:
    """An argument, or a default value, with a broken repr does not break the message."""

    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError("no repr")

    async def with_default(a: Any = Broken()) -> None:  # noqa: B008 - the default is the point
        pass

    assert "<Broken>" in refusal(add, 1, 2, Broken())
    assert "with_default(a)" in refusal(with_default, 1, 2)


def test_long_arguments_are_shortened() -> None:
    """An argument with a long repr does not flood the message."""
    assert len(refusal(add, 1, 2, "x" * 100_000)) < 400


# Tasks that are none


def test_a_coroutine_object() -> None:
    """A function that was called already is refused, with no warning, and the cure named."""
    message = refusal(add(1, 2))  # warnings are errors, also 'never awaited'
    assert "add_node(add, ...)" in message


@pytest.mark.parametrize("what", [None, 3, "add", [add], object()])
def test_what_is_not_callable(what: object) -> None:
    """Something that can't be called is shown with its type."""
    message = refusal(what)
    assert "not callable" in message
    assert type(what).__name__ in message


def as_int() -> int:
    return 1


def as_list() -> list[int]:
    return [1]


def as_none() -> None:
    pass


def as_bool() -> "bool":  # noqa: UP037 - a text within a text
    return True


@pytest.mark.parametrize("function", [as_int, as_list, as_none, as_bool])
def test_a_plain_function_that_returns_a_value(function: Callable[[], Any]) -> None:
    """Its annotation gives it away; the message names it, `async def` and `in_thread`."""
    message = refusal(function)
    assert function.__name__ in message
    assert "async def" in message
    assert "in_thread" in message
    assert "in_thread" in refusal(functools.partial(function))


def test_a_plain_method_that_returns_a_value() -> None:
    """Bound and static methods are seen through."""

    class Plain:
        def method(self) -> int:
            return 1

        @staticmethod
        def static() -> int:
            return 1

    assert "method" in refusal(Plain().method)
    assert "static" in refusal(Plain.static)


def test_a_plain_function_without_annotation_fails_its_node() -> None:
    """What can't be known before is said when it runs, and `in_thread` is named then."""

    def plain():  # type: ignore[no-untyped-def]
        return 1

    with build_dag() as tm:
        tm.add_node(plain)
    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(tm.invoke())
    [error] = caught.value.exceptions
    assert isinstance(error, NotAwaitableError)
    assert "'plain'" in str(error)
    assert "in_thread" in str(error)


def test_generator_functions() -> None:
    """Neither kind of generator function is a task; of an async one `streaming` makes one."""

    def plain() -> Iterator[int]:
        yield 1

    async def asynchronous() -> AsyncIterator[int]:
        yield 1

    for function in (plain, functools.partial(plain)):
        assert "is a generator function" in refusal(function)
    assert "pass streaming(asynchronous)" in refusal(asynchronous)


def test_classes() -> None:
    """A class whose instances can't be awaited is no task."""

    class Plain:
        pass

    assert "Plain is a class" in refusal(Plain)
    assert "int is a class" in refusal(int, 3)


# Tasks


def test_a_plain_function_that_returns_an_awaitable() -> None:
    """It needs no `async def`, whether it is annotated or not."""

    def annotated(n: int) -> Awaitable[int]:
        return add(n)

    assert value_of(annotated, 1) == 2
    assert value_of(lambda n: add(n), 1) == 2  # noqa: PLW0108 - it is a lambda that is tested
    assert value_of(asyncio.sleep, 0, "x") == "x"


def test_a_name_in_an_annotation_that_nobody_knows() -> None:
    """An annotation that only type checkers can read says nothing against a function."""

    def odd(n: int) -> "Unheard":  # type: ignore[name-defined]  # noqa: F821, UP037
        return add(n)

    assert value_of(odd, 1) == 2


def test_callable_objects() -> None:
    """An object with an async `__call__`, named after its class."""

    class Adder:
        async def __call__(self, a: int) -> int:
            return a + 1

    assert value_of(Adder(), 1) == 2
    assert "too many" in refusal(Adder(), 1, 2)
    tm = TaskManager[int]()
    assert tm.add_node(Adder(), 1).name == "Adder"


def test_kinds_of_methods() -> None:
    """Bound, static and class methods, and a `staticmethod` object itself."""

    class Kinds:
        async def bound(self, a: int) -> int:
            return a

        @staticmethod
        async def static(a: int) -> int:
            return a

        @classmethod
        async def of_class(cls, a: int) -> int:
            return a

    for task in (Kinds().bound, Kinds.static, Kinds.of_class, Kinds.__dict__["static"]):
        assert value_of(task, 3) == 3


def test_decorated_functions() -> None:
    """A plain wrapper that hands on the coroutine is a task, though it bears the annotation `int`."""

    def logged(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapper

    task = logged(add)
    assert task.__annotations__["return"] == "int"
    assert value_of(task, 1, 2) == 3
    assert "too many" in refusal(task, 1, 2, 3)
    assert value_of(logged(logged(add)), 1) == 2
    assert value_of(in_thread(as_int)) == 1


def test_a_decorator_that_makes_a_plain_function_async() -> None:
    """The annotations of a wrapper are those of what it wraps, so they are not held against it."""

    def off_loop(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any) -> Any:
            return asyncio.to_thread(function, *args)

        return wrapper

    assert value_of(off_loop(as_int)) == 1


def test_a_decorator_that_hides_the_signature() -> None:
    """Without `functools.wraps` it is the wrapper's own signature that counts."""

    def logged(function: Callable[..., Any]) -> Callable[..., Any]:
        async def wrapper(*args: Any) -> Any:
            return await function(*args)

        return wrapper

    assert value_of(logged(add), 1, 2) == 3
    assert "'times'" in refusal(logged(add), 1, times=2)


def test_builtins_without_signature() -> None:
    """Where Python tells no signature, the call is taken as it is."""

    class Silent:
        __signature__ = "none to be had"

        async def __call__(self, *args: int) -> int:
            return sum(args)

    assert value_of(Silent(), 1, 2, 3) == 6
    tm = TaskManager[int]()
    tm.add_node(getattr, add, "a")  # takes anything, and might well return an awaitable


def test_functions_that_take_everything() -> None:
    """`*args` and `**kwargs` take any number of immediates and nodes."""
    assert value_of(everything, 1, 2, 3, x=4) == ((1, 2, 3), {"x": 4})
    assert value_of(everything) == ((), {})
    with build_dag() as tm:
        one = tm.add_node(add, 0)
        node = tm.add_node(everything, one, 5, one, key=one)
    assert asyncio.run(tm.invoke())[node] == ((1, 5, 1), {"key": 1})
    assert node.dependencies == (one,)


def test_keywords_named_like_our_own() -> None:
    """Parameters called self, task, args, name are the task's own."""

    async def odd(self: int, task: int, args: int, kwargs: int, options: int) -> list[int]:
        return [self, task, args, kwargs, options]

    with build_dag() as tm:
        add_node: Any = tm.add_node
        node = add_node(odd, self=1, task=2, args=3, kwargs=4, options=5)
    assert asyncio.run(tm.invoke())[node] == [1, 2, 3, 4, 5]


def test_mocks() -> None:
    """`AsyncMock` and autospecced functions are tasks, and an autospec checks its arguments."""
    double = mock.AsyncMock(return_value=7)
    assert value_of(double, 1, x=2) == 7
    double.assert_awaited_once_with(1, x=2)
    spec = mock.create_autospec(add, return_value=8)
    assert value_of(spec, 1) == 8
    assert "'tiems'" in refusal(spec, 1, tiems=2)


def test_old_style_coroutines() -> None:
    """A generator marked with `types.coroutine` can be awaited, so it is a task."""

    @types.coroutine
    def old() -> Generator[None, None, int]:
        yield
        return 3

    assert value_of(old) == 3


def test_a_class_whose_instances_can_be_awaited() -> None:
    """Such a class is a task: calling it gives an awaitable."""

    class Later:
        def __init__(self, value: int) -> None:
            self.value = value

        def __await__(self) -> Generator[Any, Any, int]:
            yield from asyncio.sleep(0).__await__()
            return self.value

    assert value_of(Later, 4) == 4
    assert "'value'" in refusal(Later)


# Where a task comes from


def test_names_and_origins_of_tasks() -> None:
    """Partials, wrappers, methods and callable objects are seen through to their code."""

    class Adder:
        async def __call__(self) -> int:
            return 1

        async def method(self) -> int:
            return 1

    @functools.wraps(add)
    def wrapper(*args: Any) -> Any:
        return add(*args)

    line = add.__code__.co_firstlineno
    for task in (add, functools.partial(functools.partial(add, 1), 2), wrapper):
        assert task_name(task) == "add"
        assert task_origin(task) == ("add", __file__, line)
    here = "test_names_and_origins_of_tasks.<locals>."
    method = Adder.method.__code__.co_firstlineno
    assert task_name(Adder().method) == "method"
    assert task_origin(Adder().method) == (f"{here}Adder.method", __file__, method)
    call = Adder.__call__.__code__.co_firstlineno
    assert task_name(Adder()) == "Adder"
    assert task_origin(Adder()) == (f"{here}Adder", __file__, call)
    assert (task_name(len), task_origin(len)) == ("len", ("len", None, None))
    assert task_origin(mock.AsyncMock())[1:] != (__file__, line)
