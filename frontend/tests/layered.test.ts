import assert from "node:assert/strict";
import { test } from "node:test";
import { type Boxes, layered } from "../src/graph/layered/layered";
import { layersOf, tightLayersOf, withoutCycles } from "../src/graph/layered/layers";
import { MOST_BOXES, ownLayout } from "../src/graph/natural_boxes";
import { Subjects } from "../src/graph/subjects";
import type { Placement } from "../src/state/protocol";
import { graphOf } from "./made";

test("a box is in the layer of the longest path to it", () => {
  assert.deepEqual(layersOf([[], [0], [0, 1], [2], []]), [0, 1, 2, 3, 0]);
});

test("what needs nothing stands right before the first that needs it", () => {
  assert.deepEqual(tightLayersOf([[], [0], [1], [], [2, 3]]), [0, 1, 2, 2, 3]);
});

test("what closes a cycle is told apart", () => {
  const { forward, closing } = withoutCycles([[2], [0], [1]]);
  assert.equal(closing.length, 1);
  assert.deepEqual(Math.max(...layersOf(forward)), 2);
  assert.deepEqual(withoutCycles([[], [0], [0, 1]]).closing, []);
});

type Box = [index: number, x: number, y: number, width: number, height: number];

const overlap = ([, ax, ay, aw, ah]: Box, [, bx, by, bw, bh]: Box): boolean =>
  ax + aw > bx && bx + bw > ax && ay + ah > by && by + bh > ay;

/** Points of an edge, as it is drawn. */
function* along(points: readonly number[]): Generator<[x: number, y: number]> {
  const at = (index: number): number[] => points.slice(2 * index, 2 * index + 2);
  for (let first = 0; first + 3 < points.length / 2; first += 3) {
    const [a, b, c, d] = [0, 1, 2, 3].map((step) => at(first + step));
    for (let step = 0; step <= 20; step++) {
      const t = step / 20;
      const s = 1 - t;
      const of = (axis: number): number =>
        s ** 3 * a[axis] + 3 * s * s * t * b[axis] + 3 * s * t * t * c[axis] + t ** 3 * d[axis];
      yield [of(0), of(1)];
    }
  }
}

/** What is wrong with a picture: boxes on boxes, edges through boxes, strangers in frames. */
function faults(placement: Placement): string[] {
  return [...new Set([...ofBoxes(placement), ...ofEdges(placement), ...ofFrames(placement)])];
}

function* ofBoxes({ boxes, width, height }: Placement): Generator<string> {
  for (const [index, box] of boxes.entries()) {
    for (const other of boxes.slice(index + 1)) {
      if (overlap(box, other)) yield `box ${box[0]} on ${other[0]}`;
    }
    const [, x, y, wide, high] = box;
    const isIn = x >= 0 && y >= 0 && x + wide <= width + 1e-6 && y + high <= height + 1e-6;
    if (!isIn) yield `box ${box[0]} is outside`;
  }
}

function* ofEdges({ boxes, edges }: Placement): Generator<string> {
  for (const [from, to, points] of edges) {
    for (const [x, y] of along(points)) {
      for (const box of boxes) {
        if (box[0] === from || box[0] === to) continue;
        if (overlap(box, [-1, x - 1, y - 1, 2, 2])) yield `edge ${from} → ${to} through ${box[0]}`;
      }
    }
  }
}

function* ofFrames({ boxes, frames }: Placement): Generator<string> {
  for (const [index, [title, x, y, wide, high, members]] of frames.entries()) {
    const frame: Box = [-1, x, y, wide, high];
    for (const box of boxes) {
      if (overlap(frame, box) !== members.includes(box[0])) yield `${title} and ${box[0]}`;
    }
    for (const [other, ox, oy, ow, oh] of frames.slice(index + 1)) {
      if (overlap(frame, [-1, ox, oy, ow, oh])) yield `${title} on ${other}`;
    }
  }
}

