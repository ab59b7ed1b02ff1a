/** Lines in the Gantt chart from what the chosen node needs to it, and from it to what needs it. */

import type { Scene } from "./bars";
import type { Target } from "./model";
import { rowOf, type Row } from "./rows";

const MOST = 200;

export function drawElbows(
  scene: Scene,
  rows: readonly Row[],
  chosen: Target,
  scrollTop: number,
): void {
  if (chosen.kind !== "node") return;
  const { model, run, context, x, colours } = scene;
  const node = chosen.index;
  const middleOf = (which: number): number | null => {
    let index = rowOf(rows, { kind: "node", index: which });
    if (index < 0) index = rowOf(rows, { kind: "bundle", index: model.boxOf(which) });
    const row = rows[index];
    return row ? row.top + row.height / 2 - scrollTop : null;
  };
  const own = middleOf(node);
  if (own === null) return;
  context.strokeStyle = colours.edge;
  context.lineWidth = 1;
  context.beginPath();
  const connect = (from: number, fromY: number | null, to: number, toY: number | null): void => {
    const end = run.finished[from];
    const start = run.started[to];
    if (fromY === null || toY === null || fromY === toY || !(end === end)) return;
    const until = start === start ? start : (run.expectedStart?.[to] ?? NaN);
    if (!(until === until)) return;
    const [left, right] = [x(end), x(until)];
    const bend = Math.max(left, right - 6);
    context.moveTo(left, fromY);
    context.lineTo(bend, fromY);
    context.lineTo(bend, toY);
    context.lineTo(right, toY);
  };
  for (const needed of model.graph.dependencies[node].slice(0, MOST)) {
    connect(needed, middleOf(needed), node, own);
  }
  for (const dependent of model.dependents[node].slice(0, MOST)) {
    connect(node, own, dependent, middleOf(dependent));
  }
  context.stroke();
}
