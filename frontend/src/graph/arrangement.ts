/** Where the graph stands, beside the chart or above it, and which of its two layouts it takes. */

import type { Layout, Placement } from "../state/protocol";

/** Below this width in pixels, panels are stacked. */
const NARROW = 700;
/** The width of a graph beside the chart: what it needs, within these bounds. */
const NARROWEST = 300;
const WIDEST = 410;
const WIDEST_SHARE = 0.42;
/** A graph beside the chart may make both so high; one above it, itself. */
const HIGHEST_BESIDE = 560;
const HIGHEST_ABOVE = 520;
/** Below the graph: its buttons, and a map where it does not fit. */
export const BAR_HEIGHT = 36;
export const MAP_BAR_HEIGHT = 76;
/** By so much more of the graph must be in sight to prefer what else reads less well. */
const CLEARLY = 1.15;
/** To the right reads better above the chart, unless by so much more is in sight downwards. */
const NEARLY = 1.3;

export interface Room {
  /** Of the whole view, in pixels. */
  width: number;
  /** Of the chart with all its rows. */
  chartHeight: number;
  /** Set to show the graph alone: so high it may become. */
  alone?: number;
}

export interface Arrangement {
  placement: Placement;
  isBeside: boolean;
  /** Of the panel, in pixels; without the bar below. */
  width: number;
  height: number;
  /** Whether all of it is in sight. */
  fits: boolean;
}

export function arrange(layout: Layout, room: Room): Arrangement {
  const placements = [layout.down, layout.right];
  const highest = room.alone ?? HIGHEST_ABOVE;
  const [down, right] = placements.map((each) => within(each, room.width, highest, false));
  const above = down.fits || right.fits ? lowerThatFits(down, right) : moreAbove(down, right, room);
  if (room.alone !== undefined) return { ...above, height: room.alone };
  if (room.width < NARROW) return above;
  const [first, second] = placements.map((placement) => {
    const widest = Math.max(WIDEST, Math.round(room.width * WIDEST_SHARE));
    const width = Math.min(Math.max(placement.width, NARROWEST), widest);
    const free = room.chartHeight - (placement.width > width ? MAP_BAR_HEIGHT : BAR_HEIGHT);
    return within(placement, width, Math.max(free, HIGHEST_BESIDE), true);
  });
  // There is more height than width: downwards reads better.
  const beside = first.fits ? first : more(first, second);
  if (beside.fits) return beside;
  if (above.fits) return above;
  return share(above) > CLEARLY * share(beside) ? above : beside;
}

function within(
  placement: Placement,
  width: number,
  highest: number,
  isBeside: boolean,
): Arrangement {
  const height = Math.ceil(Math.min(placement.height, highest));
  const fits = placement.width <= width && placement.height <= highest;
  return { placement, isBeside, width, height, fits };
}

/** Which share of the boxes is in sight before anything is scrolled, from 0 to 1. */
function share({ placement, width, height }: Arrangement): number {
  const { boxes } = placement;
  const inSight = boxes.filter(([, x, y, wide, high]) => x + wide <= width && y + high <= height);
  return boxes.length ? inSight.length / boxes.length : 1;
}

function lowerThatFits(a: Arrangement, b: Arrangement): Arrangement {
  if (a.fits !== b.fits) return a.fits ? a : b;
  return b.height < a.height ? b : a;
}

/** There is more width than height: to the right reads better, if nearly as much is in sight. */
function moreAbove(down: Arrangement, right: Arrangement, { alone }: Room): Arrangement {
  const nearly = alone === undefined ? NEARLY : 1; // the graph alone is to be seen
  return nearly * share(right) >= share(down) ? right : down;
}

/** The one of which more is in sight. */
function more(a: Arrangement, b: Arrangement): Arrangement {
  return share(b) > share(a) ? b : a;
}
