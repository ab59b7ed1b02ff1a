"""The thread that writes a history, and what may happen to its file."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

import async_dag
from async_dag import HistoryError, InvocationError, LifecycleError, build_dag
from async_dag.runs.storage import gathered, session
from async_dag.runs.storage import writer as writing
from async_dag.runs.storage.histogram import MAKESPAN
from async_dag.runs.storage.reader import HistoryFile
from tests.support.histories import invoke, is_whole, rows, six_nodes, step

ROOT = Path(__file__).parents[3]


def run_script(source: str, *arguments: object) -> str:
    """What a program of its own prints; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def stored(path: Path) -> list[str]:
    """The outcomes of all runs of all graphs, read as `profile` does."""
    with HistoryFile(path) as file:
        return [run.outcome for graph in file.graphs() for run in file.runs(graph)]


def test_what_was_recorded_is_read_back(tmp_path: Path) -> None:
    """Traces, labels and graphs, as they were."""
    tm = six_nodes()
    traces = []
    with async_dag.watch(over=lambda run: traces.append(run.trace)):
        for label in ("v1", "v2"):
            with async_dag.history(tmp_path / "runs.db", label=label):
                invoke(tm, 3)
    with HistoryFile(tmp_path / "runs.db") as file:
        assert file.labels() == ["v1", "v2"]
        [graph] = file.graphs()
        runs = file.runs(graph)
    assert graph.runs == 6
    assert graph.graph.names == tm.graph.names
    assert [run.label for run in runs] == ["v1"] * 3 + ["v2"] * 3
    for run, trace in zip(runs, traces, strict=True):
        assert list(run.trace.finished) == pytest.approx(list(trace.finished), abs=1e-7)
        assert run.trace.wall_start == trace.wall_start


def test_how_runs_ended_is_kept(tmp_path: Path) -> None:
    """Complete, failed, cancelled, and those that ran a part of the graph."""

    async def fail() -> None:
        raise OSError("no route")

    with build_dag() as tm:
        good = tm.add_node(step)
        bad = tm.add_node(fail)
        slow = tm.add_node(asyncio.sleep, 60)

    async def main() -> None:
        with pytest.raises(InvocationError):
            await tm.invoke(targets=[bad])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await tm.invoke(targets=[slow])
        await tm.invoke(targets=[good])

    with async_dag.history(tmp_path / "runs.db"):
        asyncio.run(main())
        invoke(six_nodes())
    assert sorted(stored(tmp_path / "runs.db")) == ["cancelled", "complete", "failed", "partial"]
    [error] = [
        run.trace.errors for run in _all_runs(tmp_path / "runs.db") if run.outcome == "failed"
    ]
    assert list(error.values()) == ["OSError: no route"]


def _all_runs(path: Path):  # type: ignore[no-untyped-def]
    with HistoryFile(path) as file:
        return [run for graph in file.graphs() for run in file.runs(graph)]


def test_the_same_graph_is_stored_once(tmp_path: Path) -> None:
    """Managers that are built anew for each request have one graph in the file."""
    with async_dag.history(tmp_path / "runs.db"):
        for _ in range(5):
            invoke(six_nodes())
    with HistoryFile(tmp_path / "runs.db") as file:
        assert [graph.runs for graph in file.graphs()] == [5]


def test_a_run_of_six_nodes_takes_some_165_bytes(tmp_path: Path) -> None:
    """All of the file counted, over a thousand runs."""
    with async_dag.history(tmp_path / "runs.db") as history:
        invoke(six_nodes(), 1000)
    assert history.written == 1000
    assert (tmp_path / "runs.db").stat().st_size / 1000 <= 170


def test_counts_tell_of_all_runs_though_a_sample_is_kept(tmp_path: Path) -> None:
    """Of 1,500 runs in a minute or two some hundred are left out, and all are counted."""
    with async_dag.history(tmp_path / "runs.db", per_minute=10) as history:
        invoke(six_nodes(), 1500)
    assert history.seen == 1500
    with HistoryFile(tmp_path / "runs.db") as file:
        [graph] = file.graphs()
        counts = file.counts(graph)
    assert 1000 <= graph.runs < 1100
    assert counts.seen == 1500
    assert counts.histograms[MAKESPAN].count == 1500
    assert counts.histograms[0].count == 1500 // 8


