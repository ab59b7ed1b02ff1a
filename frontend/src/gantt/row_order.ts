/** The orders in which rows can stand. */

import type { GraphModel } from "../state/model";
import type { RunData } from "../state/run";
import { isKnown } from "../state/times";

export const ORDERS = ["graph", "start", "duration", "slack", "name"] as const;
export type Order = (typeof ORDERS)[number];

type SortKey = number | string;

/** Stable; what has no figure yet comes last. */
export function sortBy(items: number[], key: (item: number) => SortKey): void {
  const keys = new Map(items.map((item) => [item, key(item)]));
  items.sort((left, right) => {
    const a = keys.get(left)!;
    const b = keys.get(right)!;
    if (typeof a === "string" || typeof b === "string") {
      return String(a).localeCompare(String(b), "en", { numeric: true });
    }
    if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
    return Number.isNaN(b) ? -1 : a - b;
  });
}

export function nodeKey(
  model: GraphModel,
  run: RunData | null,
  node: number,
  order: Order,
): SortKey {
  switch (order) {
    case "graph":
      return 0;
    case "name":
      return model.graph.names[node];
    case "start":
      return run?.started[node] ?? NaN;
    case "duration":
      return run ? -run.lengthOf(node) : NaN;
    case "slack":
      return run?.slack?.[node] ?? NaN;
  }
}

export function bundleKey(
  model: GraphModel,
  run: RunData | null,
  bundle: number,
  order: Order,
): SortKey {
  const members = model.boxMembers(bundle);
  switch (order) {
    case "graph":
      return 0;
    case "name":
      return model.boxTitle(bundle);
    case "start":
      return run?.bundles[bundle].first ?? NaN;
    case "duration":
      return run ? -members.reduce((sum, node) => sum + (run.lengthOf(node) || 0), 0) : NaN;
    case "slack": {
      const slack = run?.slack;
      if (!slack) return NaN;
      return members.reduce(
        (least, node) => Math.min(least, isKnown(slack[node]) ? slack[node] : least),
        Infinity,
      );
    }
  }
}
