/** One workbench on the page: puts the panels together, and draws them when something has changed. */

import { AXIS_HEIGHT } from "./gantt/axis";
import { GanttPanel } from "./gantt/gantt_panel";
import { type Filter, isFiltered, matching } from "./gantt/rows";
import { TOTALS_HEIGHT } from "./gantt/totals";
import { GraphPanel } from "./graph/graph_panel";
import { Details } from "./panels/details";
import { Findings } from "./panels/findings";
import { Header } from "./panels/header";
import { Legend } from "./panels/legend";
import { LiveRegion } from "./panels/live_region";
import { Toolbar } from "./panels/toolbar";
import type { RunData } from "./state/run";
import { RunChoice } from "./state/run_choice";
import type { Change, Store } from "./state/store";
import { type Kin, SELF, sameTarget, type Target } from "./state/target";
import { isKnown } from "./state/times";
import { Disposer, html } from "./ui/dom";
import { unitFor } from "./ui/format";
import { keepKeysHere } from "./ui/keys";
import { Repaint } from "./ui/repaint";
import type { Shown } from "./ui/shown";
import { followTheme } from "./ui/theme";
import { zoomButtons } from "./ui/zoom_buttons";

/** Below this width, in pixels, the chart stands below the graph. */
const NARROW = 700;
/** The width of the graph beside the chart: a share of the whole, within these bounds. */
const GRAPH_SHARE = 0.36;
const GRAPH_WIDTH = [300, 390] as const;
/** The height of the toolbar above the chart. */
const TOOLBAR = 36;

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
  private readonly details: Details;
  private readonly findings: Findings;
  private readonly legend = new Legend();
  private readonly region = new LiveRegion();
  private readonly disposer = new Disposer();
  private readonly repaint: Repaint;
  private readonly applyTheme: () => void;
  private readonly choice: RunChoice;
  private hovered: Target | null = null;
  private chosen: Target | null = null;
  private toReveal = false;
  private readonly filter: Filter & { open: Set<number> } = {
    order: "graph",
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
      hover: (target: Target | null): void => this.hover(target),
      choose: (target: Target | null): void => this.choose(target),
    };
    this.header = this.makeHeader();
    this.toolbar = this.makeToolbar();
    this.graph = new GraphPanel(events);
    const toggle = (bundle: number): void => {
      if (!this.filter.open.delete(bundle)) this.filter.open.add(bundle);
      redraw();
    };
    this.gantt = new GanttPanel({ ...events, toggle }, redraw);
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
      search: (text) => set({ query: text.trim().toLowerCase() }),
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
    const zoom = (factor: number | null): void =>
      factor === null ? this.graph.fit() : this.graph.zoomBy(factor);
    const buttons = zoomButtons("zoom the graph", "show the whole graph", this.disposer, zoom);
    const graphPane = html("section", "ad-graph", this.graph.element, buttons);
    graphPane.setAttribute("aria-label", "Graph");
    const ganttPane = html("section", "ad-timepane", this.toolbar.element, this.gantt.element);
    ganttPane.setAttribute("aria-label", "Gantt chart");
    this.toolbar.insert(this.header.comparer);
    element.append(
      this.header.element,
      html("div", "ad-body", graphPane, ganttPane),
      html("div", "ad-foot", this.details.element, this.findings.element),
      this.legend.element,
      this.region.element,
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

  private hover(target: Target | null): void {
    if (sameTarget(target, this.hovered)) return;
    this.hovered = target;
    this.repaint.request();
  }

  private choose(target: Target | null): void {
    this.chosen = target;
    this.toReveal = target !== null;
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
    const { model } = store;
    const { run, other } = this.choice;
    const longest = run ? Math.max(run.over ? run.makespan : run.elapsed, 0.001) : 1;
    const shown: Shown = { model, run, other, unit: unitFor(longest), kin: this.kin(run), chosen };
    const isNarrow = width < NARROW;
    element.classList.toggle("ad-narrow", isNarrow);
    this.header.draw(shown, store.summaries, store.live);
    const matches = isFiltered(filter) ? matching(model, run, filter).length : null;
    this.toolbar.draw(matches, Boolean(run?.analysis), model.graph.bundles !== null);
    const share = Math.round(width * GRAPH_SHARE);
    const graphWidth = isNarrow ? width : Math.min(Math.max(share, GRAPH_WIDTH[0]), GRAPH_WIDTH[1]);
    element.style.setProperty("--ad-graph", `${graphWidth}px`);
    this.gantt.resize(isNarrow ? width : width - graphWidth);
    this.gantt.draw(shown, filter);
    this.setHeights(graphWidth, isNarrow);
    this.graph.draw(shown);
    this.askDetails(run);
    this.details.draw(shown);
    this.findings.draw(run, model.graph.notes);
    if (this.toReveal) {
      this.toReveal = false;
      this.gantt.reveal(chosen);
    }
    this.legend.draw(element.dataset["theme"] === "dark", other !== null);
    this.region.draw(run, run ? store.summary(run.key) : undefined);
  }

  private kin(run: RunData | null): Kin | null {
    const { model } = this.store;
    const target = this.hovered ?? this.chosen;
    if (target && model.has(target)) return model.kin(target);
    if (!this.filter.query) return null;
    // What the search finds is marked in the graph as if one pointed at all of it.
    const nodes = new Uint8Array(model.size);
    const boxes = model.bundleOf === null ? nodes : new Uint8Array(model.boxes);
    for (const node of matching(model, run, this.filter)) {
      nodes[node] = SELF;
      if (model.boxOf(node) >= 0) boxes[model.boxOf(node)] = SELF;
    }
    return { nodes, boxes };
  }

  /** The rows get what they need up to a bound; the graph fills the height that this leaves it. */
  private setHeights(graphWidth: number, isNarrow: boolean): void {
    const tallest = this.options.tallest ?? 420;
    const wanted = this.graph.wantedHeight(graphWidth);
    const besides = AXIS_HEIGHT + TOTALS_HEIGHT + TOOLBAR;
    const floor = isNarrow ? 60 : Math.min(wanted, tallest) - besides;
    const rows = Math.max(Math.min(this.gantt.rowsHeight + 8, tallest), floor, 60);
    this.element.style.setProperty("--ad-rows", `${Math.round(rows)}px`);
    const height = isNarrow ? Math.min(wanted, 320) : rows + besides;
    this.graph.resize(graphWidth, Math.round(height));
  }

  /** Leaves nothing behind: no listener, no observer, no frame that is still to come. */
  dispose(): void {
    const { header, toolbar, graph, gantt, details, findings } = this;
    this.disposer.dispose();
    for (const part of [header, toolbar, graph, gantt, details, findings]) part.dispose();
    this.element.remove();
  }
}
