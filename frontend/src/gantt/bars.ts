/** The bar of one node: its attempts, what held the loop in it, its progress, what is expected. */

import type { RunData } from "../state/run";
import { isKnown } from "../state/times";
import type { Band, Scene } from "./scene";
import { dashedOutline, fillBar, outline } from "./shapes";

export function drawNode(scene: Scene, node: number, band: Band): void {
  const { context, run, x, colours, other } = scene;
  const state = run.state(node);
  const start = run.started[node];
  if (other) drawOther(scene, other, node, { top: band.top + band.height, height: 3 });
  const rest = run.restOf(node);
  if (rest) {
    const bar = { left: x(rest.start), width: x(rest.end) - x(rest.start), ...band };
    dashedOutline(context, bar, run.critical[node] ? colours.critical : colours.holding);
  }
  const ready = run.ready[node];
  const waitsUntil = isKnown(start) ? start : state === "ready" ? run.elapsed : NaN;
  if (isKnown(ready) && waitsUntil > ready) drawQueued(scene, ready, waitsUntil, band);
  if (isKnown(start)) {
    const left = x(start);
    const bar = { left, width: Math.max(x(run.endOf(node)) - left, 1), ...band };
    context.fillStyle = state === "failed" ? colours.failed : colours.awaiting;
    if (state === "cancelled") context.fillStyle = colours.computed;
    if (run.model.partsOf(node).length) drawParts(scene, node, band);
    else if (run.events.attemptCount(node) > 1 || run.isPaused(node))
      drawAttempts(scene, node, band);
    else fillBar(context, bar);
    drawLate(scene, node, band);
    drawHeld(scene, node, band);
    drawProgress(scene, node, band);
    if (run.critical[node]) outline(context, bar, colours.critical, 1.8);
    if (scene.chosen === node) outline(context, grown(bar, 2), colours.chosen, 2);
  }
}

function grown<R extends { left: number; top: number; width: number; height: number }>(
  { left, top, width, height }: R,
  by: number,
): { left: number; top: number; width: number; height: number } {
  return { left: left - by, top: top - by, width: width + 2 * by, height: height + 2 * by };
}

/** Each attempt is a bar; a pause between two is a line, or hatched while it waits for something. */
function drawAttempts(scene: Scene, node: number, band: Band): void {
  const { context, run, x, colours } = scene;
  const start = run.started[node];
  const end = run.endOf(node);
  context.fillRect(x(start), band.top + band.height / 2 - 0.5, Math.max(x(end) - x(start), 1), 1);
  for (const wait of run.events.waitsOf(node)) {
    if (wait.start < start) continue;
    drawQueued(scene, wait.start, isKnown(wait.end) ? wait.end : run.elapsed, band);
  }
  const attempts = run.events.attemptsOf(node);
  for (const attempt of attempts) {
    const until = isKnown(attempt.end) ? attempt.end : end;
    const left = x(attempt.start);
    const bar = { left, width: Math.max(x(until) - left, 1), ...band };
    const isLost = run.state(node) === "failed" && attempt === attempts[attempts.length - 1];
    if (attempt.error === null) context.fillStyle = colours.awaiting;
    else context.fillStyle = isLost ? colours.failed : colours["failed-fill"];
    fillBar(context, bar);
    if (attempt.error !== null && !isLost) outline(context, grown(bar, -0.5), colours.failed, 1);
  }
}

/** What streams is a bar of its parts; between them it was held back by what takes its values. */
function drawParts(scene: Scene, node: number, band: Band): void {
  const { run, context, x } = scene;
  const { fillStyle } = context;
  let before = NaN;
  for (const part of run.model.partsOf(node)) {
    if (!isKnown(run.started[part])) continue;
    if (isKnown(before)) drawQueued(scene, before, run.started[part], band);
    before = run.endOf(part);
    const left = x(run.started[part]);
    const width = x(before) - left;
    context.fillStyle = fillStyle;
    // A hair between two values, where there is room for one.
    fillBar(context, { left, width: Math.max(width > 4 ? width - 0.75 : width, 1), ...band });
  }
}

function drawQueued(scene: Scene, from: number, to: number, { top, height }: Band): void {
  const { context, x, hatch } = scene;
  const left = x(from);
  const width = x(to) - left;
  if (width < 1) return;
  context.fillStyle = hatch;
  context.fillRect(left, top + 2, width, height - 4);
}

/** Before steps that began late: what the node awaited was there, and others held the loop. */
function drawLate(scene: Scene, node: number, { top, height }: Band): void {
  const { context, run, x, hatch } = scene;
  context.fillStyle = hatch;
  for (const { start, atLeast } of run.events.lateOf(node)) {
    const left = x(Math.max(start - atLeast, run.started[node]));
    const width = x(start) - left;
    if (width >= 1) context.fillRect(left, top + height / 2, width, height / 2);
  }
}

/** Steps that held the loop, where they were; the rest, too short to be recorded, at the start. */
export function drawHeld(scene: Scene, node: number, { top, height }: Band): void {
  const { context, run, x, colours } = scene;
  const alpha = context.globalAlpha;
  if (run.state(node) === "failed") context.globalAlpha = alpha * 0.55;
  context.fillStyle = colours.holding;
  const steps = run.events.steps.get(node) ?? [];
  let recorded = 0;
  let drawnTo = -1;
  for (let index = 0; index < steps.length; index += 2) {
    recorded += steps[index + 1];
    const left = x(steps[index]);
    const right = Math.max(x(steps[index] + steps[index + 1]), left + 1);
    if (right <= drawnTo) continue; // many steps in one pixel
    context.fillRect(Math.max(left, drawnTo), top, right - Math.max(left, drawnTo), height);
    drawnTo = right;
  }
  const left = x(run.started[node]);
  const rest = x(run.started[node] + Math.max(run.held[node] - recorded, 0)) - left;
  if (rest >= 1) context.fillRect(left, top, rest, height);
  if (run.holding?.node === node) {
    const since = x(run.holding.since);
    context.fillRect(since, top, Math.max(x(run.elapsed) - since, 1), height);
  }
  context.globalAlpha = alpha;
}

function drawProgress(scene: Scene, node: number, { top, height }: Band): void {
  const { context, run, x, colours } = scene;
  const progress = run.events.progress.get(node);
  if (!progress?.total || progress.total <= 0) return;
  const share = Math.min(Math.max(progress.done / progress.total, 0), 1);
  const left = x(run.started[node]);
  context.fillStyle = colours.done;
  context.fillRect(left, top + height - 4, (x(run.endOf(node)) - left) * share, 4);
}

function drawOther(scene: Scene, other: RunData, node: number, { top, height }: Band): void {
  const { context, x, colours } = scene;
  const start = other.started[node];
  if (!isKnown(start)) return;
  context.fillStyle = colours.soft;
  context.fillRect(x(start), top, Math.max(x(other.endOf(node)) - x(start), 1), height);
}
