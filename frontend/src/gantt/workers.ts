/** The rows of a run on a cluster: for each worker as many as nodes ran on it at once. */

import type { RunData } from "../state/run";
import { isKnown } from "../state/times";
import { Heap } from "./heap";

/** The time in which one worker ran a node, or one attempt of it. */
export interface Stay {
  node: number;
  start: number;
  end: number;
  /** How the attempt ended, if it did not end well. */
  error: string | null;
  /** From when on the node waited for this; NaN if it did not. */
  since: number;
}

/** What is called the rows of what ran in the process that invoked, as streaming nodes do. */
const NO_WORKER = "on no worker";

/** The name of a worker; the number behind the last one is that of what ran on none. */
export function workerName(run: RunData | null, lane: number): string {
  return run === null ? "" : (run.events.lanes.get(lane)?.name ?? NO_WORKER);
}

/** The stays of each worker in rows in which none overlap, in the order of the trace's lanes; behind
 * them those of what ran on none, if anything did. */
export function workerRows(run: RunData): Stay[][][] {
  const { lanes, laneOf } = run.events;
  const stays: Stay[][] = [...lanes.keys()].map(() => []);
  for (const [node, lane] of laneOf) {
    const start = run.started[node];
    if (!isKnown(start)) continue;
    const end = run.endOf(node);
    let since = run.ready[node];
    const attempts = run.events.attemptsOf(node);
    if (!attempts.length) stays[lane]?.push({ node, start, end, error: null, since });
    for (const attempt of attempts) {
      const over = isKnown(attempt.end) ? attempt.end : end;
      const { start, error } = attempt;
      stays[attempt.lane ?? lane]?.push({ node, start, end: over, error, since });
      since = over;
    }
  }
  const here: Stay[] = [];
  for (const [node, start] of run.started.entries()) {
    const end = run.endOf(node);
    if (start < end && !laneOf.has(node)) here.push({ node, start, end, error: null, since: NaN });
  }
  return (here.length ? [...stays, here] : stays).map(packed);
}

/** Each in the first row that is free when it starts; a worker without any has one that is empty. */
function packed(stays: Stay[]): Stay[][] {
  stays.sort((a, b) => a.start - b.start || a.node - b.node);
  const rows: Stay[][] = [];
  const free = new Heap<number>((row) => row);
  const busy = new Heap<{ end: number; row: number }>(({ end }) => end);
  for (const stay of stays) {
    while (busy.size && busy.first.end <= stay.start) free.push(busy.pop().row);
    const row = free.size ? free.pop() : rows.push([]) - 1;
    rows[row].push(stay);
    busy.push({ end: stay.end, row });
  }
  return rows.length ? rows : [[]];
}

/** The share of the time in which a worker was there that anything ran on it. */
export function busyShare(run: RunData, lane: number, rows: readonly Stay[][]): number {
  const worker = run.events.lanes.get(lane);
  const until = Math.min(worker && isKnown(worker.end) ? worker.end : Infinity, run.makespan);
  let busy = 0;
  let over = 0;
  for (const { start, end } of rows.flat().sort((a, b) => a.start - b.start)) {
    busy += Math.max(0, end - Math.max(start, over));
    over = Math.max(over, end);
  }
  const there = until - (worker?.start ?? 0);
  return there > 0 ? Math.min(busy / there, 1) : 0;
}
