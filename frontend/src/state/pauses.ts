/** Pauses between the attempts of nodes: in them a node waits, and does not count as running. */

import type { RunData } from "./run";
import type { Batch } from "./tallies";
import { isKnown } from "./times";

export class Pauses {
  /** Nodes whose last attempt has failed, and whose next one has not begun. */
  private readonly open = new Set<number>();
  /** Nodes that were over before the last of their attempts were told, by when they ended. */
  private readonly early = new Map<number, number>();
  /** For each node how many of its attempts have been looked at. */
  private readonly seen = new Map<number, number>();

  isPaused(node: number): boolean {
    return this.open.has(node);
  }

  /** After a frame: notes which of these nodes have paused or gone on. */
  update(run: RunData, nodes: Iterable<number>, batch: Batch): void {
    for (const node of nodes) {
      const bundle = run.model.boxOf(node);
      const attempts = run.events.attemptsOf(node);
      for (let index = this.seen.get(node) ?? 0; index < attempts.length; index++) {
        const { start, end, error } = attempts[index];
        if (this.open.delete(node)) batch.start(start, bundle);
        else if (this.early.has(node)) this.takeBack(node, start, bundle, batch);
        if (!isKnown(end)) break; // it is looked at again when it has ended
        this.seen.set(node, index + 1);
        if (error === null) continue;
        batch.end(end, bundle);
        this.open.add(node);
      }
    }
    // A node that ends counts as one that ran until then: that takes back the pause before.
    for (const node of this.open) {
      if (!isKnown(run.finished[node])) continue;
      batch.start(run.finished[node], run.model.boxOf(node));
      this.open.delete(node);
      this.early.set(node, run.finished[node]);
    }
  }

  /** Another attempt came after all: the pause before it did not last until the node ended. */
  private takeBack(node: number, start: number, bundle: number, batch: Batch): void {
    batch.end(this.early.get(node) ?? NaN, bundle); // together with the start there it is nothing
    batch.start(start, bundle);
    this.early.delete(node);
  }
}
