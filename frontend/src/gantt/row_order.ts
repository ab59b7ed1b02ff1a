/** The orders in which rows can stand. */

import type { GraphModel } from "../state/model";
import type { RunData } from "../state/run";
import { isKnown } from "../state/times";

export const ORDERS = ["start", "graph", "duration", "slack", "name"] as const;
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

/** When a node started, or is expected to; NaN if neither is known. */
function startOf(run: RunData, node: number): number {
  return isKnown(run.started[node]) ? run.started[node] : (run.restOf(node)?.start ?? NaN);
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
      return model.name(node);
    case "start":
      return run ? startOf(run, node) : NaN;
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
      if (!run) return NaN;
      if (isKnown(run.bundles[bundle].first)) return run.bundles[bundle].first;
      return leastKnown(members.map((node) => startOf(run, node)));
    case "duration":
      return run ? -members.reduce((sum, node) => sum + (run.lengthOf(node) || 0), 0) : NaN;
    case "slack": {
      const slack = run?.slack;
      return slack ? leastKnown(members.map((node) => slack[node])) : NaN;
    }
  }
}

/** NaN if none is known. */
function leastKnown(times: number[]): number {
  const known = times.filter(isKnown);
  return known.length ? known.reduce((a, b) => Math.min(a, b)) : NaN;
}
