/**
 * A plain layered layout, for where there is no dot or dot is not done yet: boxes in layers by the
 * longest path to them, ordered by the mean place of their neighbours (the barycentre method of
 * Sugiyama, Tagawa and Toda 1981, four sweeps), edges as curves.
 */

import { dependentsOf, type GraphModel } from "../state/model";
import type { Layout, Placement } from "../state/protocol";
import { NORMAL, oneLine, textWidth } from "../ui/text";

const MARGIN = 12;
const GAP = 18;
const LAYER_GAP = 46;
const SWEEPS = 4;
/** More boxes than this make no picture. */
export const MOST_BOXES = 3000;

/** The same layout for both directions: it knows one alone. */
export function layered(model: GraphModel): Layout | null {
  const down = layeredDown(model);
  return down && { down, right: down };
}

function layeredDown(model: GraphModel): Placement | null {
  const size = model.boxes;
  if (size === 0 || size > MOST_BOXES) return null;
  const layers = orderedLayers(model.boxDependencies);
  const sizes = Array.from({ length: size }, (_, box) => sizeOf(model, box));
  const layerWidths = layers.map((layer) =>
    layer.reduce((sum, box) => sum + sizes[box].width + GAP, -GAP),
  );
  const width = Math.max(...layerWidths);
  const boxes: Placement["boxes"] = [];
  let y = MARGIN;
  for (const [index, layer] of layers.entries()) {
    let x = MARGIN + (width - layerWidths[index]) / 2;
    const height = Math.max(...layer.map((box) => sizes[box].height));
    for (const box of layer) {
      const own = sizes[box];
      boxes.push([box, x, y + (height - own.height) / 2, own.width, own.height]);
      x += own.width + GAP;
    }
    y += height + LAYER_GAP;
  }
  const edges = edgesBetween(model.boxDependencies, boxes);
  const height = y - LAYER_GAP + MARGIN;
  return { width: width + 2 * MARGIN, height, boxes, edges, frames: [] };
}

/** A curve from the middle below each box to the middle above each of its dependents. */
function edgesBetween(dependencies: number[][], boxes: Placement["boxes"]): Placement["edges"] {
  const placed = new Map(boxes.map((box) => [box[0], box]));
  const edges: Placement["edges"] = [];
  for (const [to, list] of dependencies.entries()) {
    const [, x, y1, width] = placed.get(to)!;
    const x1 = x + width / 2;
    for (const from of list) {
      const [, fromX, fromY, fromWidth, fromHeight] = placed.get(from)!;
      const [x0, y0] = [fromX + fromWidth / 2, fromY + fromHeight];
      const bend = Math.max((y1 - y0) / 2, 12);
      edges.push([from, to, [x0, y0, x0, y0 + bend, x1, y1 - bend, x1, y1]]);
    }
  }
  return edges;
}

/** The boxes of each layer, in an order in which few edges cross. */
export function orderedLayers(dependencies: number[][]): number[][] {
  const dependents = dependentsOf(dependencies);
  const layers: number[][] = [];
  for (const [box, index] of layersOf(dependencies).entries()) {
    layers[index] ??= [];
    layers[index].push(box);
  }
  const place = new Float64Array(dependencies.length);
  const settle = (layer: number[]): void => {
    for (const [index, box] of layer.entries()) place[box] = index;
  };
  layers.forEach(settle);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    const neighbours = isDown ? dependencies : dependents;
    const middle = (box: number): number => {
      const near = neighbours[box];
      const sum = near.reduce((total, neighbour) => total + place[neighbour], 0);
      return near.length ? sum / near.length : place[box];
    };
    for (const layer of isDown ? layers : [...layers].reverse()) {
      const middles = new Map(layer.map((box) => [box, middle(box)]));
      layer.sort((a, b) => middles.get(a)! - middles.get(b)!);
      settle(layer);
    }
  }
  return layers;
}

/** For each box the length of the longest path to it; boxes on a cycle count as the first layer. */
export function layersOf(dependencies: number[][]): number[] {
  const layer = new Array<number>(dependencies.length).fill(0);
  const missing = dependencies.map((list) => list.length);
  const dependents = dependentsOf(dependencies);
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

function sizeOf(model: GraphModel, box: number): { width: number; height: number } {
  const text = textWidth(oneLine(model.boxTitle(box), 40), NORMAL);
  return model.boxKind(box) === "task"
    ? { width: Math.min(Math.max(text + 24, 116), 200), height: 38 }
    : { width: Math.max(text + 16, 30), height: 24 };
}
