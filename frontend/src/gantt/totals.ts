/** Below the Gantt chart: how many run at once, and what other ways of running the same would take. */

import type { Total } from "../state/protocol";
import type { RunData } from "../state/run";
import { isKnown } from "../state/times";
import { setAttribute, setText, svg, uniqueId } from "../ui/dom";
import { plural, type Unit, unitFor } from "../ui/format";
import { SMALL, textWidth } from "../ui/text";

export const TOTALS_HEIGHT = 112;
const AREA_TOP = 8;
const AREA_HEIGHT = 24;
const FIRST_BAR = 42;
const BAR_STEP = 22;
const BAR_HEIGHT = 12;
/** Within this share of the longest path nothing is left to gain by a better schedule. */
const AT_THE_LIMIT = 1.02;

export interface TotalsScene {
  run: RunData;
  other: RunData | null;
  unit: Unit;
  x: (seconds: number) => number;
  from: number;
  to: number;
  left: number;
  width: number;
  right: number;
}

export function drawTotals(chart: SVGSVGElement, scene: TotalsScene): void {
  const { run, unit, left, width, x, from, to } = scene;
  setAttribute(chart, "width", left + width + scene.right);
  const parts = partsOf(chart);
  setAttribute(parts.clip, "x", left - 1);
  setAttribute(parts.clip, "width", width + scene.right);
  const most = Math.max(run.all.peak, scene.other?.all.peak ?? 0, 1);
  const area = areaPath(run, scene, most);
  setAttribute(parts.area, "d", area);
  setAttribute(parts.line, "d", area);
  setAttribute(parts.ghost, "d", scene.other ? areaPath(scene.other, scene, most) : "");
  label(parts.running, left, "running", AREA_TOP + 16);
  const { analysis, otherWays } = run;
  const own = run.over ? run.makespan : run.elapsed;
  const speedup = analysis?.sequential ? analysis.sequential.makespan / own : NaN;
  const unknown = run.over ? "" : "known when the run is over";
  const ways: [string, Total | null | undefined][] = [
    ["one by one", otherWays?.sequential],
    ["wave by wave", otherWays?.waves],
  ];
  let spoken = `running at once: ${run.all.now} now, ${run.all.peak} at most`;
  ways.forEach(([title, total], index) => {
    const texts = total ? totalTexts(total, unit) : [unknown];
    const row = parts.ways[index];
    label(row.label, left, total || unknown ? title : "", FIRST_BAR + index * BAR_STEP + 10);
    place(row, scene, index, total ? total.makespan : NaN, texts);
    setAttribute(row.cuts, "d", total ? cutsPath(total, scene, index) : "");
    if (total) spoken += `; ${title} ${texts[0]}`;
  });
  const isAtLimit =
    run.over &&
    run.count("done") === run.model.tasks &&
    analysis?.critical_length &&
    own <= analysis.critical_length * AT_THE_LIMIT;
  const figures = [unit.text(own)];
  if (isKnown(speedup) && run.over) figures.push(`${speedup.toFixed(2)}×`);
  if (isAtLimit) figures.push("the critical-path limit");
  const text = figures.join(" · ");
  // Where there is no room for all of it, the last goes first.
  const shorter = figures.map((_, index) => figures.slice(0, figures.length - index).join(" · "));
  label(parts.ways[2].label, left, "this DAG", FIRST_BAR + 2 * BAR_STEP + 10);
  place(parts.ways[2], scene, 2, own, shorter);
  setAttribute(chart, "aria-label", `${spoken}; this DAG ${text}`);
  setAttribute(
    parts.now,
    "d",
    run.over || run.elapsed < from || run.elapsed > to
      ? ""
      : `M${(Math.round(left + x(run.elapsed)) + 0.5).toFixed(1)},0V${AREA_TOP + AREA_HEIGHT}`,
  );
}

/** The longest first. */
function totalTexts(total: Total, unit: Unit): string[] {
  // One by one may take so much longer that the picture's unit does not fit it.
  const own = total.makespan > 900 * unit.seconds ? unitFor(total.makespan) : unit;
  const text = `${own.text(total.makespan)} ${total.basis}`;
  return total.slots ? [`${text}, with ${plural(total.slots, "slot")}`, text] : [text];
}

