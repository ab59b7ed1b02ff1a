/** How far what stands beside each other in a layer is apart, in pixels. */

import type { Slot } from "./slots";

/** Pixels between two boxes, and between a passing edge and what is beside it. */
const GAP = 16;
const PASSING_GAP = 10;
/** Inside a frame, on either side; and between two frames, or a frame and a box. */
export const FRAME_PAD = 10;
export const FRAME_GAP = 12;

/** How far two slots that stand beside each other are apart, from middle to middle. */
export function distance(one: Slot, other: Slot, title: number): number {
  const half = (one.across + other.across) / 2;
  if (one.group === other.group) {
    return half + (one.box < 0 || other.box < 0 ? PASSING_GAP : GAP);
  }
  const before = one.group < 0 ? 0 : FRAME_PAD;
  const behind = other.group < 0 ? 0 : FRAME_PAD + title;
  return half + FRAME_GAP + before + behind;
}
