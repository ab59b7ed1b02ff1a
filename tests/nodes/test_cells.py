"""Where a function was written, if that is a cell of a notebook."""

from __future__ import annotations

import subprocess
import sys

import pytest

from async_dag.nodes.functions import file_or_cell

SCRIPT = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("x = 1", store_history=True)
shell.run_cell('''\
from async_dag import build_dag
async def load():
    return 1
with build_dag() as tm:
    tm.add_node(load)
place = tm.graph.origins[0].place
''', store_history=True)
print(shell.user_ns["place"])
"""


def test_a_function_of_a_cell_is_told_by_the_number_of_the_cell() -> None:
    """In a real IPython: as its tracebacks call it, and not by the name of a file that is not there."""
    pytest.importorskip("IPython")
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT], check=False, capture_output=True, text=True
    )
    assert answer.stdout.splitlines()[-1] == "In [2], line 2", answer.stderr


@pytest.mark.parametrize("name", ["pipeline.py", "/tmp/ipykernel_1/23.py", "<ipython-input-1-x>"])
def test_what_no_shell_knows_stays_a_file(name: str) -> None:
    """A script, and the code of a session that is not this one."""
    assert file_or_cell(name) == name
