/**
 * Where the slots lie across the direction of the arrows: as near to their neighbours as order and
 * distances allow. Within a layer that is a least-squares problem with one chain of constraints, which
 * pooling adjacent violators solves exactly.
 */

import { distance } from "./distances";
import { separateFrames } from "./frames_apart";
import type { Slot, Slots } from "./slots";

const SWEEPS = 30;
/** The last ones go by the neighbours on both sides, so that nobody has it all their way. */
const BALANCED = 18;
/** Edges that pass through layers are kept straight before boxes are centred. */
const STRAIGHT = 6;

/**
 * The middle of each slot. `title` is the room that the name of a frame takes at the lower end of this
 * axis.
 */
export function placeAcross({ slots, layers }: Slots, title: number): Float64Array {
  const middle = new Float64Array(slots.length);
  for (const layer of layers) {
    let at = 0;
    for (const [index, slot] of layer.entries()) {
      if (index) at += distance(slots[layer[index - 1]], slots[slot], title);
      middle[slot] = at;
    }
    for (const slot of layer) middle[slot] -= at / 2;
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isForward = sweep % 2 === 0;
    for (const layer of isForward ? layers : [...layers].reverse()) {
      const wanted = layer.map((slot) => wantedBy(slots, slot, middle, isForward, sweep));
      settle(slots, layer, wanted, middle, title);
    }
    // The frames are put apart now and then, so that what is around them follows.
    if (sweep % 5 === 4) separateFrames({ slots, layers }, middle, title);
  }
  return middle;
}

/** Where a slot would like to lie, and how much. */
function wantedBy(
  slots: readonly Slot[],
  slot: number,
  middle: Float64Array,
  isForward: boolean,
  sweep: number,
): [place: number, weight: number] {
  const { before, behind, box } = slots[slot];
  const near =
    sweep >= SWEEPS - BALANCED ? [...before, ...behind] : isForward ? [...before] : [...behind];
  let sum = 0;
  let weights = 0;
  for (const other of near) {
    const weight = box < 0 && slots[other].box < 0 ? STRAIGHT : 1;
    sum += weight * middle[other];
    weights += weight;
  }
  return weights ? [sum / weights, weights] : [middle[slot], 0.1];
}

/** Puts the slots of a layer as near to where they want to lie as their distances allow. */
function settle(
  slots: readonly Slot[],
  layer: readonly number[],
  wanted: readonly [place: number, weight: number][],
  middle: Float64Array,
  title: number,
): void {
  // Without the distances all that is left is that places must not decrease.
  const offsets: number[] = [];
  const pools: { sum: number; weight: number; size: number }[] = [];
  for (const [index, slot] of layer.entries()) {
    const before = layer[index - 1];
    offsets.push(index ? offsets[index - 1] + distance(slots[before], slots[slot], title) : 0);
    const [place, weight] = wanted[index];
    let pool = { sum: (place - offsets[index]) * weight, weight, size: 1 };
    for (let last = pools.at(-1); last; last = pools.at(-1)) {
      if (last.sum / last.weight <= pool.sum / pool.weight) break;
      pools.pop();
      pool = {
        sum: last.sum + pool.sum,
        weight: last.weight + pool.weight,
        size: last.size + pool.size,
      };
    }
    pools.push(pool);
  }
  let index = 0;
  for (const { sum, weight, size } of pools) {
    for (let step = 0; step < size; step++, index++) {
      middle[layer[index]] = sum / weight + offsets[index];
    }
  }
}
