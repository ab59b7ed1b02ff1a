import assert from "node:assert/strict";
import { test } from "node:test";
import { AxisEnd } from "../src/gantt/axis";
import { runningAhead } from "../src/gantt/running_ahead";
import { earlierOf } from "../src/panels/facts";
import { findingsSoFar } from "../src/panels/so_far";
import { bandText } from "../src/ui/expected_words";
import { unitFor } from "../src/ui/format";
import { attempt, expect, feed, graphOf, runOf } from "./made";

const MODEL = graphOf(["a", "b", "c"], [[], [0], [1]]);

test("nothing is expected before the present moment: what is late moves as a whole", () => {
  const run = runOf(MODEL, [{ started: 0 }, {}, {}], { elapsed: 1 });
  expect(run, [
    [0, 0, 1.5],
    [1, 1.5, 2],
    [2, 2, 3],
  ]);
  assert.deepEqual(run.restOf(1), { start: 1.5, end: 2 });
  feed(run, [{ started: 0 }, {}, {}], { elapsed: 1.75 });
  run.tick(0);
  assert.equal(run.restOf(0), null);
  assert.deepEqual(run.restOf(1), { start: 1.75, end: 2.25 });
  assert.deepEqual(run.restOf(2), { start: 2.25, end: 3.25 });
  assert.equal(run.expected?.makespan, 3.25);
});

test("the unit of a picture is that of its expected end, until the run is over", () => {
  const run = runOf(MODEL, [{ started: 0 }, {}, {}], { elapsed: 500 });
  expect(run, [[2, 600, 1100]]);
  assert.equal(unitFor(run.longest).text(run.longest), "18.3 min");
  feed(run, [{ started: 0 }, {}, {}], { elapsed: 500, over: true });
  assert.equal(run.longest, 500);
});

test("of a node that runs the rest begins now, and of one that is over there is none", () => {
  const run = runOf(MODEL, [{ started: 0, finished: 1 }, { started: 1 }, {}], { elapsed: 1.5 });
  expect(run, [
    [1, 1, 2],
    [2, 2, 3],
  ]);
  assert.equal(run.restOf(0), null);
  assert.deepEqual(run.restOf(1), { start: 1.5, end: 2 });
});

test("the path that is expected is marked until the analysis says which it was", () => {
  const run = runOf(MODEL, [{ started: 0 }, {}, {}], { elapsed: 1 });
  expect(run, [[0, 0, 2]], [0, 2]);
  assert.deepEqual([...run.critical], [1, 0, 1]);
  run.applyAnalysis(
    {
      kind: "analysis",
      run: "k",
      makespan: 3,
      critical_path: [1],
      ways: null,
      findings: [],
    },
    [],
  );
  expect(run, [[0, 0, 2]], [0, 2]);
  assert.deepEqual([...run.critical], [0, 1, 0]);
});

test("while a run goes on it is told what decides its length, and who was tried again", () => {
  const run = runOf(MODEL, [{ started: 0, finished: 1 }, { started: 1 }, {}], {
    elapsed: 2,
    events: {
      attempts: [attempt(0, 1, 1, 1.5, "HTTP 503"), attempt(1, 1, 1.6, null, null)],
    },
  });
  expect(
    run,
    [
      [1, 1, 4],
      [2, 4, 5],
    ],
    [0, 1, 2],
  );
  assert.deepEqual(
    findingsSoFar(run, unitFor(5)).map(({ text, nodes }) => [text, nodes]),
    [
      [
        "The critical path so far is `a` → `b`; `b` is expected to take 60% of the whole 5.00 s.",
        [1],
      ],
      ["`b` has failed 1 time, last with HTTP 503; it is on the critical path.", [1]],
    ],
  );
});

test("of who was tried again it says how much later it may end, and when that decides the end", () => {
  const model = graphOf(["tried", "long", "end"], [[], [], [0, 1]]);
  const attempts = [attempt(0, 0, 0, 0.5, "HTTP 503")]; // with its pause so far it takes 1 s
  const said = (slack: number): string => {
    const run = runOf(model, [{ started: 0 }, { started: 0 }, {}], {
      elapsed: 1,
      events: { attempts },
    });
    const rows: [number, number, number, number][] = [
      [0, 0, 2, slack],
      [1, 0, 4, 0],
      [2, 4, 5, 0],
    ];
    expect(run, rows, [1, 2]);
    return findingsSoFar(run, unitFor(5))[1].text;
  };
  assert.equal(
    said(2),
    "`tried` has failed 1 time, last with HTTP 503, and has 2.00 s of slack left.",
  );
  assert.equal(
    said(0.5),
    "`tried` has failed 1 time, last with HTTP 503, and has 0.50 s of slack left; " +
      "one more failed attempt and it, not `long`, decides the end.",
  );
});

