import assert from "node:assert/strict";
import { test } from "node:test";
import type { Graph, Message, RunSummary } from "../src/state/protocol";
import { Store } from "../src/state/store";
import { attempt } from "./made";

/** As Pyodide sends it: keys whose value is None are missing, None in a list is undefined. */
function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item ?? undefined)) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  ) as T;
}

const GRAPH: Graph = {
  names: ["a", "b"],
  kinds: [0, 0],
  dependencies: [[], [0]],
  origins: [["a", null, null]],
  origin: [0, -1],
  groups: [null, "shop"],
  frames: [null, "shop"],
  limits: null,
  bundles: null,
  choices: null,
  notes: [],
};
const SUMMARY: RunSummary = {
  key: "k",
  number: 1,
  title: null,
  state: "running",
  wall_start: 0,
  elapsed: 0,
  max_concurrency: null,
};
const MESSAGES: Message[] = [
  {
    kind: "columns",
    run: "k",
    frame: 1,
    elapsed: 1,
    full: false,
    over: false,
    holding: null,
    heard: false,
    events: {
      waits: [[0, 0, "slot", 0, null]],
      attempts: [attempt(0, 0, 0, null, null)],
      progress: [[0, 1, null, ""]],
    },
  },
  {
    kind: "analysis",
    run: "k",
    makespan: 1,
    critical_path: [0],
    ways: { headline: "1.00 s", until: 1, saved: null, note: "measured", bands: [] },
    findings: [{ text: "x", nodes: [], seconds: null }],
  },
  {
    kind: "expected",
    run: "k",
    makespan: 2,
    band: null,
    share: null,
    runs: 1,
    critical_path: [0],
    ways: null,
  },
  { kind: "earlier", run: "k", runs: 1, share: null },
  { kind: "details", run: "k", node: 0, value: null, traceback: null },
];

function storeOf(change: <T>(value: T) => T): Store {
  const store = new Store();
  store.update(change({ graph: GRAPH, placement: null, runs: [SUMMARY] }));
  for (const message of MESSAGES) {
    const columns = message.kind === "expected" || message.kind === "earlier" ? 4 : 0;
    const buffers = Array.from({ length: columns }, () => new ArrayBuffer(0));
    store.feed(change(message), buffers);
  }
  return store;
}

test("a page to which Pyodide sends no nulls knows the same as any other", () => {
  const [whole, bare] = [storeOf((value) => value), storeOf(withoutNulls)];
  assert.deepEqual(bare.model.graph, whole.model.graph);
  assert.deepEqual(bare.summaries, whole.summaries);
  const [run, same] = [bare.run("k"), whole.run("k")];
  assert.deepEqual(run.analysis, same.analysis);
  assert.deepEqual(run.holding, same.holding);
  assert.deepEqual(run.events, same.events);
  assert.deepEqual(run.expected, same.expected);
  assert.deepEqual(run.earlier, same.earlier);
  assert.deepEqual(run.details, same.details);
});
