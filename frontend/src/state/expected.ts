/** What an earlier run says about the rest of one that goes on. */

import type { ExpectedMessage } from "./protocol";
import type { RunData } from "./run";
import { isKnown } from "./times";

export interface Span {
  start: number;
  end: number;
}

export class Expected {
  /** Seconds by which what has not started is late: nothing is expected before the present moment. */
  lag = 0;

  constructor(
    private readonly message: ExpectedMessage,
    private readonly start: Float64Array,
    private readonly finish: Float64Array,
  ) {}

  /** Puts what has not started yet behind the present moment. */
  update(run: RunData): void {
    let first = Infinity;
    for (let node = 0; node < this.start.length; node++) {
      if (this.start[node] < first && !isKnown(run.started[node])) first = this.start[node];
    }
    this.lag = Math.max(run.elapsed - first, 0);
  }

  get makespan(): number {
    return this.message.makespan + this.lag;
  }

  get path(): number[] {
    return this.message.critical_path ?? [];
  }

  get ways(): Pick<ExpectedMessage, "sequential" | "waves"> {
    return this.message;
  }

  /** What is left of a node: of one that runs from now on; null if nothing is expected of it. */
  rest(run: RunData, node: number): Span | null {
    const end = this.finish[node];
    if (run.over || !isKnown(end) || isKnown(run.finished[node])) return null;
    if (!isKnown(run.started[node])) {
      return { start: this.start[node] + this.lag, end: end + this.lag };
    }
    return end > run.elapsed ? { start: run.elapsed, end } : null;
  }

  /** How long a node that runs is expected to take as a whole; NaN if that is not known. */
  lengthOf(run: RunData, node: number): number {
    return this.finish[node] - run.started[node];
  }
}
