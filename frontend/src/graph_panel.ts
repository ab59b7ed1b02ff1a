/** The graph, drawn where dot put it, with the states of its nodes. */

import { select } from "d3-selection";
import { zoom, zoomIdentity, type ZoomTransform } from "d3-zoom";
import { FONT } from "./bars";
import { Disposer, keepZoomHere, setAttribute, setText, svg, uniqueId } from "./dom";
import { count, duration, fitText, oneLine, plural, textWidth, type Unit } from "./format";
import { layered } from "./layered";
import { DOWN, type GraphModel, SELF, type Target, UP } from "./model";
import type { Kin } from "./model";
import type { Placement } from "./protocol";
import type { RunData } from "./run";
import { SIGNS, STATE_WORDS } from "./ui/words";

const MARGIN = 18;
const SMALL = `11px ${FONT}`;
/** Smaller than this a graph is no picture: it is then cut off, to be moved about. */
const SMALLEST = 0.3;

interface Box {
  index: number;
  isBundle: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
  group: SVGGElement;
  second: SVGTextElement | null;
  done: SVGRectElement | null;
  failed: SVGRectElement | null;
  running: SVGRectElement | null;
  shown: string;
}

export interface GraphPanelEvents {
  hover(target: Target | null): void;
  choose(target: Target | null): void;
}

export class GraphPanel {
  readonly element = svg("svg", {
    class: "ad-graph-svg",
    tabindex: 0,
    role: "listbox",
  });
  private readonly scene = svg("g");
  private readonly disposer = new Disposer();
  private readonly zoom = zoom<SVGSVGElement, unknown>();
  private readonly prefix = uniqueId();
  private boxes: Box[] = [];
  private readonly boxOfIndex = new Map<number, Box>();
  private edges: { from: number; to: number; path: SVGPathElement }[] = [];
  private model: GraphModel | null = null;
  private placement: Placement | null = null;
  private width = 0;
  private height = 0;

  constructor(private readonly events: GraphPanelEvents) {
    this.element.append(this.arrows(), this.scene);
    const chart = select<SVGSVGElement, unknown>(this.element);
    this.zoom
      .scaleExtent([0.05, 6])
      // A plain wheel scrolls the page; a drag needs the first button, a touch two fingers.
      .filter((event: Event) =>
        event instanceof WheelEvent
          ? event.ctrlKey || event.metaKey
          : event.type.startsWith("touch")
            ? (event as TouchEvent).touches.length > 1
            : (event as MouseEvent).button === 0,
      )
      .on("zoom", ({ transform }: { transform: ZoomTransform }) => {
        this.scene.setAttribute("transform", transform.toString());
      });
    chart.call(this.zoom).on("dblclick.zoom", null);
    this.disposer.add(() => {
      chart.on(".zoom", null);
      this.zoom.on("zoom", null);
    });
    this.disposer.listen(this.element, "wheel", keepZoomHere, { passive: false });
    this.disposer.listen(this.element, "pointermove", (event: PointerEvent) =>
      this.events.hover(this.targetOf(event.target)),
    );
    this.disposer.listen(this.element, "pointerleave", () => this.events.hover(null));
    this.disposer.listen(this.element, "click", (event: MouseEvent) =>
      this.events.choose(this.targetOf(event.target)),
    );
    this.disposer.listen(this.element, "keydown", (event: KeyboardEvent) => this.onKey(event));
  }

  private arrows(): SVGDefsElement {
    const marker = (name: string): SVGMarkerElement =>
      svg(
        "marker",
        {
          id: `${this.prefix}-${name}`,
          class: `ad-arrow ad-arrow-${name}`,
          viewBox: "0 0 8 8",
          refX: 7.5,
          refY: 4,
          markerWidth: 8,
          markerHeight: 8,
          markerUnits: "userSpaceOnUse",
          orient: "auto",
        },
        svg("path", { d: "M0 0.5 8 4 0 7.5z" }),
      );
    return svg("defs", {}, marker("plain"), marker("critical"));
  }

