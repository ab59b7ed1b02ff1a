/** One lane of an open bundle: the bars of nodes that ran one after the other. */

import { drawHeld } from "./bars";
import { type Band, FADED, type Scene } from "./scene";
import { outline, SLIVER } from "./shapes";

/** Bars of less than a pixel are drawn as one. */
export function drawLane(scene: Scene, nodes: readonly number[], { top, height }: Band): void {
  const { context, run, x, colours, kin, from, to } = scene;
  let drawnTo = -1;
  for (const node of nodes) {
    const start = run.started[node];
    const end = run.endOf(node);
    if (end < from) continue;
    if (start > to) break;
    const left = x(start);
    const right = Math.max(x(end), left + 0.75);
    if (right <= drawnTo + 0.5) continue;
    const width = right - left > SLIVER ? right - left - 0.75 : right - left;
    const state = run.state(node);
    context.globalAlpha = kin && !kin.nodes[node] ? FADED : 1;
    context.fillStyle =
      state === "failed"
        ? colours.failed
        : state === "cancelled"
          ? colours.computed
          : colours.awaiting;
    context.fillRect(left, top, width, height);
    if (width > SLIVER) drawHeld(scene, node, { top, height });
    const bar = { left, top, width, height };
    if (run.critical[node]) outline(context, bar, colours.critical, 1.5);
    if (scene.chosen === node) {
      const around = { left: left - 1, top: top - 1, width: width + 2, height: height + 2 };
      outline(context, around, colours.chosen, 2);
    }
    drawnTo = right;
  }
}
