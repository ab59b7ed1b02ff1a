/** One workbench on the page: puts the panels together, and draws them when something has changed. */

import { AXIS_HEIGHT } from "./gantt/axis";
import { GanttPanel } from "./gantt/gantt_panel";
import { allRowsHeight, type Filter, isFiltered, matching } from "./gantt/rows";
import { RUNNING_HEIGHT } from "./gantt/running_area";
import { BAR_HEIGHT, MAP_BAR_HEIGHT } from "./graph/arrangement";
import { GraphPanel } from "./graph/graph_panel";
import { Details } from "./panels/details";
import { Findings } from "./panels/findings";
import { Header } from "./panels/header";
import { Legend } from "./panels/legend";
import { LiveRegion } from "./panels/live_region";
import { REPLAY_HEIGHT, Replay } from "./panels/replay";
import { Toolbar } from "./panels/toolbar";
import { type Point, Tooltip } from "./panels/tooltip";
import type { RunData } from "./state/run";
import { RunChoice } from "./state/run_choice";
import type { Change, Store } from "./state/store";
import { FOUND, type Kin, sameTarget, type Target } from "./state/target";
import { isKnown } from "./state/times";
import { Disposer, html } from "./ui/dom";
import { unitFor } from "./ui/format";
import { keepKeysHere } from "./ui/keys";
import { Repaint } from "./ui/repaint";
import type { Shown } from "./ui/shown";
import { followTheme } from "./ui/theme";
import { WaysPanel } from "./ways/ways_panel";

/** Below this width, in pixels, there is less room around everything. */
const NARROW = 700;
/** Rows are all in sight up to this height, in pixels: that of forty, and a few more. */
const TALLEST = 44 * 18 + 8;
/** The height of the toolbar above the chart. */
const TOOLBAR = 40;
/** Milliseconds between drawings while a run goes on and nothing is heard of it. */
const CLOCK = 100;

export interface ViewOptions {
  /** Show this run and stay with it; else the latest. */
  run?: string;
  /** How high the rows may become before they scroll, in CSS pixels. */
  tallest?: number;
}

export class View {
  readonly element = html("div", "async-dag");
  private readonly header: Header;
  private readonly toolbar: Toolbar;
  private readonly graph: GraphPanel;
  private readonly gantt: GanttPanel;
  private readonly ways: WaysPanel;
  private readonly replay: Replay;
  private readonly details: Details;
  private readonly findings: Findings;
  private readonly legend = new Legend();
  private readonly tooltip = new Tooltip();
  private readonly region = new LiveRegion();
  private readonly disposer = new Disposer();
  private readonly repaint: Repaint;
  private readonly applyTheme: () => void;
  private readonly choice: RunChoice;
  private hovered: Target | null = null;
  private chosen: Target | null = null;
  /** Where the pointer is on the bars. */
  private pointer: Point | null = null;
  private toReveal: Target | null = null;
  /** Only the graph is shown, without the chart. */
  private isGraphAlone = false;
  private clock = 0;
  private readonly filter: Filter & { open: Set<number | string> } = {
    order: "start",
    onlyCritical: false,
    onlyFailed: false,
    single: false,
    query: "",
    open: new Set(),
  };

  constructor(
    private readonly store: Store,
    private readonly options: ViewOptions = {},
  ) {
    this.choice = new RunChoice(store, options.run ?? null, options.run !== undefined);
    const redraw = (): void => this.repaint.request();
    const events = {
      hover: (target: Target | null, at?: Point): void => this.hover(target, at ?? null),
      choose: (target: Target | null): void => this.choose(target),
    };
    this.header = this.makeHeader();
    this.toolbar = this.makeToolbar();
    const enlarge = (isAlone: boolean): void => {
      this.isGraphAlone = isAlone;
      this.repaint?.request(); // not while it is being made
    };
    const changed = (): void => this.repaint?.request();
    const toggle = (key: number | string): void => {
      if (!this.filter.open.delete(key)) this.filter.open.add(key);
      redraw();
    };
    this.graph = new GraphPanel({ ...events, changed, enlarge, toggle });
    this.gantt = new GanttPanel({ ...events, toggle }, redraw);
    this.ways = new WaysPanel(events);
    this.replay = new Replay(changed);
    this.details = new Details(events);
    this.findings = new Findings(events);
    this.assemble();
    this.repaint = new Repaint(this.element, (width) => this.draw(width), this.disposer);
    const wanted = () => store.options.theme;
    this.applyTheme = followTheme(this.element, wanted, this.disposer, () => {
      this.gantt.forgetColours();
      redraw();
    });
    this.disposer.add(store.subscribe((change) => this.onChange(change)));
    this.onChange("graph");
  }

