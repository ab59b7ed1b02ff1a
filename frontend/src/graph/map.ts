/** A small map of a graph that does not fit, with a frame around what is in sight. */

import type { Placement } from "../state/protocol";
import { type Disposer, setAttribute, svg } from "../ui/dom";
import type { Box } from "./boxes";
import type { Viewport } from "./scroller";

const HIGHEST = 64;
const WIDEST = 190;

export class GraphMap {
  /** What it shows is in the graph as well: it is for the pointer alone. */
  readonly element = svg("svg", { class: "ad-map", "aria-hidden": "true" });
  private readonly rectangles = svg("g");
  private readonly frame = svg("rect", { class: "ad-sight" });
  private placement: Placement | null = null;
  private scale = 1;

  /** `go` is called with the point of the graph to scroll to. */
  constructor(go: (x: number, y: number) => void, disposer: Disposer) {
    const { element } = this;
    element.append(this.rectangles, this.frame);
    const look = (event: PointerEvent): void => {
      const box = element.getBoundingClientRect();
      go((event.clientX - box.left) / this.scale, (event.clientY - box.top) / this.scale);
    };
    disposer.listen(element, "pointerdown", (event: PointerEvent) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      look(event);
      event.preventDefault();
    });
    disposer.listen(element, "pointermove", (event: PointerEvent) => {
      if (element.hasPointerCapture(event.pointerId)) look(event);
    });
  }

  place(placement: Placement): void {
    if (placement === this.placement) return;
    this.placement = placement;
    const { width, height } = placement;
    this.scale = Math.min(HIGHEST / height, WIDEST / width);
    setAttribute(this.element, "width", Math.max(width * this.scale, 8).toFixed(1));
    setAttribute(this.element, "height", Math.max(height * this.scale, 8).toFixed(1));
    setAttribute(this.element, "viewBox", `0 0 ${width} ${height}`);
    this.rectangles.replaceChildren(
      ...placement.boxes.map(([, x, y, wide, high]) =>
        svg("rect", { x, y, width: wide, height: high }),
      ),
    );
    // As thick as two pixels of the page.
    setAttribute(this.frame, "stroke-width", (2 / this.scale).toFixed(1));
  }

  draw(boxes: readonly Box[]): void {
    for (const [index, { group }] of boxes.entries()) {
      const rectangle = this.rectangles.children[index];
      if (!rectangle) return;
      for (const name of ["data-state", "data-critical"]) {
        setAttribute(rectangle, name, group.getAttribute(name));
      }
      setAttribute(rectangle, "data-chosen", group.getAttribute("aria-selected"));
    }
  }

  show({ x, y, width, height }: Viewport): void {
    const { placement, frame } = this;
    if (!placement) return;
    const inset = 1 / this.scale;
    setAttribute(frame, "x", Math.max(x, 0) + inset);
    setAttribute(frame, "y", Math.max(y, 0) + inset);
    setAttribute(frame, "width", Math.max(Math.min(width, placement.width) - 2 * inset, inset));
    setAttribute(frame, "height", Math.max(Math.min(height, placement.height) - 2 * inset, inset));
  }
}
