/** How many nodes are in each state, and how many run at once, for a run and for each bundle. */

import type { GraphModel } from "./model";
import { type NodeState, STATES } from "./protocol";
import { Series } from "./series";

export class Tallies {
  /** How many tasks run at once. */
  all = new Series();
  /** The same for each box. */
  bundles: Series[];
  private readonly counts = new Int32Array(STATES.length);
  /** Flat, one number for each state of each bundle. */
  private readonly bundleCounts: Int32Array;

  constructor(model: GraphModel) {
    this.bundles = Array.from({ length: model.boxes }, () => new Series());
    this.bundleCounts = new Int32Array(STATES.length * model.boxes);
    for (let node = 0; node < model.size; node++)
      if (model.isTask(node)) this.add(model.boxOf(node));
  }

  /** As they were at a time, at which the nodes of that model were in these states. */
  asOf(time: number, model: GraphModel, states: Uint8Array): Tallies {
    const made = new Tallies(model);
    made.all = this.all.upTo(time);
    made.bundles = this.bundles.map((series) => series.upTo(time));
    for (let node = 0; node < model.size; node++)
      if (model.isTask(node)) made.move(model.boxOf(node), 0, states[node]);
    return made;
  }

  /** Another task, which waits, in a box. */
  add(bundle: number): void {
    this.counts[0]++;
    if (bundle >= 0) this.bundleCounts[STATES.length * bundle]++;
  }

  count(state: NodeState): number {
    return this.counts[STATES.indexOf(state)];
  }

  countIn(bundle: number, state: NodeState): number {
    return this.bundleCounts[STATES.length * bundle + STATES.indexOf(state)];
  }

  /** A task of a box comes to another state. */
  move(bundle: number, from: number, to: number): void {
    this.counts[from]--;
    this.counts[to]++;
    if (bundle < 0) return;
    this.bundleCounts[STATES.length * bundle + from]--;
    this.bundleCounts[STATES.length * bundle + to]++;
  }
}

/** Starts and ends of one frame, handed over to the series in one go. */
export class Batch {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private readonly bundleStarts = new Map<number, number[]>();
  private readonly bundleEnds = new Map<number, number[]>();

  start(time: number, bundle: number): void {
    this.starts.push(time);
    if (bundle >= 0) append(this.bundleStarts, bundle, time);
  }

  end(time: number, bundle: number): void {
    this.ends.push(time);
    if (bundle >= 0) append(this.bundleEnds, bundle, time);
  }

  addTo(tallies: Tallies): void {
    tallies.all.starts.addAll(this.starts);
    tallies.all.ends.addAll(this.ends);
    for (const [bundle, times] of this.bundleStarts) tallies.bundles[bundle].starts.addAll(times);
    for (const [bundle, times] of this.bundleEnds) tallies.bundles[bundle].ends.addAll(times);
  }
}

function append(map: Map<number, number[]>, key: number, value: number): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
