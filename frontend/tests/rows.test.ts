import assert from "node:assert/strict";
import { test } from "node:test";
import { openKey } from "../src/gantt/inner_rows";
import { lanesOf } from "../src/gantt/lanes";
import {
  allRowsHeight,
  BUNDLE_ROW,
  type Filter,
  heightOf,
  LANE_ROW,
  makeRows,
  NODE_ROW,
  rowAt,
  rowOf,
  targetAt,
  toggleKey,
} from "../src/gantt/rows";
import type { Bundle } from "../src/state/protocol";
import { attempt, graphOf, runOf } from "./made";

const ALL: Filter = {
  order: "graph",
  onlyCritical: false,
  onlyFailed: false,
  single: false,
  query: "",
  open: new Set(),
};

const MODEL = graphOf(["load_10", "load_9", "join", "send"], [[], [], [0, 1], [2]]);
const RUN = runOf(MODEL, [
  { started: 0.5, finished: 1 },
  { started: 0, finished: 3 },
  { started: 3, finished: 4, state: "failed" },
  { state: "skipped" },
]);

function nodes(filter: Partial<Filter>): (number | undefined)[] {
  return makeRows(MODEL, RUN, { ...ALL, ...filter }).map((row) =>
    row.kind === "node" ? row.node : undefined,
  );
}

test("rows stand in the order asked for, and what has no figure comes last", () => {
  assert.deepEqual(nodes({}), [0, 1, 2, 3]);
  assert.deepEqual(nodes({ order: "start" }), [1, 0, 2, 3]);
  assert.deepEqual(nodes({ order: "duration" }), [1, 2, 0, 3]);
});

test("names sort as people count: 9 before 10", () => {
  assert.deepEqual(nodes({ order: "name" }), [2, 1, 0, 3]);
});

test("a filter leaves out what does not match", () => {
  assert.deepEqual(nodes({ query: "load" }), [0, 1]);
  assert.deepEqual(nodes({ onlyFailed: true }), [2]);
  assert.deepEqual(nodes({ onlyCritical: true }), []);
});

test("an attempt that failed counts as gone wrong, although the node is done", () => {
  const model = graphOf(["a", "b"], [[], []]);
  const run = runOf(
    model,
    [
      { started: 0, finished: 2 },
      { started: 0, finished: 1 },
    ],
    {
      events: {
        attempts: [
          attempt(0, 0, 0, 1, "Timeout"),
          attempt(1, 0, 1, 2, null),
          attempt(2, 1, 0, 1, null),
        ],
      },
    },
  );
  const rows = makeRows(model, run, { ...ALL, onlyFailed: true });
  assert.deepEqual(
    rows.map((row) => row.kind === "node" && row.node),
    [0],
  );
});

const BUNDLED = graphOf(
  ["a0", "a1", "a2", "end"],
  [[], [], [], [0, 1, 2]],
  [
    { title: "a ×3", kind: 0, members: [0, 1, 2], dependencies: [] },
    { title: "end", kind: 0, members: [3], dependencies: [0] },
  ],
);
const BUNDLED_RUN = runOf(BUNDLED, [
  { started: 0, finished: 2 },
  { started: 1, finished: 3 },
  { started: 2, finished: 4 },
  {},
]);

test("an open bundle has its lanes below it, and rows lie below each other without gaps", () => {
  const rows = makeRows(BUNDLED, BUNDLED_RUN, { ...ALL, open: new Set([0]) });
  assert.deepEqual(
    rows.map((row) => [row.kind, row.height]),
    [
      ["bundle", BUNDLE_ROW],
      ["lane", LANE_ROW],
      ["lane", LANE_ROW],
      ["node", NODE_ROW],
    ],
  );
  let top = 0;
  for (const row of rows) {
    assert.equal(row.top, top);
    top += row.height;
  }
  assert.equal(heightOf(rows), top);
});

test("a lane takes the next node once the one before has ended", () => {
  assert.deepEqual(lanesOf(BUNDLED_RUN, [0, 1, 2]), [[0, 2], [1]]);
});

test("there are as many lanes as nodes that ever run at once", () => {
  let seed = 7;
  const random = (): number => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  for (let round = 0; round < 50; round++) {
    const times = Array.from({ length: 40 }, () => {
      const started = random() * 10;
      return { started, finished: started + random() * 3 };
    });
    const names = times.map((_, index) => `n${index}`);
    const run = runOf(
      graphOf(
        names,
        names.map(() => []),
      ),
      times,
    );
    const lanes = lanesOf(run, [...names.keys()]);
    assert.equal(lanes.length, run.all.peak);
    assert.equal(lanes.flat().length, times.length);
    for (const lane of lanes) {
      for (let index = 1; index < lane.length; index++) {
        assert.ok(times[lane[index - 1]].finished <= times[lane[index]].started);
      }
    }
  }
});

