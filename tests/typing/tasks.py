# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""The tasks that the files beside this one build their DAGs of; all of them really run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, Generic, NoReturn, TypeVar, overload

K = TypeVar("K")
T = TypeVar("T")
U = TypeVar("U")
IntOrStr = TypeVar("IntOrStr", int, str)
AnySequence = TypeVar("AnySequence", bound=Sequence[object])


# Plain functions of so many arguments, no two neighbours of one type.


async def zero() -> int:
    return 0


async def one(a: int) -> str:
    return str(a)


async def two(a: int, b: str) -> bytes:
    return b.encode() * a


async def three(a: int, b: str, c: bytes) -> float:
    return float(a + len(b) + len(c))


async def eight(a: int, b: str, c: bytes, d: float, e: int, f: str, g: bytes, h: float) -> complex:
    return complex(d, h) * (a + len(b) + len(c) + e + len(f) + len(g))


async def nine(
    a: int, b: str, c: bytes, d: float, e: int, f: str, g: bytes, h: float, i: int
) -> complex:
    return complex(d, h) * (a + len(b) + len(c) + e + len(f) + len(g) + i)


# Defaults, keywords, stars.


async def defaults(a: int, b: str = "b", c: float = 0.5) -> bytes:
    return b.encode() * a * round(c)


async def keywords(a: int, *, flag: bool, depth: int = 0) -> bytes:
    return bytes([flag, depth]) * a


async def any_keywords(a: int, /, **words: str) -> float:
    return a / (1 + len(words))


async def star(*numbers: int) -> float:
    return float(sum(numbers))


async def one_and_star(a: str, *numbers: int) -> float:
    return len(a) + float(sum(numbers))


async def named_task(task: int) -> str:
    return str(task)


# Unions and containers.


async def optional(a: int | None) -> str | None:
    return None if a is None else str(a)


async def int_or_str(a: int | str) -> int | str:
    return a


async def sequence(a: Sequence[int]) -> float:
    return float(sum(a))


async def whole_list(a: list[int]) -> float:
    return float(sum(a))


async def mapping(a: Mapping[str, int]) -> float:
    return float(sum(a.values()))


async def objects(a: object, b: object = None) -> bool:
    return a == b


async def anything(a: Any) -> Any:
    return a


async def nothing(a: int) -> None:
    assert a is not None


async def true(a: int) -> bool:
    return bool(a)


async def ints(a: int) -> list[int]:
    return [a]


async def never() -> NoReturn:
    raise OSError("no route")


# Generic functions.


async def same(a: T) -> T:
    return a


async def pair(a: T, b: U) -> tuple[T, U]:
    return a, b


async def both(a: T, b: T) -> list[T]:
    return [a, b]


async def first(items: Sequence[T]) -> T:
    return items[0]


async def first_or(items: Sequence[T], default: T, *, skip: int = 0) -> T:
    return next(iter(items[skip:]), default)


async def look_up(table: Mapping[K, T], key: K) -> T:
    return table[key]


async def constrained(a: IntOrStr) -> IntOrStr:
    return a


async def bounded(a: AnySequence) -> AnySequence:
    return a


async def mapped(function: Callable[[T], U], items: Iterable[T]) -> list[U]:
    return [function(item) for item in items]


async def wait_for(call: Callable[[T], Awaitable[U]], argument: T) -> U:
    return await call(argument)


async def same_with_default(a: T, times: int = 1, *, suffix: str = "") -> T:
    assert times or suffix is not None
    return a


async def same_of_all(*items: T) -> T:
    return items[0]


# Callables that are no plain functions.


class Service:
    async def method(self, a: int) -> str:
        return str(a)

    @classmethod
    async def of_class(cls, a: int) -> str:
        return f"{cls.__name__} {a}"

    @staticmethod
    async def static(a: int) -> str:
        return str(a)

    async def __call__(self, a: int, b: str = "") -> bytes:
        return b.encode() * a


class Box(Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content

    async def get(self, a: int) -> T:
        assert a is not None
        return self.content


class Soon:
    """Awaitable, yet neither a coroutine nor a future."""

    def __init__(self, value: str) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, None, str]:
        yield from asyncio.sleep(0).__await__()
        return self.value


def future(a: int) -> asyncio.Future[str]:
    made: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    made.set_result(str(a))
    return made


def task(a: int) -> asyncio.Task[str]:
    return asyncio.create_task(one(a))


def awaitable(a: int) -> Awaitable[str]:
    return one(a)


def soon(a: int) -> Soon:
    return Soon(str(a))


def not_async(a: int) -> str:
    return str(a)


@overload
async def overloaded(a: int) -> int: ...
@overload
async def overloaded(a: str) -> str: ...
async def overloaded(a: int | str) -> int | str:
    return a
