import assert from "node:assert/strict";
import { test } from "node:test";
import { attempt, feed, graphOf, runOf } from "./made";

const MODEL = graphOf(
  ["a0", "a1"],
  [[], []],
  [{ title: "a ×2", kind: 0, members: [0, 1], dependencies: [] }],
);

test("a node that waits for its next attempt does not count as running", () => {
  const run = runOf(MODEL, [{ started: 0 }, { started: 0 }], { elapsed: 1 });
  assert.equal(run.all.now, 2);
  const attempts = [attempt(0, 0, 0, 1, "HTTP 503")];
  feed(run, [{ started: 0 }, { started: 0 }], { elapsed: 2, events: { attempts } });
  assert.equal(run.all.now, 1);
  assert.ok(run.isPaused(0));
  assert.deepEqual([...run.all.columns(0, 2, 2, 2)], [2, 1]);
  feed(run, [{ started: 0 }, { started: 0 }], {
    elapsed: 3,
    events: { attempts: [attempt(1, 0, 2, null, null)] },
  });
  assert.equal(run.all.now, 2);
  assert.ok(!run.isPaused(0));
});

test("pauses that are told of in one frame are left out, for the bundle as well", () => {
  const attempts = [
    attempt(0, 0, 0, 1, "no"),
    attempt(1, 0, 2, 3, "no"),
    attempt(2, 0, 4, 5, null),
  ];
  const run = runOf(MODEL, [{ started: 0, finished: 5 }, {}], { elapsed: 5, events: { attempts } });
  assert.deepEqual([...run.all.columns(0, 5, 5, 5)], [1, 0, 1, 0, 1]);
  assert.deepEqual([...run.bundles[0].columns(0, 5, 5, 5)], [1, 0, 1, 0, 1]);
  assert.equal(run.all.now, 0);
});

test("attempts that come in later frames than the end of their node count as well", () => {
  const rows = [{ started: 0, finished: 5 }, {}];
  const run = runOf(MODEL, rows, { elapsed: 5, events: { attempts: [attempt(0, 0, 0, 1, "no")] } });
  feed(run, [], { elapsed: 5, events: { attempts: [attempt(1, 0, 2, 3, "no")] } });
  feed(run, [], { elapsed: 5, events: { attempts: [attempt(2, 0, 4, 5, null)] } });
  assert.deepEqual([...run.all.columns(0, 5, 5, 5)], [1, 0, 1, 0, 1]);
  assert.deepEqual([...run.bundles[0].columns(0, 5, 5, 5)], [1, 0, 1, 0, 1]);
  assert.equal(run.all.peak, 1);
  assert.equal(run.all.now, 0);
});

test("a node whose last attempt fails, or that is cancelled in a pause, is over and not paused", () => {
  for (const finished of [1, 2]) {
    const run = runOf(MODEL, [{ started: 0 }, {}], {
      elapsed: 1,
      events: { attempts: [attempt(0, 0, 0, 1, "no")] },
    });
    feed(run, [{ started: 0, finished, state: "failed" }, {}], { elapsed: 2 });
    assert.equal(run.all.now, 0);
    assert.ok(!run.isPaused(0));
    assert.deepEqual([...run.all.columns(0, 2, 2, 2)], [1, 0]);
  }
});
