/** Draws the rows of a Gantt chart on a canvas: bars, areas, lanes. */

import type { Colours } from "./theme";
import { fitText, oneLine, textWidth } from "./format";
import type { GraphModel, Kin } from "./model";
import type { RunData } from "./run";
import type { Row } from "./rows";
import type { Series } from "./series";
import { ending, SIGNS } from "./ui/words";

export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const SMALL = `11px ${FONT}`;
/** Bars narrower than this can't show an outline or a corner. */
const SLIVER = 3;

export interface Scene {
  context: CanvasRenderingContext2D;
  model: GraphModel;
  run: RunData;
  /** Another run to compare with, drawn as thin bars below. */
  other: RunData | null;
  colours: Colours;
  hatch: CanvasPattern | string;
  /** Seconds to pixels. */
  x: (seconds: number) => number;
  from: number;
  to: number;
  width: number;
  /** What is hovered or chosen, with its kin; the rest is faded. */
  kin: Kin | null;
  chosen: number | null;
}

export function drawRow(scene: Scene, row: Row, top: number): void {
  const { context, kin } = scene;
  if (row.kind === "node") {
    context.globalAlpha = kin && !kin.nodes[row.node] ? 0.25 : 1;
    const inset = row.height >= 26 ? 5 : 3;
    drawNode(scene, row.node, top + inset, row.height - 2 * inset);
  } else if (row.kind === "bundle") {
    context.globalAlpha = kin && !kin.boxes[row.bundle] ? 0.25 : 1;
    drawArea(scene, row.bundle, top + 6, row.height - 14);
  } else {
    drawLane(scene, row.nodes, top + 2, row.height - 4);
  }
  context.globalAlpha = 1;
}

function drawNode(scene: Scene, node: number, top: number, height: number): void {
  const { context, run, x, colours, other } = scene;
  const state = run.state(node);
  const start = run.started[node];
  const end = run.endOf(node);
  if (other) drawOther(scene, other, node, top + height, 3);
  drawExpected(scene, node, top, height);
  const ready = run.ready[node];
  const waitsUntil = start === start ? start : state === "ready" ? run.elapsed : NaN;
  if (ready === ready && waitsUntil > ready) drawQueued(scene, ready, waitsUntil, top, height);
  if (start === start) {
    const left = x(start);
    const width = Math.max(x(end) - left, 1);
    const attempts = run.attempts.get(node);
    context.fillStyle = state === "failed" ? colours.failed : colours.awaiting;
    if (state === "cancelled") context.fillStyle = colours.computed;
    if (attempts && attempts.size > 1) {
      // The pauses between attempts are a line; what a node waited for in them is hatched.
      context.fillRect(left, top + height / 2 - 0.5, width, 1);
      for (const wait of run.waits.get(node)?.values() ?? []) {
        if (wait.start >= start) {
          drawQueued(scene, wait.start, wait.end === wait.end ? wait.end : run.elapsed, top, height);
        }
      }
      for (const one of attempts.values()) {
        const until = one.end === one.end ? one.end : end;
        context.fillStyle = one.error === null ? colours.awaiting : colours.failed;
        bar(context, x(one.start), top, Math.max(x(until) - x(one.start), 1), height);
      }
    } else {
      bar(context, left, top, width, height);
    }
    drawHeld(scene, node, top, height);
    drawProgress(scene, node, top, height);
    if (run.critical[node]) outline(context, left, top, width, height, colours.critical, 1.8);
    if (scene.chosen === node) {
      outline(context, left - 2, top - 2, width + 4, height + 4, colours.chosen, 2);
    }
  }
  const note = noteOn(scene, node);
  if (note) drawNote(scene, note, node, top + height / 2 + 0.5);
}

/** The note behind the bar; where there is no room, in it or before it. */
function drawNote(scene: Scene, note: string, node: number, y: number): void {
  const { context, run, x, colours, width } = scene;
  const state = run.state(node);
  const started = run.started[node];
  const left = started === started ? x(started) : x(run.ready[node] || 0);
  const right = started === started ? x(run.endOf(node)) : x(run.finished[node] || 0);
  context.font = SMALL;
  context.textBaseline = "middle";
  const wanted = Math.min(textWidth(note, SMALL), 220);
  const isOneBar = started === started && (run.attempts.get(node)?.size ?? 0) < 2;
  const inBar = isOneBar ? Math.min(right, width) - Math.max(left, 0) - 12 : 0;
  const colour = state === "failed" ? colours.failed : colours.soft;
  const write = (text: string, at: number): void => {
    context.fillStyle = colours.ground; // it may stand on stripes
    context.fillRect(at - 2, y - 7, textWidth(text, SMALL) + 4, 13);
    context.fillStyle = colour;
    context.fillText(text, at, y);
  };
  if (width - right - 10 >= wanted || (width - right > left && inBar < wanted)) {
    const at = Math.max(right, 0) + 6;
    write(fitText(note, width - at - 4, SMALL), at);
  } else if (inBar >= wanted) {
    context.fillStyle = state === "failed" ? colours.ground : colours.ink;
    context.fillText(fitText(note, inBar, SMALL), Math.max(left, 0) + 6, y);
  } else {
    const before = isOneBar || left - 10 >= wanted ? left : Math.min(right, width);
    const text = fitText(note, before - 10, SMALL);
    write(text, before - 6 - textWidth(text, SMALL));
  }
}

