"""A forked child, as of a server that forks: it has no thread but its own."""

from __future__ import annotations

import os

import pytest

from tests.support.programs import output_of

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def test_in_thread_works_in_a_forked_child() -> None:
    """The parent's pool has used threads; the child's gets threads of its own."""
    printed = output_of("""
        import asyncio, os
        from async_dag import build_dag, in_thread

        with build_dag() as tm:
            node = tm.add_node(in_thread(os.getpid))

        assert asyncio.run(tm.invoke())[node] == os.getpid()
        child = os.fork()
        if not child:
            async def main():
                async with asyncio.timeout(20):
                    return (await tm.invoke())[node]
            right = asyncio.run(main()) == os.getpid()
            os._exit(0 if right else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    assert printed == "0\n"


def test_a_child_that_is_forked_while_the_pool_is_being_made() -> None:
    """The lock that a thread of the parent's holds is free in the child."""
    printed = output_of("""
        import asyncio, os, threading
        from async_dag import build_dag, in_thread
        from async_dag.engine import offload

        with build_dag() as tm:
            node = tm.add_node(in_thread(os.getpid))
        held, forked = threading.Event(), threading.Event()

        def hold():
            with offload._pool_lock:
                held.set()
                forked.wait()

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        child = os.fork()
        if not child:
            asyncio.run(tm.invoke())
            os._exit(0)
        forked.set()
        thread.join()
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    assert printed == "0\n"
