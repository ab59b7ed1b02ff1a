"""Pictures and exports of DAGs with choices: a diamond, and the side not taken dashed."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from async_dag import ExecutionResult, TaskManager, TaskNode, Trace, build_dag
from async_dag.graph.bundling import bundling_of
from async_dag.trace.columns import NOT_CHOSEN, STATES
from async_dag.views.common.facts import RunFacts
from async_dag.workbench.feed.graph_payload import graph_payload
from async_dag.workbench.feed.updates import UpdateSource
from async_dag.workbench.layout.placement import place
from async_dag.workbench.still.box_facts import box_facts
from async_dag.workbench.still.still import Still
from tests.support.virtual import VirtualLoop, run_virtual


def ran(flag: bool) -> tuple[TaskManager[bool], ExecutionResult[bool]]:
    """A run in which `mail` is sent if the flag says so, and else a map archives."""

    async def main(loop: VirtualLoop) -> tuple[TaskManager[bool], ExecutionResult[bool]]:
        async def is_weekday(day: bool) -> bool:
            await asyncio.sleep(1)
            return day

        async def send() -> str:
            await asyncio.sleep(1)
            return "sent"

        async def archive(n: int) -> int:
            await asyncio.sleep(1)
            return n

        async def note(what: object) -> str:
            await asyncio.sleep(1)
            return repr(what)

        tm = TaskManager[bool](clock=loop.time)
        flag_node = tm.add_node(is_weekday, tm.parameter_node)
        sent, archived = tm.add_node(send), tm.map(archive, [1, 2, 3])
        mail = tm.options(name="mail").choose(flag_node, sent, archived)
        tm.add_node(note, mail)
        tm.options(name="fixed").choose(flag_node, mail, None)
        tm.sort()
        return tm, await tm.invoke(flag)

    return run_virtual(main)


def test_the_graph_is_drawn_with_both_sides() -> None:
    """As text, boxes and arrows: what decides, and what either side would be."""
    tm, _ = ran(True)
    text = tm.draw.text()
    assert "mail        ← if is_weekday, then send, else archive" in text
    assert "fixed       ← if is_weekday, then mail, else a value" in text
    diagram = tm.draw.diagram()
    titles = [box.title for box in diagram.boxes]
    shapes = {box.title: box.shape for box in diagram.boxes}
    assert shapes["mail"] == shapes["fixed"] == "choice"
    assert [box.lines for box in diagram.boxes if box.title == "fixed"] == [("else None",)]
    arrows = {(titles[arrow.tail], titles[arrow.head]): arrow for arrow in diagram.arrows}
    assert arrows["is_weekday", "mail"].label == "if"
    assert arrows["send", "mail"].label == "then"
    assert arrows["archive ×?", "mail"].label == "else"
    assert not any(arrow.left for arrow in diagram.arrows)


@pytest.mark.parametrize("flag", [True, False])
def test_a_run_is_drawn_with_the_side_not_taken_dashed(flag: bool) -> None:
    """Whichever that is; and it says that it was not chosen."""
    _, result = ran(flag)
    for run in (result, Trace.from_json(result.trace.to_json())):
        diagram = run.draw.diagram()
        titles = [box.title for box in diagram.boxes]
        left = {(titles[arrow.tail], titles[arrow.head]) for arrow in diagram.arrows if arrow.left}
        side = "archive ×?" if flag else "send"
        assert (side, "mail") in left
        lines = {box.title: box.lines for box in diagram.boxes}
        assert lines[side] == ("– not chosen",)
        assert lines["mail"] == (f"took {'then' if flag else 'else'}",)
        assert "-.->|else|" in str(run.draw.mermaid()) or "-.->|then|" in str(run.draw.mermaid())
        assert "{" in str(run.draw.mermaid())
    if not flag:
        assert re.search(r"send +│never started: not chosen", result.draw.text())


def test_diagrams_of_graphviz() -> None:
    """A diamond, labels at its arrows, and a dashed arrow."""
    pytest.importorskip("graphviz")
    _, result = ran(True)
    source = result.draw.graphviz().source
    assert "shape=diamond" in source
    assert 'label="if"' in source
    assert "style=dashed weight=0" in source


def for_each() -> TaskManager[None]:
    """Choices that are made for each letter: between two tasks, and with plain sides."""

    async def is_urgent(letter: str) -> bool:
        return letter.endswith("!")

    async def write(letter: str) -> str:
        return letter

    async def send(letter: str) -> str:
        return letter

    async def read(letters: list[str]) -> list[str]:
        return letters

    with build_dag(str) as sub:
        letter = sub.parameter_node
        urgent, written = sub.add_node(is_urgent, letter), sub.add_node(write, letter)
        sent = sub.add_node(send, written)
        mail = sub.options(name="mail").choose(urgent, sent, written)
        both = sub.collect([sent, written])
        sub.options(name="known").choose(urgent, both, sub.outcomes(sub.map(send, both)))
        sub.choose(urgent, letter, None)
    with build_dag() as tm:
        letters: TaskNode[None, list[str]] = tm.add_node(read, ["a", "b!", "c"])
        tm.add_node(read, tm.map(sub, letters)[mail])
    return tm


def test_a_choice_for_each_element_is_a_diamond() -> None:
    """With what each side would be, and the plain values; and no task or map, so in no wave."""
    tm = for_each()
    text = tm.draw.text(width=100)
    assert text.startswith("2 tasks and 4 maps in 4 waves, ")
    assert "sub/mail ×?          ← if sub/is_urgent, then sub/send, else sub/write\n" in text
    assert (
        "sub/known ×?         ← if sub/is_urgent, then sub/send and sub/write, else sub/send_2/outcomes"
        in text
    )
    assert "sub/choice ×?        ← if sub/is_urgent, then read, else a value\n" in text
    diagram = tm.draw.diagram()
    titles = [box.title for box in diagram.boxes]
    diamonds = {box.title: box.lines for box in diagram.boxes if box.shape == "choice"}
    assert diamonds == {"sub/mail ×?": (), "sub/known ×?": (), "choice ×?": ("else None",)}
    labels = {
        (titles[arrow.tail], titles[arrow.head]): arrow.label
        for arrow in diagram.arrows
        if arrow.label
    }
    flag, sent, written = "sub/is_urgent ×?", "sub/send ×?", "sub/write ×?"
    assert labels == {
        (flag, "sub/mail ×?"): "if",
        (sent, "sub/mail ×?"): "then",
        (written, "sub/mail ×?"): "else",
        (flag, "sub/known ×?"): "if",
        (sent, "sub/known ×?"): "then",
        (written, "sub/known ×?"): "then",
        ("sub/send_2/outcomes", "sub/known ×?"): "else",
        (flag, "choice ×?"): "if",
        ("read", "choice ×?"): "then",
    }
    number = titles.index("sub/mail ×?")
    mermaid = str(tm.draw.mermaid())
    assert f'n{number}{{"sub#47;mail ×#63;"}}:::task' in mermaid
    assert f"n{titles.index(sent)} -->|then| n{number}" in mermaid


def test_graphviz_draws_a_choice_for_each_element_as_a_diamond() -> None:
    """And nothing else as one."""
    pytest.importorskip("graphviz")
    lines = for_each().draw.graphviz().source.splitlines()
    diamonds = [line for line in lines if "shape=diamond" in line]
    assert len(diamonds) == 3
    assert all("mail" in line or "known" in line or "choice" in line for line in diamonds)


def test_a_run_is_drawn_with_the_side_dashed_that_the_element_did_not_take() -> None:
    """Which side each choice took is told with it."""
    diagram = asyncio.run(for_each().invoke()).draw.diagram(detail="full")
    keys = [box.key for box in diagram.boxes]
    left = {(keys[arrow.tail], keys[arrow.head]) for arrow in diagram.arrows if arrow.left}
    assert {pair for pair in left if "mail" in pair[1]} == {
        ("sub[0]/send", "sub[0]/mail"),
        ("sub[1]/write", "sub[1]/mail"),
        ("sub[2]/send", "sub[2]/mail"),
    }
    taken = {box.key: box.lines for box in diagram.boxes if "mail" in box.key and "[" in box.key}
    assert taken == {
        "sub[0]/mail": ("took else",),
        "sub[1]/mail": ("took then",),
        "sub[2]/mail": ("took else",),
    }


def test_arrows_of_a_run_are_labelled_where_a_side_is_several_items_or_an_element() -> None:
    """A list that is collected, what a map gave, and the element itself; in a file and a page, too."""
    result = asyncio.run(for_each().invoke())
    trace = result.trace
    for run in (trace, Trace.from_json(trace.to_json())):
        names = run.graph.names
        at = {name: row for row, name in enumerate(names)}
        choice = run.graph.choices[at["sub[0]/known"]]
        assert [[names[of] for of in part] for part in choice.parts] == [
            ["sub[0]/is_urgent"],
            ["sub[0]/send", "sub[0]/write"],
            ["sub[0]/send_2[0]", "sub[0]/send_2[1]"],
        ]
        assert choice.left == choice.parts[1]
        assert run.graph.choices[at["sub[0]/choice"]].parts[1] == (at["read"],)
        diagram = run.draw.diagram(detail="full")
        keys = [box.key for box in diagram.boxes]
        arrows = {(keys[arrow.tail], keys[arrow.head]): arrow for arrow in diagram.arrows}
        arrow = arrows["sub[0]/send_2[1]", "sub[0]/known"]
        assert (arrow.label, arrow.left) == ("else", False)
        arrow = arrows["sub[0]/write", "sub[0]/known"]
        assert (arrow.label, arrow.left) == ("then", True)
        assert arrows["read", "sub[0]/choice"].label == "then"
    known, *parts = next(
        row for row in graph_payload(trace.graph, None)["choices"] if row[0] == at["sub[0]/known"]
    )
    assert parts == [*trace.graph.choices[known].parts]


@pytest.mark.parametrize("flag", [True, False])
def test_the_page_is_told(flag: bool) -> None:
    """What choices take once with the graph, and which side each took as it does."""
    tm, result = ran(flag)
    payload = graph_payload(tm.graph, None)
    mail, fixed = tm["mail"].index, tm["fixed"].index
    assert payload["choices"] == [
        [mail, (tm["is_weekday"].index,), (tm["send"].index,), (tm["archive"].index,)],
        [fixed, (tm["is_weekday"].index,), (mail,), ()],
    ]
    frame = UpdateSource(result.trace).look()
    assert dict(frame.events["taken"]) == {mail: flag, fixed: flag}
    left = tm["archive" if flag else "send"].index
    states = dict(zip(frame.rows, frame.states, strict=True))
    assert STATES[states[left]] == "skipped"
    assert [left, NOT_CHOSEN] in frame.events["causes"]
    # Of a run from a file, too; its graph has both sides for the page all the same.
    again = Trace.from_json(result.trace.to_json())
    assert dict(UpdateSource(again).look().events["taken"]) == {mail: flag, fixed: flag}
    assert left in graph_payload(again.template, None)["dependencies"][mail]


def test_the_layout_ends_arrows_at_diamonds() -> None:
    """The arrow to a choice ends at its upper corner or an edge of it, not at its bounding box."""
    tm, _ = ran(True)
    layout = place(tm.graph, None)
    assert layout is not None
    mail = tm["mail"].index
    (box,) = [box for box in layout.down.boxes if box.of == mail]
    ends = [edge.points[-2:] for edge in layout.down.edges if edge.target == mail]
    assert len(ends) == 3
    for x, y in ends:
        aside = abs(x - (box.x + box.width / 2)) / (box.width / 2)
        above = abs(y - (box.y + box.height / 2)) / (box.height / 2)
        assert aside + above == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("flag", [True, False])
def test_the_still_picture(flag: bool) -> None:
    """Its boxes know what was left, and it draws them."""
    tm, result = ran(flag)
    facts = box_facts(RunFacts(result.trace), None, ())
    mail = tm["mail"].index
    assert facts[mail].left == {tm["archive" if flag else "send"].index}
    assert facts[tm["fixed"].index].left == (set() if flag else {mail})
    bundling = bundling_of(tm.graph)
    layout = place(tm.graph, bundling)
    placement = None if layout is None else layout.for_still
    assert (
        "img"
        in Still(result.trace, placement, bundling, title="t", state="done").bundle("k")[
            "text/html"
        ]
    )


def test_exports(tmp_path: Path) -> None:
    """The mirror keeps both sides and can be made a manager again; a trace has who ran alone."""
    tm, result = ran(True)
    mirror = tm.to_networkx()
    assert mirror.nodes["mail"]["kind"] == "choice"
    assert mirror.edges["archive", "mail"]["arguments"] == (2,)
    without_map = mirror.subgraph(["is_weekday", "send", "mail", "fixed"])
    again = TaskManager.from_networkx(
        without_map, {name: _say(name) for name in ("is_weekday", "send")}
    )
    again.sort()
    assert again["fixed"].kind == "choice"
    assert asyncio.run(again.invoke())[again["fixed"]] == "send"
    text = result.export.chrome_trace(tmp_path / "run.json").read_text()
    names = {event.get("name") for event in json.loads(text)["traceEvents"]}
    assert "send" in names
    assert "archive" not in names


def _say(name: str) -> Any:
    async def say(*_: object) -> str:
        return name

    return say