const NESTED_RUN = runOf(MODEL, [{ started: 0, finished: 4 }, {}, {}, {}], {
  events: {
    nested: [
      [0, -1, 0, 1, 4, 3, 2, ["fetch", "parse"]],
      [1, 0, 1, 2, 4, 3, 1, ["part"]],
      [2, -1, 1, 0, null, 2, 1, ["one"]],
      [3, -1, 1, 1, null, 2, 900, null],
    ],
    inner: [
      [0, 0, 3, 4, 3],
      [0, 1, 1, 3, 3],
      [1, 0, 2, 3, 3],
    ],
  },
});

function within(open: string[]): [string, number | null, boolean | null | undefined][] {
  return makeRows(MODEL, NESTED_RUN, { ...ALL, order: "start", open: new Set(open) }).map((row) => {
    if (row.kind === "node") return [`node ${row.node}`, null, row.open];
    assert.equal(row.kind, "inner");
    if (row.kind !== "inner") throw new Error();
    return [NESTED_RUN.events.nested.task(row.inner)!.name, row.level, row.open];
  });
}

test("a node within which invokes took place opens into their tasks, and these into theirs", () => {
  const others = [
    ["node 1", null, false],
    ["node 2", null, null],
    ["node 3", null, null],
  ];
  assert.deepEqual(within([]), [["node 0", null, false], ...others]);
  const opened = within([openKey(0)]);
  // By their start; the second of the graph is the first.
  assert.deepEqual(opened, [
    ["node 0", null, true],
    ["parse", 1, false],
    ["fetch", 1, null],
    ...others,
  ]);
  const deeper = within([openKey(0), openKey(0, { run: 0, task: 1 })]);
  assert.deepEqual(deeper.slice(1, 3), [
    ["parse", 1, true],
    ["part", 2, null],
  ]);
});

test("of several invokes within a node each has a row, which opens where its tasks are known", () => {
  const rows = within([openKey(1), openKey(1, { run: 2, task: -1 })]);
  assert.deepEqual(rows.slice(1, 5), [
    ["node 1", null, true],
    ["invoke 1 of 2", 1, true],
    ["one", 2, null],
    ["invoke 2 of 2", 1, null],
  ]);
});

test("rows within a node lie without gaps, and are found by what they show", () => {
  const open = new Set([openKey(0), openKey(1)]);
  const rows = makeRows(MODEL, NESTED_RUN, { ...ALL, open });
  let top = 0;
  for (const [index, row] of rows.entries()) {
    assert.equal(row.top, top);
    top += row.height;
    const target = targetAt(row, NESTED_RUN, 0, 0)!;
    assert.equal(rowOf(rows, target), index);
  }
  assert.equal(toggleKey(rows[0]), openKey(0));
  assert.equal(toggleKey(rows.at(-1)), null);
});

test("rows are found by their place and by what they show", () => {
  const rows = makeRows(BUNDLED, BUNDLED_RUN, { ...ALL, open: new Set([0]) });
  assert.equal(rowAt(rows, -1), -1);
  assert.equal(rowAt(rows, 0), 0);
  assert.equal(rowAt(rows, BUNDLE_ROW), 1);
  assert.equal(rowAt(rows, 10_000), 3);
  assert.equal(rowOf(rows, { kind: "bundle", index: 0 }), 0);
  assert.equal(rowOf(rows, { kind: "node", index: 2 }), 1);
  assert.equal(rowOf(rows, { kind: "node", index: 3 }), 3);
});

test("in a lane the pointer means the bar at that time, or the nearest within a few pixels", () => {
  const rows = makeRows(BUNDLED, BUNDLED_RUN, { ...ALL, open: new Set([0]) });
  assert.deepEqual(targetAt(rows[2], BUNDLED_RUN, 1.5, 0.1), { kind: "node", index: 1 });
  assert.deepEqual(targetAt(rows[2], BUNDLED_RUN, 0.95, 0.1), { kind: "node", index: 1 });
  assert.equal(targetAt(rows[2], BUNDLED_RUN, 0.5, 0.1), null);
});

test("forty rows are in sight at once, of tasks or of bundles", () => {
  const bundlesOf = (size: number, count: number): Bundle[] =>
    Array.from({ length: count }, (_, index) => ({
      title: `t ×${size}`,
      kind: 0,
      members: Array.from({ length: size }, (__, member) => index * size + member),
      dependencies: [],
    }));
  for (const [size, count] of [
    [1, 40],
    [2, 40],
    [5, 36],
    [3, 20],
  ]) {
    const names = Array.from({ length: size * count }, (_, index) => `t_${index}`);
    const none = names.map(() => []);
    const model = graphOf(names, none, bundlesOf(size, count));
    assert.ok(allRowsHeight(model) <= 800, `${count} bundles of ${size}`);
    assert.equal(heightOf(makeRows(model, null, ALL)), allRowsHeight(model));
  }
  const names = Array.from({ length: 40 }, (_, index) => `t_${index}`);
  const model = graphOf(
    names,
    names.map(() => []),
  );
  assert.ok(allRowsHeight(model) <= 800);
});
