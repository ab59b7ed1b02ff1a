/**
 * A layered layout, for where there is no dot, dot is not done yet, or groups are folded: boxes in
 * layers, edges around them, frames that nothing else is in.
 */

import type { Placement } from "../../state/protocol";
import { placeAcross } from "./across";
import { type Layer, placeAlong } from "./along";
import { frameOf } from "./frames_apart";
import { withoutCycles } from "./layers";
import { order } from "./order";
import { type Route, type SizedBox, type Slots, slotsOf } from "./slots";

const MARGIN = 12;
/** The room for the name of a frame. */
const TITLE = 15;
/** Between a frame and its boxes, along the arrows. */
const FRAME_PAD = 10;

/** A box of the panel with its size in pixels. */
export interface NaturalBox {
  index: number;
  width: number;
  height: number;
  /** The place of its group among the titles, -1 for none. */
  group: number;
}

export interface Boxes {
  boxes: readonly NaturalBox[];
  /** For each box the places of those that it needs. */
  dependencies: readonly number[][];
  groups: readonly string[];
}

/** Dependents are below their dependencies, or to the right of them. */
export function layered(given: Boxes, direction: "down" | "right"): Placement {
  const isDown = direction === "down";
  const sized = given.boxes.map(({ index, width, height, group }): SizedBox => {
    const [along, across] = isDown ? [height, width] : [width, height];
    return { index, along, across, group };
  });
  const slots = slotsOf(sized, withoutCycles(given.dependencies));
  order(slots);
  const middle = placeAcross(slots, isDown ? 0 : TITLE);
  const layers = placeAlong(slots, isDown ? TITLE : 0);
  return new Drawing(given, slots, middle, layers, isDown).placement();
}

/** Turns slots into boxes, edges and frames in pixels. */
class Drawing {
  constructor(
    private readonly given: Boxes,
    private readonly slots: Slots,
    private readonly middle: Float64Array,
    private readonly layers: readonly Layer[],
    private readonly isDown: boolean,
  ) {}

  placement(): Placement {
    const boxes = this.given.boxes.map((_, box) => this.box(box));
    const edges = this.slots.routes.map((route) => this.edge(route));
    const frames = this.given.groups.flatMap((title, group) => this.frame(title, group));
    return this.shifted({ width: 0, height: 0, boxes, edges, frames });
  }

  /** x and y of a point that is given along and across. */
  private point(along: number, across: number): [x: number, y: number] {
    return this.isDown ? [across, along] : [along, across];
  }

  /** In the middle of its layer. */
  private span(slot: number): [start: number, end: number] {
    const { along, layer } = this.slots.slots[slot];
    const { start, thick } = this.layers[layer];
    const first = start + (thick - along) / 2;
    return [first, first + along];
  }

  private box(box: number): Placement["boxes"][number] {
    const { index, width, height } = this.given.boxes[box];
    const { across } = this.slots.slots[box];
    const [x, y] = this.point(this.span(box)[0], this.middle[box] - across / 2);
    return [index, x, y, width, height];
  }

  /**
   * From the end of a box, through the slots in between, to the start of another. It is straight
   * within layers, and bends only between them, where no boxes are.
   */
  private edge({ from, to, slots, isTurned }: Route): Placement["edges"][number] {
    const [first, last] = [slots[0], slots[slots.length - 1]];
    const stops: [along: number, across: number][] = [];
    for (const slot of slots) {
      const { start, thick } = this.layers[this.slots.slots[slot].layer];
      const [begins, ends] = this.span(slot);
      if (slot !== first) stops.push([start, this.middle[slot]]);
      if (slot === last) stops.push([begins, this.middle[slot]]);
      if (slot === first) stops.push([ends, this.middle[slot]]);
      if (slot !== last) stops.push([start + thick, this.middle[slot]]);
    }
    const points: number[][] = [stops[0]];
    for (let stop = 1; stop < stops.length; stop++) {
      const [before, behind] = [stops[stop - 1], stops[stop]];
      if (behind[0] - before[0] < 0.5) continue;
      const bend = (behind[0] - before[0]) / 2;
      points.push([before[0] + bend, before[1]], [behind[0] - bend, behind[1]], behind);
    }
    if (isTurned) points.reverse();
    const { boxes } = this.given;
    const flat = points.flatMap(([along, across]) => this.point(along, across));
    return [boxes[from].index, boxes[to].index, flat];
  }

  private frame(title: string, group: number): Placement["frames"] {
    const { slots } = this.slots;
    const members = [...slots.keys()].filter((slot) => slots[slot].group === group);
    const boxes = members.filter((slot) => slots[slot].box >= 0);
    if (!boxes.length) return [];
    const [titleAlong, titleAcross] = this.isDown ? [TITLE, 0] : [0, TITLE];
    const [low, high] = frameOf(slots, members, this.middle, titleAcross);
    const first = Math.min(...boxes.map((slot) => this.span(slot)[0])) - FRAME_PAD - titleAlong;
    const last = Math.max(...boxes.map((slot) => this.span(slot)[1])) + FRAME_PAD;
    const [x, y] = this.point(first, low);
    const [right, bottom] = this.point(last, high);
    const indices = boxes.map((slot) => this.given.boxes[slot].index);
    return [[title, x, y, right - x, bottom - y, indices]];
  }

  /** Moved so that it begins at the margin, with its size. */
  private shifted({ boxes, edges, frames }: Placement): Placement {
    const all = [...boxes, ...frames].map(([, x, y, width, height]) => [x, y, width, height]);
    for (const [, , points] of edges) {
      for (let at = 0; at < points.length; at += 2) all.push([points[at], points[at + 1], 0, 0]);
    }
    const left = all.reduce((least, [x]) => Math.min(least, x), Infinity) - MARGIN;
    const top = all.reduce((least, [, y]) => Math.min(least, y), Infinity) - MARGIN;
    const right = all.reduce((most, [x, , width]) => Math.max(most, x + width), -Infinity) + MARGIN;
    const bottom =
      all.reduce((most, [, y, , height]) => Math.max(most, y + height), -Infinity) + MARGIN;
    const shift = (value: number, index: number): number => value - (index % 2 ? top : left);
    return {
      width: right - left,
      height: bottom - top,
      boxes: boxes.map(([index, x, y, ...size]) => [index, x - left, y - top, ...size]),
      edges: edges.map(([from, to, points]) => [from, to, points.map(shift)]),
      frames: frames.map(([title, x, y, ...rest]) => [title, x - left, y - top, ...rest]),
    };
  }
}
