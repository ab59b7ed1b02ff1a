/** The rows below an open node: the tasks of the invokes that took place within it, and within these. */

import type { InnerPlace, NestedRun, NestedRuns } from "../state/nested";
import type { Target } from "../state/target";
import { isKnown } from "../state/times";
import type { Order } from "./row_order";

export interface InnerRow {
  kind: "inner";
  /** The node of the run that is shown in which it is. */
  node: number;
  inner: InnerPlace;
  /** How deep it lies below the node, from 1 on. */
  level: number;
  /** Null if there is nothing within. */
  open: boolean | null;
  top: number;
  height: number;
}

export const INNER_ROW = 22;

/** How what lies within a node, a nested run or a task of one stands in the set of what is open. */
export function openKey(node: number, inner?: InnerPlace): string {
  return inner === undefined ? `node ${node}` : `nested ${inner.run} ${inner.task}`;
}

export function targetOfInner({ node, inner }: InnerRow): Target {
  return { kind: "node", index: node, inner };
}

interface Opened {
  order: Order;
  open: ReadonlySet<number | string>;
}

/** Each `top` is still to be set. */
export function rowsWithin(
  nested: NestedRuns,
  node: number,
  { order, open }: Opened,
  height: number,
): InnerRow[] {
  const rows: InnerRow[] = [];
  const push = (inner: InnerPlace, level: number, hasMore: boolean): boolean => {
    const isOpen = hasMore && open.has(openKey(node, inner));
    rows.push({ kind: "inner", node, inner, level, open: hasMore ? isOpen : null, top: 0, height });
    return isOpen;
  };
  const pushRuns = (runs: NestedRun[], level: number): void => {
    // A single one needs no row of its own: that of the node around it is as long.
    const [only] = runs;
    if (runs.length === 1 && only.tasks.length) {
      pushTasks(only, level);
      return;
    }
    for (const run of runs) {
      const isOpen = push({ run: run.place, task: -1 }, level, run.tasks.length > 0);
      if (isOpen) pushTasks(run, level + 1);
    }
  };
  const pushTasks = (run: NestedRun, level: number): void => {
    for (const task of inOrder(run, order)) {
      const within = nested.within(task, run.place);
      if (push({ run: run.place, task }, level, within.length > 0)) pushRuns(within, level + 1);
    }
  };
  pushRuns(nested.within(node), 1);
  return rows;
}

/** The tasks of a nested run: by their start, or as they stand in its graph. */
function inOrder({ tasks }: NestedRun, order: Order): number[] {
  const places = [...tasks.keys()];
  if (order === "graph") return places;
  const startOf = (place: number): number =>
    isKnown(tasks[place].start) ? tasks[place].start : Infinity;
  return places.sort((one, other) => {
    const [a, b] = [startOf(one), startOf(other)];
    return a === b ? one - other : a - b;
  });
}
