/** One lane of an open bundle: the bars of nodes that ran one after the other. */

import { fitText, oneLine, SMALL, textWidth } from "../ui/text";
import { drawHeld } from "./bars";
import { type Band, FADED, type Scene } from "./scene";
import { outline, type Rectangle, SLIVER } from "./shapes";

/** A bar of so many pixels has room for a name. */
const NAMED = 30;

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
    if (width >= NAMED) drawName(scene, node, bar);
    if (run.critical[node]) outline(context, bar, colours.critical, 1.5);
    if (scene.chosen === node) {
      const around = { left: left - 1, top: top - 1, width: width + 2, height: height + 2 };
      outline(context, around, colours.chosen, 2);
    }
    drawnTo = right;
  }
}

/** The name of a node in its bar, or what tells it apart from others of the bundle. */
function drawName(scene: Scene, node: number, { left, top, width, height }: Rectangle): void {
  const { context, run, model, colours } = scene;
  const from = Math.max(left, 0);
  const room = Math.min(left + width, scene.width) - from - 6;
  if (room < NAMED - 6) return;
  const name = oneLine(model.name(node), 60);
  const short = model.ownPart(node);
  const text = textWidth(name, SMALL) <= room ? name : fitText(short, room, SMALL);
  if (text === "…") return;
  context.font = SMALL;
  context.textBaseline = "middle";
  const y = top + height / 2 + 0.5;
  const isHeld = run.held[node] > 0.3 * run.lengthOf(node);
  const fill = run.state(node) === "failed" ? colours.failed : colours.awaiting;
  context.fillStyle = scene.textOn(isHeld ? colours.holding : fill);
  context.fillText(text, from + 3, y);
}
