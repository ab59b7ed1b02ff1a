/** Frames around the boxes of a group, with its name and how many nodes are in it. */

import type { GraphModel } from "../state/model";
import type { Placement } from "../state/protocol";
import { svg } from "../ui/dom";
import { plural } from "../ui/format";
import { fitText, oneLine, SMALL_BOLD, textWidth } from "../ui/text";
import type { Group } from "./subjects";

/** The height of what can be pressed around a name. */
const PRESSED = 24;

/** The frames, and separately their names, which are drawn above the edges; a press folds a group. */
export function framesOf(
  model: GraphModel,
  groups: readonly Group[],
  placement: Placement,
): { frames: SVGGElement; names: SVGGElement } {
  const frames = svg("g");
  const names = svg("g");
  for (const [title, x, y, width, height, boxes] of placement.frames) {
    const nodes = boxes.reduce((sum, box) => sum + model.bundles[box].members.length, 0);
    const text = `${oneLine(title, 60)} · ${plural(nodes, "node")}`;
    frames.append(
      svg("rect", { class: "ad-group", x, y, width, height, rx: 7 }, svg("title", {}, text)),
    );
    const name = svg("text", { x: x + 9, y: y + 15 });
    name.textContent = fitText(`▾ ${text}`, width - 16, SMALL_BOLD);
    const wide = Math.min(textWidth(name.textContent, SMALL_BOLD) + 14, width);
    const pressed = svg("rect", { x, y: y - 1, width: wide, height: PRESSED, fill: "transparent" });
    const group = groups.findIndex((each) => each.title === title);
    const attributes = { class: "ad-group-name", "data-group": group };
    names.append(
      svg("g", attributes, svg("title", {}, `fold ${oneLine(title, 60)}`), pressed, name),
    );
  }
  return { frames, names };
}
