/** Lines from the dependencies of the chosen node to it, and from it to its dependents. */

import { isKnown } from "../state/times";
import { type Row, rowOf } from "./rows";
import type { Scene } from "./scene";

/** More lines than this each way would hide the bars. */
const MOST = 200;

export function drawElbows(scene: Scene, rows: readonly Row[], scrollTop: number): void {
  const { model, run, context, x, colours, chosen } = scene;
  if (chosen === null) return;
  const middleOf = (node: number): number | null => {
    let index = rowOf(rows, { kind: "node", index: node });
    if (index < 0) index = rowOf(rows, { kind: "bundle", index: model.boxOf(node) });
    const row = rows[index];
    return row ? row.top + row.height / 2 - scrollTop : null;
  };
  context.strokeStyle = colours.edge;
  context.lineWidth = 1;
  context.beginPath();
  const connect = (from: number, to: number): void => {
    const [fromY, toY] = [middleOf(from), middleOf(to)];
    const end = run.finished[from];
    if (fromY === null || toY === null || fromY === toY || !isKnown(end)) return;
    const start = isKnown(run.started[to]) ? run.started[to] : run.restOf(to)?.start;
    if (!isKnown(start)) return;
    const [left, right] = [x(end), x(start)];
    const bend = Math.max(left, right - 6);
    context.moveTo(left, fromY);
    context.lineTo(bend, fromY);
    context.lineTo(bend, toY);
    context.lineTo(right, toY);
  };
  for (const dependency of model.dependenciesOf(chosen).slice(0, MOST)) {
    connect(dependency, chosen);
  }
  for (const dependent of model.dependentsOf(chosen).slice(0, MOST)) connect(chosen, dependent);
  context.stroke();
}
