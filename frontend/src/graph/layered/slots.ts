/**
 * What stands in the layers: boxes, and in each layer that an edge passes through a slot for it, so that
 * it runs between boxes and not across them. Edges from the same box share their slots.
 */

import { tightLayersOf, type withoutCycles } from "./layers";

/** A box to be placed; lengths in pixels. */
export interface SizedBox {
  /** What it is called outside. */
  index: number;
  /** Along the direction of the arrows, and across it. */
  along: number;
  across: number;
  /** The group that it is in, -1 for none. */
  group: number;
}

export interface Slot {
  /** Which of the boxes; -1 for an edge that passes, or for a group that has no box in the layer. */
  box: number;
  layer: number;
  along: number;
  across: number;
  group: number;
  /** Slots in the layer before and in the one behind that edges lead to. */
  before: number[];
  behind: number[];
}

/** An edge by the slots that it goes through, both its boxes included. */
export interface Route {
  from: number;
  to: number;
  slots: number[];
  /** It closes a cycle: the slots lead from `to` to `from`. */
  isTurned: boolean;
}

export interface Slots {
  slots: Slot[];
  /** The slots of each layer. */
  layers: number[][];
  routes: Route[];
}

/** The width that a passing edge has for itself. */
const PASSING = 8;

/** Numbers in dependencies are places in `boxes`; those that close a cycle are turned round. */
export function slotsOf(
  boxes: readonly SizedBox[],
  { forward, closing }: ReturnType<typeof withoutCycles>,
): Slots {
  const all = forward.map((needed) => [...needed]);
  for (const [from, to] of closing) all[from].push(to);
  const layerOf = tightLayersOf(all);
  const slots: Slot[] = boxes.map(({ along, across, group }, box) => ({
    ...{ box, layer: layerOf[box], along, across, group },
    ...{ before: [], behind: [] },
  }));
  const passing = new Map<string, number>();
  const through = (first: number, last: number): number[] => {
    const isWithin = boxes[first].group >= 0 && boxes[first].group === boxes[last].group;
    const group = isWithin ? boxes[first].group : -1;
    const route = [first];
    for (let layer = layerOf[first] + 1; layer < layerOf[last]; layer++) {
      const key = `${first},${layer},${group}`;
      let slot = passing.get(key);
      if (slot === undefined) {
        slot = slots.length;
        passing.set(key, slot);
        slots.push({ box: -1, layer, along: 0, across: PASSING, group, before: [], behind: [] });
      }
      route.push(slot);
    }
    return [...route, last];
  };
  const routes: Route[] = [];
  for (const [to, needed] of forward.entries()) {
    for (const from of needed) routes.push({ from, to, slots: through(from, to), isTurned: false });
  }
  for (const [from, to] of closing) {
    routes.push({ from, to, slots: through(to, from), isTurned: true });
  }
  for (const { slots: route } of routes) connect(slots, route);
  fillGroups(slots);
  const layers: number[][] = [];
  for (const [place, { layer }] of slots.entries()) {
    layers[layer] ??= [];
    layers[layer].push(place);
  }
  return { slots, layers, routes };
}

function connect(slots: readonly Slot[], route: readonly number[]): void {
  for (let step = 1; step < route.length; step++) {
    const [one, other] = [route[step - 1], route[step]];
    if (slots[one].behind.includes(other)) continue;
    slots[one].behind.push(other);
    slots[other].before.push(one);
  }
}

/** A frame takes room in each layer from its first to its last, also where it has no box. */
function fillGroups(slots: Slot[]): void {
  const seen = new Map<number, Set<number>>();
  for (const { group, layer } of slots) {
    if (group < 0) continue;
    const layers = seen.get(group) ?? new Set();
    seen.set(group, layers.add(layer));
  }
  for (const [group, layers] of seen) {
    for (let layer = Math.min(...layers); layer <= Math.max(...layers); layer++) {
      if (layers.has(layer)) continue;
      slots.push({ box: -1, layer, along: 0, across: 0, group, before: [], behind: [] });
    }
  }
}
