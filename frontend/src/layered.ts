/**
 * A plain layered layout, for where dot is not there or not done yet: boxes in layers by their longest
 * way from the top, ordered by the middle of what they depend on (Sugiyama, Tagawa and Toda 1981, the
 * barycentre method, four sweeps), edges as curves.
 */

import { oneLine, textWidth } from "./format";
import type { GraphModel } from "./model";
import type { Placement } from "./protocol";
import { FONT } from "./bars";

const GAP = 18;
const LAYER_GAP = 46;
const SWEEPS = 4;
/** More boxes than this are no picture any more. */
export const MOST_BOXES = 3000;

export function layered(model: GraphModel): Placement | null {
  const size = model.boxes;
  if (size === 0 || size > MOST_BOXES) return null;
  const needs = model.boxDependencies;
  const layer = layersOf(needs);
  const layers: number[][] = [];
  layer.forEach((which, box) => (layers[which] ??= []).push(box));
  const dependents: number[][] = needs.map(() => []);
  needs.forEach((list, box) => list.forEach((needed) => dependents[needed].push(box)));

  const place = new Float64Array(size);
  const settle = (boxes: number[]): void => boxes.forEach((box, at) => (place[box] = at));
  layers.forEach(settle);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    const neighbours = down ? needs : dependents;
    for (const boxes of down ? layers : [...layers].reverse()) {
      const middle = new Map(
        boxes.map((box) => {
          const near = neighbours[box];
          const sum = near.reduce((total, other) => total + place[other], 0);
          return [box, near.length ? sum / near.length : place[box]];
        }),
      );
      boxes.sort((one, other) => middle.get(one)! - middle.get(other)!);
      settle(boxes);
    }
  }

  const widths = Float64Array.from({ length: size }, (_, box) => boxWidth(model, box));
  const rowWidths = layers.map((boxes) =>
    boxes.reduce((sum, box) => sum + widths[box] + GAP, -GAP),
  );
  const width = Math.max(...rowWidths);
  const boxes: Placement["boxes"] = [];
  const at = new Map<number, [x: number, y: number, width: number, height: number]>();
  let y = 0;
  layers.forEach((row, which) => {
    let x = (width - rowWidths[which]) / 2;
    const height = Math.max(...row.map((box) => boxHeight(model, box)));
    for (const box of row) {
      const own = boxHeight(model, box);
      const top = y + (height - own) / 2;
      boxes.push([box, x, top, widths[box], own]);
      at.set(box, [x, top, widths[box], own]);
      x += widths[box] + GAP;
    }
    y += height + LAYER_GAP;
  });
  const edges: Placement["edges"] = [];
  needs.forEach((list, box) => {
    const [x, top, wide] = at.get(box)!;
    for (const needed of list) {
      const [fromX, fromTop, fromWide, fromHigh] = at.get(needed)!;
      const [x0, y0, x1, y1] = [fromX + fromWide / 2, fromTop + fromHigh, x + wide / 2, top];
      const bend = Math.max((y1 - y0) / 2, 12);
      edges.push([needed, box, [x0, y0, x0, y0 + bend, x1, y1 - bend, x1, y1]]);
    }
  });
  return { width, height: y - LAYER_GAP, boxes, edges };
}

/** For each box the length of the longest way to it; a box that lies on a circle counts as the first. */
function layersOf(needs: number[][]): number[] {
  const layer = new Array<number>(needs.length).fill(0);
  const missing = needs.map((list) => list.length);
  const dependents: number[][] = needs.map(() => []);
  needs.forEach((list, box) => list.forEach((needed) => dependents[needed].push(box)));
  const ready = missing.flatMap((count, box) => (count === 0 ? [box] : []));
  for (let next = 0; next < ready.length; next++) {
    const box = ready[next];
    for (const dependent of dependents[box]) {
      layer[dependent] = Math.max(layer[dependent], layer[box] + 1);
      if (--missing[dependent] === 0) ready.push(dependent);
    }
  }
  return layer;
}

function boxWidth(model: GraphModel, box: number): number {
  const text = textWidth(oneLine(model.boxTitle(box), 40), `12px ${FONT}`);
  return model.boxKind(box) === "task"
    ? Math.min(Math.max(text + 24, 104), 200)
    : Math.max(text + 16, 30);
}

function boxHeight(model: GraphModel, box: number): number {
  return model.boxKind(box) === "task" ? 38 : 24;
}
