"""Modules that are imported in a thread."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

import pytest

from async_dag._common.loading import load


def test_a_module_is_imported_once_and_in_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the event loop goes on meanwhile; what fails is raised as the import raises it."""
    (tmp_path / "slow_to_load.py").write_text("import threading\nthread = threading.get_ident()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        asyncio.run(load("slow_to_load"))
        module = sys.modules["slow_to_load"]
        assert module.thread != threading.get_ident()
        asyncio.run(load("slow_to_load"))
        assert sys.modules["slow_to_load"] is module
    finally:
        sys.modules.pop("slow_to_load", None)
    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
        asyncio.run(load("no_such_module_at_all"))
