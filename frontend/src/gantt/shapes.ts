/** The shapes of which the Gantt chart is made. */

import type { Colours } from "../ui/theme";
import type { Band } from "./scene";

/** A bar narrower than this has no room for corners or an outline. */
export const SLIVER = 3;

/** A rectangle in pixels. */
export interface Rectangle extends Band {
  left: number;
  width: number;
}

export function fillBar(context: CanvasRenderingContext2D, bar: Rectangle): void {
  const { left, top, width, height } = bar;
  if (width < SLIVER) {
    context.fillRect(left, top, width, height);
    return;
  }
  context.beginPath();
  context.roundRect(left, top, width, height, 3);
  context.fill();
}

export function outline(
  context: CanvasRenderingContext2D,
  { left, top, width, height }: Rectangle,
  colour: string,
  thickness: number,
): void {
  context.strokeStyle = colour;
  context.lineWidth = thickness;
  context.beginPath();
  context.roundRect(left, top, Math.max(width, 1), height, 3);
  context.stroke();
}

export function dashedOutline(
  context: CanvasRenderingContext2D,
  { left, top, width, height }: Rectangle,
  colour: string,
): void {
  context.setLineDash([3, 3]);
  outline(context, { left, top: top + 0.5, width, height: height - 1 }, colour, 1);
  context.setLineDash([]);
}

/** Grey stripes, for a node that is ready and waits. */
export function hatchFor(
  context: CanvasRenderingContext2D,
  colours: Colours,
): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = tile.getContext("2d");
  if (!pen) return colours.queued;
  pen.fillStyle = colours.ground;
  pen.fillRect(0, 0, 6, 6);
  pen.strokeStyle = colours.edge;
  pen.lineWidth = 1.2;
  pen.beginPath();
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift - 1, 7);
    pen.lineTo(shift + 7, -1);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat") ?? colours.queued;
}
