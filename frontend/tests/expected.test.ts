import assert from "node:assert/strict";
import { test } from "node:test";
import { AxisEnd } from "../src/gantt/axis";
import { findingsSoFar } from "../src/panels/so_far";
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
      work: 3,
      critical_path: [1],
      pieces: null,
      critical_length: null,
      sequential: null,
      waves: null,
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
        "The critical path so far is `a` → `b`; `b` is expected to take 60 % of the whole 5.00 s.",
        [1],
      ],
      ["`b` has failed 1 time, last with HTTP 503.", [1]],
    ],
  );
});

test("the axis ends with the run, however long other ways would take", () => {
  const end = new AxisEnd();
  const run = runOf(MODEL, [{ started: 0, finished: 2 }], { elapsed: 2, over: true });
  run.applyAnalysis(
    {
      kind: "analysis",
      run: "k",
      makespan: 2,
      work: 9,
      critical_path: [],
      pieces: null,
      critical_length: null,
      sequential: { makespan: 9, basis: "computed", slots: null, cuts: [] },
      waves: null,
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
