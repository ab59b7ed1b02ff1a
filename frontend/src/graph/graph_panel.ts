/** The graph, drawn where dot put it, with the states of its nodes. */

import { select } from "d3-selection";
import { type ZoomTransform, zoom, zoomIdentity } from "d3-zoom";
import type { GraphModel } from "../state/model";
import type { Placement } from "../state/protocol";
import type { Target } from "../state/target";
import { Disposer, keepZoomHere, setAttribute, svg, uniqueId } from "../ui/dom";
import { plural } from "../ui/format";
import type { Shown } from "../ui/shown";
import { Box, nearestBox } from "./boxes";
import { Edges } from "./edges";
import { layered } from "./layered";

const MARGIN = 18;
/** A graph drawn smaller than this is no picture: it is cut off instead, and can be moved. */
const SMALLEST = 0.3;
const DIRECTIONS: Record<string, [dx: number, dy: number]> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

export interface GraphPanelEvents {
  hover(target: Target | null): void;
  choose(target: Target | null): void;
}

export class GraphPanel {
  readonly element = svg("svg", { class: "ad-graph-svg", tabindex: 0, role: "listbox" });
  private readonly prefix = uniqueId();
  private readonly edges = new Edges(this.prefix);
  private readonly scene = svg("g");
  private readonly disposer = new Disposer();
  private readonly zoom = zoom<SVGSVGElement, unknown>();
  private boxes: Box[] = [];
  private model: GraphModel | null = null;
  private placement: Placement | null = null;
  private width = 0;
  private height = 0;

  constructor(private readonly events: GraphPanelEvents) {
    const { element, disposer } = this;
    element.append(this.edges.heads(), this.scene);
    const chart = select<SVGSVGElement, unknown>(element);
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
    disposer.add(() => {
      chart.on(".zoom", null);
      this.zoom.on("zoom", null);
    });
    disposer.listen(element, "wheel", keepZoomHere, { passive: false });
    disposer.listen(element, "pointermove", (event: PointerEvent) =>
      events.hover(this.targetOf(event.target)),
    );
    disposer.listen(element, "pointerleave", () => events.hover(null));
    disposer.listen(element, "click", (event: MouseEvent) =>
      events.choose(this.targetOf(event.target)),
    );
    disposer.listen(element, "keydown", (event: KeyboardEvent) => this.onKey(event));
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
    const bundles = model.graph.bundles ? ` in ${plural(model.boxes, "bundle")}` : "";
    setAttribute(
      this.element,
      "aria-label",
      `Graph of ${plural(model.tasks, "task")}${bundles}; arrow keys go from box to box`,
    );
    if (!this.placement) return;
    this.edges.place(model, this.placement.edges);
    this.boxes = this.placement.boxes
      .filter(([index]) => index < model.boxes)
      .map((placed) => new Box(model, placed, `${this.prefix}-${placed[0]}`));
    const groups = svg("g", {}, ...this.boxes.map((box) => box.group));
    this.scene.append(this.edges.element, groups);
    this.fit();
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

  /** Shows the states of a run, and what is related to the target. */
  draw(shown: Shown): void {
    let chosenId: string | null = null;
    for (const box of this.boxes) if (box.draw(shown)) chosenId = box.group.id;
    setAttribute(this.element, "aria-activedescendant", chosenId);
    this.edges.draw(shown);
  }

  private onKey(event: KeyboardEvent): void {
    const direction = DIRECTIONS[event.key];
    if (direction && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const id = this.element.getAttribute("aria-activedescendant");
      const here = this.boxes.find((box) => box.group.id === id);
      const next = here ? nearestBox(this.boxes, here, ...direction) : this.boxes[0];
      if (next) this.events.choose(next.target);
    } else if (event.key === "+" || event.key === "=") this.zoomBy(1.3);
    else if (event.key === "-") this.zoomBy(1 / 1.3);
    else if (event.key === "0") this.fit();
    else if (event.key === "Escape") this.events.choose(null);
    else return;
    event.preventDefault();
  }

  dispose(): void {
    this.disposer.dispose();
    this.element.remove();
  }
}
