/** Search, order, what to leave out, and the zoom buttons of the Gantt chart. */

import type { Order } from "../gantt/row_order";
import { Disposer, html, setText, uniqueId } from "../ui/dom";
import { zoomButtons } from "../ui/zoom_buttons";

const ORDER_TITLES: [Order, string][] = [
  ["start", "by start"],
  ["graph", "graph order"],
  ["duration", "longest first"],
  ["slack", "least slack first"],
  ["name", "by name"],
];

export interface ToolbarEvents {
  search(text: string): void;
  /** Choose the first row. */
  first(): void;
  order(order: Order): void;
  onlyCritical(on: boolean): void;
  onlyFailed(on: boolean): void;
  single(on: boolean): void;
  zoom(factor: number | null): void;
}

export class Toolbar {
  readonly element = html("div", "ad-tools");
  private readonly matches = html("span", "ad-muted ad-found");
  private readonly critical: HTMLInputElement;
  private readonly failed: HTMLInputElement;
  private readonly single: HTMLInputElement;
  private readonly boxes = html("span", "ad-checks");
  private readonly disposer = new Disposer();

  constructor(events: ToolbarEvents) {
    this.element.setAttribute("role", "toolbar");
    this.element.setAttribute("aria-label", "what the Gantt chart shows");
    const search = html("input", "ad-search");
    search.type = "search";
    search.placeholder = "Search tasks";
    search.setAttribute("aria-label", "search tasks by name");
    this.disposer.listen(search, "input", () => events.search(search.value));
    this.disposer.listen(search, "keydown", (event: KeyboardEvent) => {
      if (event.key === "Enter") events.first();
      if (event.key === "Escape" && search.value) {
        search.value = "";
        events.search("");
        event.preventDefault();
      }
    });
    const order = html("select", "ad-order");
    order.setAttribute("aria-label", "order of the rows");
    for (const [value, text] of ORDER_TITLES) {
      const option = html("option", "", text);
      option.value = value;
      order.append(option);
    }
    this.disposer.listen(order, "change", () => events.order(order.value as Order));
    this.critical = this.check("only critical", events.onlyCritical);
    this.failed = this.check("only failed", events.onlyFailed);
    this.single = this.check("a row a task", events.single);
    this.boxes.append(
      ...[this.single, this.critical, this.failed].map((box) => box.parentElement!),
    );
    this.element.append(search, this.matches, html("span", "ad-grow"), order, this.boxes);
    this.element.append(
      zoomButtons("zoom in time", "show the whole run", this.disposer, events.zoom),
    );
  }

  private check(text: string, changed: (on: boolean) => void): HTMLInputElement {
    const box = html("input");
    box.type = "checkbox";
    box.id = uniqueId();
    const label = html("label", "ad-check", box, text);
    label.htmlFor = box.id;
    this.disposer.listen(box, "change", () => changed(box.checked));
    return box;
  }

  /** Puts a further control behind the order of the rows. */
  insert(control: HTMLElement): void {
    this.boxes.before(control);
  }

  /** How many tasks a filter lets through; null without a filter. */
  draw(matches: number | null, hasCritical: boolean, hasBundles: boolean): void {
    this.single.parentElement!.hidden = !hasBundles;
    setText(this.matches, matches === null ? "" : `${matches.toLocaleString("en")} found`);
    this.critical.disabled = !hasCritical && !this.critical.checked;
  }

  dispose(): void {
    this.disposer.dispose();
    this.element.remove();
  }
}
