import assert from "node:assert/strict";
import { test } from "node:test";
import { noteOf } from "../src/gantt/notes";
import { stateText } from "../src/graph/state_text";
import { STATES } from "../src/state/protocol";
import { unitFor } from "../src/ui/format";
import { SIGNS } from "../src/ui/words";
import { graphOf, runOf } from "./made";

const MODEL = graphOf(["load", "parse", "send"], [[], [0], [1]]);
const UNIT = unitFor(2);

test("each state has a sign of its own", () => {
  assert.equal(new Set(STATES.map((state) => SIGNS[state])).size, STATES.length);
});

test("a box says how its node does", () => {
  const run = runOf(MODEL, [{ started: 0, finished: 1.5 }, { started: 1.5 }, {}], { elapsed: 2 });
  const texts = [0, 1, 2].map((node) => stateText(MODEL, run, node, UNIT));
  assert.deepEqual(texts, ["✓ 1.50 s", "▶ 0.50 s", "waits for 1 node"]);
});

test("a node that waits for a slot says so", () => {
  const run = runOf(MODEL, [{ ready: 0 }, {}, {}], {
    elapsed: 1,
    events: { waits: [[0, 0, "slot", 0, null]] },
  });
  assert.equal(stateText(MODEL, run, 0, UNIT), "◔ ready, waits for a slot");
});

test("a failure and what it caused name the error and the node that failed", () => {
  const run = runOf(MODEL, [
    { started: 0, finished: 1, state: "failed" },
    { state: "skipped" },
    { state: "cancelled", started: 0, finished: 1 },
  ]);
  run.events.apply({
    errors: [[0, "ValueError: no"]],
    causes: [
      [1, 0],
      [2, -1],
    ],
  });
  const notes = [0, 1, 2].map((node) => noteOf({ model: MODEL, run }, node));
  assert.deepEqual(notes, [
    "✗ ValueError: no",
    "– never started: load failed",
    "⊘ cancelled from outside",
  ]);
});

test("progress is written with its total if that is known", () => {
  const run = runOf(MODEL, [{ started: 0 }, { started: 0 }, {}], {
    events: {
      progress: [
        [0, 3, 10, "pages"],
        [1, 4, null, ""],
      ],
    },
  });
  assert.equal(noteOf({ model: MODEL, run }, 0), "3 / 10 · pages");
  assert.equal(noteOf({ model: MODEL, run }, 1), "4");
});