/** A word beside the bar where colour alone would have to tell. */
function noteOn({ run, model }: Scene, node: number): string {
  const cause = run.causes.get(node);
  const state = run.state(node);
  switch (state) {
    case "failed": {
      const error = run.errors.get(node);
      return error ? `✗ ${oneLine(error, 80)}` : "✗ failed";
    }
    case "cancelled":
    case "skipped":
    case "reused":
      return `${SIGNS[state]} ${ending(state, cause, cause === undefined ? "" : oneLine(model.graph.names[cause] ?? "", 40))}`;
    case "running": {
      const progress = run.progress.get(node);
      if (!progress) return "";
      const figure =
        progress.total === null ? `${progress.done}` : `${progress.done} / ${progress.total}`;
      return progress.message ? `${figure} · ${oneLine(progress.message, 60)}` : figure;
    }
    default:
      return "";
  }
}

function drawQueued(scene: Scene, from: number, to: number, top: number, height: number): void {
  const { context, x, hatch } = scene;
  const left = x(from);
  const width = x(to) - left;
  if (width < 1) return;
  context.fillStyle = hatch;
  context.fillRect(left, top + 2, width, height - 4);
}

/** The steps that held the loop, at their place; what was too short to be recorded, at the start. */
function drawHeld(scene: Scene, node: number, top: number, height: number): void {
  const { context, run, x, colours } = scene;
  if (run.state(node) === "failed") context.globalAlpha *= 0.55;
  context.fillStyle = colours.holding;
  const steps = run.steps.get(node) ?? [];
  let known = 0;
  let drawnTo = -1;
  for (let index = 0; index < steps.length; index += 2) {
    known += steps[index + 1];
    const left = x(steps[index]);
    const right = Math.max(x(steps[index] + steps[index + 1]), left + 1);
    if (right <= drawnTo) continue; // many steps in one pixel
    context.fillRect(Math.max(left, drawnTo), top, right - Math.max(left, drawnTo), height);
    drawnTo = right;
  }
  const left = x(run.started[node]);
  const rest = x(run.started[node] + Math.max(run.held[node] - known, 0)) - left;
  if (rest >= 1) context.fillRect(left, top, rest, height);
  if (run.holding?.node === node) {
    const since = x(run.holding.since);
    context.fillRect(since, top, Math.max(x(run.elapsed) - since, 1), height);
  }
  if (run.state(node) === "failed") context.globalAlpha /= 0.55;
}

function drawProgress(scene: Scene, node: number, top: number, height: number): void {
  const { context, run, x, colours } = scene;
  const progress = run.progress.get(node);
  if (!progress || !progress.total || progress.total <= 0) return;
  const share = Math.min(Math.max(progress.done / progress.total, 0), 1);
  const left = x(run.started[node]);
  context.fillStyle = colours.done;
  context.fillRect(left, top + height - 4, (x(run.endOf(node)) - left) * share, 4);
}

function drawExpected(scene: Scene, node: number, top: number, height: number): void {
  const { context, run, x, colours } = scene;
  const end = run.expectedFinish?.[node] ?? NaN;
  if (run.over || !(end === end) || run.finished[node] === run.finished[node]) return;
  const start = run.expectedStart![node];
  const from = run.isRunning(node) ? Math.max(run.elapsed, start) : start;
  if (end > from) dashed(context, x(from), top, x(end) - x(from), height, colours.awaiting);
}

function drawOther(scene: Scene, other: RunData, node: number, top: number, height: number): void {
  const { context, x, colours } = scene;
  const start = other.started[node];
  if (!(start === start)) return;
  context.fillStyle = colours.soft;
  context.fillRect(x(start), top, Math.max(x(other.endOf(node)) - x(start), 1), height);
}

