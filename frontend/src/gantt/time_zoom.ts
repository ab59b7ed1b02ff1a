/** Which part of the time axis is in sight: the whole run, or what one has zoomed to. */

import { type Selection, select } from "d3-selection";
import { type ZoomTransform, zoom, zoomIdentity } from "d3-zoom";
import { type Disposer, keepZoomHere } from "../ui/dom";

/** Of a notch of a wheel, and so much at most at once; a trackpad pinches in smaller steps. */
const NOTCH = Math.log2(1.2);

export class TimeZoom {
  private readonly behaviour = zoom<HTMLElement, unknown>();
  private readonly chart: Selection<HTMLElement, unknown, null, undefined>;
  private transform: ZoomTransform = zoomIdentity;
  /** The width of the axis, in pixels. */
  width = 1;

  /** `isOnPlot` says whether an event is on the bars: a drag that begins there moves through time. */
  constructor(
    element: HTMLElement,
    isOnPlot: (event: MouseEvent) => boolean,
    changed: () => void,
    disposer: Disposer,
  ) {
    this.chart = select(element);
    this.behaviour
      .scaleExtent([1, 20000])
      .wheelDelta(({ deltaY }: WheelEvent) => Math.max(-NOTCH, Math.min(NOTCH, -deltaY / 50)))
      .filter((event: Event) =>
        event instanceof WheelEvent
          ? event.ctrlKey || event.metaKey
          : event.type.startsWith("touch")
            ? (event as TouchEvent).touches.length > 1
            : (event as MouseEvent).button === 0 && isOnPlot(event as MouseEvent),
      )
      .on("zoom", ({ transform }: { transform: ZoomTransform }) => {
        this.transform = transform;
        changed();
      });
    this.chart.call(this.behaviour).on("dblclick.zoom", null);
    disposer.add(() => {
      this.chart.on(".zoom", null);
      this.behaviour.on("zoom", null);
    });
    const onWheel = (event: WheelEvent): void => this.onWheel(event);
    disposer.listen(element, "wheel", onWheel, { passive: false });
  }

  /** Takes another width; what was in sight stays in sight. */
  resize(width: number): void {
    if (width === this.width) return;
    const { k, x } = this.transform;
    const moved = (x * width) / this.width;
    this.width = width;
    const extent: [[number, number], [number, number]] = [
      [0, 0],
      [width, 1],
    ];
    this.behaviour.extent(extent).translateExtent(extent);
    this.chart.call(this.behaviour.transform, zoomIdentity.translate(moved, 0).scale(k));
  }

  /** The part of an axis of `until` seconds that is in sight. */
  domain(until: number): [from: number, to: number] {
    const { k, x } = this.transform;
    const at = (pixel: number): number => (((pixel - x) / k) * until) / this.width;
    return [at(0), at(this.width)];
  }

  get isZoomed(): boolean {
    return this.transform.k > 1;
  }

  by(factor: number): void {
    this.chart.call(this.behaviour.scaleBy, factor);
  }

  reset(): void {
    this.chart.call(this.behaviour.transform, zoomIdentity);
  }

  pan(pixels: number): void {
    this.chart.call(this.behaviour.translateBy, pixels / this.transform.k, 0);
  }

  /** With ctrl the wheel zooms (d3-zoom does that); sideways, or with shift, it moves through time. */
  private onWheel(event: WheelEvent): void {
    keepZoomHere(event);
    if (event.ctrlKey || event.metaKey || !this.isZoomed) return;
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (!sideways || (!event.shiftKey && Math.abs(event.deltaY) > Math.abs(sideways))) return;
    this.pan(-sideways);
    event.preventDefault();
  }
}
