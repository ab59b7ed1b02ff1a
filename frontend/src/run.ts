/** One run as the page knows it: columns, and what is sparse beside them. */

import type { GraphModel } from "./model";
import {
  type AnalysisMessage,
  type ColumnsMessage,
  type DetailsMessage,
  type ExpectedMessage,
  type NodeState,
  STATES,
} from "./protocol";
import { Series } from "./series";

export interface Wait {
  kind: "limit" | "slot";
  start: number;
  end: number; // NaN while it waits
}
export interface Attempt {
  start: number;
  end: number; // NaN while it runs
  error: string | null;
}
export interface Progress {
  done: number;
  total: number | null;
  message: string;
}

/** A buffer as the comm delivers it: part of a larger one, at any offset. */
export type Bytes = DataView | ArrayBuffer | Uint8Array;

function copied(bytes: Bytes): ArrayBuffer {
  if (bytes instanceof ArrayBuffer) return bytes;
  const { buffer, byteOffset, byteLength } = bytes;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

const RUNNING = STATES.indexOf("running");

export class RunData {
  ready!: Float64Array;
  started!: Float64Array;
  finished!: Float64Array;
  held!: Float64Array;
  states!: Uint8Array;
  /** For each node its long steps, flat: start, length, start, length … */
  steps!: Map<number, number[]>;
  waits!: Map<number, Map<number, Wait>>;
  attempts!: Map<number, Map<number, Attempt>>;
  causes!: Map<number, number>;
  errors!: Map<number, string>;
  progress!: Map<number, Progress>;
  /** How many tasks are in each state, and the same for each bundle (flat, eight a bundle). */
  counts!: Int32Array;
  bundleCounts!: Int32Array;
  all!: Series;
  bundles!: Series[];
  heldOfAll!: number;
  elapsed = 0;
  frame = 0;
  over = false;
  holding: { node: number; since: number } | null = null;

  analysis: AnalysisMessage | null = null;
  slack: Float64Array | null = null;
  critical: Uint8Array;
  expectedMakespan = NaN;
  /** What is expected of the same run one by one and wave by wave. */
  expectedWays: Pick<ExpectedMessage, "sequential" | "waves"> | null = null;
  expectedStart: Float64Array | null = null;
  expectedFinish: Float64Array | null = null;
  readonly details = new Map<number, DetailsMessage>();
  /** Counts up with every message, so that views know what they have drawn. */
  version = 0;

  constructor(
    readonly key: string,
    readonly model: GraphModel,
  ) {
    this.critical = new Uint8Array(model.size);
    this.reset();
  }

  private reset(): void {
    const { size, bundleOf, boxes } = this.model;
    this.ready = new Float64Array(size).fill(NaN);
    this.started = new Float64Array(size).fill(NaN);
    this.finished = new Float64Array(size).fill(NaN);
    this.held = new Float64Array(size);
    this.states = new Uint8Array(size);
    this.steps = new Map();
    this.waits = new Map();
    this.attempts = new Map();
    this.causes = new Map();
    this.errors = new Map();
    this.progress = new Map();
    this.counts = new Int32Array(STATES.length);
    this.counts[0] = this.model.tasks;
    this.all = new Series();
    const bundles = bundleOf === null ? 0 : boxes;
    this.bundles = Array.from({ length: bundles }, () => new Series());
    this.bundleCounts = new Int32Array(STATES.length * bundles);
    for (let bundle = 0; bundle < bundles; bundle++) {
      this.bundleCounts[STATES.length * bundle] = this.model.boxMembers(bundle).length;
    }
  }

  state(node: number): NodeState {
    return STATES[this.states[node]];
  }

  count(state: NodeState): number {
    return this.counts[STATES.indexOf(state)];
  }

  countIn(bundle: number, state: NodeState): number {
    return this.bundleCounts[STATES.length * bundle + STATES.indexOf(state)];
  }

  /** How many have come to an end of whatever kind. */
  get settled(): number {
    return this.model.tasks - this.count("waiting") - this.count("ready") - this.count("running");
  }

  /** The same run one by one and wave by wave: computed from its durations, or until it is over from the expected ones. */
  get otherWays(): Pick<AnalysisMessage, "sequential" | "waves"> | null {
    return this.analysis ?? (this.over ? null : this.expectedWays);
  }

  get makespan(): number {
    return this.analysis?.makespan ?? this.elapsed;
  }

  /** When a node's bar ends for now; NaN if it has none. */
  endOf(node: number): number {
    const end = this.finished[node];
    return end === end ? end : this.started[node] === this.started[node] ? this.elapsed : NaN;
  }

  lengthOf(node: number): number {
    return this.endOf(node) - this.started[node];
  }

  applyColumns(message: ColumnsMessage, buffers: Bytes[]): void {
    if (message.full) this.reset();
    else if (message.frame <= this.frame) return; // sent again for another page
    this.version++;
    this.frame = message.frame;
    this.elapsed = message.elapsed;
    this.over = message.over;
    this.holding = message.holding;
    if (buffers.length) this.applyRows(buffers);
    const { events } = message;
    if (!events) return;
    for (const [node, start, length] of events.steps ?? []) {
      const known = this.steps.get(node);
      if (known) known.push(start, length);
      else this.steps.set(node, [start, length]);
    }
    for (const [place, node, kind, start, end] of events.waits ?? []) {
      within(this.waits, node).set(place, { kind, start, end: end ?? NaN });
    }
    for (const [place, node, start, end, error] of events.attempts ?? []) {
      within(this.attempts, node).set(place, { start, end: end ?? NaN, error });
    }
    for (const [node, cause] of events.causes ?? []) this.causes.set(node, cause);
    for (const [node, text] of events.errors ?? []) this.errors.set(node, text);
    for (const [node, done, total, text] of events.progress ?? []) {
      this.progress.set(node, { done, total, message: text });
    }
  }

  private applyRows(buffers: Bytes[]): void {
    const rows = new Uint32Array(copied(buffers[0]));
    const [ready, started, finished, held] = [1, 2, 3, 4].map(
      (which) => new Float64Array(copied(buffers[which])),
    );
    const states = new Uint8Array(copied(buffers[5]));
    const { size, isTask, bundleOf } = this.model;
    const starts: number[] = [];
    const ends: number[] = [];
    const bundleStarts = new Map<number, number[]>();
    const bundleEnds = new Map<number, number[]>();
    for (let row = 0; row < rows.length; row++) {
      const node = rows[row];
      if (node >= size) continue; // of a graph that is being replaced
      const bundle = bundleOf === null ? -1 : bundleOf[node];
      if (isTask[node]) {
        if (started[row] === started[row]) {
          const hadStarted = this.started[node] === this.started[node];
          if (!hadStarted) {
            starts.push(started[row]);
            if (bundle >= 0) listed(bundleStarts, bundle).push(started[row]);
          }
          if (finished[row] === finished[row] && !(this.finished[node] === this.finished[node])) {
            ends.push(finished[row]);
            if (bundle >= 0) listed(bundleEnds, bundle).push(finished[row]);
          }
        }
        this.counts[this.states[node]]--;
        this.counts[states[row]]++;
      }
      if (bundle >= 0) {
        this.bundleCounts[STATES.length * bundle + this.states[node]]--;
        this.bundleCounts[STATES.length * bundle + states[row]]++;
      }
      this.ready[node] = ready[row];
      this.started[node] = started[row];
      this.finished[node] = finished[row];
      this.held[node] = held[row];
      this.states[node] = states[row];
    }
    this.all.starts.addAll(starts);
    this.all.ends.addAll(ends);
    for (const [bundle, times] of bundleStarts) this.bundles[bundle].starts.addAll(times);
    for (const [bundle, times] of bundleEnds) this.bundles[bundle].ends.addAll(times);
  }

  applyAnalysis(message: AnalysisMessage, buffers: Bytes[]): void {
    this.version++;
    this.analysis = message;
    this.slack = buffers.length ? new Float64Array(copied(buffers[0])) : null;
    this.critical = new Uint8Array(this.model.size);
    for (const node of message.critical_path) this.critical[node] = 1;
  }

  applyExpected(message: ExpectedMessage, buffers: Bytes[]): void {
    this.version++;
    this.expectedMakespan = message.makespan;
    this.expectedWays = message;
    this.expectedStart = new Float64Array(this.model.size).fill(NaN);
    this.expectedFinish = new Float64Array(this.model.size).fill(NaN);
    const nodes = new Uint32Array(copied(buffers[0]));
    const starts = new Float64Array(copied(buffers[1]));
    const finishes = new Float64Array(copied(buffers[2]));
    for (let row = 0; row < nodes.length; row++) {
      this.expectedStart[nodes[row]] = starts[row];
      this.expectedFinish[nodes[row]] = finishes[row];
    }
  }

  applyDetails(message: DetailsMessage): void {
    this.version++;
    this.details.set(message.node, message);
  }

  isRunning(node: number): boolean {
    return this.states[node] === RUNNING;
  }
}

function within<V>(map: Map<number, Map<number, V>>, node: number): Map<number, V> {
  let inner = map.get(node);
  if (!inner) map.set(node, (inner = new Map()));
  return inner;
}

function listed(map: Map<number, number[]>, key: number): number[] {
  let list = map.get(key);
  if (!list) map.set(key, (list = []));
  return list;
}
