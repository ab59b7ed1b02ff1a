"""`%load_ext async_dag` in IPython in a terminal."""

from __future__ import annotations

import re
import sys

import pexpect

DAG = (
    "from async_dag import build_dag; from asyncio import sleep; tm = build_dag().__enter__(); "
    "_ = [tm.add_node(sleep, 0.01 * i) for i in range(3)]; tm.sort()"
)
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def test_an_invoke_is_drawn_before_the_next_prompt() -> None:
    """The whole chart, with rich; after `%unload_ext` none."""
    shell = pexpect.spawn(
        sys.executable,
        [
            "-m",
            "IPython",
            "--simple-prompt",
            "--quick",
            "--no-banner",
            "--HistoryManager.enabled=False",
        ],
        env={"TERM": "xterm-256color", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
        dimensions=(40, 90),
        encoding="utf-8",
        timeout=60,
    )

    def answer(line: str, number: int) -> str:
        shell.expect_exact(f"In [{number}]: ")
        shell.sendline(line)
        shell.expect_exact(line)
        shell.expect_exact(f"In [{number + 1}]: ")
        answered = CONTROL.sub("", shell.before)
        shell.send("\n")  # for the prompt that the next call looks for
        return answered

    try:
        assert "Error" not in answer("%load_ext async_dag", 1)
        assert "Error" not in answer(DAG, 2)
        chart = answer("r = await tm.invoke()", 3)
        assert "3 tasks, all done" in chart
        assert "as a DAG" in chart.rpartition("3 tasks, all done")[2]
        assert "sleep_3" in chart
        assert "awaiting" in chart
        answer("%load_ext async_dag", 4)
        answer("%unload_ext async_dag", 5)
        assert answer("r = await tm.invoke()", 6).strip() == ""
    finally:
        shell.terminate(force=True)
