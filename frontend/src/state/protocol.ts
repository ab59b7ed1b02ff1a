/**
 * What passes between Python and the page. This file is the documentation of it.
 *
 * Times are seconds since the invoke began, NaN in binary columns and null in JSON for 'not yet'.
 * A node is its index in the graph's columns, in the order of `tm.nodes`; behind the nodes stand the
 * items of maps, each run's own, as rows that are told of when they are born. A run is its key, a text
 * that no other run has, in any kernel (such as a uuid4 in hex). All binary numbers are little-endian.
 *
 * Everything the page shows comes from a `State` (four traits of the widget) and messages. In a
 * notebook they come over the widget's comm; in a standalone page all of it lies in one `<script>` as
 * a `Recording`, and is fed to the very same store.
 *
 * One widget a manager: all its runs share the graph.
 */

import type { AnalysisMessage, EarlierMessage, ExpectedMessage } from "./protocol_figures";

export * from "./protocol_figures";

// ------------------------------------------------------------------ traits, Python → page

/** The synced traits of the widget, by these names. Each is set as a whole. */
export interface State {
  graph: Graph | null;
  /**
   * Null until dot is done, or for good if there is no dot: the page then lays out by itself.
   * (Not called `layout`: every ipywidget has a trait of that name.)
   */
  placement: Layout | null;
  /** The last 20 runs, oldest first; set when one begins and when one ends, not with each frame. */
  runs: RunSummary[];
  options: Options;
}

export interface Options {
  /** 'auto': as JupyterLab's theme, or elsewhere as the reader's system asks. */
  theme: "auto" | "light" | "dark";
  /** Connected to a kernel: runs can be cancelled, details and columns requested. */
  live: boolean;
}

/** Kinds of nodes as in `async_dag.graph.graph.KINDS`; only tasks and maps have bars. */
export const KINDS = ["task", "parameter", "immediate", "collect", "map", "choice"] as const;
export type Kind = (typeof KINDS)[number];

/** The graph as columns, once a manager. Texts may hold anything; long ones are cut by Python. */
export interface Graph {
  names: string[];
  /** For each node an index into KINDS. */
  kinds: number[];
  /** For each node the nodes it needs; of a choice also the side that it did not take. */
  dependencies: number[][];
  /** Null if there are none: choices, with the nodes that each part consists of; none of a value. */
  choices: [node: number, flag: number[], then: number[], other: number[]][] | null;
  /** The tasks that nodes call: qualified name, file (shown as it is), line. */
  origins: [task: string | null, file: string | null, line: number | null][];
  /** For each node an index into `origins`, -1 for none. */
  origin: number[];
  /** Null, or for each node its group. */
  groups: (string | null)[] | null;
  /** Null, or for each node the frame that it is in: that of its sub-DAG, or of its group. */
  frames: (string | null)[] | null;
  /** Null, or for each node what its limit is called. */
  limits: (string | null)[] | null;
  /** Null: each node has a box and a row. Else the bundles of `async_dag.graph.bundling`, in its order. */
  bundles: Bundle[] | null;
  /** Sentences on what was left out of the picture, if anything was; shown below. */
  notes: string[];
}

export interface Bundle {
  /** `fetch ×198` */
  title: string;
  /** Index into KINDS. */
  kind: number;
  members: number[];
  /** Indices of the bundles that this one depends on. */
  dependencies: number[];
}

/** The graph laid out twice: the page takes the one that reads better in the room that it has. */
export interface Layout {
  /** Dependents are below their dependencies. */
  down: Placement;
  /** Dependents are to the right of their dependencies. */
  right: Placement;
}

/**
 * Where dot put things, in CSS pixels, y downwards, the origin at the top left.
 *
 * A box is that of a bundle where the graph has bundles, else that of a node. Boxes hold a name at
 * 12 px and below it a line at 11 px, so a good size is: 38 high, 24 + 7.6 for each character wide, at
 * least 116 and at most 200; nodes that never run 24 high and as wide as their name, at least 30. What
 * has no box is not drawn.
 */
