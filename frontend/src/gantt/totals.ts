/** Below the rows: how many run at once, and what other ways of running the same would take. */

import type { Total } from "../state/protocol";
import type { RunData } from "../state/run";
import { setAttribute, setText, svg, uniqueId } from "../ui/dom";
import { plural, type Unit, unitFor } from "../ui/format";
import { fitText, SMALL, textWidth } from "../ui/text";
import { EDGE } from "./axis";
import { runningAhead } from "./running_ahead";

export const TOTALS_HEIGHT = 124;
const AREA_TOP = 8;
const AREA_HEIGHT = 24;
const FIRST_BAR = 42;
const BAR_STEP = 22;
const BAR_HEIGHT = 12;
/** Of the line from the lower to the upper end of a range. */
const MAYBE = 3;
/** A bar that is cut keeps so many pixels at least. */
const SHORTEST_CUT = 30;
/** Of the two slashes that mark a cut. */
const CUT_WIDTH = 14;
/** Within this share of the longest path nothing is left to gain by a better schedule. */
const AT_THE_LIMIT = 1.02;

/** What is drawn, on which scale, and where. */
export interface TotalsScene {
  run: RunData;
  other: RunData | null;
  unit: Unit;
  x: (seconds: number) => number;
  from: number;
  to: number;
  /** In pixels: of the labels, of the plot, and what is left at its right. */
  left: number;
  width: number;
  right: number;
}

export class Totals {
  readonly element = svg("svg", { class: "ad-totals", height: TOTALS_HEIGHT, role: "img" });
  private readonly clip = svg("rect", { y: 0, height: TOTALS_HEIGHT });
  private readonly area = svg("path", { class: "ad-area" });
  private readonly line = svg("path", { class: "ad-area-line" });
  private readonly ghost = svg("path", { class: "ad-ghost" });
  private readonly ahead = svg("path", { class: "ad-ahead" });
  private readonly now = svg("path", { class: "ad-now" });
  private readonly rest = svg("rect", { class: "ad-rest", height: BAR_HEIGHT });
  private readonly running = svg("text", { class: "ad-soft" });
  private readonly ways: Way[];
  private readonly own: Way;
  private readonly figures = svg("text", { class: "ad-soft" });

  constructor() {
    const id = uniqueId();
    const plot = svg("g", { "clip-path": `url(#${id})` });
    this.element.append(svg("defs", {}, svg("clipPath", { id }, this.clip)), plot);
    plot.append(this.area, this.line, this.ghost, this.ahead, this.now, this.rest);
    const way = (name: string, row: number): Way => new Way(this.element, plot, name, row);
    this.ways = [way("ad-other", 0), way("ad-other", 1)];
    this.own = way("ad-own", 2);
    this.element.append(this.running, this.figures);
  }

  draw(scene: TotalsScene): void {
    const { run, unit, left, width, x } = scene;
    setAttribute(this.element, "width", left + width + scene.right);
    setAttribute(this.clip, "x", left - 1);
    setAttribute(this.clip, "width", width + scene.right);
    this.drawArea(scene);
    const { otherWays } = run;
    const unknown = run.over ? "" : "known when the run is over";
    const [sequential, waves] = this.ways;
    const spoken = [
      `running at once: ${run.all.now} now, ${run.all.peak} at most`,
      sequential.draw(scene, "one by one", otherWays?.sequential ?? null, unknown),
      waves.draw(
        scene,
        run.events.lanes.size ? "at home" : "wave by wave",
        otherWays?.waves ?? null,
        unknown,
      ),
      `this DAG ${figuresOf(run, unit).join(" · ")}`,
    ];
    this.own.drawBar(scene, "this DAG", run.over ? run.makespan : run.elapsed);
    const end = (!run.over && run.expected?.makespan) || NaN;
    const isLater = end > run.elapsed;
    setAttribute(this.rest, "x", isLater ? (left + x(run.elapsed)).toFixed(1) : 0);
    setAttribute(this.rest, "y", FIRST_BAR + 2 * BAR_STEP);
    setAttribute(this.rest, "width", isLater ? (x(end) - x(run.elapsed)).toFixed(1) : 0);
    setAttribute(this.figures, "x", left + 1);
    setAttribute(this.figures, "y", FIRST_BAR + 2 * BAR_STEP + BAR_HEIGHT + 13);
    setText(this.figures, firstThatFits(figuresOf(run, unit), width + scene.right - EDGE - 1));
    setAttribute(this.element, "aria-label", spoken.filter(Boolean).join("; "));
  }

