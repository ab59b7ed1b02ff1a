/** Where a run that goes on stands, and where it is expected to end. */

import type { Scene } from "./scene";

/** Lines at the present moment and at the expected end. */
export function drawNow({ context, colours, run, x }: Scene, height: number): void {
  const line = (seconds: number, colour: string, dashes: number[]): void => {
    const at = Math.round(x(seconds)) + 0.5;
    context.setLineDash(dashes);
    context.strokeStyle = colour;
    context.lineWidth = 1.2;
    context.beginPath();
    context.moveTo(at, 0);
    context.lineTo(at, height);
    context.stroke();
    context.setLineDash([]);
  };
  line(run.elapsed, colours.ink, []);
  const end = run.expected?.makespan ?? 0;
  if (end > run.elapsed) line(end, colours.done, [4, 3]);
}

/** Behind the bars: between which times the run is expected to end. */
export function drawBand({ context, colours, run, x }: Scene, height: number): void {
  const band = run.over ? null : run.expected?.band;
  if (!band) return;
  context.fillStyle = colours["done-fill"];
  context.fillRect(x(band.start), 0, Math.max(x(band.end) - x(band.start), 1), height);
}
