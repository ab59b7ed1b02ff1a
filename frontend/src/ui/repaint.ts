import type { Disposer } from "./dom";

/** Draws an element at most once per animation frame, and only while it is in sight and has a size. */
export class Repaint {
  private frame = 0;
  private isVisible = true;
  private isStale = true;

  constructor(
    private readonly element: HTMLElement,
    private readonly draw: (width: number) => void,
    disposer: Disposer,
  ) {
    const resize = new ResizeObserver(() => this.request());
    resize.observe(element);
    disposer.add(() => resize.disconnect());
    // A view that is scrolled out of sight costs nothing until it comes back.
    const sight = new IntersectionObserver((entries) => {
      this.isVisible = entries[entries.length - 1].isIntersecting;
      if (this.isVisible && this.isStale) this.request();
    });
    sight.observe(element);
    disposer.add(() => sight.disconnect());
    disposer.add(() => {
      cancelAnimationFrame(this.frame);
      this.frame = -1; // nothing is drawn from now on
    });
  }

  /** Something has changed: draw in the next animation frame. */
  request(): void {
    this.isStale = true;
    if (this.frame || !this.isVisible) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      const width = this.element.clientWidth;
      if (width === 0) return; // not laid out yet; the ResizeObserver will tell
      this.isStale = false;
      this.draw(width);
    });
  }
}
