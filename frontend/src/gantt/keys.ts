/** What the keys do while the chart has the focus. */

import type { RowList } from "./row_list";
import { isOpen, rowAt, toggleKey } from "./rows";
import type { TimeZoom } from "./time_zoom";

export interface KeyActions {
  /** Chooses what the row at this index shows. */
  go(index: number): void;
  toggle(key: number | string): void;
  /** Lets go of what is chosen. */
  escape(): void;
}

/** Returns whether the key means something here. `page` is the height in sight, in pixels. */
export function handleKey(
  event: KeyboardEvent,
  list: RowList,
  zoom: TimeZoom,
  page: number,
  actions: KeyActions,
): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const { active, activeRow: row, rows } = list;
  switch (event.key) {
    case "ArrowDown":
      actions.go(active + 1);
      return true;
    case "ArrowUp":
      actions.go(Math.max(active - 1, 0));
      return true;
    case "Home":
      actions.go(0);
      return true;
    case "End":
      actions.go(rows.length - 1);
      return true;
    case "PageDown":
    case "PageUp": {
      const by = event.key === "PageDown" ? page : -page;
      actions.go(rowAt(rows, Math.max((row?.top ?? 0) + by, 0)));
      return true;
    }
    case "ArrowRight":
    case "ArrowLeft": {
      const isRight = event.key === "ArrowRight";
      const key = event.shiftKey ? null : toggleKey(row);
      if (key === null) zoom.pan(isRight ? -60 : 60);
      else if (isOpen(row) !== isRight) actions.toggle(key);
      return true;
    }
    case "Enter":
    case " ": {
      const key = toggleKey(row);
      if (key !== null) actions.toggle(key);
      return true;
    }
    case "+":
    case "=":
      zoom.by(1.5);
      return true;
    case "-":
      zoom.by(1 / 1.5);
      return true;
    case "0":
      zoom.reset();
      return true;
    case "Escape":
      actions.escape();
      return true;
    default:
      return false;
  }
}