/** Numbers from 0 to 1 that look random, the same ones each time. */
function numbers(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

function randomBoxes(seed: number, size: number, groups: number): Boxes {
  const next = numbers(seed);
  const boxes = Array.from({ length: size }, (_, index) => ({
    index,
    width: 116 + Math.floor(next() * 80),
    height: next() < 0.15 ? 24 : 38,
    group: Math.floor(next() * (groups + 2)) - 2,
  }));
  const dependencies = boxes.map((_, box) => {
    const needed = new Set<number>();
    for (let count = Math.floor(next() * 3); box > 0 && count > 0; count--) {
      needed.add(Math.max(0, box - 1 - Math.floor(next() * 12)));
    }
    return [...needed];
  });
  const of = boxes.map((box) => ({ ...box, group: Math.max(box.group, -1) }));
  return { boxes: of, dependencies, groups: Array.from({ length: groups }, (_, n) => `g${n}`) };
}

test("random graphs: boxes, edges and frames keep out of each other's way", () => {
  for (let seed = 0; seed < 60; seed++) {
    const given = randomBoxes(seed, 3 + (seed % 30), seed % 4);
    for (const direction of ["down", "right"] as const) {
      const placement = layered(given, direction);
      assert.deepEqual(faults(placement), [], `seed ${seed}, ${direction}`);
      assert.equal(placement.boxes.length, given.boxes.length);
      assert.equal(placement.edges.length, given.dependencies.flat().length);
    }
  }
});

test("dependents lie behind what they need, in the direction that was asked for", () => {
  for (const direction of ["down", "right"] as const) {
    const { boxes, edges } = layered(randomBoxes(7, 20, 0), direction);
    const axis = direction === "down" ? 2 : 1;
    const start = new Map(boxes.map((box) => [box[0], box[axis]]));
    for (const [from, to] of edges) assert.ok(start.get(from)! < start.get(to)!);
  }
});

test("neighbours stand below each other, so that their edges do not cross", () => {
  const box = { width: 100, height: 38, group: -1 };
  const boxes = Array.from({ length: 6 }, (_, index) => ({ ...box, index }));
  // 0 → 5, 1 → 4, 2 → 3
  const made = layered({ boxes, dependencies: [[], [], [], [2], [1], [0]], groups: [] }, "down");
  const x = new Map(made.boxes.map(([index, left]) => [index, left]));
  assert.deepEqual(
    [x.get(5), x.get(4), x.get(3)],
    [0, 1, 2].map((index) => x.get(index)),
  );
});

test("an edge goes from the border of one box to that of the other", () => {
  const { boxes, edges } = layered(randomBoxes(3, 12, 2), "down");
  const placed = new Map(boxes.map((box) => [box[0], box]));
  for (const [from, to, points] of edges) {
    const [, x, y, width, height] = placed.get(from)!;
    const [, toX, toY, toWidth] = placed.get(to)!;
    const ends = [x + width / 2, y + height, toX + toWidth / 2, toY];
    for (const [index, each] of [...points.slice(0, 2), ...points.slice(-2)].entries()) {
      assert.ok(Math.abs(each - ends[index]) < 1e-6);
    }
  }
});

test("a group that depends on what depends on it can be drawn as one box", () => {
  const model = graphOf(["a", "b", "c"], [[], [0], [1]], undefined, ["g", null, "g"]);
  const subjects = new Subjects(model, new Set(["g"]));
  assert.deepEqual(subjects.dependencies, [[1], [0]]);
  const { down } = ownLayout(subjects)!;
  assert.deepEqual(down.edges.map(([from, to]) => `${from},${to}`).sort(), ["1,3", "3,1"]);
  assert.deepEqual(faults(down), []);
});

test("a folded group is one box, with the edges of its nodes", () => {
  const names = ["start", "x", "y", "end"];
  const groups = [null, "g", "g", null];
  const model = graphOf(names, [[], [0], [0], [1, 2]], undefined, groups);
  const open = new Subjects(model, new Set());
  assert.equal(open.list.length, 4);
  assert.deepEqual(open.groups, [{ title: "g", boxes: [1, 2] }]);
  const folded = new Subjects(model, new Set(["g"]));
  assert.deepEqual(
    folded.list.map(({ index, title, boxes }) => [index, title, boxes]),
    [
      [0, "start", [0]],
      [4, "g", [1, 2]],
      [3, "end", [3]],
    ],
  );
  assert.deepEqual(folded.dependencies, [[], [0], [1]]);
  assert.equal(folded.weights.get("4,3"), 2);
  assert.equal(folded.of(2), folded.withIndex(4));
});

test("no boxes, or too many, give no picture", () => {
  const of = (size: number): Subjects => {
    const names = Array.from({ length: size }, (_, index) => `n${index}`);
    return new Subjects(
      graphOf(
        names,
        names.map(() => []),
      ),
      new Set(),
    );
  };
  assert.equal(ownLayout(of(0)), null);
  assert.equal(ownLayout(of(MOST_BOXES + 1)), null);
});

test("hundreds of boxes are laid out in a fraction of a second", () => {
  const given = randomBoxes(11, 400, 4);
  const began = performance.now();
  layered(given, "right");
  assert.ok(performance.now() - began < 2000);
});
