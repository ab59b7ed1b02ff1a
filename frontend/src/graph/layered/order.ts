/**
 * The order of the slots within each layer: by the mean place of their neighbours in the next one, back
 * and forth (the barycentre method of Sugiyama, Tagawa and Toda 1981), the order with the fewest
 * crossings. Groups stay together, and stand in the same order in all layers, so frames don't overlap.
 */

import type { Slot, Slots } from "./slots";

const SWEEPS = 24;
/** In larger graphs fewer, as each takes longer. */
const SWEEPS_OF_MANY = 6;
const MANY = 1500;

/** Puts the layers in order, in place. */
export function order({ slots, layers }: Slots): void {
  const place = new Float64Array(slots.length);
  const settle = (layer: readonly number[]): void => {
    // From the middle, so that narrow layers lie centred beside wide ones.
    for (const [index, slot] of layer.entries()) place[slot] = index - (layer.length - 1) / 2;
  };
  const keys = new Float64Array(slots.length);
  const sortAll = (): void => {
    const groups = groupKeys(slots, keys);
    for (const layer of layers) {
      const unit = (slot: number): number => groups.get(slots[slot].group) ?? keys[slot];
      layer.sort(
        (a, b) =>
          unit(a) - unit(b) || slots[a].group - slots[b].group || keys[a] - keys[b] || a - b,
      );
      settle(layer);
    }
  };
  for (const slot of slots.keys()) keys[slot] = slot;
  sortAll();
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(slots, layers, place);
  const sweeps = slots.length > MANY ? SWEEPS_OF_MANY : SWEEPS;
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep++) {
    const isForward = sweep % 2 === 0;
    for (const layer of isForward ? layers : [...layers].reverse()) {
      for (const slot of layer) {
        const near = isForward ? slots[slot].before : slots[slot].behind;
        keys[slot] = near.length ? mean(near, place) : place[slot];
      }
      layer.sort((a, b) => keys[a] - keys[b] || place[a] - place[b]);
      settle(layer);
    }
    for (const slot of slots.keys()) keys[slot] = place[slot];
    sortAll();
    const crossed = crossings(slots, layers, place);
    if (crossed >= fewest) continue;
    fewest = crossed;
    best = layers.map((layer) => [...layer]);
  }
  for (const [index, layer] of best.entries()) layers[index] = layer;
}

/** For each group the mean of its slots' keys. */
function groupKeys(slots: readonly Slot[], keys: Float64Array): Map<number, number> {
  const members = new Map<number, number[]>();
  for (const [slot, { group }] of slots.entries()) {
    if (group < 0) continue;
    const list = members.get(group);
    if (list) list.push(slot);
    else members.set(group, [slot]);
  }
  return new Map([...members].map(([group, list]) => [group, mean(list, keys)]));
}

function mean(list: readonly number[], values: Float64Array): number {
  return list.reduce((sum, each) => sum + values[each], 0) / list.length;
}

/** How many edges cross between neighbouring layers: inversions, counted as they are sorted in. */
export function crossings(
  slots: readonly Slot[],
  layers: readonly number[][],
  place: Float64Array,
): number {
  let crossed = 0;
  for (const layer of layers) {
    const ends: number[] = [];
    for (const slot of layer) {
      for (const end of slots[slot].behind.map((each) => place[each]).sort((a, b) => a - b)) {
        let low = 0;
        let high = ends.length;
        while (low < high) {
          const middle = (low + high) >> 1;
          if (ends[middle] <= end) low = middle + 1;
          else high = middle;
        }
        crossed += ends.length - low;
        ends.splice(low, 0, end);
      }
    }
  }
  return crossed;
}
