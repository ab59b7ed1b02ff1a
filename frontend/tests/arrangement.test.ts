import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange } from "../src/graph/arrangement";
import type { Layout, Placement } from "../src/state/protocol";

/** Boxes all over the picture. */
function gridOf(width: number, height: number): Placement["boxes"] {
  const boxes: Placement["boxes"] = [];
  for (let y = 0; y + 40 <= height; y += 50) {
    for (let x = 0; x + 100 <= width; x += 130) boxes.push([boxes.length, x, y, 100, 40]);
  }
  return boxes;
}

function layoutOf(down: [number, number], right: [number, number]): Layout {
  const of = ([width, height]: [number, number]): Placement => ({
    ...{ width, height },
    boxes: gridOf(width, height),
    edges: [],
    frames: [],
  });
  return { down: of(down), right: of(right) };
}

const SMALL = layoutOf([330, 250], [480, 150]);
const MID = layoutOf([1900, 900], [1750, 480]);
const TALL = layoutOf([260, 2400], [4000, 90]);

test("a graph that fits beside the chart stands there, downwards", () => {
  const { placement, isBeside, fits } = arrange(SMALL, { width: 1200, chartHeight: 400 });
  assert.deepEqual([placement, isBeside, fits], [SMALL.down, true, true]);
});

test("one that needs the width stands above it, to the right", () => {
  const { placement, isBeside, fits, width } = arrange(MID, { width: 1200, chartHeight: 900 });
  assert.deepEqual([placement, isBeside, fits, width], [MID.right, false, false, 1200]);
});

test("one that fits above the chart as a whole is not cut off beside it", () => {
  const layout = layoutOf([540, 300], [600, 220]);
  const { placement, isBeside, fits } = arrange(layout, { width: 1200, chartHeight: 500 });
  assert.deepEqual([placement, isBeside, fits], [layout.right, false, true]);
});

test("in a narrow page a graph goes downwards where that shows clearly more of it", () => {
  const chain = layoutOf([260, 1800], [4000, 90]);
  assert.equal(arrange(chain, { width: 600, chartHeight: 400 }).placement, chain.down);
  const fan = layoutOf([560, 300], [900, 260]);
  assert.equal(arrange(fan, { width: 600, chartHeight: 400 }).placement, fan.down);
});

test("in a narrow page nothing stands side by side", () => {
  for (const layout of [SMALL, MID, TALL]) {
    assert.equal(arrange(layout, { width: 600, chartHeight: 400 }).isBeside, false);
  }
});

test("the panel is never wider than the page, nor so high that it hides the chart", () => {
  for (const layout of [SMALL, MID, TALL]) {
    for (const width of [280, 600, 900, 1200]) {
      const made = arrange(layout, { width, chartHeight: 400 });
      assert.ok(made.width <= width);
      assert.ok(made.height <= 560);
      assert.equal(
        made.fits,
        made.placement.width <= made.width && made.placement.height <= made.height,
      );
    }
  }
});

test("alone the graph has the room of the window", () => {
  const made = arrange(TALL, { width: 1200, chartHeight: 400, alone: 1300 });
  assert.deepEqual([made.placement, made.isBeside, made.height], [TALL.down, false, 1300]);
});