/** How many of a bundle run at once. */
function drawArea(scene: Scene, bundle: number, top: number, height: number): void {
  const { context, run, colours, x, model, other } = scene;
  const series = run.bundles[bundle];
  const members = model.boxMembers(bundle);
  drawExpectedArea(scene, members, top, height);
  const most = Math.max(series.peak, other?.bundles[bundle].peak ?? 0, 1);
  fillArea(scene, series, run.elapsed, top, height, most, colours.awaiting);
  // One node at a time holds the loop: its share of the height, at the bottom.
  const share = Math.max(height / most, 2);
  context.fillStyle = colours.holding;
  let drawnTo = -1;
  const dark = (from: number, to: number): void => {
    const left = x(from);
    const right = Math.max(x(to), left + 0.5);
    if (right <= drawnTo || right < 0 || left > scene.width) return;
    context.fillRect(left, top + height - share, right - left, share);
    drawnTo = right;
  };
  for (const node of members) {
    const steps = run.steps.get(node);
    for (let index = 0; steps && index < steps.length; index += 2) {
      dark(steps[index], steps[index] + steps[index + 1]);
    }
  }
  drawnTo = -1;
  const { holding } = run;
  if (holding && model.boxOf(holding.node) === bundle) dark(holding.since, run.elapsed);
  strokeArea(scene, series, run.elapsed, top, height, most, colours.holding);
  if (other) {
    context.setLineDash([2, 2]);
    strokeArea(scene, other.bundles[bundle], other.elapsed, top, height, most, colours.soft);
    context.setLineDash([]);
  }
  context.fillStyle = colours.critical;
  for (const node of members) {
    if (!run.critical[node]) continue;
    const left = x(run.started[node]);
    context.fillRect(left, top + height + 1, Math.max(x(run.endOf(node)) - left, 2), 2.5);
  }
}

function drawExpectedArea(
  scene: Scene,
  members: readonly number[],
  top: number,
  height: number,
): void {
  const { run, context, x, colours } = scene;
  if (run.over || run.expectedFinish === null) return;
  let from = Infinity;
  let to = -Infinity;
  for (const node of members) {
    const end = run.expectedFinish[node];
    if (!(end === end) || run.finished[node] === run.finished[node]) continue;
    from = Math.min(from, run.expectedStart![node]);
    to = Math.max(to, end);
  }
  from = Math.max(from, run.elapsed);
  if (to > from) dashed(context, x(from), top, x(to) - x(from), height, colours.awaiting);
}

export interface AreaTarget {
  context: CanvasRenderingContext2D;
  width: number;
  from: number;
  to: number;
}

export function fillArea(
  { context, from, to, width }: AreaTarget,
  series: Series,
  until: number,
  top: number,
  height: number,
  most: number,
  colour: string,
): void {
  const columns = series.columns(from, to, Math.ceil(width), until);
  context.fillStyle = colour;
  context.beginPath();
  for (let column = 0; column < columns.length; ) {
    let next = column + 1;
    while (next < columns.length && columns[next] === columns[column]) next++;
    const high = (columns[column] / most) * height;
    if (high > 0) context.rect(column, top + height - high, next - column, high);
    column = next;
  }
  context.fill();
}

export function strokeArea(
  { context, from, to, width }: AreaTarget,
  series: Series,
  until: number,
  top: number,
  height: number,
  most: number,
  colour: string,
): void {
  const columns = series.columns(from, to, Math.ceil(width), until);
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  const bottom = top + height;
  let before = 0;
  for (let column = 0; column <= columns.length; column++) {
    const now = column < columns.length ? columns[column] : 0;
    if (now === before) continue;
    const x = Math.round(column) + 0.5;
    if (before === 0) context.moveTo(x, bottom);
    else context.lineTo(x, bottom - (before / most) * height);
    context.lineTo(x, bottom - (now / most) * height);
    before = now;
  }
  context.stroke();
}

/** One lane of an open bundle: bars after each other, those of less than a pixel drawn as one. */
function drawLane(scene: Scene, nodes: readonly number[], top: number, height: number): void {
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
    context.globalAlpha = kin && !kin.nodes[node] ? 0.25 : 1;
    context.fillStyle =
      state === "failed"
        ? colours.failed
        : state === "cancelled"
          ? colours.computed
          : colours.awaiting;
    context.fillRect(left, top, width, height);
    if (width > SLIVER) drawHeld(scene, node, top, height);
    if (run.critical[node]) outline(context, left, top, width, height, colours.critical, 1.5);
    if (scene.chosen === node) outline(context, left - 1, top - 1, width + 2, height + 2, colours.chosen, 2);
    drawnTo = right;
  }
}

function bar(
  context: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
): void {
  if (width < SLIVER) {
    context.fillRect(left, top, width, height);
    return;
  }
  context.beginPath();
  context.roundRect(left, top, width, height, 3);
  context.fill();
}

function outline(
  context: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
  colour: string,
  thick: number,
): void {
  context.strokeStyle = colour;
  context.lineWidth = thick;
  context.beginPath();
  context.roundRect(left, top, Math.max(width, 1), height, 3);
  context.stroke();
}

function dashed(
  context: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
  colour: string,
): void {
  context.setLineDash([3, 3]);
  outline(context, left, top + 0.5, width, height - 1, colour, 1);
  context.setLineDash([]);
}

/** Grey stripes for what could run but waits. */
export function hatchFor(context: CanvasRenderingContext2D, colours: Colours): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = tile.getContext("2d");
  if (!pen) return colours.queued;
  pen.fillStyle = colours.ground;
  pen.fillRect(0, 0, 6, 6);
  pen.strokeStyle = colours.edge;
  pen.lineWidth = 1.2;
  pen.beginPath();
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift - 1, 7);
    pen.lineTo(shift + 7, -1);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat") ?? colours.queued;
}