  private drawArea(scene: TotalsScene): void {
    const { run, other, left, x, from, to } = scene;
    const ahead = runningAhead(run);
    const peak = ahead.reduce((most, [, running]) => Math.max(most, running), 1);
    const most = Math.max(run.all.peak, other?.all.peak ?? 0, peak);
    setAttribute(this.ahead, "d", aheadPath(ahead, scene, most));
    const area = areaPath(run, scene, most);
    setAttribute(this.area, "d", area);
    setAttribute(this.line, "d", area);
    setAttribute(this.ghost, "d", other ? areaPath(other, scene, most) : "");
    write(this.running, left - 8, AREA_TOP + 16, "running", "end");
    const isOut = run.over || run.elapsed < from || run.elapsed > to;
    const now = (Math.round(left + x(run.elapsed)) + 0.5).toFixed(1);
    setAttribute(this.now, "d", isOut ? "" : `M${now},0V${AREA_TOP + AREA_HEIGHT}`);
  }
}

/** One way of running the graph: its label, a bar, and what it would take. */
class Way {
  private readonly label = svg("text", { class: "ad-soft" });
  private readonly bar: SVGRectElement;
  /** From the lower to the upper end of what is known as a range. */
  private readonly maybe: SVGRectElement;
  private readonly cuts = svg("path", { class: "ad-cuts" });
  private readonly slashes = svg("path", { class: "ad-slashes" });
  private readonly text = svg("text", { class: "ad-soft" });
  private readonly y: number;

  constructor(chart: SVGSVGElement, plot: SVGGElement, name: string, row: number) {
    this.y = FIRST_BAR + row * BAR_STEP;
    this.bar = svg("rect", { class: name, y: this.y, height: BAR_HEIGHT });
    this.maybe = svg("rect", { class: name, y: this.y + (BAR_HEIGHT - MAYBE) / 2, height: MAYBE });
    plot.append(this.bar, this.maybe, this.cuts, this.slashes);
    chart.append(this.label, this.text);
  }

  /** Returns it in words. */
  draw(scene: TotalsScene, title: string, total: Total | null, unknown: string): string {
    write(this.label, scene.left - 8, this.y + 10, total || unknown ? title : "", "end");
    const texts = total ? totalTexts(total, scene.unit) : [unknown];
    if (!total) {
      this.place(scene.left, scene.left);
      setAttribute(this.cuts, "d", "");
      setAttribute(this.slashes, "d", "");
      write(this.text, scene.left + 8, this.y + 10, unknown, "start");
      return "";
    }
    const [start, end] = [scene.left + scene.x(0), scene.left + scene.x(mostOf(total))];
    const certain = scene.left + scene.x(total.makespan);
    const edge = scene.left + scene.width + scene.right;
    const text = texts.find((each) => end + 8 + textWidth(each, SMALL) <= edge - EDGE);
    if (text !== undefined && end >= scene.left) {
      this.place(start, certain);
      setAttribute(this.maybe, "x", certain.toFixed(1));
      setAttribute(this.maybe, "width", Math.max(end - certain, 0).toFixed(1));
      setAttribute(this.slashes, "d", "");
      write(this.text, end + 8, this.y + 10, text, "start");
      setAttribute(this.cuts, "d", this.cutsPath(scene, total, end));
    } else {
      this.drawCut(scene, total, texts, start);
    }
    return `${title} ${texts[0]}`;
  }

  /** Longer than the axis: the bar breaks off with a mark, and the figure follows. */
  private drawCut(scene: TotalsScene, total: Total, texts: string[], start: number): void {
    const edge = scene.left + scene.width + scene.right;
    const roomAt = (text: string): number => edge - textWidth(text, SMALL) - EDGE - CUT_WIDTH;
    const shortest = scene.left + SHORTEST_CUT;
    const text = texts.find((each) => roomAt(each) >= shortest) ?? texts[texts.length - 1];
    const end = Math.max(roomAt(text), shortest);
    this.place(start, end);
    const [top, bottom] = [this.y - 3, this.y + BAR_HEIGHT + 3];
    const slash = (at: number): string => `M${at},${bottom}L${at + 6},${top}`;
    setAttribute(this.slashes, "d", slash(end - 2) + slash(end + 3));
    setAttribute(this.cuts, "d", this.cutsPath(scene, total, end - 4));
    write(this.text, end + CUT_WIDTH, this.y + 10, fitText(text, edge - end - 16, SMALL), "start");
  }