  private targetOf(element: EventTarget | null): Target | null {
    const group = element instanceof Element ? element.closest("[data-box]") : null;
    if (!group || !this.model) return null;
    return this.model.targetOfBox(Number(group.getAttribute("data-box")));
  }

  /** Draws another graph, or the same placed otherwise. */
  setGraph(model: GraphModel, placement: Placement | null): void {
    this.model = model;
    this.placement = placement ?? layered(model);
    this.scene.replaceChildren();
    this.boxes = [];
    this.edges = [];
    this.boxOfIndex.clear();
    setAttribute(
      this.element,
      "aria-label",
      `Graph of ${plural(model.tasks, "task")}` +
        (model.graph.bundles ? ` in ${plural(model.boxes, "bundle")}` : "") +
        "; arrow keys go from box to box",
    );
    if (!this.placement) return;
    const { boxes, edges } = this.placement;
    const edgeGroup = svg("g", { class: "ad-edges" });
    for (const [from, to, points] of edges) {
      const weight = model.weights.get(`${from},${to}`) ?? 1;
      const path = svg("path", {
        d: splinePath(points),
        "marker-end": `url(#${this.prefix}-plain)`,
        "stroke-width": Math.min(1.3 + Math.log2(weight) / 5, 3.2).toFixed(2),
      });
      edgeGroup.append(path);
      this.edges.push({ from, to, path });
    }
    const boxGroup = svg("g");
    for (const [index, x, y, width, height] of boxes) {
      if (index >= model.boxes) continue;
      const box = this.makeBox(model, index, x, y, width, height);
      boxGroup.append(box.group);
      this.boxes.push(box);
      this.boxOfIndex.set(index, box);
    }
    this.scene.append(edgeGroup, boxGroup);
    this.fit();
  }

  private makeBox(
    model: GraphModel,
    index: number,
    x: number,
    y: number,
    width: number,
    height: number,
  ): Box {
    const isTask = model.boxKind(index) === "task";
    const isBundle = model.targetOfBox(index).kind === "bundle";
    const group = svg("g", {
      class: `ad-box ad-${model.boxKind(index)}${isBundle ? " ad-bundle" : ""}`,
      "data-box": index,
      id: `${this.prefix}-${index}`,
      role: "option",
      transform: `translate(${x},${y})`,
    });
    const title = model.boxTitle(index);
    group.append(
      svg("title", {}, oneLine(title, 400)),
      svg("rect", { class: "ad-frame", width, height, rx: isTask ? 7 : height / 2 }),
    );
    const twoLines = isTask && !isBundle && height >= 34;
    const left = twoLines ? 10 : width / 2;
    const first = svg("text", {
      x: left,
      y: twoLines ? 16 : isBundle && height >= 26 ? height / 2 + 2 : height / 2 + 4,
      "text-anchor": twoLines ? "start" : "middle",
    });
    first.textContent = fitText(oneLine(title), width - (twoLines ? 16 : 8), `12px ${FONT}`);
    group.append(first);
    let second: SVGTextElement | null = null;
    if (twoLines) {
      second = svg("text", { class: "ad-soft", x: left, y: 31 });
      group.append(second);
    }
    const strip = (name: string): SVGRectElement => {
      const rect = svg("rect", { class: name, x: 1, y: height - 5, width: 0, height: 4 });
      group.append(rect);
      return rect;
    };
    return {
      index,
      isBundle,
      x,
      y,
      width,
      height,
      group,
      second,
      done: isBundle ? strip("ad-strip-done") : null,
      failed: isBundle ? strip("ad-strip-failed") : null,
      running: isBundle ? strip("ad-strip-running") : null,
      shown: "",
    };
  }

  resize(width: number, height: number): void {
    if (width === this.width && height === this.height) return;
    this.width = width;
    this.height = height;
    setAttribute(this.element, "width", width);
    setAttribute(this.element, "height", height);
    this.fit();
  }

  /** How high the panel would like to be at a width. */
  wantedHeight(width: number): number {
    if (!this.placement) return 120;
    const scale = Math.min(1, (width - 2 * MARGIN) / Math.max(this.placement.width, 1));
    return this.placement.height * Math.max(scale, SMALLEST) + 2 * MARGIN;
  }

