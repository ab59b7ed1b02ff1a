/** The bar of a task of a nested run, or of such a run as a whole. */

import { isKnown } from "../state/times";
import { SMALL, textWidth } from "../ui/text";
import { ending, SIGNS } from "../ui/words";
import type { InnerRow } from "./inner_rows";
import { type Band, FADED, type Scene } from "./scene";
import { fillBar } from "./shapes";

export function drawInner(
  scene: Scene,
  { inner }: InnerRow,
  { top, height }: Band,
  isFaded: boolean,
): void {
  const { context, run, x, colours, unit, width } = scene;
  const task = run.events.nested.task(inner);
  if (!task) return;
  const { start, end, state } = task;
  const isAbnormal = state === "failed" || state === "cancelled" || state === "skipped";
  let right = 0;
  if (isKnown(start)) {
    const left = x(start);
    right = Math.max(x(isKnown(end) ? end : run.elapsed), left + 1);
    context.fillStyle =
      state === "failed"
        ? colours.failed
        : state === "cancelled"
          ? colours.computed
          : colours.awaiting;
    // A nested run as a whole is a line, its tasks are bars.
    const thick = inner.task < 0 ? Math.max(Math.round(height / 3), 3) : height;
    context.globalAlpha = isFaded ? FADED : 1;
    fillBar(context, { left, width: right - left, top: top + (height - thick) / 2, height: thick });
    context.globalAlpha = 1; // words are never faded: they would be hard to read
  } else if (!isAbnormal) return;
  const length = isKnown(start) && isKnown(end) ? unit.text(end - start) : "";
  const text = isAbnormal ? `${SIGNS[state]} ${ending(state)}` : length;
  if (!text) return;
  context.font = SMALL;
  context.textBaseline = "middle";
  const wide = textWidth(text, SMALL);
  const behind = Math.max(right, 0) + 6;
  const at = behind + wide <= width ? behind : x(start) - 6 - wide;
  if (at < 0) return;
  const y = top + height / 2 + 0.5;
  context.fillStyle = colours.ground; // it may be drawn over lines
  context.fillRect(at - 2, y - 7, wide + 4, 13);
  context.fillStyle = state === "failed" && !isFaded ? colours.failed : colours.soft;
  context.fillText(text, at, y);
}
