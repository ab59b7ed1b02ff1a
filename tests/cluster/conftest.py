"""A cluster of two worker processes with one thread each, for all tests that need a real one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.cluster import Cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Two worker processes, one pair for the whole session: tests leave them alive."""
    pytest.importorskip("distributed")
    from tests.support.cluster import Cluster

    with Cluster() as running:
        yield running
