/**
 * The Gantt chart: an axis, rows that scroll (only those in sight are drawn), and on the same axis how
 * many nodes run at once and what other ways of running would have taken.
 */

import { scaleLinear } from "d3-scale";
import { select } from "d3-selection";
import { zoom, zoomIdentity, type ZoomTransform } from "d3-zoom";
import { drawRow, FONT, hatchFor, type Scene } from "./bars";
import { Disposer, html, keepZoomHere, setAttribute, setText, svg } from "./dom";
import { oneLine, textWidth, type Unit } from "./format";
import { drawElbows } from "./elbows";
import type { GraphModel, Kin, Target } from "./model";
import { heightOf, makeRows, followsData, type Filter, rowAt, rowOf, type Row, targetAt } from "./rows";
import { RowLabels } from "./row_labels";
import type { RunData } from "./run";
import { type Colours, coloursOf } from "./theme";
import { drawTotals, TOTALS_HEIGHT } from "./totals";

const AXIS_HEIGHT = 22;
const RIGHT = 14;
/** Beyond so many nodes rows that follow the data are made anew at most twice a second. */
const MANY = 4000;

export interface TimePanelEvents {
  hover(target: Target | null): void;
  choose(target: Target | null): void;
  toggle(bundle: number): void;
}

export class TimePanel {
  readonly element = html("div", "ad-time");
  private readonly axis = svg("svg", { class: "ad-axis", "aria-hidden": "true", height: AXIS_HEIGHT });
  private readonly scroller = html("div", "ad-rows");
  private readonly sheet = html("div", "ad-sheet");
  private readonly canvas = html("canvas", "ad-canvas");
  private readonly labels = new RowLabels();
  private readonly totals = svg("svg", { class: "ad-totals", height: TOTALS_HEIGHT });
  private readonly empty = html("p", "ad-empty");
  private readonly disposer = new Disposer();
  private readonly zoom = zoom<HTMLDivElement, unknown>();
  private transform: ZoomTransform = zoomIdentity;
  private colours: Colours | null = null;
  private hatch: CanvasPattern | string = "#888";
  private rows: Row[] = [];
  private rowsStamp = "";
  private rowsMade = 0;
  private width = 0;
  private labelWidth = 120;
  private until = 1;
  private untilOf: RunData | null = null;
  private model: GraphModel | null = null;
  private run: RunData | null = null;
  private plotWidth = 1;
  private active = -1;
  private rowsAgain = 0;
  private hatchOf: Colours | null = null;

  constructor(
    private readonly events: TimePanelEvents,
    private readonly redraw: () => void,
  ) {
    this.scroller.tabIndex = 0;
    this.scroller.setAttribute("role", "tree");
    this.scroller.setAttribute(
      "aria-label",
      "Gantt chart; up and down go from row to row, right opens a bundle, plus and minus zoom in time",
    );
    this.canvas.setAttribute("aria-hidden", "true");
    this.sheet.setAttribute("role", "presentation");
    this.sheet.append(this.canvas, this.labels.element);
    this.scroller.append(this.sheet);
    this.empty.hidden = true;
    this.totals.setAttribute("role", "img");
    this.element.append(this.axis, this.scroller, this.empty, this.totals);

    const chart = select<HTMLDivElement, unknown>(this.scroller);
    this.zoom
      .scaleExtent([1, 20000])
      .filter((event: Event) =>
        event instanceof WheelEvent
          ? event.ctrlKey || event.metaKey
          : event.type.startsWith("touch")
            ? (event as TouchEvent).touches.length > 1
            : (event as MouseEvent).button === 0 && this.isOnPlot(event as MouseEvent),
      )
      .on("zoom", ({ transform }: { transform: ZoomTransform }) => {
        this.transform = transform;
        this.redraw();
      });
    chart.call(this.zoom).on("dblclick.zoom", null);
    this.disposer.add(() => {
      chart.on(".zoom", null);
      this.zoom.on("zoom", null);
    });
    this.disposer.listen(this.scroller, "scroll", () => this.redraw(), { passive: true });
    this.disposer.listen(this.scroller, "wheel", (event: WheelEvent) => this.onWheel(event), {
      passive: false,
    });
    this.disposer.listen(this.scroller, "pointermove", (event: PointerEvent) =>
      this.events.hover(this.targetOf(event)),
    );
    this.disposer.listen(this.scroller, "pointerleave", () => this.events.hover(null));
    this.disposer.listen(this.scroller, "click", (event: MouseEvent) => this.onClick(event));
    this.disposer.listen(this.scroller, "keydown", (event: KeyboardEvent) => this.onKey(event));
  }

