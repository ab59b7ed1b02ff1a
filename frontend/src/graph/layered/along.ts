/** Where the layers lie along the direction of the arrows. */

import type { Slots } from "./slots";

/** Between two layers, in pixels. */
const LAYER_GAP = 44;
/** More where frames begin or end between them. */
const FRAME_EDGE = 10;

export interface Layer {
  start: number;
  thick: number;
}

/** `title` is the room that the name of a frame takes where it begins. */
export function placeAlong({ slots, layers }: Slots, title: number): Layer[] {
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  for (const { group, layer } of slots) {
    if (group < 0) continue;
    first.set(group, Math.min(first.get(group) ?? layer, layer));
    last.set(group, Math.max(last.get(group) ?? layer, layer));
  }
  const begins = new Set(first.values());
  const ends = new Set(last.values());
  const made: Layer[] = [];
  let at = 0;
  for (const [index, layer] of layers.entries()) {
    if (begins.has(index)) at += FRAME_EDGE + title;
    const thick = Math.max(...layer.map((slot) => slots[slot].along));
    made.push({ start: at, thick });
    at += thick + LAYER_GAP + (ends.has(index) ? FRAME_EDGE : 0);
  }
  return made;
}
