import assert from "node:assert/strict";
import { test } from "node:test";
import { attempt, feed, graphOf, runOf } from "./made";

const MODEL = graphOf(["a", "b"], [[], [0]]);

test("frames add up, and one that comes twice counts once", () => {
  const run = runOf(MODEL, [{ started: 0 }, {}]);
  feed(run, [{ started: 0, finished: 1 }, { started: 1 }], { elapsed: 2 });
  feed(run, [{}, {}], { frame: 2 });
  assert.deepEqual([run.count("done"), run.count("running")], [1, 1]);
  assert.deepEqual([run.endOf(0), run.endOf(1), run.lengthOf(1)], [1, 2, 1]);
  assert.deepEqual([run.all.now, run.all.peak], [1, 1]);
});

test("a full frame starts over", () => {
  const run = runOf(MODEL, [{ started: 0, finished: 1 }, { started: 1 }], {
    events: { errors: [[0, "no"]] },
  });
  feed(run, [{ started: 0 }, {}], { full: true });
  assert.deepEqual([run.count("done"), run.count("running")], [0, 1]);
  assert.equal(run.events.errors.size, 0);
  assert.ok(Number.isNaN(run.finished[0]));
});

test("a wait or attempt that is sent again replaces what was known of it", () => {
  const run = runOf(MODEL, [{ started: 0 }, {}], {
    events: { attempts: [attempt(0, 0, 0, null, null)], waits: [[0, 0, "limit", 0, null]] },
  });
  run.events.apply({ attempts: [attempt(0, 0, 0, 1, "no", 3)], waits: [[0, 0, "limit", 0, 0.5]] });
  assert.deepEqual(run.events.attemptsOf(0), [
    { start: 0, end: 1, error: "no", lane: null, most: 3 },
  ]);
  assert.deepEqual(run.events.waitsOf(0), [{ kind: "limit", start: 0, end: 0.5 }]);
});

test("columns are read from any offset of a larger buffer", () => {
  const run = runOf(MODEL, []);
  const column = (bytes: ArrayBuffer): DataView => {
    const shifted = new Uint8Array(bytes.byteLength + 3);
    shifted.set(new Uint8Array(bytes), 3);
    return new DataView(shifted.buffer, 3);
  };
  const float = (value: number): DataView => column(Float64Array.of(value).buffer);
  run.applyColumns(
    {
      kind: "columns",
      run: "k",
      frame: 2,
      elapsed: 4,
      full: false,
      over: true,
      holding: null,
      heard: true,
    },
    [
      column(Uint32Array.of(1).buffer),
      ...[1, 2, 3, 0.5].map(float),
      column(Uint8Array.of(3).buffer),
    ],
  );
  assert.deepEqual([run.ready[1], run.started[1], run.finished[1], run.held[1]], [1, 2, 3, 0.5]);
  assert.equal(run.state(1), "done");
});