  private makeHeader(): Header {
    return new Header({
      pick: (key) => {
        this.choice.pick(key);
        this.gantt.zoom.reset();
        this.repaint.request();
      },
      compare: (key) => {
        this.choice.compare(key);
        this.repaint.request();
      },
      cancel: () => {
        const { run } = this.choice;
        if (run) this.store.cancel(run.key);
      },
    });
  }

  private makeToolbar(): Toolbar {
    const set = (changes: Partial<Filter>): void => {
      Object.assign(this.filter, changes);
      this.repaint.request();
    };
    return new Toolbar({
      search: (text) => {
        set({ query: text.trim().toLowerCase() });
        this.toReveal = this.firstMatch();
      },
      first: () => this.gantt.chooseFirst(),
      order: (order) => set({ order }),
      onlyCritical: (onlyCritical) => set({ onlyCritical }),
      onlyFailed: (onlyFailed) => set({ onlyFailed }),
      single: (single) => set({ single }),
      zoom: (factor) => (factor === null ? this.gantt.zoom.reset() : this.gantt.zoom.by(factor)),
    });
  }

  private assemble(): void {
    const { element } = this;
    element.setAttribute("role", "region");
    element.setAttribute("aria-label", "async_dag workbench");
    const { toolbar, replay, gantt } = this;
    const ganttPane = html("section", "ad-timepane", toolbar.element, replay.element);
    ganttPane.append(gantt.element);
    ganttPane.setAttribute("aria-label", "Gantt chart");
    this.toolbar.insert(this.header.comparer);
    element.append(
      this.header.element,
      html("div", "ad-body", this.graph.element, ganttPane),
      this.ways.element,
      html("div", "ad-foot", this.details.element, this.findings.element),
      this.legend.element,
      this.region.element,
      this.tooltip.element,
    );
    keepKeysHere(element, this.disposer);
  }

  private onChange(change: Change): void {
    const { store } = this;
    if (change === "graph") {
      this.applyTheme();
      this.hovered = null;
      if (!store.model.has(this.chosen)) this.chosen = null;
      this.graph.setGraph(store.model, store.placement);
    }
    if (change !== "data") this.choice.update();
    this.repaint.request();
  }

  private hover(target: Target | null, at: Point | null): void {
    const hasMoved = at !== null || this.pointer !== null;
    if (sameTarget(target, this.hovered) && !hasMoved) return;
    this.hovered = target;
    this.pointer = at;
    this.repaint.request();
  }

  private choose(target: Target | null): void {
    this.chosen = target;
    this.toReveal = target;
    this.pointer = null; // the details now show what the tooltip said
    this.repaint.request();
  }

  /** What only the kernel knows of the chosen node, once it has ended. */
  private askDetails(run: RunData | null): void {
    if (!run || this.chosen?.kind !== "node") return;
    const node = this.chosen.index;
    if (isKnown(run.finished[node])) this.store.askDetails(run.key, node);
  }