  fit(): void {
    if (!this.placement || !this.width || !this.height) return;
    const { width, height } = this.placement;
    const scale = Math.max(
      SMALLEST,
      Math.min(
        1,
        (this.width - 2 * MARGIN) / Math.max(width, 1),
        (this.height - 2 * MARGIN) / Math.max(height, 1),
      ),
    );
    const x = (this.width - width * scale) / 2;
    const y = Math.max(MARGIN, Math.min((this.height - height * scale) / 2, 28));
    this.element.classList.toggle("ad-tiny", scale < 0.4);
    select<SVGSVGElement, unknown>(this.element).call(
      this.zoom.transform,
      zoomIdentity.translate(x, y).scale(scale),
    );
  }

  zoomBy(factor: number): void {
    select<SVGSVGElement, unknown>(this.element).call(this.zoom.scaleBy, factor);
  }

  /** Shows the states of a run, and who is kin to what is looked at. */
  draw(run: RunData | null, unit: Unit, kin: Kin | null, chosen: Target | null): void {
    const { model } = this;
    if (!model) return;
    let chosenId: string | null = null;
    for (const box of this.boxes) {
      const { group, index } = box;
      const target = model.targetOfBox(index);
      const isChosen = chosen?.kind === target.kind && chosen.index === target.index;
      if (isChosen) chosenId = group.id;
      setAttribute(group, "aria-selected", isChosen ? "true" : "false");
      const relation = kin ? kin.boxes[index] : 0;
      setAttribute(group, "data-kin", kin ? relationName(relation) : null);
      if (box.isBundle) this.drawBundle(box, model, run);
      else this.drawNode(box, model, run, target.index, unit);
    }
    setAttribute(this.element, "aria-activedescendant", chosenId);
    const onPath = run ? pathEdges(model, run) : NOTHING;
    for (const { from, to, path } of this.edges) {
      const isOnPath = onPath.has(`${from},${to}`);
      setAttribute(path, "class", isOnPath ? "ad-critical" : null);
      const end = `url(#${this.prefix}-${isOnPath ? "critical" : "plain"})`;
      setAttribute(path, "marker-end", end);
      const near = kin ? kin.boxes[from] && kin.boxes[to] : 1;
      setAttribute(path, "data-kin", kin ? (near ? "near" : "none") : null);
    }
  }

  private drawNode(
    box: Box,
    model: GraphModel,
    run: RunData | null,
    node: number,
    unit: Unit,
  ): void {
    const { group, second } = box;
    const state = run ? run.state(node) : "waiting";
    setAttribute(group, "data-node", node);
    setAttribute(group, "data-state", model.isTask[node] ? state : null);
    setAttribute(group, "data-critical", run?.critical[node] ? "true" : null);
    if (!second) return;
    const text = run ? stateText(model, run, node, unit) : "";
    if (box.shown === text) return;
    box.shown = text;
    // What is beside the main figure is left out where it does not fit.
    const room = box.width - 12;
    const fits = textWidth(text, SMALL) <= room;
    setText(second, fits ? text : fitText(text.split(" · ")[0], room, SMALL));
    setAttribute(group, "aria-label", `${oneLine(model.graph.names[node])}: ${text}`);
  }

  private drawBundle(box: Box, model: GraphModel, run: RunData | null): void {
    const size = model.boxMembers(box.index).length;
    const running = run?.countIn(box.index, "running") ?? 0;
    const failed = run?.countIn(box.index, "failed") ?? 0;
    const done = (run?.countIn(box.index, "done") ?? 0) + (run?.countIn(box.index, "reused") ?? 0);
    const room = box.width - 2;
    let x = 1;
    for (const [rect, number] of [
      [box.done, done],
      [box.failed, failed],
      [box.running, running],
    ] as const) {
      const width = (number / size) * room;
      setAttribute(rect!, "x", x.toFixed(1));
      setAttribute(rect!, "width", width.toFixed(1));
      x += width;
    }
    setAttribute(
      box.group,
      "data-state",
      failed ? "failed" : running ? "running" : done === size ? "done" : done ? "partly" : "waiting",
    );
    setAttribute(box.group, "data-done", done);
    setAttribute(
      box.group,
      "aria-label",
      `${oneLine(model.boxTitle(box.index))}: ${count(done)} done, ${count(running)} running` +
        (failed ? `, ${count(failed)} failed` : ""),
    );
  }

