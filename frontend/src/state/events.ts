/** What is sparse in a run: long or late steps, calls, waits, attempts, causes, errors, progress. */

import { NestedRuns } from "./nested";
import type { Events } from "./protocol";

export interface Wait {
  kind: "limit" | "slot" | "window" | "pool" | "scheduler" | "transfer" | "worker";
  start: number;
  /** NaN while it goes on. */
  end: number;
}

export interface Attempt {
  start: number;
  /** NaN while it runs. */
  end: number;
  error: string | null;
  /** How many the retrying allows in all; null if that is not known. */
  most: number | null;
  /** The worker on which it ran, in a run on a cluster. */
  lane: number | null;
}

/** A worker of the cluster on which a run takes place. */
export interface Lane {
  name: string;
  threads: number;
  start: number;
  /** When it was lost; NaN while it is there. */
  end: number;
}

/** A value that moved from one lane to another one. */
export interface Move {
  node: number;
  source: number;
  target: number;
  start: number;
  end: number;
  /** Bytes. */
  size: number;
}

/** A step that began late, since others held the loop: by how many seconds at least and at most. */
export interface Late {
  start: number;
  atLeast: number;
  atMost: number;
}

/** A call of `in_thread` or `in_process`. */
export interface OffloadedCall {
  kind: "thread" | "process";
  start: number;
  end: number;
  /** Seconds of processor time; null if not known. */
  processor: number | null;
}

export interface Progress {
  done: number;
  total: number | null;
  message: string;
}

export class RunEvents {
  /** For each node its long steps, flat: start, length, start, length … */
  readonly steps = new Map<number, number[]>();
  private readonly late = new Map<number, Late[]>();
  private readonly calls = new Map<number, OffloadedCall[]>();
  private readonly waits = new Map<number, Map<number, Wait>>();
  private readonly attempts = new Map<number, Map<number, Attempt>>();
  /** For each cancelled or skipped node what caused it: a node, or a negative number. */
  readonly causes = new Map<number, number>();
  /** For each choice that was made whether it took `then`. */
  readonly taken = new Map<number, boolean>();
  readonly errors = new Map<number, string>();
  readonly progress = new Map<number, Progress>();
  /** The workers of a cluster, by their number in the trace; empty if the run was in one process. */
  readonly lanes = new Map<number, Lane>();
  /** The lane of each node that came to a worker. */
  readonly laneOf = new Map<number, number>();
  readonly moves: Move[] = [];
  /** The invokes within its nodes. */
  readonly nested = new NestedRuns();

  /** Takes over what is new in a frame. */
  apply(events: Events): void {
    for (const [node, start, length] of events.steps ?? []) {
      const known = this.steps.get(node);
      if (known) known.push(start, length);
      else this.steps.set(node, [start, length]);
    }
    for (const [node, start, atLeast, atMost] of events.late ?? []) {
      append(this.late, node, { start, atLeast, atMost });
    }
    for (const [node, kind, start, end, processor] of events.calls ?? []) {
      append(this.calls, node, { kind, start, end, processor: processor ?? null });
    }
    for (const [place, node, kind, start, end] of events.waits ?? []) {
      byPlace(this.waits, node).set(place, { kind, start, end: end ?? NaN });
    }
    for (const [place, node, start, end, error, lane, most] of events.attempts ?? []) {
      const [how, where, allowed] = [error ?? null, lane ?? null, most ?? null];
      const attempt = { start, end: end ?? NaN, error: how, lane: where, most: allowed };
      byPlace(this.attempts, node).set(place, attempt);
    }
    this.nested.apply(events);
    this.applyCluster(events);
  }

  private applyCluster(events: Events): void {
    for (const [place, name, threads, start, end] of events.lanes ?? []) {
      this.lanes.set(place, { name, threads, start, end: end ?? NaN });
    }
    for (const [node, lane] of events.lane ?? []) this.laneOf.set(node, lane);
    for (const [node, source, target, start, end, size] of events.moves ?? []) {
      this.moves.push({ node, source, target, start, end, size });
    }
    setAll(this.causes, events.causes);
    setAll(this.taken, events.taken);
    setAll(this.errors, events.errors);
    for (const [node, done, total, message] of events.progress ?? []) {
      this.progress.set(node, { done, total: total ?? null, message });
    }
  }

  /** How many nodes have attempts that failed. */
  get retried(): number {
    let number = 0;
    for (const attempts of this.attempts.values()) {
      for (const { error } of attempts.values()) {
        if (error === null) continue;
        number++;
        break;
      }
    }
    return number;
  }

  get hasLate(): boolean {
    return this.late.size > 0;
  }

  lateOf(node: number): readonly Late[] {
    return this.late.get(node) ?? [];
  }

  callsOf(node: number): readonly OffloadedCall[] {
    return this.calls.get(node) ?? [];
  }

  waitsOf(node: number): Wait[] {
    return [...(this.waits.get(node)?.values() ?? [])];
  }

  attemptsOf(node: number): Attempt[] {
    return [...(this.attempts.get(node)?.values() ?? [])];
  }

  /** How many attempts of a node are known; 0 or 1 for a node that is not retried. */
  attemptCount(node: number): number {
    return this.attempts.get(node)?.size ?? 0;
  }
}

/** Pieces that change are sent again with their place in the trace's list: so they replace the old. */
function byPlace<V>(map: Map<number, Map<number, V>>, node: number): Map<number, V> {
  let inner = map.get(node);
  if (!inner) {
    inner = new Map();
    map.set(node, inner);
  }
  return inner;
}

function setAll<V>(map: Map<number, V>, rows: readonly [number, V][] = []): void {
  for (const [node, value] of rows) map.set(node, value);
}

function append<V>(map: Map<number, V[]>, node: number, item: V): void {
  const list = map.get(node);
  if (list) list.push(item);
  else map.set(node, [item]);
}