export interface Placement {
  width: number;
  height: number;
  /** [index, x, y, width, height], x and y of the top left corner */
  boxes: [index: number, x: number, y: number, width: number, height: number][];
  /**
   * [from, to, points]: from the dependency to its dependent; the points of one cubic B-spline as dot
   * has it, flat: x0, y0, then three points a curve. It ends at the border of the box `to`: the page
   * draws the arrow head.
   */
  edges: [from: number, to: number, points: number[]][];
  /** Around the boxes of a group; the title is at the top left, within 14 px above the boxes. */
  frames: [title: string, x: number, y: number, width: number, height: number, boxes: number[]][];
}

export type RunState = "running" | "done" | "failed" | "cancelled";

export interface RunSummary {
  key: string;
  /** Which invoke of the manager it is, counted from 1. */
  number: number;
  /** Null, or what the run is called instead of `invoke #3`. */
  title: string | null;
  state: RunState;
  /** Seconds since the epoch. */
  wall_start: number;
  /** Seconds; of a run that goes on, when the summary was made. */
  elapsed: number;
  max_concurrency: number | null;
}

// ---------------------------------------------------------------- messages, Python → page

/** The run of a message must already be in `runs`: that trait is set first. */
export type Message =
  | ColumnsMessage
  | AnalysisMessage
  | ExpectedMessage
  | EarlierMessage
  | DetailsMessage;

/** As in `async_dag.trace.columns.STATES`: a state is sent as its index here. */
export const STATES = [
  "waiting",
  "ready",
  "running",
  "done",
  "failed",
  "cancelled",
  "skipped",
  "reused",
] as const;
export type NodeState = (typeof STATES)[number];

/**
 * Rows of a run that have changed. The first frame starts from what no one needs to be told: times
 * NaN, held 0, state waiting. Rows that did not fit into a frame come with the next.
 *
 * Buffers, all of one length:
 *   0: Uint32 rows (nodes)   1: Float64 ready   2: Float64 started   3: Float64 finished
 *   4: Float64 held          5: Uint8 states (indices into STATES)   6: Float64 late
 */
export interface ColumnsMessage {
  kind: "columns";
  run: string;
  /** Counts up from 1 within a run. */
  frame: number;
  /** Seconds since the invoke began, when the frame was taken. */
  elapsed: number;
  /** The run as a whole, in answer to `open`: what the page knew of it is dropped first. */
  full: boolean;
  /** The run has ended: this is its last frame, and after it all columns are final. */
  over: boolean;
  /** The node that holds the event loop at this moment, and since when. */
  holding: { node: number; since: number } | null;
  /**
   * Whether Python has heard anything of a page since it shows this run. Some kernels hear pages only
   * after the cell; until then frames are `full`, and neither `cancel` nor `details` do anything.
   */
  heard: boolean;
  /** Absent if none is new. */
  events?: Events;
}

