/**
 * What the page keeps beyond a widget's life: the data of the last runs, so that the pictures that
 * stand where the views were can be explored in place.
 *
 * Every widget loads this module anew (that is how anywidget works), so what is one for the page hangs
 * on `globalThis`; the module that came first keeps it.
 */

import { STILL_CLASS, STILL_RUN_ATTRIBUTE } from "./state/protocol";
import type { Store } from "./state/store";
import { View } from "./view";

const KEY = Symbol.for("async-dag-workbench/1");
const MOST_RUNS = 20;

interface Still {
  view: View;
  hidden: HTMLElement[];
}

export class Page {
  /** Stores by the key of a run, the latest last. */
  private readonly stores = new Map<string, Store>();
  private readonly stills = new Map<HTMLElement, Still>();
  private observer: MutationObserver | null = null;

  /** Keeps the runs of a widget that has gone; their stills come alive. */
  keep(store: Store): void {
    for (const { key } of store.summaries) {
      if (store.run(key).frame === 0) continue;
      this.stores.delete(key);
      this.stores.set(key, store);
    }
    while (this.stores.size > MOST_RUNS) {
      this.stores.delete(this.stores.keys().next().value!);
    }
    if (this.stores.size === 0) return;
    if (!this.observer) {
      this.observer = new MutationObserver((records) => this.look(records));
      this.observer.observe(document.body, { childList: true, subtree: true });
    }
    this.upgradeAll(document.body);
  }

  private look(records: MutationRecord[]): void {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) {
        if (!(node instanceof HTMLElement) || node.closest(".async-dag")) continue;
        this.upgradeAll(node);
      }
    }
    for (const [element, still] of this.stills) {
      if (!element.isConnected) {
        this.restore(still);
        this.stills.delete(element);
      }
    }
  }

  private upgradeAll(root: HTMLElement): void {
    if (root.classList.contains(STILL_CLASS)) this.upgrade(root);
    for (const still of root.querySelectorAll<HTMLElement>(`.${STILL_CLASS}`)) this.upgrade(still);
  }

  /** Puts a view over the picture. The picture stays beneath, for when the view goes. */
  private upgrade(element: HTMLElement): void {
    const key = element.getAttribute(STILL_RUN_ATTRIBUTE);
    const store = key === null ? undefined : this.stores.get(key);
    if (!store || key === null || this.stills.has(element)) return;
    const hidden = [...element.children].filter(
      (child): child is HTMLElement => child instanceof HTMLElement || child instanceof SVGElement,
    ) as HTMLElement[];
    const view = new View(store, { run: key });
    for (const child of hidden) child.style.display = "none";
    element.append(view.element);
    this.stills.set(element, { view, hidden });
  }

  private restore({ view, hidden }: Still): void {
    view.dispose();
    for (const child of hidden) child.style.removeProperty("display");
  }

  /** For tests: how much is held. */
  get held(): { runs: number; stills: number; isWatching: boolean } {
    return {
      runs: this.stores.size,
      stills: this.stills.size,
      isWatching: this.observer !== null,
    };
  }
}

/** The one page object, whichever module made it. */
export function page(): Page {
  const holder = globalThis as unknown as Record<symbol, Page>;
  holder[KEY] ??= new Page();
  return holder[KEY];
}
