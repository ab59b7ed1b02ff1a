/** A few words beside a bar, where colour alone would have to tell. */

import { isKnown } from "../state/times";
import { attemptWords } from "../ui/attempt_words";
import { fitText, oneLine, SMALL, textWidth } from "../ui/text";
import { ending, SIGNS } from "../ui/words";
import type { Scene } from "./scene";

const LONGEST = 220;

/** What is written beside the bar of a node; nothing for most. */
export function noteOf(
  { run, model, unit }: Pick<Scene, "run" | "model" | "unit">,
  node: number,
): string {
  const state = run.state(node);
  switch (state) {
    case "failed": {
      const error = run.events.errors.get(node);
      return `${SIGNS.failed} ${error ? oneLine(error, 80) : ending(state)}`;
    }
    case "cancelled":
    case "skipped":
    case "reused": {
      const cause = run.events.causes.get(node);
      const name = oneLine(model.name(cause ?? -1), 40);
      return `${SIGNS[state]} ${ending(state, cause, name)}`;
    }
    case "running": {
      const attempts = attemptWords(run, node, unit);
      if (attempts) return `↻ ${attempts}`;
      const progress = run.events.progress.get(node);
      if (!progress) return "";
      const figure =
        progress.total === null ? `${progress.done}` : `${progress.done} / ${progress.total}`;
      return progress.message ? `${figure} · ${oneLine(progress.message, 60)}` : figure;
    }
    default:
      return "";
  }
}

/** Writes the note behind the bar or, where there is no room, in it or before it. */
export function drawNote(scene: Scene, node: number, y: number, isFaded: boolean): void {
  const note = noteOf(scene, node);
  if (!note) return;
  const { context, run, x, colours, width } = scene;
  const state = run.state(node);
  const started = run.started[node];
  const hasBar = isKnown(started);
  const left = x(hasBar ? started : run.ready[node] || 0);
  const rest = run.restOf(node);
  const right = x(rest ? rest.end : hasBar ? run.endOf(node) : run.finished[node] || 0);
  context.font = SMALL;
  context.textBaseline = "middle";
  const wanted = Math.min(textWidth(note, SMALL), LONGEST);
  const isOneBar = hasBar && !rest && run.events.attemptCount(node) < 2 && !run.isPaused(node);
  const inBar = isOneBar ? Math.min(right, width) - Math.max(left, 0) - 12 : 0;
  const isTrouble = state === "failed" || run.isPaused(node);
  const colour = isTrouble && !isFaded ? colours.failed : colours.soft;
  const write = (text: string, at: number): void => {
    context.fillStyle = colours.ground; // it may be drawn over stripes
    context.fillRect(at - 2, y - 7, textWidth(text, SMALL) + 4, 13);
    context.fillStyle = colour;
    context.fillText(text, at, y);
  };
  if (width - right - 10 >= wanted || (width - right > left && inBar < wanted)) {
    const at = Math.max(right, 0) + 6;
    write(fitText(note, width - at - 4, SMALL), at);
  } else if (inBar >= wanted) {
    context.fillStyle = isFaded
      ? colours.ink
      : scene.textOn(state === "failed" ? colours.failed : colours.awaiting);
    context.fillText(fitText(note, inBar, SMALL), Math.max(left, 0) + 6, y);
  } else {
    const before = isOneBar || left - 10 >= wanted ? left : Math.min(right, width);
    const text = fitText(note, before - 10, SMALL);
    write(text, before - 6 - textWidth(text, SMALL));
  }
}
