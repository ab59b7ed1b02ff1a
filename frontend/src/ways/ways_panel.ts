/**
 * One by one, wave by wave and as a DAG, true to scale: a band of lanes each, on an axis from 0 to the
 * end of the slowest. While a run goes on its own band grows, and the others are what is expected.
 */

import { scaleLinear } from "d3-scale";
import { drawTicks, EDGE, type TimeScale } from "../gantt/axis";
import type { RunData } from "../state/run";
import type { Kin, Target } from "../state/target";
import type { Band, Ways } from "../state/ways";
import { Disposer, html, setAttribute, setText, svg, uniqueId } from "../ui/dom";
import { unitFor } from "../ui/format";
import type { Shown } from "../ui/shown";
import { SMALL, textWidth } from "../ui/text";
import { BandView, roomBeside, shownRow } from "./band_view";
import { asOfNow, workSoFar } from "./live";
import { segmentAt } from "./paths";
import { laneAt, placesOf } from "./places";

/** Of all of it, whatever is run, in pixels. */
const TALLEST = 320;
const AXIS = 28;
const BRACKET = 28;
/** Around the picture and the words. */
const PADDING = 18;
/** How far from a segment it is still pointed at. */
const SLOP = 3;

export interface WaysEvents {
  hover(target: Target | null, at?: { x: number; y: number }): void;
  choose(target: Target | null): void;
}

export class WaysPanel {
  readonly element = html("section", "ad-ways");
  private readonly headline = html("p", "ad-ways-headline");
  private readonly chart = svg("svg", { role: "group" });
  private readonly note = html("p", "ad-muted");
  private readonly ticks = svg("g", { "aria-hidden": "true" });
  private readonly grid = svg("path", { class: "ad-ways-grid" });
  private readonly views = svg("g");
  private readonly saved = svg("path", { class: "ad-ways-saved" });
  private readonly savedText = svg("text", { class: "ad-soft", "text-anchor": "middle" });
  private readonly hatch = uniqueId();
  private readonly disposer = new Disposer();
  private bands: BandView[] = [];
  private scale: TimeScale = scaleLinear();
  private ways: Ways | null = null;
  private width = 0;
  private kin: Kin | null = null;
  private shown: Shown | null = null;

  constructor(events: WaysEvents) {
    const { element, chart, disposer } = this;
    element.setAttribute("aria-label", "Ways of running the same tasks");
    const size = { width: 6, height: 6, patternUnits: "userSpaceOnUse" };
    const lines = svg("path", { class: "ad-ways-hatch", d: "M-1,1l2,-2M0,6l6,-6M5,7l2,-2" });
    const pattern = svg("pattern", { id: this.hatch, ...size }, lines);
    chart.append(svg("defs", {}, pattern), this.grid, this.ticks, this.views);
    chart.append(this.saved, this.savedText);
    element.append(this.headline, chart, this.note);
    element.hidden = true;
    disposer.listen(chart, "pointermove", (event: PointerEvent) => {
      const target = this.targetOf(event);
      chart.style.cursor = target ? "pointer" : "";
      events.hover(target, target ? { x: event.clientX, y: event.clientY } : undefined);
    });
    disposer.listen(chart, "pointerleave", () => events.hover(null));
    disposer.listen(chart, "click", (event: MouseEvent) => events.choose(this.targetOf(event)));
  }

  draw(shown: Shown, width: number): void {
    const ways = shown.run?.ways ?? null;
    this.shown = shown;
    this.element.hidden = ways === null;
    const isSame = ways === this.ways && width === this.width;
    this.ways = ways;
    this.width = width;
    if (!ways || !shown.run) return;
    if (!isSame) this.arrange(ways, shown, width);
    for (const view of this.bands) {
      view.draw(...this.progress(view.band, shown.run));
      if (!isSame || this.kin !== shown.kin) view.light(shown.kin);
    }
    this.kin = shown.kin;
  }

