/** What earlier runs say about the rest of one that goes on. */

import type { ExpectedMessage } from "./protocol";
import type { RunData } from "./run";
import { isKnown } from "./times";
import type { Ways } from "./ways";

export interface Span {
  start: number;
  end: number;
}

/** Columns of an `ExpectedMessage`, for each node; NaN for what has finished. */
export interface ExpectedColumns {
  start: Float64Array;
  finish: Float64Array;
  slack: Float64Array;
}

export class Expected {
  /** Seconds by which what has not started is late: nothing is expected before the present moment. */
  lag = 0;
  private elapsed = 0;

  constructor(
    private readonly message: ExpectedMessage,
    private readonly columns: ExpectedColumns,
    readonly ways: Ways | null,
  ) {}

  /** Puts what has not started yet behind the present moment. */
  update(run: RunData): void {
    const { start } = this.columns;
    let first = Infinity;
    for (let node = 0; node < start.length; node++) {
      if (start[node] < first && !isKnown(run.started[node])) first = start[node];
    }
    this.lag = Math.max(run.elapsed - first, 0);
    this.elapsed = run.elapsed;
  }

  get makespan(): number {
    return this.message.makespan + this.lag;
  }

  /** When it is expected to end at the earliest and at the latest; null if a single run tells of it. */
  get band(): Span | null {
    const { band } = this.message;
    if (band === null) return null;
    const [low, high] = band.map((end) => Math.max(end + this.lag, this.elapsed));
    return { start: low, end: high };
  }

  /** The share of runs that the band holds; null if there are too few to say. */
  get share(): number | null {
    return this.message.share;
  }

  /** How many earlier runs tell of it. */
  get runs(): number {
    return this.message.runs;
  }

  get path(): number[] {
    return this.message.critical_path;
  }

  /** What is left of a node: of one that runs from now on; null if nothing is expected of it. */
  rest(run: RunData, node: number): Span | null {
    const { start, finish } = this.columns;
    const end = finish[node];
    if (run.over || !isKnown(end) || isKnown(run.finished[node])) return null;
    if (!isKnown(run.started[node])) {
      return { start: start[node] + this.lag, end: end + this.lag };
    }
    return end > run.elapsed ? { start: run.elapsed, end } : null;
  }

  /** How long a node that runs is expected to take as a whole; NaN if that is not known. */
  lengthOf(run: RunData, node: number): number {
    return this.columns.finish[node] - run.started[node];
  }

  /**
   * By how many seconds a node that is not finished could end later without making the run any longer;
   * NaN if that is not known.
   */
  slackOf(run: RunData, node: number): number {
    const { finish, slack } = this.columns;
    // One that runs for longer than expected has used up some of it.
    const late = isKnown(run.started[node]) ? Math.max(run.elapsed - finish[node], 0) : 0;
    return Math.max(slack[node] - late, 0);
  }
}