test("a node that runs for longer than expected uses up its slack", () => {
  const run = runOf(MODEL, [{ started: 0 }, {}, {}], { elapsed: 1 });
  expect(run, [[0, 0, 2, 0.75]]);
  assert.equal(run.expected?.slackOf(run, 0), 0.75);
  feed(run, [{ started: 0 }, {}, {}], { elapsed: 2.5 });
  assert.equal(run.expected?.slackOf(run, 0), 0.25);
});

test("the band moves with what is late, never lies before now, and says which share it holds", () => {
  const run = runOf(MODEL, [{ started: 0 }, {}, {}], { elapsed: 1 });
  const rows: [number, number, number][] = [
    [0, 0, 1.5],
    [1, 1.5, 2],
    [2, 2, 3],
  ];
  expect(run, rows, [], { band: [2.5, 4], share: 0.8, runs: 40 });
  const expected = run.expected!;
  assert.deepEqual(expected.band, { start: 2.5, end: 4 });
  assert.equal(bandText(expected, unitFor(3)), "80%: 2.50–4.00 s");
  feed(run, [{ started: 0 }, {}, {}], { elapsed: 2 });
  run.tick(0);
  assert.deepEqual(expected.band, { start: 3, end: 4.5 });
  expect(run, rows, [], { band: [1.5, 4], runs: 3 });
  assert.deepEqual(run.expected?.band, { start: 2, end: 4.5 });
  assert.equal(bandText(run.expected!, unitFor(3)), "by 3 runs: 2.00–4.50 s");
});

test("how many are expected to run at once goes on from now", () => {
  const run = runOf(MODEL, [{ started: 0 }, {}, {}], { elapsed: 1 });
  expect(run, [
    [0, 0, 1.5],
    [1, 1.5, 2],
    [2, 1.5, 3],
  ]);
  assert.deepEqual(runningAhead(run), [
    [1, 1],
    [1.5, 2],
    [2, 1],
    [3, 0],
  ]);
});

test("what a node took in earlier runs is a range, with the share of them that it holds", () => {
  const run = runOf(MODEL, [{ started: 0 }, {}, {}]);
  const columns = [Float32Array.of(1, 1, 1).buffer, Float32Array.of(1, 2, 3).buffer];
  run.applyEarlier({ kind: "earlier", run: "k", runs: 3, share: null }, columns);
  assert.deepEqual(earlierOf(run, 0, unitFor(3)), [["3 earlier runs", "1.00 s"]]);
  run.applyEarlier({ kind: "earlier", run: "k", runs: 40, share: 0.8 }, columns);
  assert.deepEqual(earlierOf(run, 2, unitFor(3)), [["80% of 40 earlier runs", "1.00 s to 3.00 s"]]);
});

test("the axis ends with the run, however long other ways would take", () => {
  const end = new AxisEnd();
  const run = runOf(MODEL, [{ started: 0, finished: 2 }], { elapsed: 2, over: true });
  run.applyAnalysis(
    {
      kind: "analysis",
      run: "k",
      makespan: 2,
      critical_path: [],
      ways: { headline: "", until: 9, saved: null, note: "", bands: [] },
      findings: [],
    },
    [],
  );
  end.update(run, null);
  assert.ok(end.value >= 2 && end.value < 2.1);
});

test("while a run goes on the axis holds still, and has room for what is expected", () => {
  const end = new AxisEnd();
  const run = runOf(MODEL, [{ started: 0 }], { elapsed: 1 });
  end.update(run, null);
  const before = end.value;
  feed(run, [{ started: 0 }], { elapsed: 1.2 });
  end.update(run, null);
  assert.equal(end.value, before);
  expect(run, [[0, 0, 8]]);
  end.update(run, null);
  assert.ok(end.value >= 8);
});
