import assert from "node:assert/strict";
import { test } from "node:test";
import { noteOf } from "../src/gantt/notes";
import { stateText } from "../src/graph/state_text";
import { waitsOf } from "../src/panels/facts";
import { GraphModel } from "../src/state/model";
import { type Events, STATES } from "../src/state/protocol";
import type { RunData } from "../src/state/run";
import { attemptWords } from "../src/ui/attempt_words";
import { unitFor } from "../src/ui/format";
import type { Shown } from "../src/ui/shown";
import { SIGNS } from "../src/ui/words";
import { attempt, expect, feed, graphOf, runOf } from "./made";

const MODEL = graphOf(["load", "parse", "send"], [[], [0], [1]]);
const UNIT = unitFor(2);

function shownOf(run: RunData): Shown {
  return { model: MODEL, run, other: null, unit: UNIT, kin: null, chosen: null };
}

test("each state has a sign of its own", () => {
  assert.equal(new Set(STATES.map((state) => SIGNS[state])).size, STATES.length);
});

test("a box says how its node does", () => {
  const run = runOf(MODEL, [{ started: 0, finished: 1.5 }, { started: 1.5 }, {}], { elapsed: 2 });
  const texts = [0, 1, 2].map((node) => stateText(shownOf(run), node));
  assert.deepEqual(texts, ["✓ 1.50 s", "▶ 0.50 s", "waits for 1 node"]);
});

test("a node that waits for a slot says so", () => {
  const run = runOf(MODEL, [{ ready: 0 }, {}, {}], {
    elapsed: 1,
    events: { waits: [[0, 0, "slot", 0, null]] },
  });
  assert.equal(stateText(shownOf(run), 0), "◔ waits for a slot");
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
  const notes = [0, 1, 2].map((node) => noteOf({ model: MODEL, run, unit: UNIT }, node));
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
  assert.equal(noteOf({ model: MODEL, run, unit: UNIT }, 0), "3 / 10 · pages");
  assert.equal(noteOf({ model: MODEL, run, unit: UNIT }, 1), "4");
});

test("an attempt that failed is told with its number, the pause and the error", () => {
  const attempts = [attempt(0, 0, 0, 0.5, "HTTP 503"), attempt(1, 0, 0.75, 1, "HTTP 503", 5)];
  const run = runOf(MODEL, [{ started: 0 }, {}, {}], { elapsed: 1.25, events: { attempts } });
  const words = "attempt 2 of 5, waits 0.25 s, HTTP 503";
  assert.equal(attemptWords(run, 0, UNIT), words);
  assert.equal(noteOf({ model: MODEL, run, unit: UNIT }, 0), `↻ ${words}`);
  run.events.apply({ attempts: [attempt(2, 0, 1.5, null, null, 5)] });
  feed(run, [{ started: 0 }, {}, {}], {
    elapsed: 2,
    events: { attempts: [attempt(2, 0, 1.5, null, null, 5)] },
  });
  assert.equal(attemptWords(run, 0, UNIT), "attempt 3 of 5, after HTTP 503");
});

test("a node that runs says how long it is expected to take", () => {
  const run = runOf(MODEL, [{ started: 0 }, {}, {}], { elapsed: 1 });
  expect(run, [[0, 0, 1.5]]);
  assert.equal(stateText(shownOf(run), 0), "▶ 1.00 s · of ~1.50 s");
});

test("a node that waits for a limit says for which", () => {
  const graph = { ...MODEL.graph, limits: ["api (4)", null, null] };
  const model = new GraphModel(graph);
  const waits = { waits: [[0, 0, "limit", 0.5, null]] } as Events;
  const run = runOf(model, [{ ready: 0.5 }, {}, {}], { elapsed: 1, events: waits });
  assert.equal(stateText({ ...shownOf(run), model }, 0), "◔ waits for api (4)");
  assert.deepEqual(waitsOf(run, 0, UNIT), [["waits for api (4)", "0.50 s"]]);
});
