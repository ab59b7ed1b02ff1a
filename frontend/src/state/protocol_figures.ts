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
  /** The nodes that decided the makespan, first to last. */
  critical_path: number[];
  /** The run beside other ways of running the same; null if not known (a run that failed). */
  ways: WaysMessage | null;
  findings: Finding[];
}

/**
 * Several ways of running the same tasks as bands of lanes on one axis; the last one is the run.
 *
 * Buffers, with one entry a segment: Uint32 rows, Uint16 lanes, Float32 starts, Float32 ends in seconds.
 * Those of an analysis are 1 to 4, those of what is expected 4 to 7.
 */
export interface WaysMessage {
  headline: string;
  /** Seconds: the end of the slowest way. */
  until: number;
  /** From when to when the last way saves time, and that in words; null if it saves none. */
  saved: [start: number, end: number, text: string] | null;
  /** What is measured and what is not. */
  note: string;
  bands: BandMessage[];
}

export interface BandMessage {
  /** On a cluster `home`, in one process, is there instead of `waves`. */
  way: "sequential" | "waves" | "dag" | "home";
  label: string;
  /** What stands below that, smaller. */
  under: string;
  /** How long it takes, at least and at most. */
  seconds: [low: number, high: number];
  basis: "measured" | "computed" | "expected";
  /** Its time, and how many times as fast as one by one it is. */
  note: string;
  lanes: number;
  /** When each wave but the last one ends. */
  wave_ends: number[];
  /** The rows of the critical path. */
  critical: number[];
  /** Its segments: of the entries of the buffers `count` from `first` on. */
  first: number;
  count: number;
  /** Where it has too many for that: from each of the times on so many run. */
  area?: [times: number[], counts: number[]];
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
  /** The run as it is expected to be, beside other ways; null if not known. */
  ways: WaysMessage | null;
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
