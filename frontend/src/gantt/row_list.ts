/** The current rows, computed again only when something has changed. */

import type { GraphModel } from "../state/model";
import type { RunData } from "../state/run";
import type { Target } from "../state/target";
import { targetOfInner } from "./inner_rows";
import { type Filter, followsData, makeRows, type Row, rowOf } from "./rows";

/** With more nodes than this, rows that depend on the data are computed at most twice a second. */
const MANY = 4000;

export class RowList {
  rows: Row[] = [];
  /** The row that the keyboard is on; -1 for none. */
  active = -1;
  private stamp = "";
  private version = 0;
  private notBefore = 0;

  update(model: GraphModel, run: RunData | null, filter: Filter): void {
    const { order, onlyCritical, onlyFailed, single, query, open } = filter;
    const stamp = JSON.stringify([
      model.size,
      run?.key,
      [order, onlyCritical, onlyFailed, single, query],
      [...open],
      run?.events.nested.size,
    ]);
    const moves = followsData(filter) || open.size > 0;
    const version = moves ? (run?.version ?? 0) : 0;
    if (stamp === this.stamp) {
      if (version === this.version) return;
      const isHeavy = model.size > MANY && run && !run.over;
      if (isHeavy && performance.now() < this.notBefore) return;
    }
    this.rows = makeRows(model, run, filter);
    this.notBefore = performance.now() + 500;
    this.stamp = stamp;
    this.version = version;
  }

  get activeRow(): Row | undefined {
    return this.rows[this.active];
  }

  /** Makes the row of a target the active one: its own, or that of the bundle it is in. */
  activate(target: Target | null, model: GraphModel | null): Row | undefined {
    this.active = target ? rowOf(this.rows, target) : -1;
    if (this.active < 0 && target?.inner) {
      this.active = rowOf(this.rows, { kind: "node", index: target.index });
    }
    if (this.active < 0 && target?.kind === "node" && model) {
      this.active = rowOf(this.rows, { kind: "bundle", index: model.boxOf(target.index) });
    }
    return this.activeRow;
  }

  /** Goes to a row, and returns its target: for a lane, the first node. */
  go(index: number): Target | null {
    this.active = Math.min(Math.max(index, 0), this.rows.length - 1);
    const row = this.activeRow;
    if (!row) return null;
    if (row.kind === "bundle") return { kind: "bundle", index: row.bundle };
    if (row.kind === "inner") return targetOfInner(row);
    if (row.kind === "worker") {
      return row.stays.length ? { kind: "node", index: row.stays[0].node } : null;
    }
    return { kind: "node", index: row.kind === "node" ? row.node : row.nodes[0] };
  }
}
