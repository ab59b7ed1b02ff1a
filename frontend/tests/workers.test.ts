import assert from "node:assert/strict";
import { test } from "node:test";
import { movesDrawn, moveText } from "../src/gantt/moves";
import { type Filter, makeRows, rowOf, targetAt } from "../src/gantt/rows";
import { busyShare, workerName, workerRows } from "../src/gantt/workers";
import type { Events } from "../src/state/protocol";
import { bytes } from "../src/ui/format";
import { graphOf, runOf } from "./made";

const MODEL = graphOf(["load", "near", "far"], [[], [0], [0]]);
const EVENTS: Events = {
  lanes: [
    [0, "worker 0", 1, 0, null],
    [1, "worker 1", 1, 0, 3],
  ],
  lane: [
    [0, 0],
    [1, 0],
    [2, 0],
  ],
  attempts: [
    [0, 2, 1.5, 2, "worker lost", 1, null],
    [1, 2, 2.5, 4, null, 0, null],
  ],
  moves: [
    [0, 0, 1, 1, 1.5, 20_000_000],
    [1, 0, 1, 2, 2.001, 100],
  ],
};
const RUN = runOf(
  MODEL,
  [
    { ready: 0, started: 0, finished: 1 },
    { ready: 1, started: 1, finished: 3 },
    { ready: 1, started: 1.5, finished: 4 },
  ],
  { events: EVENTS, elapsed: 4, over: true },
);
const FILTER: Filter = {
  order: "start",
  onlyCritical: false,
  onlyFailed: false,
  single: false,
  query: "",
  open: new Set(),
};

test("a worker has as many rows as nodes ran on it at once, and attempts stand where they ran", () => {
  const rows = workerRows(RUN).map((there) => there.map((row) => row.map(({ node }) => node)));
  assert.deepEqual(rows, [[[0, 1], [2]], [[2]]]);
  const [[lost]] = workerRows(RUN)[1];
  assert.deepEqual([lost.start, lost.end, lost.error], [1.5, 2, "worker lost"]);
});

test("what ran on no worker, as a streaming node does, has rows behind those of the workers", () => {
  const run = runOf(
    MODEL,
    [
      { ready: 0, started: 0, finished: 2 },
      { ready: 1, started: 1, finished: 1 },
      { ready: 2, started: 2, finished: 4 },
    ],
    { events: { lanes: EVENTS.lanes ?? [], lane: [[2, 0]] }, elapsed: 4, over: true },
  );
  const rows = workerRows(run);
  assert.deepEqual(
    rows.map((there) => there.map((row) => row.map(({ node }) => node))),
    [[[2]], [[]], [[0]]],
  );
  assert.equal(busyShare(run, 2, rows[2]), 0.5);
  assert.deepEqual(
    [0, 2].map((lane) => workerName(run, lane)),
    ["worker 0", "on no worker"],
  );
});

test("a worker is busy while anything runs on it, of the time that it is there", () => {
  const [first, second] = workerRows(RUN);
  assert.equal(busyShare(RUN, 0, first), 1);
  assert.equal(busyShare(RUN, 1, second), 0.5 / 3);
});

test("by start there are the rows of workers; in another order, or filtered, those of nodes", () => {
  const kinds = (filter: Partial<Filter>) =>
    makeRows(MODEL, RUN, { ...FILTER, ...filter }).map(({ kind }) => kind);
  assert.deepEqual(kinds({}), ["worker", "worker", "worker"]);
  assert.deepEqual(kinds({ order: "graph" }), ["node", "node", "node"]);
  assert.deepEqual(kinds({ query: "far" }), ["node"]);
});

test("what is pointed at in the row of a worker is the node that ran there then", () => {
  const rows = makeRows(MODEL, RUN, FILTER);
  assert.deepEqual(targetAt(rows[0], RUN, 2, 0.01), { kind: "node", index: 1 });
  assert.equal(targetAt(rows[2], RUN, 3, 0.01), null);
  assert.equal(rowOf(rows, { kind: "node", index: 1 }), 0);
});

test("small moves are not drawn, and a move is told by its bytes and its time", () => {
  const drawn = movesDrawn(RUN.events.moves, RUN.elapsed);
  assert.deepEqual(
    drawn.map((move) => moveText(MODEL.graph.names[move.node], move)),
    ["load 20 MB · 0.50 s"],
  );
  assert.deepEqual([bytes(999), bytes(1_250), bytes(3.1e9)], ["999 B", "1.3 kB", "3.1 GB"]);
});