  /** The theme has changed: colours are read from the style sheet again. */
  forgetColours(): void {
    this.colours = null;
  }

  resize(width: number): void {
    this.width = width;
  }

  get rowsHeight(): number {
    return heightOf(this.rows);
  }

  /** How high the panel is with all its parts. */
  get height(): number {
    return AXIS_HEIGHT + this.scroller.clientHeight + TOTALS_HEIGHT;
  }

  resetZoom(): void {
    select<HTMLDivElement, unknown>(this.scroller).call(this.zoom.transform, zoomIdentity);
  }

  zoomBy(factor: number): void {
    select<HTMLDivElement, unknown>(this.scroller).call(this.zoom.scaleBy, factor);
  }

  /** The times in sight, in seconds. */
  get domain(): [from: number, to: number] {
    const { k, x } = this.transform;
    const at = (pixel: number): number => (((pixel - x) / k) * this.until) / this.plotWidth;
    return [at(0), at(this.plotWidth)];
  }

  draw(
    model: GraphModel,
    run: RunData | null,
    other: RunData | null,
    filter: Filter,
    unit: Unit,
    kin: Kin | null,
    chosen: Target | null,
  ): void {
    this.model = model;
    this.run = run;
    this.makeRows(model, run, filter);
    this.colours ??= coloursOf(this.element);
    this.measure(model, run, other);
    const scale = scaleLinear().domain(this.domain).range([0, this.plotWidth]);
    const from = scale.invert(0);
    const to = scale.invert(this.plotWidth + RIGHT);
    const ticks = this.drawAxis(scale, unit);
    this.sheet.style.height = `${Math.max(this.rowsHeight, 1)}px`;
    this.drawEmpty(model, run);
    const top = this.scroller.scrollTop;
    const high = this.scroller.clientHeight;
    const active = this.labels.draw(
      this.rows,
      this.labelWidth,
      model,
      run,
      unit,
      top,
      high,
      kin,
      chosen,
    );
    setAttribute(this.scroller, "aria-activedescendant", active);

    const context = this.prepare(high, top);
    if (!context || !run) return;
    context.save();
    context.strokeStyle = this.colours.line;
    context.lineWidth = 1;
    context.beginPath();
    for (const tick of ticks) {
      const x = Math.round(scale(tick)) + 0.5;
      context.moveTo(x, 0);
      context.lineTo(x, high);
    }
    context.stroke();
    const scene: Scene = {
      context,
      model,
      run,
      other,
      colours: this.colours,
      hatch: this.hatch,
      x: scale,
      from,
      to,
      width: this.plotWidth + RIGHT,
      kin,
      chosen: chosen?.kind === "node" ? chosen.index : null,
    };
    const first = Math.max(rowAt(this.rows, top), 0);
    let last = first;
    while (last < this.rows.length && this.rows[last].top < top + high) last++;
    for (let index = first; index < last; index++) {
      drawRow(scene, this.rows[index], this.rows[index].top - top);
    }
    if (chosen) drawElbows(scene, this.rows, chosen, top);
    if (!run.over) {
      const now = Math.round(scale(run.elapsed)) + 0.5;
      context.strokeStyle = this.colours.ink;
      context.lineWidth = 1.2;
      context.beginPath();
      context.moveTo(now, 0);
      context.lineTo(now, high);
      context.stroke();
      context.font = `11px ${FONT}`;
      context.fillStyle = this.colours.soft;
      context.textBaseline = "alphabetic";
      const roomRight = now + 34 < this.plotWidth + RIGHT;
      context.textAlign = roomRight ? "left" : "right";
      context.fillText("now", now + (roomRight ? 4 : -4), high - 4);
      context.textAlign = "left";
    }
    context.restore();
    drawTotals(this.totals, {
      run,
      other,
      unit,
      x: scale,
      from,
      to,
      left: this.labelWidth,
      width: this.plotWidth,
      right: this.width - this.labelWidth - this.plotWidth,
    });
  }

  private makeRows(model: GraphModel, run: RunData | null, filter: Filter): void {
    const stamp = [
      model.size,
      run?.key,
      filter.order,
      filter.onlyCritical,
      filter.onlyFailed,
      filter.single,
      filter.query,
      [...filter.open].join(" "),
    ].join("|");
    const moves = followsData(filter) || filter.open.size > 0;
    const data = moves ? (run?.version ?? 0) : 0;
    if (stamp === this.rowsStamp && this.rowsMade === data) return;
    const now = performance.now();
    if (stamp === this.rowsStamp && model.size > MANY && run && !run.over && now < this.rowsAgain) {
      return;
    }
    this.rows = makeRows(model, run, filter);
    this.rowsAgain = now + 500;
    this.rowsStamp = stamp;
    this.rowsMade = data;
  }

