"""The command `python -m benchmarks`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import cases, chart, table
from benchmarks.contender import Contender
from benchmarks.contenders import OURS, all_contenders
from benchmarks.environments import CACHE
from benchmarks.rounds import Job, run_rounds
from benchmarks.summary import rows

KINDS = ("overhead", "map", "scale", "schedule", "startup", "looking", "instructions", "truth")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures what was asked for; prints the table, writes the JSON and the chart."""
    told = parser().parse_args(arguments)
    if "truth" in told.cases:
        print_truth()
        if told.cases == ["truth"]:
            return
    known = all_contenders()
    names = told.contenders or list(known)
    contenders = [one for name, one in known.items() if name == OURS or name in names]
    jobs = list(chosen_jobs(told, contenders))
    if not jobs:
        sys.exit("nothing to measure: schedule needs --workflows DIR with *.json files in it")
    try:
        run_rounds(jobs, told.rounds)
    except KeyboardInterrupt:
        print("\ninterrupted: these are the figures of the rounds so far", file=sys.stderr)

    found = rows(jobs)
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {told.rounds} rounds")
    print(*table.lines(found), sep="\n")
    told.output.mkdir(parents=True, exist_ok=True)
    name = time.strftime("%Y-%m-%d_%H-%M-%S")
    document = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "rounds": told.rounds,
        "rows": [asdict(row) for row in found],
        "answers": [
            {"line": job.line, "label": job.label, "options": job.options, "answers": job.answers}
            for job in jobs
        ],
    }
    path: Path = told.output / f"{name}.json"
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    print(f"\nwritten: {path}")
    try:
        chart.save(found, path.with_suffix(".svg"))
    except ImportError:
        print("no chart: it needs matplotlib (pip install matplotlib)")


def print_truth() -> None:
    """What async_dag says of runs beside what was measured: about us alone, and in this process."""
    from benchmarks import truth

    print(f"Python {platform.python_version()}, {os.cpu_count()} processors")
    for line in truth.report():
        print(line, flush=True)
    print()


def chosen_jobs(told: argparse.Namespace, contenders: Sequence[Contender]) -> list[Job]:
    """The jobs of the kinds that were asked for."""
    jobs: list[Job] = []
    for kind in told.cases:
        if kind == "overhead":
            jobs += cases.overhead(contenders, told.shapes)
        elif kind == "map":
            jobs += cases.mapping(contenders)
        elif kind == "scale":
            jobs += cases.scale(contenders, told.nodes)
        elif kind == "schedule" and told.workflows is not None:
            jobs += cases.schedule(contenders, told.workflows)
        elif kind == "startup":
            jobs += cases.startup(contenders)
        elif kind == "looking":
            jobs += cases.looking(contenders)
        elif kind == "instructions":
            jobs += cases.instructions(contenders, told.shapes)
    return jobs


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures what async_dag costs beside other ways to run a graph of async tasks.",
    )
    add = made.add_argument
    add("--cases", nargs="+", choices=KINDS, default=KINDS, metavar="CASE", help=", ".join(KINDS))
    names, shapes = list(all_contenders()), list(cases.FULL_SIZE)
    names_help = f"{', '.join(names)}; ours always runs"
    shapes_help = f"graphs of the overhead cases: {', '.join(shapes)}"
    add("--contenders", nargs="+", choices=names, metavar="NAME", help=names_help)
    add("--shapes", nargs="+", choices=shapes, default=shapes, metavar="SHAPE", help=shapes_help)
    add("--nodes", nargs="+", type=int, default=cases.SCALES, help="sizes of the scale case")
    add("--rounds", type=int, default=7, help="rounds (default 7)")
    add("--workflows", type=Path, metavar="DIR", help="folder of recorded workflows, for schedule")
    add("--output", type=Path, default=CACHE / "results", metavar="DIR", help="where results go")
    return made


if __name__ == "__main__":
    main()
