"""What pictures say of the arguments and limits of a node: short, and not to be mistaken."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from async_dag import TaskManager
from async_dag.nodes.arguments import brief, immediates_text
from async_dag.nodes.limits import limit_size


class DataFrame:
    """As a table of another library: its repr is long, its shape is not."""

    def __init__(self, *shape: Any) -> None:
        self.shape = shape

    def __repr__(self) -> str:
        return "   a  b\n0  1  2\n" * 100


class Broken:
    """A value whose every attribute fails."""

    @property
    def shape(self) -> Any:
        raise RuntimeError("boom")

    def __repr__(self) -> str:
        raise RuntimeError("boom")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (DataFrame(1_200, 8), "DataFrame 1,200 × 8"),
        (DataFrame(3), "DataFrame 3"),
        (DataFrame(), "   a  b"),
        (DataFrame("lazy", 2), "   a  b"),
        (Broken(), "<Broken>"),
    ],
)
def test_a_table_is_its_shape(value: object, text: str) -> None:
    """Where the shape is known as numbers; a value that fails to tell is its class."""
    assert brief(value).startswith(text)
    assert len(brief(value)) < 50


async def fetch(page: int, url: str = "", *more: int, deep: bool = False) -> None: ...


@pytest.mark.parametrize(
    ("args", "kwargs", "text"),
    [
        ((1,), {}, "page=1"),
        ((None, "/users"), {}, "page=None, '/users'"),
        ((True, "/users", 7), {"deep": True}, "page=True, '/users', 7, deep=True"),
    ],
)
def test_a_bare_number_has_the_name_of_its_parameter(
    args: tuple[Any, ...], kwargs: dict[str, Any], text: str
) -> None:
    """`fetch_2` above `1` would read as a call; what has no parameter of its own stays as it is."""
    tm = TaskManager[None]()
    node: Any = tm.add_node(fetch, *args, **kwargs)
    assert immediates_text(node) == text


def test_a_limit_tells_its_size() -> None:
    """As its library has it: slots, tokens, or a rate; what tells none has none."""
    anyio = pytest.importorskip("anyio")
    aiolimiter = pytest.importorskip("aiolimiter")

    async def main() -> list[str | None]:
        limits = [
            asyncio.Semaphore(3),
            asyncio.BoundedSemaphore(5),
            asyncio.Lock(),
            anyio.CapacityLimiter(4),
            aiolimiter.AsyncLimiter(10, 2.5),
            asyncio.Condition(),
        ]
        return [limit_size(limit) for limit in limits]

    assert asyncio.run(main()) == ["3", "5", "1", "4", "10 in 2.5 s", None]