  private measure(model: GraphModel, run: RunData | null, other: RunData | null): void {
    const narrow = this.width < 520;
    const most = narrow ? 110 : 190;
    let widest = textWidth("wave by wave", `11px ${FONT}`);
    const sample = this.rows.length > 200 ? this.rows.slice(0, 200) : this.rows;
    for (const row of sample) {
      if (row.kind === "lane") continue;
      const title =
        row.kind === "node" ? model.graph.names[row.node] : `▸ ${model.boxTitle(row.bundle)}`;
      widest = Math.max(widest, textWidth(oneLine(title, 60), `12px ${FONT}`));
      if (row.kind === "bundle") widest = Math.max(widest, 142);
      if (widest >= most) break;
    }
    this.labelWidth = Math.ceil(Math.min(widest, most)) + 22;
    this.element.style.setProperty("--ad-label", `${this.labelWidth}px`);
    const plot = Math.max(this.width - this.labelWidth - RIGHT, 40);
    if (plot !== this.plotWidth) {
      const { k, x } = this.transform;
      const moved = (x * plot) / this.plotWidth;
      this.plotWidth = plot;
      this.zoom.extent([
        [0, 0],
        [plot, 1],
      ]);
      this.zoom.translateExtent([
        [0, 0],
        [plot, 1],
      ]);
      // What was in sight stays in sight.
      select<HTMLDivElement, unknown>(this.scroller).call(
        this.zoom.transform,
        zoomIdentity.translate(moved, 0).scale(k),
      );
    }
    this.until = this.axisEnd(run, other);
  }

  /** Where the axis ends. Of a run that goes on it moves in jumps, so that bars don't shrink all the time. */
  private axisEnd(run: RunData | null, other: RunData | null): number {
    if (!run) return 1;
    const analysis = run.analysis;
    let needed = run.over
      ? Math.max(run.makespan, run.elapsed)
      : Math.max(run.elapsed, run.expectedMakespan || 0);
    if (other) needed = Math.max(needed, other.makespan);
    // The other ways are drawn in full where that leaves the bars about half of the room.
    for (const total of [analysis?.sequential, analysis?.waves]) {
      if (total && total.makespan <= 1.8 * needed) needed = Math.max(needed, total.makespan);
    }
    needed = Math.max(needed, 1e-4);
    const room = 1 + Math.min(130 / this.plotWidth, 0.3);
    if (run.over) {
      this.untilOf = null;
      return needed * (analysis?.sequential || analysis?.waves ? room : 1.02);
    }
    const known = run.expectedMakespan >= run.elapsed;
    if (this.untilOf !== run || needed > this.until || this.until > 4 * needed) {
      this.untilOf = run;
      return needed * (known ? room : 1.5);
    }
    return this.until;
  }

  private get tickCount(): number {
    return Math.max(2, Math.min(8, Math.floor(this.plotWidth / 110)));
  }

  /** Returns where the ticks are, in seconds: round numbers of the unit. */
  private drawAxis(scale: ReturnType<typeof scaleLinear<number, number>>, unit: Unit): number[] {
    setAttribute(this.axis, "width", this.width);
    const inUnit = scaleLinear()
      .domain(scale.domain().map((seconds) => seconds / unit.seconds))
      .range(scale.range());
    const ticks = inUnit.ticks(this.tickCount);
    const write = inUnit.tickFormat(this.tickCount);
    const texts = this.axis.children;
    ticks.forEach((tick, index) => {
      const text = texts[index] ?? this.axis.appendChild(svg("text", { y: 15, class: "ad-soft" }));
      const x = this.labelWidth + inUnit(tick);
      setAttribute(text, "x", x.toFixed(1));
      setAttribute(text, "text-anchor", x > this.width - 24 ? "end" : "middle");
      setText(text, tick === 0 ? "0" : `${write(tick)} ${unit.name}`);
    });
    while (texts.length > ticks.length) texts[texts.length - 1].remove();
    return ticks.map((tick) => tick * unit.seconds);
  }

  private drawEmpty(model: GraphModel, run: RunData | null): void {
    const text =
      model.tasks === 0
        ? "No tasks."
        : run === null
          ? "No run yet."
          : this.rows.length === 0
            ? "No task matches."
            : "";
    this.empty.hidden = text === "";
    setText(this.empty, text);
  }

