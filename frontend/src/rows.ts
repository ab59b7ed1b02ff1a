/** Which rows the Gantt chart has: nodes, bundles, and the lanes of bundles that are open. */

import { Heap } from "./heap";
import type { GraphModel, Target } from "./model";
import { STATES } from "./protocol";
import type { RunData } from "./run";

export type Row =
  | { kind: "node"; node: number; top: number; height: number }
  | { kind: "bundle"; bundle: number; open: boolean; top: number; height: number }
  | { kind: "lane"; bundle: number; lane: number; nodes: number[]; top: number; height: number };

export type Order = "graph" | "start" | "duration" | "slack" | "name";

export interface Filter {
  order: Order;
  onlyCritical: boolean;
  onlyFailed: boolean;
  /** A row a task, also where the graph has bundles. */
  single: boolean;
  /** In lower case; a node's name must hold it. */
  query: string;
  open: ReadonlySet<number>;
}

export const NODE_ROW = 30;
export const DENSE_ROW = 20;
export const BUNDLE_ROW = 38;
export const LANE_ROW = 15;

const FAILED = STATES.indexOf("failed");
const CANCELLED = STATES.indexOf("cancelled");

export function isFiltered(filter: Filter): boolean {
  return filter.onlyCritical || filter.onlyFailed || filter.query !== "";
}

/** Whether the rows depend on more than the graph, so that new data can change them. */
export function followsData(filter: Filter): boolean {
  return filter.onlyCritical || filter.onlyFailed || !["graph", "name"].includes(filter.order);
}

export function makeRows(model: GraphModel, run: RunData | null, filter: Filter): Row[] {
  const { graph } = model;
  const rows: Row[] = [];
  let top = 0;
  const push = (row: Row): void => {
    rows.push(row);
    top += row.height;
  };
  if (graph.bundles === null || filter.single || isFiltered(filter)) {
    const nodes = matching(model, run, filter);
    sort(nodes, (node) => nodeKey(model, run, node, filter.order));
    const height = nodes.length > 16 ? DENSE_ROW : NODE_ROW;
    for (const node of nodes) push({ kind: "node", node, top, height });
    return rows;
  }
  const bundles = graph.bundles
    .map((_bundle, index) => index)
    .filter((index) => model.boxKind(index) === "task");
  sort(bundles, (bundle) => bundleKey(model, run, bundle, filter.order));
  for (const bundle of bundles) {
    const { members } = graph.bundles[bundle];
    if (members.length === 1) {
      push({ kind: "node", node: members[0], top, height: NODE_ROW });
      continue;
    }
    const open = filter.open.has(bundle);
    push({ kind: "bundle", bundle, open, top, height: BUNDLE_ROW });
    if (!open || run === null) continue;
    lanesOf(run, members).forEach((nodes, lane) =>
      push({ kind: "lane", bundle, lane, nodes, top, height: LANE_ROW }),
    );
  }
  return rows;
}

/** The tasks that the filter lets through, in the order of the graph. */
export function matching(model: GraphModel, run: RunData | null, filter: Filter): number[] {
  const found: number[] = [];
  for (let node = 0; node < model.size; node++) {
    if (!model.isTask[node]) continue;
    if (filter.query && !model.graph.names[node].toLowerCase().includes(filter.query)) continue;
    if (filter.onlyCritical && !run?.critical[node]) continue;
    if (filter.onlyFailed && !(run && wentWrong(run, node))) continue;
    found.push(node);
  }
  return found;
}

function wentWrong(run: RunData, node: number): boolean {
  const state = run.states[node];
  if (state === FAILED || state === CANCELLED) return true;
  for (const attempt of run.attempts.get(node)?.values() ?? []) if (attempt.error) return true;
  return false;
}

type SortKey = number | string;

/** Stable; what has no figure yet comes last. */
function sort(items: number[], key: (item: number) => SortKey): void {
  const keys = new Map(items.map((item) => [item, key(item)]));
  items.sort((one, other) => {
    const a = keys.get(one)!;
    const b = keys.get(other)!;
    if (typeof a === "string" || typeof b === "string") {
      return String(a).localeCompare(String(b), "en", { numeric: true });
    }
    if (a !== a) return b !== b ? 0 : 1;
    return b !== b ? -1 : a - b;
  });
}

function nodeKey(model: GraphModel, run: RunData | null, node: number, order: Order): SortKey {
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

function bundleKey(model: GraphModel, run: RunData | null, bundle: number, order: Order): SortKey {
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
      const { slack } = run ?? {};
      if (!slack) return NaN;
      return members.reduce((least, node) => (slack[node] < least ? slack[node] : least), Infinity);
    }
  }
}

/**
 * Nodes laid into as few lanes as there are nodes that run at once, each into the first that is free
 * when it starts; so the lanes of a run that goes on only grow.
 */
export function lanesOf(run: RunData, members: readonly number[]): number[][] {
  const started = members.filter((node) => run.started[node] === run.started[node]);
  started.sort((one, other) => run.started[one] - run.started[other] || one - other);
  const lanes: number[][] = [];
  const free = new Heap<number>((lane) => lane);
  const busy = new Heap<{ end: number; lane: number }>(({ end }) => end);
  for (const node of started) {
    while (busy.size && busy.first.end <= run.started[node]) free.push(busy.pop().lane);
    const lane = free.size ? free.pop() : lanes.push([]) - 1;
    lanes[lane].push(node);
    const end = run.finished[node];
    busy.push({ end: end === end ? end : Infinity, lane });
  }
  return lanes;
}

/** What a pointer on a row at a time points at. */
export function targetAt(row: Row, run: RunData | null, time: number, slop: number): Target | null {
  if (row.kind === "node") return { kind: "node", index: row.node };
  if (row.kind === "bundle") return { kind: "bundle", index: row.bundle };
  if (run === null) return null;
  let nearest: Target | null = null;
  let distance = slop;
  for (const node of row.nodes) {
    const away = Math.max(run.started[node] - time, time - run.endOf(node), 0);
    if (away <= distance) {
      distance = away;
      nearest = { kind: "node", index: node };
    }
    if (run.started[node] > time + slop) break;
  }
  return nearest;
}

/** The row whose top is the last at or above `y`; -1 above all. */
export function rowAt(rows: readonly Row[], y: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].top <= y) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function heightOf(rows: readonly Row[]): number {
  const last = rows[rows.length - 1];
  return last ? last.top + last.height : 0;
}

/** The row that shows a target; -1 if none does. */
export function rowOf(rows: readonly Row[], target: Target): number {
  return rows.findIndex((row) =>
    row.kind === "lane"
      ? target.kind === "node" && row.nodes.includes(target.index)
      : row.kind === target.kind &&
        (row.kind === "node" ? row.node : row.bundle) === target.index,
  );
}