  private draw(width: number): void {
    const { store, filter, element, chosen } = this;
    const { run: whole, other } = this.choice;
    whole?.tick(performance.now() / 1000);
    const run = this.replay.shown(whole);
    const model = run?.model ?? store.model;
    const longest = run ? Math.max(run.longest, 0.001) : 1;
    const shown: Shown = { model, run, other, unit: unitFor(longest), kin: this.kin(run), chosen };
    element.classList.toggle("ad-narrow", width < NARROW);
    this.header.draw(shown, store.summaries, store.live);
    const matches = isFiltered(filter) ? matching(model, run, filter).length : null;
    this.toolbar.draw(matches, Boolean(run?.criticalPath.length), model.hasSeveral);
    this.arrange(width, shown);
    this.ways.draw(shown, width);
    // What is within a node has no box of its own.
    const box = chosen?.inner ? { kind: chosen.kind, index: chosen.index } : chosen;
    this.graph.draw({ ...shown, chosen: box });
    this.askDetails(run);
    this.details.draw(shown);
    this.findings.draw({ ...shown, run: whole });
    if (this.toReveal) {
      this.graph.reveal(this.toReveal);
      if (this.toReveal === chosen) this.gantt.reveal(chosen);
      this.toReveal = null;
    }
    this.legend.draw({ ...shown, run: whole });
    this.tooltip.draw(shown, this.hovered, this.pointer);
    this.region.draw(whole, whole ? store.summary(whole.key) : undefined);
    this.keepTime(whole);
  }

  /** The graph beside the chart or above it, each with the room that it needs up to a bound. */
  private arrange(width: number, shown: Shown): void {
    const { element, graph, gantt, isGraphAlone } = this;
    const tallest = this.options.tallest ?? TALLEST;
    const besides = AXIS_HEIGHT + RUNNING_HEIGHT + TOOLBAR + REPLAY_HEIGHT;
    // By all rows: so a filter does not move the graph.
    const all = Math.min(allRowsHeight(shown.model), tallest) + besides;
    const alone = Math.max(window.innerHeight - 160, 420);
    const room = { width, chartHeight: all, ...(isGraphAlone && { alone }) };
    const arrangement = graph.arrange(room);
    const { isBeside, fits } = arrangement;
    element.classList.toggle("ad-beside", isBeside);
    element.classList.toggle("ad-alone", isGraphAlone);
    element.style.setProperty("--ad-graph", `${arrangement.width}px`);
    const bar = fits ? BAR_HEIGHT : MAP_BAR_HEIGHT;
    gantt.resize(isBeside ? width - arrangement.width : width);
    if (!isGraphAlone) gantt.draw(shown, this.filter);
    this.replay.draw(shown.unit, ...gantt.axisPlace);
    const floor = isBeside ? arrangement.height + bar - besides : 0;
    const rows = Math.max(Math.min(gantt.rowsHeight + 8, tallest), floor, 60);
    element.style.setProperty("--ad-rows", `${Math.round(rows)}px`);
    const height = isBeside ? Math.round(rows) + besides : arrangement.height + bar;
    graph.resize(arrangement.width, height, !fits);
  }

  /** Draws again while a run goes on, also when nothing is heard of it: its time passes. */
  private keepTime(run: RunData | null): void {
    clearTimeout(this.clock);
    if (!run || run.over || !this.store.live) return;
    this.clock = window.setTimeout(() => this.repaint.request(), CLOCK);
  }

  private kin(run: RunData | null): Kin | null {
    const model = run?.model ?? this.store.model;
    const target = this.hovered ?? this.chosen;
    const isTarget = model.has(target);
    if (!isFiltered(this.filter)) return isTarget ? model.kin(target) : null;
    // What the filter lets through is not faded, whatever one points at.
    const near = isTarget ? model.kin(target) : null;
    const nodes = near?.nodes.slice() ?? new Uint8Array(model.size);
    const boxes = near?.boxes.slice() ?? new Uint8Array(model.boxes);
    for (const node of matching(model, run, this.filter)) {
      nodes[node] |= FOUND;
      if (model.boxOf(node) >= 0) boxes[model.boxOf(node)] |= FOUND;
    }
    return { nodes, boxes };
  }

  private firstMatch(): Target | null {
    if (!this.filter.query) return null;
    const [first] = matching(
      this.choice.run?.model ?? this.store.model,
      this.choice.run,
      this.filter,
    );
    return first === undefined ? null : { kind: "node", index: first };
  }

  /** Leaves nothing behind: no listener, no observer, no frame that is still to come. */
  dispose(): void {
    const { header, toolbar, replay, graph, gantt, ways, details, findings } = this;
    this.disposer.dispose();
    clearTimeout(this.clock);
    const parts = [header, toolbar, replay, graph, gantt, ways, details, findings];
    for (const part of parts) part.dispose();
    this.element.remove();
  }
}
