/** The time axis above the rows: ticks at round numbers of the unit, and where the axis ends. */

import { type ScaleLinear, scaleLinear } from "d3-scale";
import type { RunData } from "../state/run";
import { setAttribute, setText, svg } from "../ui/dom";
import type { Unit } from "../ui/format";

export const AXIS_HEIGHT = 22;
export type TimeScale = ScaleLinear<number, number>;

/** Where the axis lies, in pixels. */
export interface AxisPlace {
  /** Left of it are the labels of the rows. */
  left: number;
  /** Of the whole chart. */
  width: number;
  /** Of the axis. */
  plot: number;
}

/** Draws the axis and returns where its ticks are, in seconds. */
export function drawAxis(
  axis: SVGSVGElement,
  scale: TimeScale,
  unit: Unit,
  { left, width, plot }: AxisPlace,
): number[] {
  setAttribute(axis, "width", width);
  const inUnit = scaleLinear()
    .domain(scale.domain().map((seconds) => seconds / unit.seconds))
    .range(scale.range());
  const number = Math.max(2, Math.min(8, Math.floor(plot / 110)));
  const ticks = inUnit.ticks(number);
  const write = inUnit.tickFormat(number);
  const texts = axis.children;
  for (const [index, tick] of ticks.entries()) {
    const text = texts[index] ?? axis.appendChild(svg("text", { y: 15, class: "ad-soft" }));
    const x = left + inUnit(tick);
    setAttribute(text, "x", x.toFixed(1));
    setAttribute(text, "text-anchor", x > width - 24 ? "end" : "middle");
    setText(text, tick === 0 ? "0" : `${write(tick)} ${unit.name}`);
  }
  while (texts.length > ticks.length) texts[texts.length - 1].remove();
  return ticks.map((tick) => tick * unit.seconds);
}

/** The end of the time axis. Of a run that goes on it moves in steps, so that bars don't shrink all the time. */
export class AxisEnd {
  /** In seconds. */
  value = 1;
  private of: RunData | null = null;

  update(run: RunData | null, other: RunData | null, plot: number): void {
    this.value = run ? this.next(run, other, plot) : 1;
  }

  private next(run: RunData, other: RunData | null, plot: number): number {
    const { otherWays } = run;
    let needed = run.over
      ? Math.max(run.makespan, run.elapsed)
      : Math.max(run.elapsed, run.expectedMakespan || 0);
    if (other) needed = Math.max(needed, other.makespan);
    // The other ways are drawn in full where that leaves the bars about half of the room.
    for (const total of [otherWays?.sequential, otherWays?.waves]) {
      if (total && total.makespan <= 1.8 * needed) needed = Math.max(needed, total.makespan);
    }
    needed = Math.max(needed, 1e-4);
    const room = 1 + Math.min(130 / plot, 0.3);
    if (run.over) {
      this.of = null;
      return needed * (otherWays?.sequential || otherWays?.waves ? room : 1.02);
    }
    if (this.of === run && needed <= this.value && this.value <= 4 * needed) return this.value;
    this.of = run;
    return needed * (run.expectedMakespan >= run.elapsed ? room : 1.5);
  }
}
