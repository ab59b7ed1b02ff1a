"""A run as a pandas table."""

from __future__ import annotations

from typing import Any

from async_dag._common.extras import extra
from async_dag.engine.result import MISSING, ExecutionResult, value_at


def to_dataframe(result: ExecutionResult[Any]) -> Any:
    """The table that `ExecutionResult.to_dataframe` describes."""
    with extra("pandas"):
        import pandas  # type: ignore[import-untyped]  # its stubs are a package of their own

    table = pandas.DataFrame(result.trace.to_rows()).set_index("name")
    values = [_value(result, row) for row in range(len(table))]
    # As objects: pandas would make numbers of what only looks like some.
    table["value"] = pandas.Series(values, index=table.index, dtype=object)
    return table


def _value(result: ExecutionResult[Any], row: int) -> Any:
    value = value_at(result, row)
    return None if value is MISSING else value
