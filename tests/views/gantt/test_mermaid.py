"""The Gantt chart as Mermaid text: statements that its grammar takes, whatever the names are."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag.trace.trace import Trace
from async_dag.views.gantt.mermaid import mermaid_gantt_source
from tests.support.browser import Browser
from tests.support.made_traces import Bar, made_trace
from tests.support.mermaid import draw_mermaid

#: A bar: a name without what ends it or begins a comment; then tags, start and end.
BAR = re.compile(r"  (?P<name>(?:#\d+;|[^:;%{}<>\"\n])+) :(?P<rest>.*)")
REST = re.compile(r"(?P<tags>(?:active, )?(?:crit, )?)(?P<start>\d+), (?P<end>\d+)")
KEYWORDS = (
    "gantt",
    "title",
    "section",
    "dateFormat",
    "axisFormat",
    "click",
    "call",
    "todayMarker",
    "vert",
)


def bars(trace: Trace) -> dict[str, tuple[str, int, int]]:
    """By name, as a reader sees it: tags, start and end in the chart's milliseconds."""
    lines = mermaid_gantt_source(trace).splitlines()
    assert lines[0] == "gantt"
    assert lines[1].startswith("  title ")
    assert lines[2] == "  dateFormat x"
    found: dict[str, tuple[str, int, int]] = {}
    for line in lines[3:]:
        if line.startswith(("  axisFormat ", "  tickInterval ")):
            continue
        bar = BAR.fullmatch(line)
        assert bar, line
        rest = REST.fullmatch(bar["rest"])
        assert rest, line
        name = html.unescape(bar["name"].replace("#", "&#"))
        found[name] = (rest["tags"].rstrip(", "), int(rest["start"]), int(rest["end"]))
    return found


def test_a_run_is_bars_in_milliseconds() -> None:
    """With what each took; the critical path is framed, what failed is filled."""
    trace = made_trace(
        Bar("load", 0, 0, 1.0),
        Bar("side", 0, 0, 0.25),
        Bar("join", 1.0, 1.0, 1.5, "failed", needs=(0,), error="OSError: no route"),
        Bar("end", state="skipped", cause=2, needs=(2,)),
    )
    assert bars(trace) == {
        "load 1.00 s": ("active, crit", 0, 1000),
        "side 0.25 s": ("", 0, 250),
        "✗ join 0.50 s failed OSError: no route": ("crit", 1000, 1500),
    }
    lines = mermaid_gantt_source(trace).splitlines()
    assert "4 tasks, 2 done, 1 failed, 1 never started" in lines[1]
    assert "  axisFormat %Q ms" in lines
    assert "  tickInterval 200millisecond" in lines


@pytest.mark.parametrize(
    ("length", "axis", "end"), [(0.0001, "%Q µs", 100), (1.0, "%Q ms", 1000), (60, "%s s", 60_000)]
)
def test_the_axis_counts_in_a_unit_that_fits(length: float, axis: str, end: int) -> None:
    """Microseconds to seconds, none of them read as a time of day."""
    trace = made_trace(Bar("a", 0, 0, length))
    assert f"  axisFormat {axis}" in mermaid_gantt_source(trace).splitlines()
    assert [bar[1:] for bar in bars(trace).values()] == [(0, end)]


def test_a_large_run_is_a_bar_a_bundle() -> None:
    """From the first start to the last end, with how many there are."""
    trace = made_trace(*[Bar(f"map_{n}", 0, n // 4, n // 4 + 1, task="map") for n in range(200)])
    assert bars(trace) == {"map ×200 peak 4": ("active, crit", 0, 50_000)}


@given(st.text(max_size=30) | st.sampled_from(KEYWORDS).flatmap(lambda word: st.just(word + " x")))
def test_any_name_is_one_bar(name: str) -> None:
    """No name ends its statement, begins another one, a comment or markup."""
    trace = made_trace(Bar(name, 0, 0, 1), Bar("second", 0, 0, 1))
    lines = [line for line in mermaid_gantt_source(trace).splitlines() if " :" in line]
    assert len(lines) == 2
    text = lines[0][2 : lines[0].rindex(" :")]
    assert not re.search(r"[:;%{}<>\"`\\\n]", re.sub(r"#\d+;", "", text))
    assert not any(text.lower().startswith(word.lower()) for word in KEYWORDS)


def test_nothing_started_is_a_chart_that_says_so() -> None:
    """Mermaid takes no chart without a bar."""
    assert "nothing started :milestone, 0, 0" in mermaid_gantt_source(made_trace())
    source = mermaid_gantt_source(made_trace(Bar("a", state="skipped")))
    assert "1 never started" in source
    assert "nothing started :milestone" in source


def test_it_shows_itself_and_saves_itself() -> None:
    """As the other Mermaid diagrams do."""
    made = made_trace(Bar("a", 0, 0, 1)).draw.mermaid_gantt()
    assert made.markdown == f"```mermaid\n{made}```\n"


def test_the_real_mermaid_draws_any_name(browser: Browser) -> None:
    """A bar a task, called as it is; nothing becomes markup, a comment or a statement."""
    names = [
        *("a:b", "x;y", "100%%", "%% c", "{d}", "#35;", '"q"', "it's", "a,b", "\\N", "`c`", "[x]"),
        *("<script>alert(1)</script>", "&lt;", "任务", "שלום", "crit, x", "after a", "end"),
        *(f"{word} x" for word in KEYWORDS),
    ]
    trace = made_trace(*[Bar(name, n / 10, n / 10, n / 10 + 0.2) for n, name in enumerate(names)])
    (drawn,) = draw_mermaid(browser, [mermaid_gantt_source(trace)])
    assert {f"{name} 0.20 s" for name in names} <= set(drawn["texts"])
    assert "script" not in drawn["elements"]
    assert any(
        text.startswith(f"{len(names)} tasks, all done · makespan") for text in drawn["texts"]
    )


def test_the_real_mermaid_draws_runs_of_any_length(browser: Browser) -> None:
    """The axis counts in microseconds, milliseconds or seconds; a chart of nothing is one."""
    traces = [made_trace(Bar("a", 0, 0, length)) for length in (0.0001, 1.0, 60.0)]
    drawn = draw_mermaid(
        browser, [mermaid_gantt_source(trace) for trace in [*traces, made_trace()]]
    )
    for seen, tick in zip(drawn, ("20 µs", "200 ms", "20 s", "nothing started"), strict=True):
        assert tick in seen["texts"]
