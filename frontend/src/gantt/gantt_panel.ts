/**
 * The Gantt chart: an axis, rows that scroll (only those in sight are drawn), and on the same axis how
 * many nodes run at once.
 */

import { scaleLinear } from "d3-scale";
import type { GraphModel } from "../state/model";
import type { RunData } from "../state/run";
import type { Target } from "../state/target";
import { Disposer, html, setAttribute, setText } from "../ui/dom";
import type { Shown } from "../ui/shown";
import { SMALL, textWidth } from "../ui/text";
import { textOn } from "../ui/text_on";
import { type Colours, coloursOf } from "../ui/theme";
import { Axis, AxisEnd, type TimeScale } from "./axis";
import { drawRow } from "./draw_row";
import { drawElbows } from "./elbows";
import { handleKey } from "./keys";
import { MoreRows } from "./more_rows";
import { drawMoves } from "./moves";
import { drawBand, drawNow } from "./now";
import { innerTitle, nodeTitle, RowLabels } from "./row_labels";
import { RowList } from "./row_list";
import { RowNames } from "./row_names";
import { type Filter, heightOf, type Row, rowAt, TWO_LINES, targetAt, toggleKey } from "./rows";
import { RunningArea } from "./running_area";
import type { Scene } from "./scene";
import { hatchFor } from "./shapes";
import { TimeZoom } from "./time_zoom";
import { workerName } from "./workers";

const RIGHT = 14;
/** The most of the width that names have, where they need it. */
const LABEL_SHARE = 0.36;
const LABEL =
  "Gantt chart; up and down go from row to row, right opens what has rows within, plus and minus zoom in time";

export interface GanttEvents {
  /** `at` is where the pointer is, in pixels of the window, if it is on the bars. */
  hover(target: Target | null, at?: { x: number; y: number }): void;
  choose(target: Target | null): void;
  /** Opens a bundle into lanes, or a node into the invokes within it; or closes it. */
  toggle(key: number | string): void;
}

export class GanttPanel {
  readonly element = html("div", "ad-time");
  readonly zoom: TimeZoom;
  private readonly axis = new Axis();
  private readonly scroller = html("div", "ad-rows");
  private readonly sheet = html("div", "ad-sheet");
  private readonly canvas = html("canvas", "ad-canvas");
  private readonly labels = new RowLabels();
  private readonly running = new RunningArea();
  private readonly more: MoreRows;
  private readonly empty = html("p", "ad-empty");
  private readonly disposer = new Disposer();
  private readonly list = new RowList();
  private readonly end = new AxisEnd();
  private colours: Colours | null = null;
  private hatch: CanvasPattern | string = "#888";
  private hatchOf: Colours | null = null;
  private textOn = textOn();
  private width = 0;
  private labelWidth = 120;
  private model: GraphModel | null = null;
  private run: RunData | null = null;
  /** Where the rows were scrolled to, to follow what runs; null since the user scrolled. */
  private followed: number | null = 0;

  constructor(
    private readonly events: GanttEvents,
    redraw: () => void,
  ) {
    const { scroller, disposer } = this;
    scroller.tabIndex = 0;
    scroller.setAttribute("role", "tree");
    scroller.setAttribute("aria-label", LABEL);
    this.canvas.setAttribute("aria-hidden", "true");
    this.sheet.setAttribute("role", "presentation");
    this.sheet.append(this.canvas, this.labels.element);
    scroller.append(this.sheet);
    this.empty.hidden = true;
    this.more = new MoreRows(scroller, disposer);
    const around = html("div", "ad-rows-around", scroller, this.more.element);
    this.element.append(this.axis.element, around, this.empty, this.running.element);

    this.zoom = new TimeZoom(scroller, (event) => this.isOnPlot(event), redraw, disposer);
    const onScroll = (): void => {
      if (scroller.scrollTop !== this.followed) this.followed = null;
      redraw();
    };
    disposer.listen(scroller, "scroll", onScroll, { passive: true });
    disposer.listen(scroller, "pointermove", (event: PointerEvent) =>
      events.hover(
        this.targetOf(event),
        this.isOnPlot(event) ? { x: event.clientX, y: event.clientY } : undefined,
      ),
    );
    disposer.listen(scroller, "pointerleave", () => events.hover(null));
    disposer.listen(scroller, "click", (event: MouseEvent) => this.onClick(event));
    disposer.listen(scroller, "keydown", (event: KeyboardEvent) => this.onKey(event));
  }

