"""Which nodes a large picture draws as one."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from async_dag import TaskManager
from async_dag.graph import algorithms
from async_dag.graph.bundling import Bundling, bundle, singles
from async_dag.graph.graph import Graph, Origin
from async_dag.graph.labels import shared_name


def made_graph(tasks: list[str], dependencies: list[tuple[int, ...]]) -> Graph:
    return Graph.of(
        [f"{task}_{index}" for index, task in enumerate(tasks)],
        ["task"] * len(tasks),
        dependencies,
        [Origin(task, None, None) for task in tasks],
        [None] * len(tasks),
    )


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    tasks = draw(st.lists(st.sampled_from("abc"), max_size=30))
    dependencies: list[tuple[int, ...]] = [
        tuple(sorted(draw(st.sets(st.integers(0, node - 1), max_size=3)))) if node else ()
        for node in range(len(tasks))
    ]
    return made_graph(tasks, dependencies)


def titles(made: Bundling) -> list[str]:
    return [one.title for one in made.bundles]


@given(graphs(), st.integers(1, 12))
def test_a_bundling_is_a_dag_of_all_nodes(graph: Graph, most: int) -> None:
    """Every node is in one bundle, and the dependencies between bundles make no circle."""
    made = bundle(graph, most=most)
    members = [node for one in made.bundles for node in one.members]
    assert sorted(members) == list(range(len(graph)))
    assert all(node in made.bundles[made.of[node]].members for node in members)
    assert all(
        needed < own for own, all_needed in enumerate(made.dependencies) for needed in all_needed
    )
    between = {(made.of[d], made.of[n]) for n, ds in enumerate(graph.dependencies) for d in ds}
    drawn = {(needed, own) for own, ds in enumerate(made.dependencies) for needed in ds}
    assert {pair for pair in between if pair[0] != pair[1]} == drawn
    assert {own for own, inner in enumerate(made.inner) if inner} == {
        a for a, b in between if a == b
    }


@given(graphs())
def test_at_the_fixed_point_all_nodes_of_a_bundle_look_alike(graph: Graph) -> None:
    """With room for every bundle, its nodes have one task, and neighbours in the same bundles."""
    made = bundle(graph, most=1000)
    dependents = algorithms.dependents_of(graph.dependencies)
    for one in made.bundles:
        assert len({graph.origins[node].task for node in one.members}) == 1
        for neighbours in (graph.dependencies, dependents):
            assert (
                len({frozenset(made.of[n] for n in neighbours[node]) for node in one.members}) == 1
            )


def test_a_merge_after_merges_is_a_bundle_of_its_own() -> None:
    """Six merges and one of these six: the last one has other neighbours."""
    graph = made_graph(
        ["map"] * 6 + ["merge"] * 7, [()] * 6 + [(i,) for i in range(6)] + [tuple(range(6, 12))]
    )
    assert titles(bundle(graph)) == ["map ×6", "merge ×6", "merge_12"]


def test_layers_of_one_task_stay_layers() -> None:
    """Twenty layers of a hundred nodes that call the same function: twenty boxes."""
    dependencies = [
        () if node < 100 else tuple(range(node // 100 * 100 - 100, node // 100 * 100))
        for node in range(2000)
    ]
    assert titles(bundle(made_graph(["step"] * 2000, dependencies))) == ["step ×100"] * 20


def test_a_long_chain_is_one_bundle() -> None:
    """A thousand nodes one after the other can't be a thousand boxes."""
    made = bundle(made_graph(["step"] * 1000, [(n - 1,) if n else () for n in range(1000)]))
    assert len(made) <= 60
    assert any(made.inner)


def test_two_tasks_that_take_turns_become_one_bundle() -> None:
    """Bundles that depend on each other are drawn as one, or the picture would have a circle."""
    chain: list[tuple[int, ...]] = [(n - 1,) if n else () for n in range(400)]
    made = bundle(made_graph(["ping", "pong"] * 200, chain), most=1)
    assert titles(made) == ["ping, pong ×400"]


def test_groups_are_bundles() -> None:
    """What the user named as a group is drawn as one, whatever its tasks are called."""
    graph = Graph.of(
        ["a", "b", "c"],
        ["task"] * 3,
        [(), (), (0, 1)],
        [Origin(name, None, None) for name in "abc"],
        ["load", "load", None],
    )
    assert titles(bundle(graph)) == ["load ×2", "c"]


