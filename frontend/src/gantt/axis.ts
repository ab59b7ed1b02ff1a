/** The time axis above the rows: ticks at round numbers, the present moment, the expected end. */

import { type ScaleLinear, scaleLinear } from "d3-scale";
import type { RunData } from "../state/run";
import { isKnown } from "../state/times";
import { setAttribute, setText, svg } from "../ui/dom";
import { bandText } from "../ui/expected_words";
import { duration, type Unit } from "../ui/format";
import { SMALL, SMALL_BOLD, textWidth } from "../ui/text";

export const AXIS_HEIGHT = 36;
const TICKS_AT = 14;
const MARKS_AT = 30;
/** No text comes closer to the edge, in pixels. */
export const EDGE = 12;
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

export class Axis {
  readonly element = svg("svg", { class: "ad-axis", "aria-hidden": "true", height: AXIS_HEIGHT });
  private readonly ticks = svg("g");
  private readonly now = svg("text", { class: "ad-now-text", y: MARKS_AT });
  private readonly end = svg("text", { class: "ad-end-text", y: MARKS_AT });

  constructor() {
    this.element.append(this.ticks, this.now, this.end);
  }

  /** Draws the axis and returns where its ticks are, in seconds. */
  draw(run: RunData | null, scale: TimeScale, unit: Unit, place: AxisPlace): number[] {
    setAttribute(this.element, "width", place.width);
    this.drawMarks(run, scale, unit, place);
    return drawTicks(this.ticks, scale, unit, place);
  }

  private drawMarks(run: RunData | null, scale: TimeScale, unit: Unit, place: AxisPlace): void {
    const { left, width, plot } = place;
    const isRunning = run !== null && !run.over;
    const now = isRunning ? scale(run.elapsed) : NaN;
    const isNow = now >= 0 && now <= plot;
    setText(this.now, isNow ? "now" : "");
    setAttribute(this.now, "x", (left + now || 0).toFixed(1));
    const expected = (isRunning && run.expected?.makespan) || NaN;
    const end = scale(expected);
    const short = `expected end ${duration(expected, unit)}`;
    const band = isRunning && run.expected ? bandText(run.expected, unit) : "";
    // The two must not overlap; the header shows the end as well.
    const first = left + now + textWidth("now", SMALL_BOLD) / 2 + 8;
    const middleOf = (text: string): number => {
      const half = textWidth(text, SMALL) / 2;
      const middle = Math.min(left + end, width - half - EDGE);
      return middle - half > first ? middle : NaN;
    };
    const texts = band ? [`${short} · ${band}`, short] : [short];
    const text = texts.find((each) => isKnown(middleOf(each)));
    const isShown = text !== undefined && end >= 0 && end <= plot + 1;
    setText(this.end, isShown ? text : "");
    setAttribute(this.end, "x", isShown ? middleOf(text).toFixed(1) : 0);
  }
}

/** Draws ticks at round numbers into a group, and returns where they are, in seconds. */
export function drawTicks(
  group: SVGGElement,
  scale: TimeScale,
  unit: Unit,
  { left, width, plot }: AxisPlace,
): number[] {
  const inUnit = scaleLinear()
    .domain(scale.domain().map((seconds) => seconds / unit.seconds))
    .range(scale.range());
  const number = Math.max(2, Math.min(8, Math.floor(plot / 110)));
  const ticks = inUnit.ticks(number);
  const write = inUnit.tickFormat(number);
  const texts = group.children;
  for (const [index, tick] of ticks.entries()) {
    const text = texts[index] ?? group.appendChild(svg("text", { y: TICKS_AT, class: "ad-soft" }));
    const x = left + inUnit(tick);
    setAttribute(text, "x", x.toFixed(1));
    setAttribute(text, "text-anchor", x > width - 24 ? "end" : "middle");
    setText(text, tick === 0 ? "0" : `${write(tick)} ${unit.name}`);
  }
  while (texts.length > ticks.length) texts[texts.length - 1].remove();
  return ticks.map((tick) => tick * unit.seconds);
}

/** The end of the axis. While a run goes on it moves in steps, so that bars don't shrink all the time. */
export class AxisEnd {
  /** In seconds. */
  value = 1;
  private of: RunData | null = null;

  update(run: RunData | null, other: RunData | null): void {
    this.value = run ? this.next(run, other) : 1;
  }

  private next(run: RunData, other: RunData | null): number {
    if (run.whole) return this.next(run.whole, other);
    const end = run.over ? null : run.expected;
    const expected = Math.max(end?.makespan ?? 0, end?.band?.end ?? 0);
    const own = run.over ? Math.max(run.makespan, run.elapsed) : run.elapsed;
    const needed = Math.max(own, expected, other?.makespan ?? 0, 1e-4);
    if (run.over) {
      this.of = null;
      return needed * 1.01;
    }
    if (this.of === run && needed <= this.value && this.value <= 4 * needed) return this.value;
    this.of = run;
    return needed * (expected >= run.elapsed ? 1.03 : 1.5);
  }
}