def test_runs_of_several_hours_and_two_graphs_are_counted_apart(tmp_path: Path) -> None:
    """Also where they are looked at together; what failed is counted beside."""

    async def fail() -> None:
        raise OSError("no route")

    with build_dag() as other:
        good, _ = other.add_node(step), other.add_node(fail)
    traces = [asyncio.run(six_nodes().invoke()).trace for _ in range(10)]
    small = [asyncio.run(other.invoke(targets=[good])).trace]
    with pytest.raises(InvocationError) as caught:
        asyncio.run(other.invoke())
    small.append(caught.value.result.trace)
    for place, trace in enumerate(traces):
        trace.wall_start = 3600.0 * (1000 + place // 4)
    writer = writing.Writer(tmp_path / "runs.db", "", None)
    for trace in [*traces[:6], *small, *traces[6:]]:
        writer.record(trace)
    writer.close()
    assert rows(
        tmp_path / "runs.db", "SELECT hour, seen, unfinished FROM hours WHERE hour < 2000"
    ) == [
        (1000, 4, 0),
        (1001, 4, 0),
        (1002, 2, 0),
    ]
    assert rows(tmp_path / "runs.db", "SELECT seen, unfinished FROM hours WHERE hour > 2000") == [
        (0, 2)
    ]
    assert writer.written == writer.seen == 12


def test_nothing_of_it_runs_on_the_event_loop(tmp_path: Path) -> None:
    """Whatever touches the file does so in another thread than the loop's."""
    threads: set[int] = set()
    original = writing.Writer._round

    def watched(self: writing.Writer, *, last: bool) -> None:
        threads.add(threading.get_ident())
        original(self, last=last)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing.Writer, "_round", watched)
        with async_dag.history(tmp_path / "runs.db"):
            invoke(six_nodes(), 20)
    assert threads
    assert threading.get_ident() not in threads


