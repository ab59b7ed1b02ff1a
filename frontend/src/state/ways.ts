/** The ways of running the same tasks, with the segments that the buffers of a message hold. */

import type { BandMessage, WaysMessage } from "./protocol";

/** One way: its segments as columns, in the order of their starts. */
export interface Band extends BandMessage {
  /** Of the run, one a segment. */
  rows: Uint32Array;
  lane: Uint16Array;
  start: Float32Array;
  end: Float32Array;
}

export interface Ways extends WaysMessage {
  bands: Band[];
}

/** Null where there is no truth to draw. */
export function waysOf(message: WaysMessage | null, buffers: readonly ArrayBuffer[]): Ways | null {
  if (message === null) return null;
  const rows = new Uint32Array(buffers[0]);
  const lane = new Uint16Array(buffers[1]);
  const [start, end] = buffers.slice(2).map((buffer) => new Float32Array(buffer));
  const bands = message.bands.map((band): Band => {
    const until = band.first + band.count;
    return {
      ...band,
      rows: rows.subarray(band.first, until),
      lane: lane.subarray(band.first, until),
      start: start.subarray(band.first, until),
      end: end.subarray(band.first, until),
    };
  });
  return { ...message, bands };
}