  /** The theme has changed: colours are read from the style sheet again. */
  forgetColours(): void {
    this.colours = null;
  }

  resize(width: number): void {
    this.width = width;
  }

  get rowsHeight(): number {
    return heightOf(this.list.rows);
  }

  draw(shown: Shown, filter: Filter): void {
    const { model, run, other, unit } = shown;
    this.model = model;
    if (run?.key !== this.run?.key) this.followed = this.scroller.scrollTop;
    this.run = run;
    this.list.update(model, run?.whole ?? run, filter);
    this.colours ??= coloursOf(this.element);
    this.measure(model);
    this.end.update(run, other);
    const plot = this.zoom.width;
    const x = scaleLinear().domain(this.zoom.domain(this.end.value)).range([0, plot]);
    const place = { left: this.labelWidth, width: this.width, plot };
    const ticks = this.axis.draw(run, x, unit, place);
    this.sheet.style.height = `${Math.max(this.rowsHeight, 1)}px`;
    this.drawEmpty(model, run);
    if (run && !run.over && !shown.chosen) this.follow(run);
    const top = this.scroller.scrollTop;
    const height = this.scroller.clientHeight;
    const window = { top, height, labelWidth: this.labelWidth };
    const active = this.labels.draw(shown, this.list.rows, window);
    setAttribute(this.scroller, "aria-activedescendant", active);
    this.more.draw(this.list.rows);
    const context = this.prepare(height, top);
    if (!context || !run) return;
    this.drawRows(this.sceneOf(context, shown, run, x), ticks, top, height);
    const right = this.width - this.labelWidth - plot;
    const [from, to] = [x.invert(0), x.invert(plot + RIGHT)];
    this.running.draw({ run, other, x, from, to, right, left: this.labelWidth, width: plot });
  }

  private sceneOf(
    context: CanvasRenderingContext2D,
    shown: Shown,
    run: RunData,
    x: TimeScale,
  ): Scene {
    const { model, other, kin, chosen, unit } = shown;
    const width = this.zoom.width + RIGHT;
    return {
      ...{ context, model, run, other, kin, unit, x, width },
      colours: this.colours!,
      hatch: this.hatch,
      textOn: this.textOn,
      from: x.invert(0),
      to: x.invert(width),
      chosen: chosen?.kind === "node" && !chosen.inner ? chosen.index : null,
    };
  }

  private drawRows(scene: Scene, ticks: readonly number[], top: number, height: number): void {
    const { context, colours, x } = scene;
    const { rows } = this.list;
    context.save();
    if (scene.run.whole) {
      // What came later is not known yet at the moment that is shown.
      context.beginPath();
      context.rect(0, 0, Math.round(x(scene.run.elapsed)) + 2, height);
      context.clip();
    }
    drawBand(scene, height);
    context.strokeStyle = colours.line;
    context.lineWidth = 1;
    context.beginPath();
    for (const tick of ticks) {
      const at = Math.round(x(tick)) + 0.5;
      context.moveTo(at, 0);
      context.lineTo(at, height);
    }
    context.stroke();
    for (let index = Math.max(rowAt(rows, top), 0); index < rows.length; index++) {
      if (rows[index].top >= top + height) break;
      drawRow(scene, rows[index], rows[index].top - top);
    }
    drawMoves(scene, rows, top);
    drawElbows(scene, rows, top);
    if (!scene.run.over) drawNow(scene, height);
    context.restore();
  }

