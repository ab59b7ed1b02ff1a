import assert from "node:assert/strict";
import { test } from "node:test";
import { layered, layersOf, MOST_BOXES, orderedLayers } from "../src/graph/layered";
import { graphOf } from "./made";

test("a box is in the layer of the longest path to it", () => {
  assert.deepEqual(layersOf([[], [0], [0, 1], [2], []]), [0, 1, 2, 3, 0]);
});

test("boxes on a cycle do not keep it from ending", () => {
  assert.deepEqual(layersOf([[1], [0], []]), [0, 0, 0]);
});

test("neighbours stand below each other, so that their edges do not cross", () => {
  // 0 → 5, 1 → 4, 2 → 3
  const layers = orderedLayers([[], [], [], [2], [1], [0]]);
  assert.deepEqual(layers, [
    [0, 1, 2],
    [5, 4, 3],
  ]);
});

const DIAMOND = graphOf(
  ["start", "left", "right", "a much longer name", "end"],
  [[], [0], [0], [0], [1, 2, 3]],
);

test("no two boxes overlap, and dependents lie below", () => {
  const placement = layered(DIAMOND)!.down;
  const boxes = new Map(placement.boxes.map((box) => [box[0], box]));
  assert.equal(boxes.size, DIAMOND.size);
  for (const [a, ax, ay, aw, ah] of placement.boxes) {
    for (const [b, bx, by, bw, bh] of placement.boxes) {
      if (a >= b) continue;
      assert.ok(ax + aw <= bx || bx + bw <= ax || ay + ah <= by || by + bh <= ay, `${a}, ${b}`);
    }
  }
  for (const [from, to] of placement.edges) assert.ok(boxes.get(from)![2] < boxes.get(to)![2]);
});

test("an edge goes from the border of one box to that of the other", () => {
  const placement = layered(DIAMOND)!.down;
  const boxes = new Map(placement.boxes.map((box) => [box[0], box]));
  assert.equal(placement.edges.length, 6);
  for (const [from, to, points] of placement.edges) {
    const [, x, y, width, height] = boxes.get(from)!;
    assert.deepEqual(points.slice(0, 2), [x + width / 2, y + height]);
    const [, toX, toY, toWidth] = boxes.get(to)!;
    assert.deepEqual(points.slice(-2), [toX + toWidth / 2, toY]);
  }
});

test("everything lies within the picture", () => {
  const { width, height, boxes } = layered(DIAMOND)!.down;
  for (const [, x, y, wide, high] of boxes) {
    assert.ok(x >= 0 && y >= 0 && x + wide <= width + 1e-9 && y + high <= height + 1e-9);
  }
});

test("no boxes, or too many, give no picture", () => {
  assert.equal(layered(graphOf([], [])), null);
  const many = Array.from({ length: MOST_BOXES + 1 }, (_, index) => `n${index}`);
  assert.equal(
    layered(
      graphOf(
        many,
        many.map(() => []),
      ),
    ),
    null,
  );
});
