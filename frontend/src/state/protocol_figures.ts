/** The messages from Python that tell what was computed of a run; part of `protocol.ts`. */

/**
 * Figures of a run that need more than its columns; sent when it is over, or earlier if known. The last
 * two buffers are of Uint32: for each row of a run with items how many others it waited for, and those.
 *
 * Buffers: 0: Float64 slack of every node in seconds (NaN where there is none); or no buffer.
 */
export interface AnalysisMessage {
  kind: "analysis";
  run: string;
  /** Of the run itself; `measured`. */
  makespan: number;
  /** What the tasks themselves needed one after the other, at least. */
  work: number;
  /** The nodes that decided the makespan, first to last. */
  critical_path: number[];
  /** Those of that path which tile the makespan; null if not known. */
  pieces: { kind: string; node: number | null; start: number; end: number }[] | null;
  /** Seconds of the longest path of what the tasks needed: no schedule is shorter. Null if not known. */
  critical_length: number | null;
  /** The same durations one by one, and wave by wave (on a cluster: at home, in one process); null
   *  if not known (a run that failed). */
  sequential: Total | null;
  waves: Total | null;
  findings: Finding[];
}

export interface Total {
  /** At least, if what the tasks needed is known in bounds only. */
  makespan: number;
  /** The other end of that range; absent or the same if it is known exactly. */
  at_most?: number;
  /** `computed` from the durations of this run, or `measured` in a run of its own. */
  basis: "computed" | "measured";
  /** How many could run at once; null if there was no bound. */
  slots: number | null;
  /** Where one piece ends and the next begins, in seconds, without 0 and the end; at most 200. */
  cuts: number[];
}

export interface Finding {
  /** A sentence. Text between two backticks is shown as code. */
  text: string;
  nodes: number[];
  /** What it would gain, in seconds; null where there is no figure. */
  seconds: number | null;
}

/**
 * What the rest of a run is expected to be, by what the last runs of the same manager took.
 *
 * Buffers: 0: Uint32 nodes that are not finished   1: Float32 start   2: Float32 finish
 *   3: Float32 by how many seconds each of them could end later without making the run any longer;
 *      empty for large runs
 */
export interface ExpectedMessage {
  kind: "expected";
  run: string;
  /** Seconds from the beginning of the run to its expected end. */
  makespan: number;
  /** Between which seconds it is expected to end; null if a single run tells of it. */
  band: [low: number, high: number] | null;
  /** The share of runs that such a band holds; null if there are too few to say. */
  share: number | null;
  /** How many earlier runs tell of it. */
  runs: number;
  /** The nodes that are expected to decide the makespan, first to last; those that are over included. */
  critical_path: number[];
  /** The run as it is expected to be, one by one and wave by wave; null if not known. */
  sequential: Total | null;
  waves: Total | null;
}

/**
 * What the last runs of the same manager took; sent once to a run that goes on.
 *
 * Buffers, for each node seconds: 0: Float32 lower end, 1: Float32 upper end of what it mostly takes
 */
export interface EarlierMessage {
  kind: "earlier";
  run: string;
  /** How many runs. */
  runs: number;
  /** The share of runs that lie between those ends; null: all of them do, or there are too few. */
  share: number | null;
}