/** What a run adds, and what is sparse. Only what is new or has changed since the last frame; lists may be absent. */
export interface Events {
  /**
   * Rows behind those of the nodes, in their order: items of maps; or, with the row that streams them,
   * parts of a stream, which have no bar of their own. A kind is 0 for a task, 1 for a choice. The name
   * of a row is the text before, its number (the first one's is the offset), and the text after. The
   * total is how many items the map will have, as far as that is known.
   */
  born?: [
    first: number,
    size: number,
    node: number,
    owner: number | null,
    kind: number,
    offset: number,
    before: string,
    after: string,
    total: number | null,
  ][];
  /** Steps that held the loop for over a millisecond, to be appended. */
  steps?: [node: number, start: number, length: number, processor: number | null][];
  /** Steps that began late by over a millisecond, since the loop was held; to be appended. */
  late?: [node: number, start: number, at_least: number, at_most: number][];
  /** Calls of `in_thread` and `in_process`; to be appended. */
  calls?: [
    node: number,
    kind: "thread" | "process",
    start: number,
    end: number,
    processor: number | null,
    switches: number | null,
    run_delay: number | null,
  ][];
  /** With their place in `trace.waits`; one that ends is sent again. */
  waits?: [
    place: number,
    node: number,
    kind: "limit" | "slot" | "window" | "pool" | "scheduler" | "transfer" | "worker",
    start: number,
    end: number | null,
  ][];
  /**
   * With their place in `trace.attempts`; one that ends is sent again. `most` is how many the retrying
   * allows in all.
   */
  attempts?: [
    place: number,
    node: number,
    start: number,
    end: number | null,
    error: string | null,
    lane: number | null,
    most: number | null,
  ][];
  /**
   * Why a node was cancelled or skipped: a node, -1 from outside, -2 not needed for the targets, -3 not
   * chosen.
   */
  causes?: [node: number, cause: number][];
  /** Choices that were made, and whether they took `then`. */
  taken?: [choice: number, then: boolean][];
  errors?: [node: number, text: string][];
  progress?: [node: number, done: number, total: number | null, message: string][];
  /** The workers of a cluster, with their place in `trace.lanes`; one that is lost is sent again. */
  lanes?: [place: number, name: string, threads: number, start: number, end: number | null][];
  /** The lane of a node, a worker of a cluster; sent again if it changes. */
  lane?: [node: number, lane: number][];
  /** Bytes of the values that nodes left on workers, from 10 kB on. */
  sizes?: [node: number, size: number][];
  /** Values that moved from lane to lane, in seconds and bytes; to be appended. */
  moves?: [
    node: number,
    source: number,
    target: number,
    start: number,
    end: number,
    size: number,
  ][];
  /**
   * Invokes within nodes, with their place among them; one that ends is sent again, without names.
   * `around` is the place of the one in whose task it is, and `node` that task as a row of it; or -1,
   * and a node of this run. Names are null where there are too many tasks for rows.
   */
  nested?: [
    place: number,
    around: number,
    node: number,
    start: number,
    end: number | null,
    state: number,
    tasks: number,
    names: string[] | null,
  ][];
  /** Tasks of these that have changed; times are those of this run. */
  inner?: [place: number, row: number, start: number | null, end: number | null, state: number][];
  /** How many more invokes took place within a node than are told of. */
  unshown?: [node: number, count: number][];
}

/** The answer to `details`. */
export interface DetailsMessage {
  kind: "details";
  run: string;
  node: number;
  /** A short repr of its value, if it has one and values may be shown. */
  value: string | null;
  /** Of its error, if it failed. */
  traceback: string | null;
}

// ---------------------------------------------------------------- messages, page → Python

export type Request =
  /** The frame was applied and drawn. Python leaves at most two frames unanswered. */
  | { kind: "ack"; run: string; frame: number }
  /** The page has nothing of that run (it was reloaded): send all, as `full`. Its analysis, too. */
  | { kind: "open"; run: string }
  | { kind: "cancel"; run: string }
  | { kind: "details"; run: string; node: number }
  /** Whether this page has a view of the widget: sent with the first one, and when the last one goes. */
  | { kind: "shown"; shown: boolean };

// ------------------------------------------------------------------------ standalone page

/** All of a page without a kernel: `<script type="application/json" class="async-dag-recording">` */
export interface Recording {
  state: State;
  /** In the order in which they are to be fed; buffers in base64. */
  messages: { content: Message; buffers: string[] }[];
}

// ------------------------------------------------------------------------------ stills

/**
 * A static picture that stands where a view was is this element, with any content:
 *
 *     <div class="async-dag-still" data-async-dag-run="KEY">…</div>
 *
 * While the page still has the data of that run (the front end keeps the last 20 runs whose model was
 * closed), the picture is replaced in place by an explorable view of it; it comes back when the view
 * goes. Python sends the run's last frame (`over`) and its analysis before it closes the widget.
 */
export const STILL_CLASS = "async-dag-still";
export const STILL_RUN_ATTRIBUTE = "data-async-dag-run";
