"""Make notebooks/montage.json, the workflow that notebook 07 replays.

    python3 -m venv /tmp/recipes && /tmp/recipes/bin/pip install wfcommons==1.6
    /tmp/recipes/bin/python scripts/make_workflow.py

WfCommons (Coleman et al. 2022, doi:10.1016/j.future.2021.09.043) learned from recorded runs how the
workflow grows with its input, and how long its tasks take; its recipes come with the package, so
nothing is fetched. The same seed gives the same workflow. Only what the notebook needs is kept: for
each task its label, its seconds and the positions of its parents.
"""

from __future__ import annotations

import json
import random
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "notebooks" / "montage.json"
TASKS = 180
SEED = 15


def generate() -> dict[str, Any]:
    """A Montage workflow of about `TASKS` tasks, parents before children."""
    # Needed by this script alone, so they are in no extra.
    import numpy
    from wfcommons import WorkflowGenerator  # pyright: ignore[reportMissingImports]
    from wfcommons.wfchef.recipes import (  # pyright: ignore[reportMissingImports]
        MontageRecipe,
    )

    random.seed(SEED)
    numpy.random.seed(SEED)  # noqa: NPY002 - wfcommons draws from the global generator
    workflow = WorkflowGenerator(MontageRecipe.from_num_tasks(TASKS)).build_workflow()
    parents = {name: sorted(workflow.predecessors(name)) for name in sorted(workflow.tasks)}
    order = list(TopologicalSorter(parents).static_order())
    position = {name: index for index, name in enumerate(order)}
    return {
        "source": f"wfcommons 1.6, MontageRecipe.from_num_tasks({TASKS}), seed {SEED}",
        "tasks": [
            [
                workflow.tasks[name].name,
                round(workflow.tasks[name].runtime, 3),
                sorted(position[parent] for parent in parents[name]),
            ]
            for name in order
        ],
    }


def main() -> None:
    """Write the file, one task a line."""
    made = generate()
    tasks = ",\n".join("  " + json.dumps(task) for task in made["tasks"])
    source = json.dumps(made["source"])
    TARGET.write_text(f'{{"source": {source}, "tasks": [\n{tasks}\n]}}\n', encoding="utf-8")
    print(f"{TARGET}: {len(made['tasks'])} tasks, {TARGET.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
