/** Small graphs and runs for tests, made as Python would send them. */

import { GraphModel } from "../src/state/model";
import {
  type Bundle,
  type ColumnsMessage,
  type Events,
  type ExpectedMessage,
  type Graph,
  STATES,
} from "../src/state/protocol";
import { RunData } from "../src/state/run";

export function graphOf(
  names: string[],
  dependencies: number[][],
  bundles?: Bundle[],
  groups: (string | null)[] | null = null,
): GraphModel {
  const graph: Graph = {
    names,
    kinds: names.map(() => 0),
    dependencies,
    origins: [],
    origin: names.map(() => -1),
    groups,
    frames: groups,
    limits: null,
    bundles: bundles ?? null,
    choices: null,
    notes: [],
  };
  return new GraphModel(graph);
}

/** A node's times, NaN for 'not yet', and its state. */
export interface Times {
  ready?: number;
  started?: number;
  finished?: number;
  state?: (typeof STATES)[number];
}

export function runOf(
  model: GraphModel,
  rows: Times[],
  message: Partial<ColumnsMessage> = {},
): RunData {
  const run = new RunData("k", model);
  feed(run, rows, message);
  return run;
}

/** Feeds one frame with all rows. */
export function feed(run: RunData, rows: Times[], message: Partial<ColumnsMessage> = {}): void {
  const column = (pick: (row: Times) => number | undefined): ArrayBuffer =>
    Float64Array.from(rows, (row) => pick(row) ?? NaN).buffer;
  const stateOf = ({ ready, started, finished }: Times): (typeof STATES)[number] =>
    finished !== undefined
      ? "done"
      : started !== undefined
        ? "running"
        : ready !== undefined
          ? "ready"
          : "waiting";
  run.applyColumns(
    {
      kind: "columns",
      run: run.key,
      frame: run.frame + 1,
      elapsed: Math.max(0, ...rows.flatMap((row) => [row.started ?? 0, row.finished ?? 0])),
      full: false,
      over: false,
      holding: null,
      heard: true,
      ...message,
    },
    [
      Uint32Array.from(rows.keys()).buffer,
      column((row) => row.ready ?? row.started),
      column((row) => row.started),
      column((row) => row.finished),
      new Float64Array(rows.length).buffer,
      Uint8Array.from(rows, (row) => STATES.indexOf(row.state ?? stateOf(row))).buffer,
    ],
  );
}

/** Feeds what is expected of nodes that have not finished. */
export function expect(
  run: RunData,
  rows: [node: number, start: number, finish: number, slack?: number][],
  path: number[] = [],
  more: Partial<ExpectedMessage> = {},
): void {
  run.applyExpected(
    {
      kind: "expected",
      run: run.key,
      makespan: Math.max(...rows.map(([, , finish]) => finish)),
      band: null,
      share: null,
      runs: 1,
      critical_path: path,
      ways: null,
      ...more,
    },
    [
      Uint32Array.from(rows, ([node]) => node).buffer,
      Float32Array.from(rows, ([, start]) => start).buffer,
      Float32Array.from(rows, ([, , finish]) => finish).buffer,
      Float32Array.from(rows, ([, , , slack]) => slack ?? 0).buffer,
    ],
  );
}

/** An attempt as a frame has it, with its place in the trace's list; `end` is null while it runs. */
export function attempt(
  place: number,
  node: number,
  start: number,
  end: number | null,
  error: string | null,
  most: number | null = null,
): NonNullable<Events["attempts"]>[number] {
  return [place, node, start, end, error, null, most];
}
