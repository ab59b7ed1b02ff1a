/** What the last runs of the same manager took, node by node. */

import type { Span } from "./expected";
import type { EarlierMessage } from "./protocol";

export class Earlier {
  constructor(
    private readonly message: EarlierMessage,
    private readonly low: Float32Array,
    private readonly high: Float32Array,
  ) {}

  get runs(): number {
    return this.message.runs;
  }

  /** The share of runs that a range holds; null: all of them, or there are too few to say. */
  get share(): number | null {
    return this.message.share;
  }

  /** Items of maps differ from run to run. */
  knows(node: number): boolean {
    return node < this.low.length;
  }

  /** Between how many seconds a node mostly took. */
  of(node: number): Span {
    return { start: this.low[node], end: this.high[node] };
  }
}
