"""The process of one contender: does one job and writes the answer to a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.contender import CannotExpressError
from benchmarks.contenders import all_contenders


def main(job_text: str, answer_path: str) -> None:
    """Does the job, a JSON object: `measure` and `contender`, and `options` for the measure.

    The answer goes to a file, since a library may print what it likes.
    """
    job: Mapping[str, Any] = json.loads(job_text)
    measure: Callable[..., Mapping[str, Any]] = import_module(
        f"benchmarks.measures.{job['measure']}"
    ).measure
    answer: Mapping[str, Any]
    try:
        answer = measure(all_contenders()[job["contender"]], **job["options"])
    except CannotExpressError as error:
        answer = {"cannot": str(error)}
    Path(answer_path).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
