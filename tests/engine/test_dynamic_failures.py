"""Random DAGs with maps, choices and sub-DAGs in which tasks fail: every row has an end."""

from __future__ import annotations

import asyncio
from unittest import mock

from hypothesis import example, given, settings
from hypothesis import strategies as st

from async_dag import ExecutionResult, InvocationError, Trace
from tests.support import dynamic_strategies
from tests.support.dynamic_strategies import Step, build_dynamic, digest, dynamic_dags
from tests.support.virtual import VirtualLoop, run_virtual

ZIPS_OF_UNEQUAL_LISTS = [
    Step("list", width=2, plain=True),
    Step("list", width=0, dag=1, parameter=0, each=True),
    Step("list", (), (0,), width=1, ticks=(0, 1), dag=1, parameter=0, each=True),
    Step("starmap", (1, 2), dag=1, parameter=0, each=True),
]
"""In a DAG for each of two elements: found to be unequal for one after the other."""

ZIP_OF_AN_EMPTY_MAP = [
    Step("list", width=2, plain=True),
    Step("list", plain=True, dag=1, parameter=0, each=True),
    Step("map", (1,), dag=1, parameter=0, each=True),
    Step("list", width=2, plain=True, dag=1, parameter=0, each=True),
    Step("starmap", (3, 2), dag=1, parameter=0, each=True),
]
"""In a DAG for each of two elements: of unequal lists one has the items of a map."""

ZIP_OF_A_STREAM_THAT_IS_TOO_LONG = [
    Step("list", width=2, plain=True),
    Step("list", width=3, streams=True, dag=1, parameter=0, each=True),
    Step("map", (1,), ticks=(5,), dag=1, parameter=0, each=True),
    Step("list", width=2, plain=True, dag=1, parameter=0, each=True),
    Step("starmap", (2, 3), dag=1, parameter=0, each=True),
]
"""In a DAG for each of two elements: lists turn out to be unequal once the zip has items that wait."""

ZIP_AS_BOTH_SIDES = [
    Step("list", width=2, plain=True),
    Step("list", width=1, dag=1, parameter=0, each=True),
    Step("list", width=2, dag=1, parameter=0, each=True),
    Step("starmap", (1, 2), dag=1, parameter=0, each=True),
    Step("choose", (1,), (3, 3), dag=1, parameter=0, each=True),
]
"""In a DAG for each of two elements: a choice takes what never is, as lists of it are unequal."""

OUTCOMES_OF_A_SIDE = [
    Step("map", (0,), (0, 0), nested=True, dag=1, parameter=0),
    Step("outcomes", (1,)),
    Step("list", others=(1,)),
    Step("flatten", (2,)),
    Step("list"),
    Step("map", (4,), nested=True),
    Step("choose", (0,), (0, 6)),
]
"""A side whose maps go through outcomes that are there before it is known whether it is taken."""

LIST_OF_NO_LISTS = [
    Step("list", width=1, plain=True),
    Step("list", dag=1, parameter=0, each=True),
    Step("task", dag=1, parameter=0, each=True),
    Step("map", (1,), (2,), nested=True, dag=1, parameter=0, each=True),
    Step("flatten", (3,), dag=1, parameter=0, each=True),
]
"""In a DAG for each element: a map without items takes what failed, and another one goes through it."""

PRODUCT_OF_NOTHING_AND_OUTCOMES = [
    Step("list", width=3, plain=True),
    Step("map", (0,), (0,), ticks=(1,), nested=True),
    Step("outcomes", (1,)),
    Step("list", (), (0,)),
    Step("product", (3, 2), (0,)),
]
"""A map without items, which would take the outcomes of items that failed."""

SIDE_OF_A_FAILED_FLAG = [
    Step("list", width=3, streams=True),
    Step("task", dag=1, parameter=0, each=True),
    Step("list", others=(1,), dag=1, parameter=0, each=True),
    Step("choose", (1,), (0, 2), dag=1, parameter=0, each=True),
]
"""What the side takes fails, and so does the flag: it is skipped for both."""


@settings(max_examples=200, deadline=None)
@example(SIDE_OF_A_FAILED_FLAG, 1, None)
@example([Step("list", width=1), *OUTCOMES_OF_A_SIDE], 2, None)
@example([Step("list", width=3), *OUTCOMES_OF_A_SIDE], 7, None)
@given(
    st.booleans().flatmap(lambda chosen: dynamic_dags(chosen=chosen)),
    st.integers(2, 9),
    st.sampled_from([None, 1, 3]),
)
@example(ZIPS_OF_UNEQUAL_LISTS, 2, None)
@example(ZIP_OF_AN_EMPTY_MAP, 2, None)
@example(ZIP_OF_A_STREAM_THAT_IS_TOO_LONG, 9, None)
@example(PRODUCT_OF_NOTHING_AND_OUTCOMES, 2, 3)
@example(ZIP_AS_BOTH_SIDES, 9, None)
@example(LIST_OF_NO_LISTS, 2, None)
def test_every_row_has_an_end(steps: list[Step], share: int, slots: int | None) -> None:
    """What failed, what never started for it or was not chosen: nothing waits once a run is over."""
    real = dynamic_strategies.value_of

    def value_of(number: int, step: Step, arguments: tuple[object, ...]) -> object:
        if digest((number, arguments, "fails")) % share == 0:
            raise OSError("broken")
        return real(number, step, arguments)

    async def main(loop: VirtualLoop) -> ExecutionResult[None]:
        tm, _ = build_dynamic(steps, loop.time)
        try:
            invoke = tm.invoke(on_error="continue", max_concurrency=slots)
            return await asyncio.wait_for(invoke, 10_000)
        except InvocationError as error:
            return error.result

    with mock.patch.object(dynamic_strategies, "value_of", value_of):
        trace = run_virtual(main).trace
    states = trace.states
    assert set(states) <= {"done", "failed", "skipped"}
    for row, cause in trace.causes.items():
        assert states[row] == "skipped"
        assert cause < 0 or states[cause] == "failed"
    assert {row for row, state in enumerate(states) if state == "skipped"} == set(trace.causes)
    assert Trace.from_json(trace.to_json()).to_json() == trace.to_json()
