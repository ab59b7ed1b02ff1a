/** In which layer each box stands: that of the longest path to it. */

import { dependentsOf } from "../../state/model";

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

/** The same, with what needs nothing moved to right before the first that needs it. */
export function tightLayersOf(dependencies: number[][]): number[] {
  const layer = layersOf(dependencies);
  const dependents = dependentsOf(dependencies);
  for (const [box, needed] of dependencies.entries()) {
    if (needed.length || !dependents[box].length) continue;
    layer[box] = Math.max(0, Math.min(...dependents[box].map((each) => layer[each])) - 1);
  }
  return layer;
}

/**
 * The dependencies without those that close a cycle, and those that do. A folded group may depend on
 * what depends on it.
 */
export function withoutCycles(dependencies: readonly number[][]): {
  forward: number[][];
  closing: [from: number, to: number][];
} {
  const forward: number[][] = dependencies.map(() => []);
  const closing: [number, number][] = [];
  const state = new Uint8Array(dependencies.length); // 1: on the way here, 2: done
  for (const start of dependencies.keys()) {
    const path: [box: number, next: number][] = state[start] ? [] : [[start, 0]];
    while (path.length) {
      const top = path[path.length - 1];
      const [box, next] = top;
      state[box] = 1;
      if (next === dependencies[box].length) {
        state[box] = 2;
        path.pop();
        continue;
      }
      top[1]++;
      const needed = dependencies[box][next];
      if (state[needed] === 1) closing.push([needed, box]);
      else {
        forward[box].push(needed);
        if (!state[needed]) path.push([needed, 0]);
      }
    }
  }
  return { forward, closing };
}
