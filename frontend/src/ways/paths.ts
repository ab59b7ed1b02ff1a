/** Bands as paths: one a band, however many segments it has. */

import type { Band } from "../state/ways";
import { laneHeight, laneTop, type Place } from "./places";

type Scale = (seconds: number) => number;

/** What is shorter is drawn as long as this, in pixels; what is longer keeps a gap behind it. */
const SHORTEST = 0.75;
const GAP_FROM = 3;
/** Steps of an area that are shorter come from rounding, and are left out. */
const THINNEST = 0.02;
/** What marks single segments is so high at least. */
const LOWEST_MARK = 3;

/** The segments that `isIn` holds of, from one time to another. */
export function segmentsPath(
  band: Band,
  place: Place,
  x: Scale,
  [from, to]: readonly [number, number],
  isIn: (row: number) => boolean = () => true,
): string {
  const height = place.isArea ? Math.max(place.pitch, LOWEST_MARK) : laneHeight(place);
  const drawnTo = new Float64Array(band.lanes).fill(-1);
  let path = "";
  for (let index = 0; index < band.rows.length; index++) {
    const [start, end, lane] = [band.start[index], band.end[index], band.lane[index]];
    if (end < from || start >= to || !isIn(band.rows[index])) continue;
    const left = x(Math.max(start, from));
    let right = Math.max(x(Math.min(end, to)), left + SHORTEST);
    if (right <= drawnTo[lane] + 0.5) continue; // nobody could tell it from the one before
    drawnTo[lane] = right;
    if (right - left > GAP_FROM && end <= to) right -= SHORTEST;
    const top = laneTop(place, lane).toFixed(1);
    path += `M${left.toFixed(1)},${top}H${right.toFixed(1)}v${height.toFixed(1)}H${left.toFixed(1)}z`;
  }
  return path;
}

/** How many run at once, from one time to another, as a filled area. */
export function areaPath(
  band: Band,
  { top, height, pitch }: Place,
  x: Scale,
  [from, to]: readonly [number, number],
): string {
  const bottom = top + height;
  const [times, counts] = band.area ?? stepsOf(band);
  let path = "";
  let drawn = -1;
  let last = x(from);
  for (let index = 0; index < times.length && times[index] < to; index++) {
    const left = x(Math.max(times[index], from));
    const right = x(Math.min(times[index + 1] ?? times[index], to));
    if (right - left < THINNEST) continue;
    if (!path) path = `M${left.toFixed(1)},${bottom.toFixed(1)}`;
    if (counts[index] !== drawn)
      path += `H${left.toFixed(1)}V${(bottom - counts[index] * pitch).toFixed(1)}`;
    drawn = counts[index];
    last = right;
  }
  return path && `${path}H${last.toFixed(1)}V${bottom.toFixed(1)}z`;
}

/** From each of the times on so many run. */
function stepsOf({ start, end }: Band): [times: number[], counts: number[]] {
  const [begins, ends] = [start.slice().sort(), end.slice().sort()];
  const [times, counts]: [number[], number[]] = [[], []];
  for (let begun = 0, ended = 0; ended < ends.length; ) {
    const time = Math.min(begins[begun] ?? Infinity, ends[ended]);
    while (begins[begun] <= time) begun++;
    while (ends[ended] <= time) ended++;
    times.push(time);
    counts.push(begun - ended);
  }
  return [times, counts];
}

export function segmentAt(band: Band, lane: number, time: number, slop: number): number | null {
  let nearest: number | null = null;
  let distance = slop;
  for (let index = 0; index < band.rows.length; index++) {
    if (band.lane[index] !== lane) continue;
    const away = Math.max(band.start[index] - time, time - band.end[index], 0);
    if (away <= distance) [nearest, distance] = [index, away];
  }
  return nearest;
}
