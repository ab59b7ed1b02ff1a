import { drawBundle } from "./areas";
import { drawNode } from "./bars";
import { drawInner } from "./inner_bars";
import { drawLane } from "./lane_bars";
import { drawNote } from "./notes";
import { type Row, TWO_LINES } from "./rows";
import { FADED, type Scene } from "./scene";
import { drawWorkerRow } from "./worker_bars";

/** Draws one row of whatever kind, at `top` pixels of the canvas. */
export function drawRow(scene: Scene, row: Row, top: number): void {
  const { context, kin } = scene;
  if (row.kind === "node") {
    const isFaded = kin !== null && !kin.nodes[row.node];
    context.globalAlpha = isFaded ? FADED : 1;
    const inset = row.height >= 26 ? 5 : 3;
    drawNode(scene, row.node, { top: top + inset, height: row.height - 2 * inset });
    // Words are never faded: they would be hard to read.
    context.globalAlpha = 1;
    drawNote(scene, row.node, top + row.height / 2 + 0.5, isFaded);
  } else if (row.kind === "bundle") {
    context.globalAlpha = kin && !kin.boxes[row.bundle] ? FADED : 1;
    const [above, around] = row.height >= TWO_LINES ? [6, 14] : [2, 6];
    drawBundle(scene, row.bundle, { top: top + above, height: row.height - around });
  } else if (row.kind === "inner") {
    const isFaded = kin !== null && !kin.nodes[row.node];
    drawInner(scene, row, { top: top + 4, height: row.height - 8 }, isFaded);
  } else if (row.kind === "worker") {
    drawWorkerRow(scene, row, top);
  } else {
    drawLane(scene, row.nodes, { top: top + 2, height: row.height - 4 });
  }
  context.globalAlpha = 1;
}