  drawBar(scene: TotalsScene, title: string, seconds: number): void {
    write(this.label, scene.left - 8, this.y + 10, title, "end");
    this.place(scene.left + scene.x(0), scene.left + scene.x(seconds));
  }

  private place(start: number, end: number): void {
    setAttribute(this.maybe, "width", 0);
    setAttribute(this.bar, "x", start.toFixed(1));
    setAttribute(this.bar, "width", Math.max(end - start, 0).toFixed(1));
  }

  /** Where one piece ends and the next begins. */
  private cutsPath({ left, x }: TotalsScene, total: Total, end: number): string {
    let path = "";
    let last = -Infinity;
    for (const cut of total.cuts) {
      const at = left + x(cut);
      if (at < left || at > end || at - last < 3) continue;
      path += `M${at.toFixed(1)},${this.y}v${BAR_HEIGHT}`;
      last = at;
    }
    return path;
  }
}

function write(text: SVGTextElement, x: number, y: number, words: string, anchor: string): void {
  setAttribute(text, "x", x.toFixed(1));
  setAttribute(text, "y", y);
  setAttribute(text, "text-anchor", anchor);
  setText(text, words);
}

/** As many of several figures as there is room for; the last ones are dropped first. */
function firstThatFits(figures: readonly string[], room: number): string {
  for (let length = figures.length; length > 1; length--) {
    const text = figures.slice(0, length).join(" · ");
    if (textWidth(text, SMALL) <= room) return text;
  }
  return figures[0] ?? "";
}

function figuresOf(run: RunData, unit: Unit): string[] {
  const { analysis, expected } = run;
  const sequential = run.otherWays?.sequential ?? null;
  if (!run.over) {
    const figures = [`${unit.text(run.elapsed)} so far`];
    if (expected) figures.push(`${unit.text(expected.makespan)} expected`);
    if (expected && sequential) figures.push(times(sequential, expected.makespan));
    return figures;
  }
  const figures = [unit.text(run.makespan)];
  if (sequential) figures.push(times(sequential, run.makespan));
  const isComplete = run.count("done") === run.model.tasks;
  const longest = analysis?.critical_length;
  if (isComplete && longest && run.makespan <= longest * AT_THE_LIMIT) {
    figures.push("the critical-path limit");
  }
  return figures;
}

/** How many times as fast a makespan is as one by one. */
function times(sequential: Total, makespan: number): string {
  const ratio = sequential.makespan / makespan;
  const decimals = ratio < 10 ? 2 : ratio < 100 ? 1 : 0;
  const low = ratio.toFixed(decimals);
  const said = isRange(sequential)
    ? `${low}–${(mostOf(sequential) / makespan).toFixed(decimals)}`
    : low;
  return `${said}× as fast as one by one`;
}

function mostOf(total: Total): number {
  return total.at_most ?? total.makespan;
}

/** Whether the two ends differ by more than a percent, as in `Range.is_exact` of the package. */
function isRange(total: Total): boolean {
  return mostOf(total) - total.makespan > 0.01 * mostOf(total);
}

/** The longest first. */
function totalTexts(total: Total, unit: Unit): string[] {
  // One by one may take so much longer that the picture's unit does not fit it.
  const most = mostOf(total);
  const own = most > 900 * unit.seconds ? unitFor(most) : unit;
  const seconds = isRange(total)
    ? `${own.number(total.makespan)}–${own.text(most)}`
    : own.text(total.makespan);
  const text = `${seconds} ${total.basis}`;
  return total.slots ? [`${text}, with ${plural(total.slots, "slot")}`, text] : [text];
}

function aheadPath(steps: [number, number][], { x, left }: TotalsScene, most: number): string {
  const y = (running: number): string => (AREA_TOP + AREA_HEIGHT * (1 - running / most)).toFixed(1);
  return steps
    .map(([time, running], index) => {
      const at = (left + x(time)).toFixed(1);
      return index ? `H${at}V${y(running)}` : `M${at},${y(running)}`;
    })
    .join("");
}

function areaPath(run: RunData, scene: TotalsScene, most: number): string {
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
