/**
 * Keeps frames free of what is not in them. A frame reaches from its first slot to its last in all of
 * its layers, and what stands beside it in any of them must lie beside all of it.
 */

import { distance, FRAME_GAP, FRAME_PAD } from "./distances";
import type { Slot, Slots } from "./slots";

/** What moves as one: a slot, or all slots of a group. */
interface Unit {
  slots: number[];
  group: number;
}

/**
 * Moves what is too near apart, in place. Pushing everything up gives one solution, pushing everything
 * down another; between the two lies a third, as all conditions are linear.
 */
export function separateFrames(
  { slots, layers }: Pick<Slots, "slots" | "layers">,
  middle: Float64Array,
  title: number,
): void {
  const units = unitsOf(slots, layers);
  const up = pushed(slots, layers, units, middle, (members, made) =>
    frameOf(slots, members, made, title),
  );
  const mirrored = pushed(
    slots,
    layers.map((layer) => [...layer].reverse()),
    [...units].reverse(),
    middle.map((each) => -each),
    (members, made) => {
      const [start, end] = frameOf(
        slots,
        members,
        made.map((each) => -each),
        title,
      );
      return [-end, -start];
    },
  );
  for (const slot of slots.keys()) middle[slot] = (up[slot] - mirrored[slot]) / 2;
}

/** All units, each behind those that stand before it in any layer. */
function unitsOf(slots: readonly Slot[], layers: readonly number[][]): Unit[] {
  const groups = new Map<number, Unit>();
  const unitOf = slots.map(({ group }, slot) => {
    const unit = (group < 0 ? undefined : groups.get(group)) ?? { slots: [], group };
    if (group >= 0) groups.set(group, unit);
    unit.slots.push(slot);
    return unit;
  });
  const behind = new Map([...new Set(unitOf)].map((unit) => [unit, new Set<Unit>()]));
  const missing = new Map([...behind.keys()].map((unit) => [unit, 0]));
  for (const layer of layers) {
    for (let index = 1; index < layer.length; index++) {
      const [one, other] = [unitOf[layer[index - 1]], unitOf[layer[index]]];
      const known = behind.get(one)!;
      if (one === other || known.has(other)) continue;
      known.add(other);
      missing.set(other, missing.get(other)! + 1);
    }
  }
  const ready = [...missing].flatMap(([unit, count]) => (count ? [] : [unit]));
  for (let next = 0; next < ready.length; next++) {
    for (const unit of behind.get(ready[next])!) {
      const left = missing.get(unit)! - 1;
      missing.set(unit, left);
      if (left === 0) ready.push(unit);
    }
  }
  return ready;
}

type Frame = (members: readonly number[], made: Float64Array) => [start: number, end: number];

/** Where everything lies if each unit is only pushed on, as far as those before it make it. */
function pushed(
  slots: readonly Slot[],
  layers: readonly number[][],
  units: readonly Unit[],
  middle: Float64Array,
  frame: Frame,
): Float64Array {
  const made = middle.slice();
  const before = new Int32Array(slots.length).fill(-1);
  for (const layer of layers) {
    for (let index = 1; index < layer.length; index++) before[layer[index]] = layer[index - 1];
  }
  /** Where each frame that has its place ends. */
  const ends = new Map<number, number>();
  for (const unit of units) {
    const start = unit.group < 0 ? NaN : frame(unit.slots, made)[0];
    let by = 0;
    for (const slot of unit.slots) {
      const other = before[slot];
      if (other < 0 || (unit.group >= 0 && slots[other].group === unit.group)) continue;
      const end = ends.get(slots[other].group);
      if (end === undefined && unit.group < 0) {
        // Two slots without a frame; the title of one makes no difference.
        by = Math.max(by, made[other] + distance(slots[other], slots[slot], 0) - made[slot]);
        continue;
      }
      const own = unit.group < 0 ? made[slot] - slots[slot].across / 2 : start;
      by = Math.max(by, (end ?? made[other] + slots[other].across / 2) + FRAME_GAP - own);
    }
    for (const slot of unit.slots) made[slot] += by;
    if (unit.group >= 0) ends.set(unit.group, frame(unit.slots, made)[1]);
  }
  return made;
}

/** Where the frame around some slots begins and ends. */
export function frameOf(
  slots: readonly Slot[],
  members: readonly number[],
  middle: Float64Array,
  title: number,
): [start: number, end: number] {
  let start = Infinity;
  let end = -Infinity;
  for (const slot of members) {
    const half = slots[slot].across / 2;
    start = Math.min(start, middle[slot] - half);
    end = Math.max(end, middle[slot] + half);
  }
  return [start - FRAME_PAD - title, end + FRAME_PAD];
}
