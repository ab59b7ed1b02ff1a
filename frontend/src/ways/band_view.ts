/** One way of running the tasks: its label, its lanes, and what it takes. */

import type { GraphModel } from "../state/model";
import { type Kin, SELF } from "../state/target";
import type { Band } from "../state/ways";
import { setAttribute, setText, svg } from "../ui/dom";
import { NORMAL, oneLine, SMALL, SMALL_BOLD, textWidth } from "../ui/text";
import { areaPath, segmentsPath } from "./paths";
import { laneHeight, laneTop, type Place } from "./places";

/** Between a band and its figures, or its label. */
const BESIDE = 10;
/** Lanes of at least so many pixels have names. */
const NAMED = 11;
/** In a single lane of segments that are shorter in the mean, none has an outline of its own. */
const DASHED = 12;
const ALWAYS = [0, Infinity] as const;

/** How much room a band needs at its left and at its right. */
export function roomBeside({ label, under, note }: Band): [left: number, right: number] {
  const left = Math.max(textWidth(label, NORMAL), textWidth(under, SMALL));
  return [left + 2 * BESIDE, textWidth(note, SMALL_BOLD) + 2 * BESIDE];
}

/** What a row is shown as: what streams, and not its parts. */
export function shownRow(model: GraphModel, row: number): number {
  return model.ownerOf(row) ?? row;
}

export class BandView {
  readonly element = svg("g", { role: "img" });
  private readonly known = svg("path", { class: "ad-ways-known" });
  private readonly ahead = svg("path", { class: "ad-ways-ahead" });
  private readonly maybe: SVGRectElement;
  private readonly waves = svg("path", { class: "ad-ways-waves" });
  private readonly critical = svg("path", { class: "ad-ways-critical" });
  private readonly lit = svg("path", { class: "ad-ways-known ad-ways-lit" });
  private readonly self = svg("path", { class: "ad-ways-self" });
  private readonly mark = svg("path", { class: "ad-now" });
  private readonly names = svg("g");
  private readonly label = svg("text", { "text-anchor": "end" });
  private readonly under = svg("text", { class: "ad-soft", "text-anchor": "end" });
  private readonly note = svg("text", { class: "ad-ways-note" });
  private drawn = "";

  constructor(
    readonly band: Band,
    readonly place: Place,
    private readonly x: (seconds: number) => number,
    private readonly model: GraphModel,
    hatch: string,
  ) {
    const { label, under, note, way, seconds, critical } = band;
    const [low, high] = seconds;
    const { top, height } = place;
    const [left, end] = [x(0) - BESIDE, x(high)];
    const words = [note.replace(" · ", ", "), under].filter(Boolean).join(", ");
    for (const [name, value] of Object.entries({
      "data-way": way,
      "data-seconds": low,
      "data-basis": band.basis,
      "aria-label": `${label}: ${band.basis} ${words}`,
    })) {
      setAttribute(this.element, name, value);
    }
    this.maybe = svg("rect", { fill: `url(#${hatch})`, x: x(low), y: top, height });
    setAttribute(this.maybe, "width", high - low > 0.01 * high ? end - x(low) : 0);
    const line = (time: number): string => `M${x(time).toFixed(1)},${top - 4}v${height + 6}`;
    setAttribute(this.waves, "d", band.wave_ends.map(line).join(""));
    const onPath = new Set(critical);
    if (onPath.size && !place.isArea) {
      const path = segmentsPath(band, place, x, ALWAYS, (row) => onPath.has(row));
      setAttribute(this.critical, "d", path);
    }
    for (const [text, words, at, y] of [
      [this.label, label, left, top + 13],
      [this.under, under, left, top + 27],
      [this.note, note, end + BESIDE, top + 12],
    ] as const) {
      setAttribute(text, "x", at.toFixed(1));
      setAttribute(text, "y", y.toFixed(1));
      setText(text, words);
    }
    const { known, ahead, maybe, waves, lit, names, self, mark } = this;
    this.element.append(known, ahead, maybe, waves, lit, this.critical, names, self, mark);
    this.element.append(this.label, this.under, this.note);
  }

  /** What is known up to a time, and the rest as it is expected; `mark` is where else it would be now. */
  draw(band: Band, until: number, mark: number): void {
    const { place, x } = this;
    const at = x(Math.min(mark, band.seconds[1])).toFixed(1);
    setAttribute(this.mark, "d", mark > 0 ? `M${at},${place.top - 3}v${place.height + 6}` : "");
    if (this.drawn === String(until)) return;
    this.drawn = String(until);
    const end = band.seconds[1];
    const path = place.isArea ? areaPath : segmentsPath;
    // Dashes around each of many in a row could not be told from one another.
    const isDense = band.lanes === 1 && band.rows.length * DASHED > x(end) - x(0);
    const rest = isDense ? areaPath : path;
    setAttribute(this.known, "d", until > 0 ? path(band, place, x, [0, until]) : "");
    setAttribute(this.ahead, "d", until < end ? rest(band, place, x, [until, Infinity]) : "");
    this.drawNames(band, Math.min(until, end));
  }

  /** Names where they fit; none where the end of what is known passes through it. */
  private drawNames(band: Band, until: number): void {
    const { place, x, model } = this;
    const height = laneHeight(place);
    const names: SVGTextElement[] = [];
    for (let index = 0; height >= NAMED && index < band.rows.length; index++) {
      const left = x(band.start[index]) + 5;
      const room = x(band.end[index]) - left - 4;
      if (room < 12) continue;
      const name = oneLine(model.name(band.rows[index]), 60);
      if (textWidth(name, SMALL) > room) continue;
      const isKnown = left + textWidth(name, SMALL) <= x(until);
      if (!isKnown && band.start[index] < until) continue;
      const y = laneTop(place, band.lane[index]) + height / 2 + 4;
      const classes = `ad-ways-name${isKnown ? " ad-ways-on" : ""}`;
      names.push(svg("text", { class: classes, x: left.toFixed(1), y: y.toFixed(1) }, name));
    }
    this.names.replaceChildren(...names);
  }

  /** Marks what is pointed at and what it is related to, and fades the rest. */
  light(kin: Kin | null): void {
    const { band, place, x, model } = this;
    const bits = (row: number): number => kin?.nodes[shownRow(model, row)] ?? 0;
    const path = (mask: number): string =>
      kin ? segmentsPath(band, place, x, ALWAYS, (row) => (bits(row) & mask) > 0) : "";
    setAttribute(this.lit, "d", path(~0));
    setAttribute(this.self, "d", path(SELF));
    this.element.classList.toggle("ad-ways-faded", kin !== null);
  }
}
