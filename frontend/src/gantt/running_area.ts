/** Below the rows, on their axis: how many run at once. */

import type { RunData } from "../state/run";
import { setAttribute, svg, uniqueId } from "../ui/dom";
import { runningAhead } from "./running_ahead";

export const RUNNING_HEIGHT = 40;
const AREA_TOP = 8;
const AREA_HEIGHT = 24;

/** What is drawn, on which scale, and where. */
export interface AreaScene {
  run: RunData;
  other: RunData | null;
  x: (seconds: number) => number;
  from: number;
  to: number;
  /** In pixels: of the labels, of the plot, and what is left at its right. */
  left: number;
  width: number;
  right: number;
}

export class RunningArea {
  readonly element = svg("svg", { class: "ad-running", height: RUNNING_HEIGHT, role: "img" });
  private readonly clip = svg("rect", { y: 0, height: RUNNING_HEIGHT });
  private readonly area = svg("path", { class: "ad-area" });
  private readonly line = svg("path", { class: "ad-area-line" });
  private readonly ghost = svg("path", { class: "ad-ghost" });
  private readonly ahead = svg("path", { class: "ad-ahead" });
  private readonly now = svg("path", { class: "ad-now" });
  private readonly label = svg("text", { class: "ad-soft", y: AREA_TOP + 16 }, "running");

  constructor() {
    const id = uniqueId();
    const plot = svg("g", { "clip-path": `url(#${id})` });
    plot.append(this.area, this.line, this.ghost, this.ahead, this.now);
    setAttribute(this.label, "text-anchor", "end");
    this.element.append(svg("defs", {}, svg("clipPath", { id }, this.clip)), plot, this.label);
  }

  draw(scene: AreaScene): void {
    const { run, other, left, width, x, from, to } = scene;
    setAttribute(this.element, "width", left + width + scene.right);
    setAttribute(this.clip, "x", left - 1);
    setAttribute(this.clip, "width", width + scene.right);
    const words = `running at once: ${run.all.now} now, ${run.all.peak} at most`;
    setAttribute(this.element, "aria-label", words);
    const ahead = runningAhead(run);
    const peak = ahead.reduce((most, [, running]) => Math.max(most, running), 1);
    const most = Math.max(run.all.peak, other?.all.peak ?? 0, peak);
    setAttribute(this.ahead, "d", aheadPath(ahead, scene, most));
    const area = areaPath(run, scene, most);
    setAttribute(this.area, "d", area);
    setAttribute(this.line, "d", area);
    setAttribute(this.ghost, "d", other ? areaPath(other, scene, most) : "");
    setAttribute(this.label, "x", left - 8);
    const isOut = run.over || run.elapsed < from || run.elapsed > to;
    const now = (Math.round(left + x(run.elapsed)) + 0.5).toFixed(1);
    setAttribute(this.now, "d", isOut ? "" : `M${now},0V${AREA_TOP + AREA_HEIGHT}`);
  }
}

function aheadPath(steps: [number, number][], { x, left }: AreaScene, most: number): string {
  const y = (running: number): string => (AREA_TOP + AREA_HEIGHT * (1 - running / most)).toFixed(1);
  return steps
    .map(([time, running], index) => {
      const at = (left + x(time)).toFixed(1);
      return index ? `H${at}V${y(running)}` : `M${at},${y(running)}`;
    })
    .join("");
}

function areaPath(run: RunData, scene: AreaScene, most: number): string {
  const { from, to, left, width, right } = scene;
  const until = run.over ? Infinity : run.elapsed;
  const columns = run.all.columns(from, to, Math.ceil(width + right), until);
  const bottom = AREA_TOP + AREA_HEIGHT;
  let line = "";
  let before = 0;
  for (let column = 0; column <= columns.length; column++) {
    const now = column < columns.length ? columns[column] : 0;
    if (now === before) continue;
    const at = left + column;
    if (before === 0) line += `M${at},${bottom}`;
    else line += `H${at}`;
    line += `V${(bottom - (now / most) * AREA_HEIGHT).toFixed(1)}`;
    before = now;
  }
  return line;
}
