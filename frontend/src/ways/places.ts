/** Where bands lie, and how high their lanes are: all of them fit into a bounded height. */

import type { Band } from "../state/ways";

/** Between the tops of two lanes, in pixels: at most, and at least for lanes to be drawn. */
const WIDEST = 20;
const NARROWEST = 5;
/** A label, and a line below it. */
const TWO_LINES = 32;
/** Between two bands. */
const APART = 8;

export interface Place {
  top: number;
  height: number;
  /** Between the tops of two lanes. */
  pitch: number;
  /** Lanes would be too thin: what is drawn is how many run at once. */
  isArea: boolean;
}

/** The places of bands from `top` on, in `room` pixels at most. */
export function placesOf(bands: readonly Band[], top: number, room: number): Place[] {
  const heightsAt = (pitch: number): number[] =>
    bands.map(({ lanes, under }) => Math.max(lanes * pitch, under ? TWO_LINES : WIDEST));
  const free = room - APART * (bands.length - 1);
  let pitch = WIDEST;
  let heights = heightsAt(pitch);
  while (pitch > 0.01 && heights.reduce((sum, height) => sum + height, 0) > free) {
    pitch *= 0.98;
    heights = heightsAt(pitch);
  }
  return bands.map((band, index) => {
    const height = heights[index];
    const own = Math.min(WIDEST, height / Math.max(band.lanes, 1));
    const place = { top, height, pitch: own, isArea: own < NARROWEST || Boolean(band.area) };
    top += height + APART;
    return place;
  });
}

/** How high a segment is. */
export function laneHeight({ pitch }: Place): number {
  return pitch - Math.min(Math.max(pitch / 5, Math.min(1, pitch / 3)), 4);
}

/** Where a lane begins; what runs at once piles up from the bottom. */
export function laneTop({ top, height, pitch, isArea }: Place, lane: number): number {
  return isArea ? top + height - (lane + 1) * pitch : top + lane * pitch;
}

/** The lane at a height; it may be none of the band's. */
export function laneAt({ top, height, pitch, isArea }: Place, y: number): number {
  return Math.floor((isArea ? top + height - y : y - top) / pitch);
}