  private onKey(event: KeyboardEvent): void {
    const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[
      event.key
    ];
    if (step && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const next = this.nearest(step[0], step[1]);
      if (next) this.events.choose(this.model!.targetOfBox(next.index));
    } else if (event.key === "+" || event.key === "=") this.zoomBy(1.3);
    else if (event.key === "-") this.zoomBy(1 / 1.3);
    else if (event.key === "0") this.fit();
    else if (event.key === "Escape") this.events.choose(null);
    else return;
    event.preventDefault();
  }

  /** The box that lies nearest in a direction from the chosen one, or the first. */
  private nearest(dx: number, dy: number): Box | null {
    const id = this.element.getAttribute("aria-activedescendant");
    const here = this.boxes.find((box) => box.group.id === id);
    if (!here) return this.boxes[0] ?? null;
    const middle = (box: Box): [number, number] => [box.x + box.width / 2, box.y + box.height / 2];
    const [x, y] = middle(here);
    let best: Box | null = null;
    let least = Infinity;
    for (const box of this.boxes) {
      const [otherX, otherY] = middle(box);
      const along = (otherX - x) * dx + (otherY - y) * dy;
      if (along <= 1) continue;
      const aside = Math.abs((otherX - x) * dy) + Math.abs((otherY - y) * dx);
      const distance = along + 2 * aside;
      if (distance < least) {
        least = distance;
        best = box;
      }
    }
    return best;
  }

  dispose(): void {
    this.disposer.dispose();
    this.element.remove();
  }
}

export function relationName(bits: number): string {
  return bits & SELF ? "self" : bits & UP ? "up" : bits & DOWN ? "down" : "none";
}

const NOTHING: ReadonlySet<string> = new Set();

/** The edges between boxes that the critical path takes, as `from,to`. */
function pathEdges(model: GraphModel, run: RunData): ReadonlySet<string> {
  const path = run.analysis?.critical_path ?? [];
  return new Set(
    path.slice(1).map((node, index) => `${model.boxOf(path[index])},${model.boxOf(node)}`),
  );
}

/** dot's points as a path: a start, then three points a curve. */
function splinePath(points: readonly number[]): string {
  let path = `M${points[0]},${points[1]}C`;
  for (let index = 2; index < points.length; index++) {
    path += `${index % 2 ? "," : " "}${points[index]}`;
  }
  return path;
}

/** The second line of a box, and what a screen reader says of it. */
export function stateText(model: GraphModel, run: RunData, node: number, unit: Unit): string {
  const length = run.lengthOf(node);
  switch (run.state(node)) {
    case "waiting": {
      const open = model.graph.dependencies[node].filter(
        (needed) => !(run.finished[needed] === run.finished[needed]),
      ).length;
      return run.over ? STATE_WORDS.skipped : open ? `waits for ${plural(open, "node")}` : "waits";
    }
    case "ready": {
      const waits = [...(run.waits.get(node)?.values() ?? [])];
      const open = waits.find((wait) => !(wait.end === wait.end));
      return `◔ ready, waits${open ? ` for a ${open.kind}` : ""}`;
    }
    case "running":
      return `▶ ${duration(length, unit)}`;
    case "done": {
      const slack = run.slack?.[node] ?? NaN;
      const free = slack > run.makespan / 100 ? ` · slack ${duration(slack, unit)}` : "";
      return `✓ ${duration(length, unit)}${free}`;
    }
    case "failed":
      return `✗ after ${duration(length, unit)}`;
    case "cancelled":
    case "skipped":
    case "reused":
      return `${SIGNS[run.state(node)]} ${STATE_WORDS[run.state(node)]}`;
  }
}
