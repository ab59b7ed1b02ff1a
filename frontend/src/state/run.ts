/** One run as the page knows it: columns, what is sparse beside them, and what was computed of it. */

import { NOT_CHOSEN } from "../ui/words";
import { RunClock } from "./clock";
import { Earlier } from "./earlier";
import { RunEvents } from "./events";
import { Expected, type Span } from "./expected";
import type { GraphModel } from "./model";
import { Pauses } from "./pauses";
import {
  type AnalysisMessage,
  type ColumnsMessage,
  type DetailsMessage,
  type EarlierMessage,
  type Events,
  type ExpectedMessage,
  type NodeState,
  STATES,
} from "./protocol";
import type { Series } from "./series";
import { Batch, Tallies } from "./tallies";
import { isKnown } from "./times";
import { type Ways, waysOf } from "./ways";

/** A buffer as the comm delivers it: part of a larger one, at any offset. */
export type Bytes = DataView | ArrayBuffer | Uint8Array;

/** Copied to an offset of its own, since columns of numbers must be aligned. */
function aligned(bytes: Bytes): ArrayBuffer {
  if (bytes instanceof ArrayBuffer) return bytes;
  const { buffer, byteOffset, byteLength } = bytes;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

const floats = (bytes: Bytes): Float64Array => new Float64Array(aligned(bytes));
/** What is an estimate is sent with seven digits. */
const singles = (bytes: Bytes): Float32Array => new Float32Array(aligned(bytes));
const [WAITING, READY, RUNNING, CANCELLED, SKIPPED] = (
  ["waiting", "ready", "running", "cancelled", "skipped"] as const
).map((state) => STATES.indexOf(state));

export class RunData {
  ready!: Float64Array;
  started!: Float64Array;
  finished!: Float64Array;
  held!: Float64Array;
  states!: Uint8Array;
  events!: RunEvents;
  private tallies!: Tallies;
  private pauses!: Pauses;
  private readonly clock = new RunClock();
  frame = 0;
  over = false;
  /** Whether the kernel has heard anything of this page; null if it does not say. */
  heard: boolean | null = null;
  holding: { node: number; since: number } | null = null;

  analysis: AnalysisMessage | null = null;
  private analysed: Ways | null = null;
  slack: Float64Array | null = null;
  /** The nodes that decided the makespan or, until it is over, are expected to; first to last. */
  criticalPath: readonly number[] = [];
  /** For each node whether it is one of them. */
  critical: Uint8Array;
  /** What earlier runs say about the rest of this one. */
  expected: Expected | null = null;
  /** What they took. */
  earlier: Earlier | null = null;
  /** The graph with the items of maps that this run has. */
  model!: GraphModel;
  /** Of what streams whether its start counts as one, and its end does not yet. */
  private counted!: Uint8Array;
  readonly details = new Map<number, DetailsMessage>();
  /** Counts up with every message, so that views know what they have drawn. */
  version = 0;
  /** If this is a run as it was at a moment: the whole of it. */
  whole: RunData | null = null;

  constructor(
    readonly key: string,
    private readonly graph: GraphModel,
  ) {
    this.critical = new Uint8Array(graph.size);
    this.reset();
  }

  private reset(): void {
    this.model = this.graph.forRun();
    const { size } = this.model;
    this.ready = new Float64Array(size).fill(NaN);
    this.started = new Float64Array(size).fill(NaN);
    this.finished = new Float64Array(size).fill(NaN);
    this.held = new Float64Array(size);
    this.states = new Uint8Array(size);
    this.counted = new Uint8Array(size);
    this.events = new RunEvents();
    this.tallies = new Tallies(this.model);
    this.pauses = new Pauses();
  }

  /** Takes over rows that were born, with columns long enough for them. */
  private grow(births: NonNullable<Events["born"]>, batch: Batch): void {
    for (const row of this.model.grow(births)) this.tallies.add(this.model.boxOf(row));
    for (const [, , , owner] of births) {
      // It had begun before it was known to stream: from now on its parts count instead.
      if (isKnown(owner) && this.counted[owner] === 1) {
        batch.end(this.started[owner], this.model.boxOf(owner));
        this.counted[owner] = 2;
      }
    }
    const { size } = this.model;
    if (size <= this.states.length) return;
    const capacity = Math.max(size, 2 * this.states.length);
    const longer = <C extends Float64Array | Uint8Array>(old: C, made: C): C => {
      made.set(old);
      return made;
    };
    const times = (old: Float64Array): Float64Array =>
      longer(old, new Float64Array(capacity).fill(NaN));
    this.ready = times(this.ready);
    this.started = times(this.started);
    this.finished = times(this.finished);
    this.held = longer(this.held, new Float64Array(capacity));
    this.states = longer(this.states, new Uint8Array(capacity));
    this.counted = longer(this.counted, new Uint8Array(capacity));
  }

  /** A run that is over as it was at a moment; views draw it as one that goes on. */
  asOf(seconds: number): RunData {
    const known = (times: Float64Array): Float64Array =>
      times.map((time) => (time <= seconds ? time : NaN));
    const [ready, started, finished] = [this.ready, this.started, this.finished].map(known);
    const states = this.states.map((last, node) => {
      if (isKnown(finished[node])) return last;
      if (isKnown(started[node])) return RUNNING;
      if (isKnown(this.started[node]) || last === SKIPPED || last === CANCELLED)
        return isKnown(ready[node]) && last !== SKIPPED ? READY : WAITING;
      return last; // it never runs
    });
    const past: RunData = Object.create(this, { elapsed: { value: seconds } });
    return Object.assign(past, {
      ...{ whole: this, over: false, expected: null, version: this.version + seconds },
      ...{ ready, started, finished, states },
      tallies: this.tallies.asOf(seconds, this.model, states),
    });
  }

  state(node: number): NodeState {
    return STATES[this.states[node]];
  }

  isRunning(node: number): boolean {
    return this.states[node] === RUNNING;
  }

  /** Whether its last attempt has failed, and the next one has not begun. */
  isPaused(node: number): boolean {
    return this.pauses.isPaused(node);
  }

  count(state: NodeState): number {
    return this.tallies.count(state);
  }

  /** How many tasks no choice took. */
  get notChosen(): number {
    let number = 0;
    for (const [node, cause] of this.events.causes) {
      if (cause === NOT_CHOSEN && this.model.isTask(node)) number++;
    }
    return number;
  }

  countIn(bundle: number, state: NodeState): number {
    return this.tallies.countIn(bundle, state);
  }

  /** How many tasks run at once, over time. */
  get all(): Series {
    return this.tallies.all;
  }

  /** The same for each bundle. */
  get bundles(): Series[] {
    return this.tallies.bundles;
  }

  /** Seconds since the invoke began; of a run that goes on by the page's own clock between frames. */
  get elapsed(): number {
    return this.clock.elapsed;
  }

  /** Called before it is drawn; `now` is the page's clock, in seconds. */
  tick(now: number): void {
    this.clock.tick(now);
    this.expected?.update(this);
  }

  /** Seconds since anything was heard of a run that goes on. */
  silence(now: number): number {
    return this.clock.silence(now);
  }

  /** The run beside other ways of running the same, by what it took or, until that is told, should take. */
  get ways(): Ways | null {
    return this.analysis ? this.analysed : (this.expected?.ways ?? null);
  }

  get makespan(): number {
    return this.analysis?.makespan ?? this.elapsed;
  }

  /** The longest time in its picture: of a run that goes on that may be its expected end. */
  get longest(): number {
    if (this.over || this.whole) return this.makespan;
    return Math.max(this.elapsed, this.expected?.makespan ?? 0);
  }

  /** When a node's bar ends for now; NaN if it has none. */
  endOf(node: number): number {
    if (isKnown(this.finished[node])) return this.finished[node];
    return isKnown(this.started[node]) ? this.elapsed : NaN;
  }

  lengthOf(node: number): number {
    const parts = this.model.partsOf(node).filter((part) => isKnown(this.started[part]));
    if (parts.length) return parts.reduce((sum, part) => sum + this.lengthOf(part), 0);
    return this.endOf(node) - this.started[node];
  }

  /** What is expected to come of a node; null if nothing is, or nothing is known. */
  restOf(node: number): Span | null {
    return this.expected?.rest(this, node) ?? null;
  }

  applyColumns(message: ColumnsMessage, buffers: Bytes[]): void {
    if (message.full) this.reset();
    else if (message.frame <= this.frame) return; // sent again for another page
    this.version++;
    this.frame = message.frame;
    this.clock.tell(message.elapsed, message.over, performance.now() / 1000);
    this.over = this.model.isOver = message.over;
    this.holding = message.holding ?? null;
    this.heard = message.heard ?? null;
    const batch = new Batch();
    if (message.events?.born) this.grow(message.events.born, batch);
    if (buffers.length) this.applyRows(buffers, batch);
    if (message.events) this.events.apply(message.events);
    const retried = message.events?.attempts?.map(([, node]) => node);
    this.pauses.update(this, new Set(retried), batch);
    batch.addTo(this.tallies);
  }

  private applyRows(buffers: Bytes[], batch: Batch): void {
    const rows = new Uint32Array(aligned(buffers[0]));
    const [ready, started, finished, held] = buffers.slice(1, 5).map(floats);
    const states = new Uint8Array(aligned(buffers[5]));
    const { model, counted } = this;
    for (let row = 0; row < rows.length; row++) {
      const node = rows[row];
      if (node >= model.size) continue; // of a graph that is being replaced
      const bundle = model.boxOf(node);
      const isTask = model.isTask(node);
      // Of what streams its parts run: while it is held back between them it does not.
      const runs = isTask ? !model.partsOf(node).length : model.ownerOf(node) !== null;
      if (runs && counted[node] === 0 && isKnown(started[row])) {
        batch.start(started[row], bundle);
        counted[node] = 1;
      }
      if (counted[node] === 1 && isKnown(finished[row])) {
        batch.end(finished[row], bundle);
        counted[node] = 2;
      }
      if (isTask) this.tallies.move(bundle, this.states[node], states[row]);
      this.ready[node] = ready[row];
      this.started[node] = started[row];
      this.finished[node] = finished[row];
      this.held[node] = held[row];
      this.states[node] = states[row];
    }
  }

  applyAnalysis(message: AnalysisMessage, buffers: Bytes[]): void {
    this.version++;
    this.analysis = message;
    this.slack = buffers.length ? floats(buffers[0]) : null;
    this.analysed = waysOf(message.ways, buffers.slice(1, 5).map(aligned));
    const [counts, needed] = buffers.slice(5, 7).map((bytes) => new Uint32Array(aligned(bytes)));
    if (counts?.length) this.model.setDependencies(counts, needed);
    this.setPath(message.critical_path);
  }

  private setPath(path: readonly number[]): void {
    this.criticalPath = path;
    this.critical = new Uint8Array(this.model.size);
    for (const node of path) this.critical[node] = 1;
  }

  applyExpected(message: ExpectedMessage, buffers: Bytes[]): void {
    this.version++;
    const nodes = new Uint32Array(aligned(buffers[0]));
    const [start, finish, slack] = buffers.slice(1, 4).map((buffer) => {
      const column = new Float64Array(this.model.size).fill(NaN);
      for (const [row, seconds] of singles(buffer).entries()) column[nodes[row]] = seconds;
      return column;
    });
    const ways = waysOf(message.ways, buffers.slice(4, 8).map(aligned));
    this.expected = new Expected(message, { start, finish, slack }, ways);
    this.expected.update(this);
    if (this.analysis === null) this.setPath(this.expected.path);
  }

  applyEarlier(message: EarlierMessage, buffers: Bytes[]): void {
    this.version++;
    this.earlier = new Earlier(message, singles(buffers[0]), singles(buffers[1]));
  }

  applyDetails(message: DetailsMessage): void {
    this.version++;
    this.details.set(message.node, message);
  }
}