def test_a_reader_that_blocks_harms_no_invoke(tmp_path: Path) -> None:
    """While another process holds the file runs wait, and are written when it is free."""
    path = tmp_path / "runs.db"
    tm = six_nodes()
    with async_dag.history(path) as history:
        blocker = sqlite3.connect(path, isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        invoke(tm, 50)
        assert history.written == 0  # so none has waited for it
        blocker.execute("COMMIT")
        blocker.close()
    assert history.written == 50
    assert history.dropped == 0
    assert stored(path) == ["complete"] * 50


def test_what_waits_is_bounded_and_what_is_beyond_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a file that can't be written, memory does not grow; later runs are written again."""
    monkeypatch.setattr(gathered, "_MOST_WAITING", 5_000)
    monkeypatch.setattr(writing, "_FIRST_PAUSE", 0.01)
    broken = [True]
    original = session.open_for_writing

    def opened(path: Path) -> sqlite3.Connection:
        if broken[0]:
            raise sqlite3.OperationalError("database or disk is full")
        return original(path)

    with async_dag.history(tmp_path / "runs.db") as history:
        monkeypatch.setattr(session, "open_for_writing", opened)
        invoke(six_nodes(), 200)
        history.flush()
        assert history.error == "database or disk is full"
        assert "can't be written now" in repr(history)
        assert 100 < history.dropped < 200
        lost = history.dropped
        broken[0] = False
        history.flush()
        assert history.error is None
        invoke(six_nodes(), 10)
    assert history.written == 200 - lost + 10
    with HistoryFile(tmp_path / "runs.db") as file:
        assert file.lost() == lost


def test_a_full_disk_harms_no_invoke(tmp_path: Path) -> None:
    """Where the file can't grow, runs are dropped and counted, and what was written can be read."""
    path = tmp_path / "runs.db"
    source = """
        import resource, sys
        from pathlib import Path
        import async_dag
        from tests.support.histories import invoke, six_nodes
        with async_dag.history(sys.argv[1], per_minute=None) as history:
            tm = six_nodes()
            invoke(tm, 100)
            history.flush()
            resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
            invoke(tm, 2000)
            history.flush()
            print(history.error)
        print(history.written, history.dropped)
    """
    error, counts = run_script(source, path).splitlines()
    written, dropped = map(int, counts.split())
    assert "disk" in error
    assert written >= 100
    assert dropped == 2100 - written > 0
    assert is_whole(path)
    assert len(stored(path)) == written


def test_a_file_that_becomes_read_only_harms_no_invoke() -> None:
    """Runs are dropped and counted at the end; opening it again says what is wrong."""
    source = """
        import os, shutil, tempfile
        from pathlib import Path
        import async_dag
        from tests.support.histories import invoke, six_nodes
        history_of = async_dag.history
        folder = Path(tempfile.mkdtemp())
        path = folder / "runs.db"
        with history_of(folder / "before.db"):
            invoke(six_nodes())  # loads all modules, which may lie where only root can read
        if os.geteuid() == 0:  # who may write everywhere
            os.chmod(folder, 0o777)
            os.seteuid(65534)
        with history_of(path) as history:
            tm = six_nodes()
            invoke(tm, 10)
            history.flush()
            os.chmod(path, 0o444)
            history._writer._session.disconnect()  # an open file stays writable
            invoke(tm, 10)
            history.flush()
            print(history.error)
        print(history.written, history.dropped)
        try:
            history_of(path)
        except ValueError as error:
            print(error)
        os.seteuid(os.getuid())
        shutil.rmtree(folder)
    """
    error, counts, again = run_script(source).splitlines()
    assert "readonly" in error
    assert counts == "10 10"
    assert "make the file and its folder writable" in again


def test_runs_that_cannot_be_looked_at_are_counted_as_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong in the thread, no run is missing from what is told."""

    def broken(graph: object) -> str:
        raise RuntimeError("no text of it")

    monkeypatch.setattr(gathered, "graph_text", broken)
    with async_dag.history(tmp_path / "runs.db") as kept:
        invoke(six_nodes(), 3)
    assert (kept.written, kept.dropped) == (0, 3)


def test_killed_processes_leave_a_whole_file(tmp_path: Path) -> None:
    """Sixty writers, two at a time, each killed with -9 while it writes: nothing is torn."""
    path = tmp_path / "runs.db"
    source = """
        import os, random, signal, sys, time
        from pathlib import Path
        import async_dag
        from tests.support.histories import invoke, is_whole, rows, six_nodes
        path = Path(sys.argv[1])
        with async_dag.history(path) as history:
            invoke(six_nodes())
        def write():
            import async_dag.runs.storage.writer as writer
            writer._LOOK_EVERY = writer._WRITE_EVERY = 0.001
            tm = six_nodes()
            with async_dag.history(path, per_minute=None):
                while True:
                    invoke(tm, 5)
        def count():
            return rows(path, "SELECT count(*) FROM runs")[0][0]
        rng = random.Random(1)
        for _ in range(30):
            before, children = count(), []
            for _ in range(2):
                child = os.fork()
                if not child:
                    write()
                children.append(child)
            time.sleep(rng.uniform(0.02, 0.25))
            until = time.monotonic() + 60
            while count() < before + 2 and time.monotonic() < until:  # a busy machine
                time.sleep(0.01)
            for child in children:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            assert is_whole(path)
        print(count())
    """
    count = int(run_script(source, path))
    assert count > 60
    assert set(stored(path)) == {"complete"}


def test_forked_workers_write_their_own_runs(tmp_path: Path) -> None:
    """A history opened before the fork goes on in each child and in the parent."""
    path = tmp_path / "runs.db"
    source = """
        import os, sys
        import async_dag
        from tests.support.histories import invoke, six_nodes
        history = async_dag.history(sys.argv[1], label="workers")
        tm = six_nodes()
        invoke(tm, 10)
        children = []
        for _ in range(2):
            child = os.fork()
            if not child:
                invoke(tm, 20)
                history.close()
                os._exit(0)
            children.append(child)
        invoke(tm, 10)
        for child in children:
            assert os.waitpid(child, 0)[1] == 0
        history.close()
    """
    run_script(source, path)
    assert is_whole(path)
    assert len(stored(path)) == 60
    assert sorted(rows(path, "SELECT count(*) FROM runs GROUP BY session")) == [(20,)] * 3


def test_a_program_that_forgets_to_close_loses_nothing(tmp_path: Path) -> None:
    """What is left is written when the interpreter exits."""
    source = """
        import sys
        import async_dag
        from tests.support.histories import invoke, six_nodes
        async_dag.history(sys.argv[1])
        invoke(six_nodes(), 7)
    """
    run_script(source, tmp_path / "runs.db")
    assert stored(tmp_path / "runs.db") == ["complete"] * 7


def test_a_file_of_a_newer_version_is_refused_by_name(tmp_path: Path) -> None:
    """By who writes and by who reads, and it stays as it is."""
    path = tmp_path / "runs.db"
    with async_dag.history(path):
        invoke(six_nodes())
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    before = path.read_bytes()
    for use in (async_dag.history, lambda path: HistoryFile(Path(path))):
        with pytest.raises(HistoryError, match=r"runs.db.*newer version.*layout 7.*update"):
            use(path)
    assert path.read_bytes() == before


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A text, another program's database, a folder that is not there: each is said to be that."""
    (tmp_path / "notes.txt").write_text("a shopping list, and not a short one " * 50)
    with pytest.raises(HistoryError, match="not a database"):
        async_dag.history(tmp_path / "notes.txt")
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE things (name)")
    connection.close()
    with pytest.raises(HistoryError, match="no history of async_dag"):
        async_dag.history(tmp_path / "other.db")
    with pytest.raises(HistoryError, match="there is no folder"):
        async_dag.history(tmp_path / "nowhere" / "runs.db")
    with pytest.raises(HistoryError, match="there is no history at"):
        HistoryFile(tmp_path / "missing.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(HistoryError, match="is empty"):
        HistoryFile(tmp_path / "empty.db")


def test_wrong_arguments_are_refused(tmp_path: Path) -> None:
    """Each by its name."""
    with pytest.raises(TypeError, match="history takes the path of a file"):
        async_dag.history(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="label="):
        async_dag.history(tmp_path / "runs.db", label=4)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="per_minute="):
        async_dag.history(tmp_path / "runs.db", per_minute=0)


def test_a_closed_history_records_no_more(tmp_path: Path) -> None:
    """After the block, and a second close does nothing."""
    tm = six_nodes()
    with async_dag.history(tmp_path / "runs.db") as history:
        invoke(tm)
    invoke(tm)
    history.close()
    assert history.written == 1
    assert repr(history) == "<History 'runs.db', closed: 1 run written>"
    with pytest.raises(LifecycleError, match=r"history\(path\) opens it again"), history:
        pass
