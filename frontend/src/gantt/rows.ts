/** Which rows the Gantt chart has: nodes, bundles, and the lanes of open bundles. */

import type { GraphModel } from "../state/model";
import { sameInner } from "../state/nested";
import { STATES } from "../state/protocol";
import type { RunData } from "../state/run";
import type { Target } from "../state/target";
import { INNER_ROW, type InnerRow, openKey, rowsWithin, targetOfInner } from "./inner_rows";
import { lanesOf } from "./lanes";
import { bundleKey, nodeKey, type Order, sortBy } from "./row_order";
import { busyShare, type Stay, workerRows } from "./workers";

export type Row =
  /** `open` is null if no invoke took place within the node. */
  | { kind: "node"; node: number; open: boolean | null; top: number; height: number }
  | { kind: "bundle"; bundle: number; open: boolean; top: number; height: number }
  | { kind: "lane"; bundle: number; lane: number; nodes: number[]; top: number; height: number }
  | InnerRow
  | {
      kind: "worker";
      /** Its number in the trace. */
      worker: number;
      /** Whether it is the first row of the worker, which has its name. */
      first: boolean;
      /** The share of its time in which anything ran there. */
      busy: number;
      stays: Stay[];
      top: number;
      height: number;
    };

export interface Filter {
  order: Order;
  onlyCritical: boolean;
  onlyFailed: boolean;
  /** A row for each task, also where the graph has bundles. */
  single: boolean;
  /** In lower case; a node's name must contain it. */
  query: string;
  /** What is open: bundles, and by `openKey` what invokes took place within. */
  open: ReadonlySet<number | string>;
}

export const NODE_ROW = 30;
export const BUNDLE_ROW = 38;
export const LANE_ROW = 18;
export const WORKER_ROW = 27;
/** Between two workers, where what moved from one to the other is written. */
export const BETWEEN_WORKERS = 17;

/** A row that is lower has no room for a second line in its label. */
export const TWO_LINES = 32;

/** The height of a node's row, in pixels, among so many: forty are to be in sight at once. */
export function rowHeight(rows: number): number {
  return rows <= 12 ? NODE_ROW : rows <= 24 ? 24 : 18;
}

/** The same where some rows are those of bundles: of a node, and of a bundle. */
export function heightsAmongBundles(rows: number): { node: number; bundle: number } {
  if (rows <= 12) return { node: NODE_ROW, bundle: BUNDLE_ROW };
  return rows <= 24 ? { node: 24, bundle: TWO_LINES } : { node: 18, bundle: 20 };
}

const FAILED = STATES.indexOf("failed");
const CANCELLED = STATES.indexOf("cancelled");

/** Whether some tasks are left out. */
export function isFiltered(filter: Filter): boolean {
  return filter.onlyCritical || filter.onlyFailed || filter.query !== "";
}

/** Whether the rows depend on more than the graph, so that new data can change them. */
export function followsData(filter: Filter): boolean {
  return filter.onlyCritical || filter.onlyFailed || !["graph", "name"].includes(filter.order);
}

export function makeRows(model: GraphModel, run: RunData | null, filter: Filter): Row[] {
  const rows: Row[] = [];
  let top = 0;
  const push = (row: Row): void => {
    rows.push(row);
    top += row.height;
  };
  const pushNode = (node: number, height: number): void => {
    const within = run?.events.nested.within(node) ?? [];
    const open = within.length ? filter.open.has(openKey(node)) : null;
    push({ kind: "node", node, open, top, height });
    if (!open) return;
    for (const row of rowsWithin(run!.events.nested, node, filter, Math.min(height, INNER_ROW))) {
      push({ ...row, top });
    }
  };
  if (run !== null && run.events.lanes.size > 0 && isByWorker(filter)) return rowsOfWorkers(run);
  if (filter.single || isFiltered(filter)) {
    const nodes = matching(model, run, filter);
    sortBy(nodes, (node) => nodeKey(model, run, node, filter.order));
    const height = rowHeight(nodes.length);
    for (const node of nodes) pushNode(node, height);
    return rows;
  }
  const bundles = boxesWithRows(model);
  sortBy(bundles, (bundle) => bundleKey(model, run, bundle, filter.order));
  const heights = heightsOf(model, bundles.length);
  for (const bundle of bundles) {
    const members = model.boxMembers(bundle);
    if (!model.isSeveral(bundle)) {
      pushNode(members[0], heights.node);
      continue;
    }
    const open = filter.open.has(bundle);
    push({ kind: "bundle", bundle, open, top, height: heights.bundle });
    if (!open || run === null) continue;
    for (const [lane, nodes] of lanesOf(run, members).entries()) {
      push({ kind: "lane", bundle, lane, nodes, top, height: LANE_ROW });
    }
  }
  return rows;
}

