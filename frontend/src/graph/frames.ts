/** Frames around the boxes of a group, with its name and how many nodes are in it. */

import type { GraphModel } from "../state/model";
import type { Placement } from "../state/protocol";
import { svg } from "../ui/dom";
import { plural } from "../ui/format";
import { fitText, oneLine, SMALL_BOLD } from "../ui/text";

/** The frames, and separately their names, which are drawn above the edges. */
export function framesOf(
  model: GraphModel,
  placement: Placement,
): { frames: SVGGElement; names: SVGGElement } {
  const frames = svg("g");
  const names = svg("g");
  for (const [title, x, y, width, height, boxes] of placement.frames) {
    const nodes = boxes.reduce((sum, box) => sum + model.boxMembers(box).length, 0);
    const text = `${oneLine(title, 60)} · ${plural(nodes, "node")}`;
    frames.append(
      svg("rect", { class: "ad-group", x, y, width, height, rx: 7 }, svg("title", {}, text)),
    );
    const name = svg("text", { class: "ad-group-name", x: x + 9, y: y + 15 });
    name.textContent = fitText(text, width - 16, SMALL_BOLD);
    names.append(name);
  }
  return { frames, names };
}
