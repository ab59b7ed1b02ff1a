/** One workbench on the page: puts the parts together, and draws when something has changed. */

import { Details, Findings, hintFor } from "./details";
import { Disposer, html, setText } from "./dom";
import { plural, unitFor } from "./format";
import { GraphPanel } from "./graph_panel";
import { Header, stateOf, titleOf } from "./header";
import { type Kin, sameTarget, SELF, type Target } from "./model";
import { type Filter, isFiltered, matching } from "./rows";
import type { RunData } from "./run";
import type { Change, Store } from "./store";
import { followTheme } from "./theme";
import { TimePanel } from "./time_panel";
import { Toolbar, zoomButtons } from "./toolbar";
import { TOTALS_HEIGHT } from "./totals";

const NARROW = 700;
const GRAPH_WIDTH = [300, 390] as const;
/** Of the whole, within these bounds. */
const GRAPH_SHARE = 0.36;
const AXIS = 22;

/** On a dark ground it is the other way round: what holds the loop stands out bright. */
const BARS = {
  light: "light bar = awaiting · dark = holding the event loop",
  dark: "dim bar = awaiting · bright = holding the event loop",
};
const LEGEND = " · outlined red = critical path · dashed = expected · hatched = ready, but waiting";

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
  private readonly time: TimePanel;
  private readonly details: Details;
  private readonly findings: Findings;
  private readonly graphPane = html("section", "ad-graph");
  private readonly legend = html("p", "ad-legend");
  private readonly spoken = html("div", "ad-spoken");
  private readonly disposer = new Disposer();
  private readonly applyTheme: () => void;
  private drawing = 0;
  private isVisible = true;
  private isStale = true;
  private picked: string | null;
  private comparedWith: string | null = null;
  private hovered: Target | null = null;
  private chosen: Target | null = null;
  private readonly filter: Filter & { open: Set<number> } = {
    order: "graph",
    onlyCritical: false,
    onlyFailed: false,
    single: false,
    query: "",
    open: new Set(),
  };
  private toReveal = false;
  private said = "";

  constructor(
    private readonly store: Store,
    private readonly options: ViewOptions = {},
  ) {
    this.picked = options.run ?? null;
    const redraw = (): void => this.invalidate();
    const events = {
      hover: (target: Target | null): void => this.hover(target),
      choose: (target: Target | null): void => this.choose(target),
    };
    this.header = new Header({
      pick: (key) => this.pick(key),
      compare: (key) => {
        this.comparedWith = key;
        if (key) store.open(key);
        redraw();
      },
      cancel: () => {
        const run = this.current();
        if (run) store.cancel(run.key);
      },
    });
    const set = <K extends keyof Filter>(name: K, value: Filter[K]): void => {
      (this.filter as Filter)[name] = value;
      redraw();
    };
    this.toolbar = new Toolbar({
      search: (text) => set("query", text.trim().toLowerCase()),
      first: () => this.time.chooseFirst(),
      order: (order) => set("order", order),
      onlyCritical: (on) => set("onlyCritical", on),
      onlyFailed: (on) => set("onlyFailed", on),
      single: (on) => set("single", on),
      zoom: (factor) => (factor === null ? this.time.resetZoom() : this.time.zoomBy(factor)),
    });
    this.graph = new GraphPanel(events);
    this.time = new TimePanel(
      {
        ...events,
        toggle: (bundle) => {
          if (!this.filter.open.delete(bundle)) this.filter.open.add(bundle);
          redraw();
        },
      },
      redraw,
    );
    this.details = new Details(events);
    this.findings = new Findings(events);
    this.assemble();
    this.applyTheme = followTheme(this.element, () => store.options.theme, this.disposer, () => {
      this.time?.forgetColours();
      redraw();
    });
    const resize = new ResizeObserver(redraw);
    resize.observe(this.element);
    this.disposer.add(() => resize.disconnect());
    // A view that is scrolled out of sight costs nothing until it comes back.
    const sight = new IntersectionObserver((entries) => {
      this.isVisible = entries[entries.length - 1].isIntersecting;
      if (this.isVisible && this.isStale) this.invalidate();
    });
    sight.observe(this.element);
    this.disposer.add(() => sight.disconnect());
    this.disposer.add(store.subscribe((change) => this.onChange(change)));
    this.onChange("graph");
  }

  private assemble(): void {
    const { element } = this;
    element.setAttribute("role", "region");
    element.setAttribute("aria-label", "async_dag workbench");
    this.graphPane.setAttribute("aria-label", "Graph");
    this.graphPane.append(
      this.graph.element,
      zoomButtons("zoom the graph", "show the whole graph", this.disposer, (factor) =>
        factor === null ? this.graph.fit() : this.graph.zoomBy(factor),
      ),
    );
    this.spoken.setAttribute("role", "status");
    this.spoken.setAttribute("aria-live", "polite");
    const timePane = html("section", "ad-timepane", this.toolbar.element, this.time.element);
    timePane.setAttribute("aria-label", "Gantt chart");
    this.toolbar.insert(this.header.comparer);
    element.append(
      this.header.element,
      html("div", "ad-body", this.graphPane, timePane),
      html("div", "ad-foot", this.details.element, this.findings.element),
      this.legend,
      this.spoken,
    );
    // Plain keys typed here are for here. Elsewhere in a notebook arrow keys go from cell to cell, and
    // letters are commands. Some JupyterLabs look at a key on its way down, and leave it alone where
    // they find this attribute before what their commands are for: on what has the focus. Others look
    // on its way up, which ends here. Keys with ctrl are theirs: it saves.
    this.disposer.listen(
      window,
      "keydown",
      (event: KeyboardEvent) => {
        if (!(event.target instanceof Element) || !element.contains(event.target)) return;
        event.target.toggleAttribute("data-lm-suppress-shortcuts", isPlain(event));
      },
      { capture: true },
    );
    this.disposer.listen(element, "keydown", (event: KeyboardEvent) => {
      if (isPlain(event)) event.stopPropagation();
    });
  }

  private onChange(change: Change): void {
    if (change === "graph") {
      this.applyTheme();
      this.hovered = null;
      if (!this.store.model.has(this.chosen)) this.chosen = null;
      this.graph.setGraph(this.store.model, this.store.placement);
    }
    if (change !== "data") {
      if (this.picked && !this.store.summary(this.picked) && !this.options.run) this.picked = null;
      if (this.comparedWith && !this.store.summary(this.comparedWith)) this.comparedWith = null;
      const run = this.current();
      if (run) this.store.open(run.key);
    }
    this.invalidate();
  }

  /** The run that is shown: the picked one, or the latest. */
  private current(): RunData | null {
    const { summaries } = this.store;
    const key = this.picked ?? summaries[summaries.length - 1]?.key;
    return key !== undefined && this.store.summary(key) ? this.store.run(key) : null;
  }

  private pick(key: string): void {
    const { summaries } = this.store;
    // Whoever picks the latest follows the invokes to come.
    this.picked = key === summaries[summaries.length - 1]?.key ? null : key;
    if (this.comparedWith === key) this.comparedWith = null;
    this.store.open(key);
    this.time.resetZoom();
    this.invalidate();
  }

  private hover(target: Target | null): void {
    if (sameTarget(target, this.hovered)) return;
    this.hovered = target;
    this.invalidate();
  }

  private choose(target: Target | null): void {
    this.chosen = target;
    this.toReveal = target !== null;
    this.askDetails();
    this.invalidate();
  }

  private askDetails(): void {
    const run = this.current();
    if (run && this.chosen?.kind === "node") {
      const node = this.chosen.index;
      if (run.finished[node] === run.finished[node]) this.store.askDetails(run.key, node);
    }
  }

  /** Asks for one drawing in the next animation frame. */
  invalidate(): void {
    this.isStale = true;
    if (this.drawing || !this.isVisible) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.draw();
    });
  }

  private draw(): void {
    const width = this.element.clientWidth;
    if (width === 0) return; // not laid out; the observer of its size will tell
    this.isStale = false;
    const { store, filter } = this;
    const { model } = store;
    const run = this.current();
    const other =
      this.comparedWith && this.comparedWith !== run?.key ? store.run(this.comparedWith) : null;
    const summary = run ? store.summary(run.key) : undefined;
    const unit = unitFor(run ? Math.max(run.over ? run.makespan : run.elapsed, 0.001) : 1);
    const isNarrow = width < NARROW;
    this.element.classList.toggle("ad-narrow", isNarrow);
    this.element.classList.toggle("ad-has-bundles", model.graph.bundles !== null);

    const target = this.hovered ?? this.chosen;
    const kin =
      target && model.has(target) ? model.kin(target) : filter.query ? this.found(run) : null;
    this.header.draw(run, summary, store.summaries, unit, other, store.live);
    this.toolbar.draw(
      isFiltered(filter) ? matching(model, run, filter).length : null,
      run?.analysis != null,
      model.graph.bundles !== null,
    );
    const share = Math.round(width * GRAPH_SHARE);
    const graphWidth = isNarrow ? width : Math.min(Math.max(share, GRAPH_WIDTH[0]), GRAPH_WIDTH[1]);
    this.element.style.setProperty("--ad-graph", `${graphWidth}px`);
    this.time.resize(isNarrow ? width : width - graphWidth);
    this.time.draw(model, run, other, filter, unit, kin, this.chosen);
    this.setHeights(graphWidth, isNarrow);
    this.graph.draw(run, unit, kin, this.chosen);
    this.askDetails();
    this.details.draw(model, run, this.chosen, unit, hintFor(model));
    this.findings.draw(run, model.graph.notes);
    if (this.toReveal) {
      this.toReveal = false;
      this.time.reveal(this.chosen);
    }
    const bars = BARS[this.element.dataset["theme"] === "dark" ? "dark" : "light"];
    setText(this.legend, bars + LEGEND + (other ? " · thin line = the run compared with" : ""));
    this.say(run, summary);
  }

  /** What the search finds, marked in the graph as if one had pointed at all of it. */
  private found(run: RunData | null): Kin {
    const { model } = this.store;
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
    const besides = AXIS + TOTALS_HEIGHT + 36;
    const floor = isNarrow ? 60 : Math.min(wanted, tallest) - besides;
    const rows = Math.max(Math.min(this.time.rowsHeight + 8, tallest), floor, 60);
    this.element.style.setProperty("--ad-rows", `${Math.round(rows)}px`);
    const height = isNarrow ? Math.min(wanted, 320) : rows + besides;
    this.graph.resize(graphWidth, Math.round(height));
  }

  /** Only what a listener must know: that a run began, and how it ended. */
  private say(run: RunData | null, summary: Parameters<typeof stateOf>[1] | undefined): void {
    if (!run || !summary) return;
    const state = stateOf(run, summary);
    const stamp = `${run.key} ${state}`;
    if (stamp === this.said) return;
    this.said = stamp;
    const failed = run.count("failed");
    setText(
      this.spoken,
      state === "running"
        ? `${titleOf(summary)} is running`
        : `${titleOf(summary)}: ${state} after ${unitFor(run.makespan).text(run.makespan)}` +
            (failed ? `, ${plural(failed, "task")} failed` : ""),
    );
  }

  /** Leaves nothing behind: no listener, no observer, no frame that is still to come. */
  dispose(): void {
    cancelAnimationFrame(this.drawing);
    this.drawing = -1;
    this.disposer.dispose();
    for (const part of [this.header, this.toolbar, this.graph, this.time, this.details, this.findings]) {
      part.dispose();
    }
    this.element.remove();
  }
}

/** Shift and Enter runs a cell: that is no plain key. */
function isPlain(event: KeyboardEvent): boolean {
  return !(event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter"));
}