function rowsOfWorkers(run: RunData): Row[] {
  const rows: Row[] = [];
  let top = 0;
  for (const [worker, there] of workerRows(run).entries()) {
    if (worker > 0) top += BETWEEN_WORKERS;
    const busy = busyShare(run, worker, there);
    for (const [index, stays] of there.entries()) {
      const first = index === 0;
      const height = first ? Math.max(WORKER_ROW, TWO_LINES + 2) : WORKER_ROW;
      rows.push({ kind: "worker", worker, first, busy, stays, top, height });
      top += height;
    }
  }
  return rows;
}

/** Whether a run on a cluster has the rows of its workers: in order of time, and nothing left out. */
function isByWorker(filter: Filter): boolean {
  return filter.order === "start" && !filter.single && !isFiltered(filter);
}

/** The height of all rows, closed and without a filter, in pixels. */
export function allRowsHeight(model: GraphModel): number {
  const boxes = boxesWithRows(model);
  const heights = heightsOf(model, boxes.length);
  return boxes.reduce(
    (sum, box) => sum + (model.isSeveral(box) ? heights.bundle : heights.node),
    0,
  );
}

function boxesWithRows(model: GraphModel): number[] {
  return [...model.bundles.keys()].filter((box) => model.boxKind(box) === "task");
}

/** The height of a row of a node, and of one of several, among so many. */
function heightsOf(model: GraphModel, rows: number): { node: number; bundle: number } {
  const node = rowHeight(rows);
  return model.hasSeveral ? heightsAmongBundles(rows) : { node, bundle: node };
}

/** The tasks that the filter lets through, in the order of the graph. */
export function matching(model: GraphModel, run: RunData | null, filter: Filter): number[] {
  const nodes: number[] = [];
  for (let node = 0; node < model.size; node++) {
    if (!model.isTask(node)) continue;
    if (filter.query && !model.name(node).toLowerCase().includes(filter.query)) continue;
    if (filter.onlyCritical && !run?.critical[node]) continue;
    if (filter.onlyFailed && !(run && wentWrong(run, node))) continue;
    nodes.push(node);
  }
  return nodes;
}

/** Failed or cancelled, or with an attempt that failed. */
function wentWrong(run: RunData, node: number): boolean {
  const state = run.states[node];
  if (state === FAILED || state === CANCELLED) return true;
  return run.events.attemptsOf(node).some((attempt) => attempt.error !== null);
}

/** What a pointer on a row points at, at a time, with `slop` seconds to either side. */
export function targetAt(row: Row, run: RunData | null, time: number, slop: number): Target | null {
  if (row.kind === "node") return { kind: "node", index: row.node };
  if (row.kind === "bundle") return { kind: "bundle", index: row.bundle };
  if (row.kind === "inner") return targetOfInner(row);
  if (run === null) return null;
  if (row.kind === "worker") {
    const at = row.stays.find(({ start, end }) => start - slop <= time && time <= end + slop);
    return at ? { kind: "node", index: at.node } : null;
  }
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
  const { kind, index, inner } = target;
  const isNode = kind === "node";
  return rows.findIndex((row) => {
    if (row.kind === "inner") return inner !== undefined && sameInner(row.inner, inner);
    if (inner !== undefined) return false;
    if (row.kind === "lane") return isNode && row.nodes.includes(index);
    if (row.kind === "worker") return isNode && row.stays.some(({ node }) => node === index);
    return row.kind === kind && (row.kind === "node" ? row.node : row.bundle) === index;
  });
}

/** Whether a row that can be opened is; null if there is nothing to open. */
export function isOpen(row: Row | undefined): boolean | null {
  return row && "open" in row ? row.open : null;
}

/** How the row stands in the set of what is open; null if it can't be opened. */
export function toggleKey(row: Row | undefined): number | string | null {
  if (row === undefined || isOpen(row) === null) return null;
  if (row.kind === "bundle") return row.bundle;
  if (row.kind === "node") return openKey(row.node);
  return row.kind === "inner" ? openKey(row.node, row.inner) : null;
}