  /** Gives labels the width that they need, and the rest to the plot. */
  private measure(model: GraphModel): void {
    const isNarrow = this.width < 520;
    const most = isNarrow ? 110 : Math.max(200, LABEL_SHARE * this.width);
    const titles = this.list.rows
      .slice(0, 200)
      .filter((row) => row.kind !== "lane")
      .map((row) =>
        row.kind === "worker"
          ? workerName(this.run, row.worker)
          : row.kind === "inner"
            ? innerTitle(this.run, row)
            : row.kind === "node"
              ? nodeTitle(model, row)
              : `▸ ${model.boxTitle(row.bundle)}`,
      );
    const least = textWidth("running", SMALL);
    // Below the title of a bundle.
    const hasFigures = this.list.rows.some(
      (row) => row.kind === "worker" || (row.kind === "bundle" && row.height >= TWO_LINES),
    );
    const figures = isNarrow || !hasFigures ? 0 : 150;
    const widest = Math.max(RowNames.width(titles, most), least, figures);
    this.labelWidth = Math.ceil(Math.min(widest, most)) + 22;
    this.element.style.setProperty("--ad-label", `${this.labelWidth}px`);
    this.zoom.resize(Math.max(this.width - this.labelWidth - RIGHT, 40));
  }

  private drawEmpty(model: GraphModel, run: RunData | null): void {
    const text =
      model.tasks === 0
        ? "No tasks."
        : run === null
          ? "No run yet."
          : this.list.rows.length === 0
            ? "No task matches."
            : "";
    this.empty.hidden = text === "";
    setText(this.empty, text);
  }

  /** The canvas at its size and place, blank. */
  private prepare(height: number, top: number): CanvasRenderingContext2D | null {
    const { canvas } = this;
    const ratio = window.devicePixelRatio || 1;
    const width = this.zoom.width + RIGHT;
    const pixels = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) {
      [canvas.width, canvas.height] = pixels;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    canvas.style.transform = `translate(${this.labelWidth}px, ${top}px)`;
    const context = canvas.getContext("2d");
    if (!context) return null;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (this.hatchOf !== this.colours) {
      this.hatch = hatchFor(context, this.colours!);
      this.hatchOf = this.colours;
      this.textOn = textOn();
    }
    return context;
  }

  /** Where the time axis begins, and how long it is, in pixels. */
  get axisPlace(): [left: number, width: number] {
    return [this.labelWidth, this.zoom.width];
  }

  private isOnPlot(event: MouseEvent): boolean {
    const x = event.clientX - this.scroller.getBoundingClientRect().left;
    return x > this.labelWidth && x < this.scroller.clientWidth;
  }

  private rowAt(event: MouseEvent): Row | undefined {
    const { rows } = this.list;
    const y = event.clientY - this.scroller.getBoundingClientRect().top + this.scroller.scrollTop;
    const row = rows[rowAt(rows, y)];
    return row && y < row.top + row.height ? row : undefined;
  }

  private targetOf(event: MouseEvent): Target | null {
    const box = this.scroller.getBoundingClientRect();
    const row = this.rowAt(event);
    if (!row) return null;
    const [from, to] = this.zoom.domain(this.end.value);
    const perPixel = (to - from) / this.zoom.width;
    const time = from + (event.clientX - box.left - this.labelWidth) * perPixel;
    return targetAt(row, this.run, time, 3 * perPixel);
  }

  private onClick(event: MouseEvent): void {
    const target = this.targetOf(event);
    this.events.choose(target);
    const key = target && !this.isOnPlot(event) ? toggleKey(this.rowAt(event)) : null;
    if (key !== null) this.events.toggle(key);
  }

  private onKey(event: KeyboardEvent): void {
    const { events, list, zoom } = this;
    const actions = {
      go: (index: number) => this.go(index),
      toggle: (key: number | string) => events.toggle(key),
      escape: () => events.choose(null),
    };
    if (handleKey(event, list, zoom, this.scroller.clientHeight, actions)) event.preventDefault();
  }

  private go(index: number): void {
    const target = this.list.go(index);
    if (target) this.events.choose(target);
  }

  chooseFirst(): void {
    this.go(0);
  }

  /** Brings the last row that runs into sight, until the user scrolls. */
  private follow(run: RunData): void {
    if (this.followed === null) return;
    const row = this.list.rows
      .filter((row) => row.kind === "node" && run.state(row.node) === "running")
      .at(-1);
    if (row) this.scrollTo(row);
    this.followed = this.scroller.scrollTop;
  }

  /** Brings the row of a target into sight. */
  reveal(target: Target | null): void {
    const row = this.list.activate(target, this.model);
    if (row) this.scrollTo(row);
  }

  private scrollTo(row: Row): void {
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