  /** The canvas at its size and place, blank. */
  private prepare(height: number, top: number): CanvasRenderingContext2D | null {
    const ratio = window.devicePixelRatio || 1;
    const width = this.plotWidth + RIGHT;
    const pixels = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== pixels[0] || this.canvas.height !== pixels[1]) {
      this.canvas.width = pixels[0];
      this.canvas.height = pixels[1];
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    this.canvas.style.transform = `translate(${this.labelWidth}px, ${top}px)`;
    const context = this.canvas.getContext("2d");
    if (!context) return null;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (this.hatchOf !== this.colours) {
      this.hatch = hatchFor(context, this.colours!);
      this.hatchOf = this.colours;
    }
    return context;
  }

  private isOnPlot(event: MouseEvent): boolean {
    const box = this.scroller.getBoundingClientRect();
    const x = event.clientX - box.left;
    return x > this.labelWidth && x < this.scroller.clientWidth;
  }

  private targetOf(event: MouseEvent): Target | null {
    const box = this.scroller.getBoundingClientRect();
    const row = this.rows[rowAt(this.rows, event.clientY - box.top + this.scroller.scrollTop)];
    if (!row || event.clientY - box.top + this.scroller.scrollTop >= row.top + row.height) return null;
    const [from, to] = this.domain;
    const perPixel = (to - from) / this.plotWidth;
    const time = from + (event.clientX - box.left - this.labelWidth) * perPixel;
    return targetAt(row, this.run, time, 3 * perPixel);
  }

  private onClick(event: MouseEvent): void {
    const target = this.targetOf(event);
    this.events.choose(target);
    if (target?.kind === "bundle" && !this.isOnPlot(event)) this.events.toggle(target.index);
  }

  /** Sideways, or with shift, the wheel moves through time; with ctrl it zooms (d3-zoom does that). */
  private onWheel(event: WheelEvent): void {
    keepZoomHere(event);
    if (event.ctrlKey || event.metaKey) return;
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (!sideways || this.transform.k <= 1 || (!event.shiftKey && Math.abs(event.deltaY) > Math.abs(sideways))) {
      return;
    }
    this.pan(-sideways);
    event.preventDefault();
  }

  private pan(pixels: number): void {
    select<HTMLDivElement, unknown>(this.scroller).call(
      this.zoom.translateBy,
      pixels / this.transform.k,
      0,
    );
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { active } = this;
    const row = this.rows[active];
    switch (event.key) {
      case "ArrowDown":
        this.go(active + 1);
        break;
      case "ArrowUp":
        this.go(Math.max(active - 1, 0));
        break;
      case "Home":
        this.go(0);
        break;
      case "End":
        this.go(this.rows.length - 1);
        break;
      case "PageDown":
      case "PageUp": {
        const page = this.scroller.clientHeight * (event.key === "PageDown" ? 1 : -1);
        this.go(rowAt(this.rows, Math.max((row?.top ?? 0) + page, 0)));
        break;
      }
      case "ArrowRight":
      case "ArrowLeft":
        if (row?.kind === "bundle" && !event.shiftKey) {
          if (row.open !== (event.key === "ArrowRight")) this.events.toggle(row.bundle);
        } else {
          this.pan(event.key === "ArrowRight" ? -60 : 60);
        }
        break;
      case "Enter":
      case " ":
        if (row?.kind === "bundle") this.events.toggle(row.bundle);
        break;
      case "+":
      case "=":
        this.zoomBy(1.5);
        break;
      case "-":
        this.zoomBy(1 / 1.5);
        break;
      case "0":
        this.resetZoom();
        break;
      case "Escape":
        this.events.choose(null);
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  /** Chooses what a row shows; of a lane its first node. */
  private go(index: number): void {
    this.active = Math.min(Math.max(index, 0), this.rows.length - 1);
    const row = this.rows[this.active];
    if (!row) return;
    this.events.choose(
      row.kind === "bundle"
        ? { kind: "bundle", index: row.bundle }
        : { kind: "node", index: row.kind === "node" ? row.node : row.nodes[0] },
    );
  }

  chooseFirst(): void {
    this.go(0);
  }

  /** Brings the row of a target into sight; called when it was chosen. */
  reveal(target: Target | null): void {
    this.active = target ? rowOf(this.rows, target) : -1;
    if (this.active < 0 && target?.kind === "node" && this.model) {
      this.active = rowOf(this.rows, { kind: "bundle", index: this.model.boxOf(target.index) });
    }
    const row = this.rows[this.active];
    if (!row) return;
    const { scrollTop, clientHeight } = this.scroller;
    if (row.top < scrollTop) this.scroller.scrollTop = row.top;
    else if (row.top + row.height > scrollTop + clientHeight) {
      this.scroller.scrollTop = row.top + row.height - clientHeight;
    }
  }

  dispose(): void {
    this.disposer.dispose();
    this.element.remove();
  }
}
