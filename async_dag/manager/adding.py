"""`Adds`: the calls that add nodes, typed once for managers and for option builders.

What adds maps and choices is imported on use: `import async_dag` does without.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar, overload

from async_dag._common.misuse import explains_wrong_calls
from async_dag.manager.map_signatures import MapCalls
from async_dag.manager.signatures import AddNode
from async_dag.nodes.maps import MapNode
from async_dag.nodes.node import TaskNode

if TYPE_CHECKING:
    from async_dag.manager.manager import TaskManager
    from async_dag.manager.sub_dag import InlinedDag
    from async_dag.nodes.failure import Failure

P = TypeVar("P")
Q = TypeVar("Q")
R = TypeVar("R")
T = TypeVar("T")
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")


class Adds(AddNode[P], MapCalls[P]):
    """A manager or an options builder: something that adds nodes."""

    __slots__ = ()

    @overload
    def add_dag(self, sub: TaskManager[None]) -> InlinedDag[P, None]: ...
    @overload
    def add_dag(self, sub: TaskManager[Q], parameter: TaskNode[P, Q] | Q) -> InlinedDag[P, Q]: ...
    @explains_wrong_calls("add_dag(sub, parameter)")
    def add_dag(self, sub: TaskManager[Any], parameter: Any = ...) -> InlinedDag[P, Any]:
        """Add all nodes of another DAG, as a part of this one.

        Each node starts as soon as its own dependencies are done: a node that takes a quick node of the
        sub-DAG does not wait for its slow ones. The names are `sub/fetch` and so on, and
        `sub_2/fetch` the second time; with `tm.options(name="shop").add_dag(...)` they are
        `shop/fetch`. The nodes keep the options that they have in `sub`, and all uses share its
        limits.

        Args:
            sub: a sorted `TaskManager`. It is not changed, and may be added any number of times.
            parameter: a node of this DAG or a value, in place of its `parameter_node`. Leave it out if
                `sub` takes no parameter.

        Returns:
            An `InlinedDag`: `used[node]` is the node of this DAG that stands for `node` of `sub`.

        Raises:
            LifecycleError: (a `ValueError`) `sub` is not sorted yet, or this manager already is.
            MissingParameterError: (a `ValueError`) A node of `sub` takes its parameter, and none was
                given.
            WrongArgumentError: (a `ValueError`) `sub` is this manager itself, or the options are for
                single nodes, such as a timeout.
            WrongTypeError: (a `TypeError`) `sub` is not a `TaskManager`.
            ForeignNodeError: (a `ValueError`) The parameter is a node of another manager.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def length(word: str) -> int:
        ...     return len(word)
        >>> async def double(n: int) -> int:
        ...     return 2 * n
        >>> async def add(a: int, b: int) -> int:
        ...     return a + b
        >>> with build_dag(str) as sub:
        ...     doubled = sub.add_node(double, sub.add_node(length, sub.parameter_node))
        >>> with build_dag() as tm:
        ...     here = tm.options(name="here").add_dag(sub, "Oslo")
        ...     there = tm.options(name="there").add_dag(sub, "Haifa")
        ...     total = tm.add_node(add, here[doubled], there[doubled])
        >>> asyncio.run(tm.invoke())[total], there[doubled].name
        (18, 'there/double')
        """
        from async_dag.manager.sub_dag import inline

        return inline(self._builder, sub, parameter, self._options)

    @overload
    def choose(
        self, flag: TaskNode[P, bool] | bool, /, then: TaskNode[P, T1], other: TaskNode[P, T2]
    ) -> TaskNode[P, T1 | T2]: ...
    @overload
    def choose(
        self, flag: TaskNode[P, bool] | bool, /, then: TaskNode[P, T1], other: T2
    ) -> TaskNode[P, T1 | T2]: ...
    @overload
    def choose(
        self, flag: TaskNode[P, bool] | bool, /, then: T1, other: TaskNode[P, T2]
    ) -> TaskNode[P, T1 | T2]: ...
    @overload
    def choose(
        self, flag: TaskNode[P, bool] | bool, /, then: T1, other: T2
    ) -> TaskNode[P, T1 | T2]: ...
    @explains_wrong_calls("choose(flag, then=a, other=b)")
    def choose(self, flag: Any, /, then: Any, other: Any) -> TaskNode[P, Any]:
        """A node whose value is that of `then` if `flag` is true, else that of `other`.

        What only the side not taken needs never starts (state `skipped`, cause `NOT_CHOSEN`), and what
        only the side taken needs starts when the flag is known. What is needed elsewhere too starts at
        once: also if it is a node that no other one takes. No task is ever given anything in place of a
        value that is not there. A choice is no task. In a DAG that runs for each element (`tm.map` of a
        manager) it is made for each of these.

        Args:
            flag: a node, of whose value the truth decides; or a plain bool.
            then: a node or a plain value; it may be a choice in turn.
            other: the same.

        Raises:
            WrongTypeError: (a `TypeError`) The flag is neither a node nor a bool.
            WrongArgumentError: (a `ValueError`) A side is a container with a node in it, or the options
                are those of a task, such as a timeout.
            ForeignNodeError: (a `ValueError`) A node belongs to another manager.
            LifecycleError: (a `ValueError`) It came after `sort`.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def is_large(n: int) -> bool:
        ...     return n > 10
        >>> async def halve(n: int) -> int:
        ...     return n // 2
        >>> with build_dag(int) as tm:
        ...     n = tm.parameter_node
        ...     halved = tm.add_node(halve, n)
        ...     small = tm.choose(tm.add_node(is_large, n), then=halved, other=n)
        >>> result = asyncio.run(tm.invoke(8))
        >>> result[small], result.trace.states[halved.index]
        (8, 'skipped')
        """
        from async_dag.nodes.choosing import add_choice

        return add_choice(self._builder, flag, then, other, self._options)

    # What maps run for. (Options say how tasks are called, and these are none.)

    @overload
    def zip(
        self,
        a: TaskNode[P, Collection[T1]] | Collection[T1],
        b: TaskNode[P, Collection[T2]] | Collection[T2],
        /,
    ) -> MapNode[P, tuple[T1, T2]]: ...
    @overload
    def zip(
        self,
        a: TaskNode[P, Collection[T1]] | Collection[T1],
        b: TaskNode[P, Collection[T2]] | Collection[T2],
        c: TaskNode[P, Collection[T3]] | Collection[T3],
        /,
    ) -> MapNode[P, tuple[T1, T2, T3]]: ...
    @overload
    def zip(
        self,
        a: TaskNode[P, Collection[T1]] | Collection[T1],
        b: TaskNode[P, Collection[T2]] | Collection[T2],
        c: TaskNode[P, Collection[T3]] | Collection[T3],
        d: TaskNode[P, Collection[T4]] | Collection[T4],
        /,
    ) -> MapNode[P, tuple[T1, T2, T3, T4]]: ...
    @explains_wrong_calls("zip(a, b)")
    def zip(self, *collections: Any) -> MapNode[P, Any]:
        """The elements of several collections side by side, for `starmap`, or for `map` as tuples.

        An element is there as soon as each of the collections has it. All of them must have the same
        number of elements; if one has more or less than another, the node fails with
        `WrongArgumentError`. It is no task.

        Raises what `map` raises for a collection that can't be used.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def measure(word: str) -> int:
        ...     return len(word)
        >>> async def repeat(word: str, times: int) -> str:
        ...     return word * times
        >>> with build_dag() as tm:
        ...     words = ["a", "no"]
        ...     lengths = tm.map(measure, words)
        ...     repeated = tm.starmap(repeat, tm.zip(words, lengths))
        >>> asyncio.run(tm.invoke())[repeated]
        ['a', 'nono']
        """
        from async_dag.nodes.mapping import add_zip

        return add_zip(self._builder, collections)

    @explains_wrong_calls("product(a, b)")
    def product(
        self,
        a: TaskNode[P, Collection[T1]] | Collection[T1],
        b: TaskNode[P, Collection[T2]] | Collection[T2],
        /,
    ) -> MapNode[P, tuple[T1, T2]]:
        """All pairs of an element of one collection and one of another, for `starmap` or `map`.

        They stand in the order of `itertools.product`, and a pair is there as soon as its two elements
        are. It is no task.

        Raises what `map` raises for a collection that can't be used.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def label(row: str, column: int) -> str:
        ...     return f"{row}{column}"
        >>> with build_dag() as tm:
        ...     labels = tm.starmap(label, tm.product(["a", "b"], [1, 2]))
        >>> asyncio.run(tm.invoke())[labels]
        ['a1', 'a2', 'b1', 'b2']
        """
        from async_dag.nodes.mapping import add_product

        return add_product(self._builder, a, b)

    @explains_wrong_calls("outcomes(mapped)")
    def outcomes(self, of: MapNode[P, T], /) -> MapNode[P, T | Failure]:
        """What became of each item of a map: its value, or a `Failure` with its exception.

        Who takes the outcomes runs although items failed. Where nothing needs the values themselves,
        the failure of an item cancels nothing and `invoke` does not raise; `result.failures` has it all
        the same. Passed to `map` it goes on element by element. It is no task.

        Raises `WrongTypeError` (a `TypeError`) for what is no map, `ForeignNodeError` (a `ValueError`)
        for one of another manager.

        >>> import asyncio
        >>> from async_dag import Failure, build_dag
        >>> async def invert(n: int) -> float:
        ...     return 1 / n
        >>> async def count_failures(outcomes: list[float | Failure]) -> int:
        ...     return sum(isinstance(outcome, Failure) for outcome in outcomes)
        >>> with build_dag() as tm:
        ...     inverted = tm.map(invert, [2, 0, 4])
        ...     failed = tm.add_node(count_failures, tm.outcomes(inverted))
        >>> result = asyncio.run(tm.invoke())
        >>> result[failed], result.failures
        (1, {<ItemNode 'invert[1]'>: ZeroDivisionError('division by zero')})
        """
        from async_dag.nodes.reducing import add_outcomes

        return add_outcomes(self._builder, of)

    @explains_wrong_calls("fold(add, 0, numbers)")
    def fold(
        self,
        task: Callable[[R, T], Awaitable[R]],
        initial: TaskNode[P, R] | R,
        collection: TaskNode[P, Collection[T]] | Collection[T],
        /,
    ) -> TaskNode[P, R]:
        """Call `task(so_far, element)` for one element after the other, in their order.

        `so_far` is what the call for the element before returned, for the first one `initial`. Each
        call is made as soon as its element and the call before are done, so it runs while a map still
        works on later elements. Of what the calls return only the last is kept: it is the value, or
        `initial` for a collection without elements.

        Raises what `map` raises.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def price(n: int) -> float:
        ...     return n / 2
        >>> async def add(so_far: float, one: float) -> float:
        ...     return so_far + one
        >>> with build_dag() as tm:
        ...     total = tm.fold(add, 0.0, tm.map(price, [1, 2, 3]))
        >>> result = asyncio.run(tm.invoke())
        >>> result[total], result.trace.graph.names[-3:]
        (3.0, ('add[0]', 'add[1]', 'add[2]'))
        """
        from async_dag.nodes.reducing import add_fold

        return add_fold(self._builder, task, initial, collection, self._options)

    @explains_wrong_calls("flatten(lists)")
    def flatten(
        self, collections: TaskNode[P, Collection[Collection[T]]] | Collection[Collection[T]], /
    ) -> MapNode[P, T]:
        """The elements of all collections in a collection, such as the links of all pages, for `map`.

        The elements of one of them are there as soon as it is, whatever the others do; in the list of
        values they stand in the order of the collections. It is no task.

        Raises what `map` raises for a collection that can't be used.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def letters(word: str) -> list[str]:
        ...     return list(word)
        >>> async def upper(letter: str) -> str:
        ...     return letter.upper()
        >>> with build_dag() as tm:
        ...     loud = tm.map(upper, tm.flatten(tm.map(letters, ["no", "a"])))
        >>> result = asyncio.run(tm.invoke())
        >>> result[loud], result.trace.graph.names[-1]
        (['N', 'O', 'A'], 'upper[1,0]')
        """
        from async_dag.nodes.mapping import add_flatten

        return add_flatten(self._builder, collections)