interface Way {
  label: SVGTextElement;
  bar: SVGRectElement;
  cuts: SVGPathElement;
  text: SVGTextElement;
}
interface Parts {
  clip: SVGRectElement;
  area: SVGPathElement;
  line: SVGPathElement;
  ghost: SVGPathElement;
  now: SVGPathElement;
  running: SVGTextElement;
  ways: Way[];
}
const PARTS = new WeakMap<SVGSVGElement, Parts>();

function partsOf(chart: SVGSVGElement): Parts {
  const known = PARTS.get(chart);
  if (known) return known;
  const clip = svg("rect", { y: 0, height: TOTALS_HEIGHT });
  const id = uniqueId();
  const plot = svg("g", { "clip-path": `url(#${id})` });
  chart.append(svg("defs", {}, svg("clipPath", { id }, clip)), plot);
  const drawn = <K extends "path" | "rect">(tag: K, name: string): SVGElementTagNameMap[K] =>
    plot.appendChild(svg(tag, { class: name }));
  const text = (): SVGTextElement => chart.appendChild(svg("text", { class: "ad-soft" }));
  const parts: Parts = {
    clip,
    area: drawn("path", "ad-area"),
    line: drawn("path", "ad-area-line"),
    ghost: drawn("path", "ad-ghost"),
    now: drawn("path", "ad-now"),
    running: text(),
    ways: [0, 1, 2].map((index) => ({
      label: text(),
      bar: drawn("rect", index === 2 ? "ad-own" : "ad-other"),
      cuts: drawn("path", "ad-cuts"),
      text: text(),
    })),
  };
  PARTS.set(chart, parts);
  return parts;
}

function label(text: SVGTextElement, left: number, title: string, y: number): void {
  setAttribute(text, "x", left - 8);
  setAttribute(text, "y", y);
  setAttribute(text, "text-anchor", "end");
  setText(text, title);
}

/** A bar with the first text that fits behind it; where none does, inside. */
function place(
  row: Way,
  scene: TotalsScene,
  index: number,
  seconds: number,
  texts: readonly string[],
): void {
  const { left, width, x, right } = scene;
  const y = FIRST_BAR + index * BAR_STEP;
  const known = isKnown(seconds);
  const start = left + x(0);
  const end = known ? left + x(seconds) : start;
  setAttribute(row.bar, "x", start.toFixed(1));
  setAttribute(row.bar, "y", y);
  setAttribute(row.bar, "height", BAR_HEIGHT);
  setAttribute(row.bar, "width", Math.max(end - start, 0).toFixed(1));
  const beyond = end > left + width + 1;
  const room = left + width + right - Math.max(end, left) - 8;
  const fits = texts.find((text) => textWidth(text, SMALL) <= room);
  const inside = fits === undefined;
  const text = fits ?? texts[texts.length - 1];
  setText(row.text, beyond ? `${text} ⟶` : text);
  setAttribute(row.text, "y", y + 10);
  setAttribute(row.text, "class", !inside ? "ad-soft" : index === 2 ? "ad-on-own" : "ad-inside");
  setAttribute(row.text, "text-anchor", inside ? "end" : "start");
  const at = inside ? Math.min(end, left + width + right) - 6 : Math.max(end, left) + 8;
  setAttribute(row.text, "x", at.toFixed(1));
}

function cutsPath(total: Total, { left, width, x }: TotalsScene, index: number): string {
  const y = FIRST_BAR + index * BAR_STEP;
  let path = "";
  let last = -Infinity;
  for (const cut of total.cuts) {
    const at = left + x(cut);
    if (at < left || at > left + width + 200 || at - last < 3) continue;
    path += `M${at.toFixed(1)},${y}v${BAR_HEIGHT}`;
    last = at;
  }
  return path;
}

function areaPath(
  run: RunData,
  { from, to, left, width, right }: TotalsScene,
  most: number,
): string {
  const columns = run.all.columns(
    from,
    to,
    Math.ceil(width + right),
    run.over ? Infinity : run.elapsed,
  );
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