def named(names: list[str], task: str = "f", groups: list[str | None] | None = None) -> Graph:
    """Nodes of one function, by the names that their user gave, and one that needs them all."""
    count = len(names)
    return Graph.of(
        [*names, "end"],
        ["task"] * (count + 1),
        [*[()] * count, tuple(range(count))],
        [*[Origin(task, None, None)] * count, Origin("end", None, None)],
        [*(groups or [None] * count), None],
    )


def test_a_bundle_has_what_the_names_of_its_nodes_share() -> None:
    """Where the user gave names these are what they see, not the function that they call."""
    assert titles(bundle(named(["fetch page a", "fetch page b"]))) == ["fetch page ×2", "end"]
    assert titles(bundle(named(["users", "orders"]))) == ["f ×2", "end"]
    assert titles(bundle(named(["f", "f_2", "f_3"]))) == ["f ×3", "end"]


def test_bundles_of_a_mapped_dag_tell_its_nodes_apart() -> None:
    """Items of different nodes share more than what stands before the first number."""

    async def pages(site: int) -> list[int]:
        return [site, site]

    async def parse(page: int) -> int:
        return page

    inner = TaskManager[int]()
    parsed = inner.map(parse, inner.add_node(pages, inner.parameter_node))
    inner.sort()
    tm = TaskManager[None]()
    tm.map(inner, [1, 2, 3])[parsed]
    tm.sort()
    run = asyncio.run(tm.invoke())
    assert [one for one in titles(bundle(run.trace.graph)) if "×" in one] == [
        "sub/pages ×3",
        "sub/parse ×6",
    ]


def test_bundles_of_a_dag_used_again_and_again_have_its_names() -> None:
    """As those of a DAG for each element have; a part that is the same in all is kept as it is."""
    uses = ["sub/load", "sub_2/load", "sub_3/load"]
    assert titles(bundle(named(uses, "load"))) == ["sub/load ×3", "end"]
    items = ["sub[3]/load[0]", "sub[3]/load[1]"]
    assert titles(bundle(named(items, "load"))) == ["sub[3]/load ×2", "end"]
    assert titles(bundle(named(["cell[3,4]", "cell[3,5]"]))) == ["cell ×2", "end"]


def test_a_single_node_keeps_its_name() -> None:
    """Also in a picture that bundles others."""
    assert titles(bundle(named(["the users"]))) == ["the users", "end"]


def test_a_group_names_a_bundle_only_where_it_is_one() -> None:
    """A group of several bundles has a frame, and each bundle the name of its function."""
    together = named(["f", "f_2"], groups=["input", "input"])
    assert titles(bundle(together)) == ["input ×2", "end"]
    graph = Graph.of(
        ["f", "f_2", "g", "g_2"],
        ["task"] * 4,
        [(), (), (0, 1), (0, 1)],
        [Origin(name, None, None) for name in "ffgg"],
        ["all"] * 4,
    )
    assert titles(bundle(graph, most=9)) == ["f ×2", "g ×2"]


@given(st.lists(st.text(alphabet="ab1_ -", max_size=8), min_size=2, max_size=6))
def test_a_shared_name_is_how_all_names_begin(names: list[str]) -> None:
    """And it ends where a word ends in each of them."""
    shared = shared_name(names)
    assert all(name.startswith(shared) for name in names)
    for name in names:
        rest = name[len(shared) :]
        if shared and rest:
            assert not (shared[-1].isalpha() and rest[0].isalpha())
            assert not (shared[-1].isdigit() and rest[0].isdigit())


def test_singles_are_all_nodes() -> None:
    """The full picture has the same form: one node a bundle, called by its name."""
    graph = made_graph(["a", "a"], [(1,), ()])
    assert titles(singles(graph)) == ["a_1", "a_0"]
    assert singles(graph).dependencies == ((), (0,))


def test_nothing_is_bundled_into_nothing() -> None:
    """A graph without nodes has no bundles."""
    assert len(bundle(made_graph([], []))) == 0


def test_a_large_graph_is_bundled_within_its_bound() -> None:
    """Each round would part two nodes from a chain of thirty thousand: it stops when told to."""
    chain: list[tuple[int, ...]] = [(n - 1,) if n else () for n in range(30_000)]
    made = bundle(made_graph(["step"] * 30_000, chain), work=200_000)
    assert sum(len(one.members) for one in made.bundles) == 30_000
    assert len(made) < 10