  /** A band as it stands now, up to when it is known, and where else it would be. */
  private progress(band: Band, run: RunData): [band: Band, until: number, mark: number] {
    if (run.whole) return [band, run.elapsed, 0];
    if (band.basis !== "expected") return [band, Infinity, 0];
    if (band.way === "dag") return [asOfNow(band, run), run.elapsed, 0];
    return [band, 0, band.way === "sequential" ? workSoFar(run) : 0];
  }

  private arrange(ways: Ways, { model }: Shown, width: number): void {
    setText(this.headline, ways.headline);
    setText(this.note, ways.note);
    setAttribute(this.chart, "aria-label", ways.headline);
    const words = this.headline.offsetHeight + this.note.offsetHeight + PADDING;
    const places = placesOf(ways.bands, AXIS, TALLEST - words - AXIS - BRACKET);
    const bottom = Math.max(...places.map(({ top, height }) => top + height));
    const rooms = ways.bands.map(roomBeside);
    const left = Math.max(...rooms.map(([before]) => before));
    // As wide as the figures behind each band allow.
    const plots = ways.bands.map(
      ({ seconds }, index) => ((width - left - rooms[index][1]) * ways.until) / seconds[1],
    );
    const plot = Math.max(Math.min(...plots, width - left - EDGE), 40);
    this.scale = scaleLinear()
      .domain([0, ways.until])
      .range([left, left + plot]);
    const x = (seconds: number): number => this.scale(seconds);
    const own = scaleLinear().domain([0, ways.until]).range([0, plot]);
    const ticks = drawTicks(this.ticks, own, unitFor(ways.until), { left, width, plot });
    const lines = ticks.map((tick) => `M${Math.round(x(tick)) + 0.5},22V${bottom + 4}`);
    setAttribute(this.grid, "d", lines.join(""));
    setAttribute(this.chart, "width", width);
    setAttribute(this.chart, "height", bottom + (ways.saved ? BRACKET : 8));
    const { hatch } = this;
    this.bands = ways.bands.map(
      (band, index) => new BandView(band, places[index], x, model, hatch),
    );
    this.views.replaceChildren(...this.bands.map(({ element }) => element));
    const { top } = places[places.length - 1];
    this.drawSaved(ways, x, top - 4, bottom + 8);
  }

  /** Where the last way ends, and a bracket from there to the end of the slowest one. */
  private drawSaved(
    { saved, bands }: Ways,
    x: (seconds: number) => number,
    top: number,
    y: number,
  ) {
    const end = x(bands[bands.length - 1].seconds[1]).toFixed(1);
    let path = `M${end},${top}V${y + 3}`;
    setText(this.savedText, saved ? saved[2] : "");
    if (saved) {
      const [from, to] = [x(saved[0]), x(saved[1])];
      path += `M${from.toFixed(1)},${y}H${to.toFixed(1)}m0,-3v6`;
      const half = textWidth(saved[2], SMALL) / 2;
      const middle = Math.min((from + to) / 2, this.width - half - EDGE);
      setAttribute(this.savedText, "x", middle.toFixed(1));
      setAttribute(this.savedText, "y", y + 14);
    }
    setAttribute(this.saved, "d", path);
  }

  private targetOf({ clientX, clientY }: MouseEvent): Target | null {
    const box = this.chart.getBoundingClientRect();
    const y = clientY - box.top;
    const { scale, shown } = this;
    const view = this.bands.find(({ place }) => y >= place.top && y < place.top + place.height);
    if (!view || !shown) return null;
    const slop = scale.invert(SLOP) - scale.invert(0);
    const time = scale.invert(clientX - box.left);
    const index = segmentAt(view.band, laneAt(view.place, y), time, slop);
    if (index === null) return null;
    const target = shown.model.targetOf(shownRow(shown.model, view.band.rows[index]));
    return shown.model.has(target) ? target : null;
  }

  dispose(): void {
    this.disposer.dispose();
    this.element.remove();
  }
}
