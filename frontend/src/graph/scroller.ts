/** Scrolls, drags and zooms the graph, which is never drawn smaller than its natural size. */

import { type Disposer, html, keepZoomHere } from "../ui/dom";

const LARGEST = 4;
/** Pixels around a box that is brought into sight. */
const AROUND = 28;
/** Pixels after which a press becomes a drag. */
const DRAG = 4;

export interface Viewport {
  x: number;
  y: number;
  width: number;
  height: number;
}

export class Scroller {
  readonly element = html("div", "ad-graph-scroll");
  private scale = 1;
  private natural = { width: 1, height: 1 };
  private size = { width: 0, height: 0 };
  private isDragging = false;

  constructor(
    private readonly drawing: SVGSVGElement,
    private readonly moved: () => void,
    disposer: Disposer,
  ) {
    const { element } = this;
    element.append(drawing);
    disposer.listen(element, "scroll", moved, { passive: true });
    disposer.listen(element, "wheel", (event: WheelEvent) => this.onWheel(event), {
      passive: false,
    });
    disposer.listen(element, "pointerdown", (event: PointerEvent) => this.onPress(event));
    // A drag that ends on a box does not choose it.
    const onClick = (event: MouseEvent): void => {
      if (this.isDragging) event.stopPropagation();
      this.isDragging = false;
    };
    disposer.listen(element, "click", onClick, { capture: true });
  }

  /** Takes a drawing of this size; zoomed as before where it is the same. */
  setNatural(width: number, height: number): void {
    if (width === this.natural.width && height === this.natural.height) return;
    this.natural = { width, height };
    this.scale = 1;
    this.apply();
  }

  /** Returns whether that is another size than before. */
  resize(width: number, height: number): boolean {
    if (width === this.size.width && height === this.size.height) return false;
    this.size = { width, height };
    this.element.style.width = `${width}px`;
    this.element.style.height = `${height}px`;
    this.moved();
    return true;
  }

  get isZoomed(): boolean {
    return this.scale > 1;
  }

  /** What is in sight, in pixels of the drawing. */
  get sight(): Viewport {
    const { scrollLeft, scrollTop } = this.element;
    const { scale, size } = this;
    return {
      x: scrollLeft / scale,
      y: scrollTop / scale,
      width: size.width / scale,
      height: size.height / scale,
    };
  }

  /** Puts the middle of what is in sight at a point of the drawing. */
  center(x: number, y: number): void {
    const { width, height } = this.sight;
    this.element.scrollTo((x - width / 2) * this.scale, (y - height / 2) * this.scale);
  }

  /** Scrolls as little as it takes to see all of a rectangle. */
  reveal({ x, y, width, height }: Viewport): void {
    const { element, scale, sight } = this;
    const shift = (start: number, length: number, from: number, room: number): number => {
      const before = start - AROUND - from;
      const beyond = start + length + AROUND - from - room;
      if (before < 0) return before;
      return beyond > 0 ? Math.min(beyond, before) : 0;
    };
    element.scrollBy(
      shift(x, width, sight.x, sight.width) * scale,
      shift(y, height, sight.y, sight.height) * scale,
    );
  }

  /** Zooms around a point of the element, by default its middle. */
  zoomBy(factor: number, at = { x: this.size.width / 2, y: this.size.height / 2 }): void {
    const { element } = this;
    const scale = Math.min(Math.max(this.scale * factor, 1), LARGEST);
    const ratio = scale / this.scale;
    const left = (element.scrollLeft + at.x) * ratio - at.x;
    const top = (element.scrollTop + at.y) * ratio - at.y;
    this.scale = scale;
    this.apply();
    element.scrollTo(left, top);
  }

  reset(): void {
    this.zoomBy(1 / this.scale);
  }

  /** As large as all of it can be seen. */
  fill(): void {
    const { natural, size } = this;
    const scale = Math.min(size.width / natural.width, size.height / natural.height);
    this.zoomBy(scale / this.scale);
  }

  private apply(): void {
    const { drawing, natural, scale } = this;
    drawing.setAttribute("width", String(Math.ceil(natural.width * scale)));
    drawing.setAttribute("height", String(Math.ceil(natural.height * scale)));
    drawing.setAttribute("viewBox", `0 0 ${natural.width} ${natural.height}`);
    this.moved();
  }

  private onWheel(event: WheelEvent): void {
    keepZoomHere(event);
    if (!event.ctrlKey && !event.metaKey) return; // the browser scrolls
    const box = this.element.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    this.zoomBy(1.2 ** Math.min(Math.max(-event.deltaY / 20, -1), 1), at);
  }

  /** With a mouse; fingers scroll by themselves. */
  private onPress(event: PointerEvent): void {
    this.isDragging = false;
    if (event.button !== 0 || event.pointerType !== "mouse") return;
    const { element } = this;
    let [x, y] = [event.clientX, event.clientY];
    const onMove = (move: PointerEvent): void => {
      const [dx, dy] = [move.clientX - x, move.clientY - y];
      if (!this.isDragging && Math.hypot(dx, dy) < DRAG) return;
      this.isDragging = true;
      [x, y] = [move.clientX, move.clientY];
      element.scrollBy(-dx, -dy);
    };
    const onEnd = (): void => {
      window.removeEventListener("pointermove", onMove);
      window.removeEventListener("pointerup", onEnd);
      window.removeEventListener("pointercancel", onEnd);
    };
    window.addEventListener("pointermove", onMove);
    window.addEventListener("pointerup", onEnd);
    window.addEventListener("pointercancel", onEnd);
  }
}
