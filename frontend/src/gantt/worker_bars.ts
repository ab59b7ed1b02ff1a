/** One row of a worker: the nodes that it ran one after the other, and what these waited for. */

import { isKnown } from "../state/times";
import { fitText, oneLine, SMALL, textWidth } from "../ui/text";
import { drawHeld } from "./bars";
import type { Row } from "./rows";
import { type Band, FADED, type Scene } from "./scene";
import { fillBar, outline, type Rectangle } from "./shapes";
import type { Stay } from "./workers";

type WorkerRow = Extract<Row, { kind: "worker" }>;

/** Pixels of a bar's height. */
const BAR = 19;
/** Pixels between the stripes over a worker that is gone. */
const STRIPES = 7;
const NAMED = 18;

/** How the attempts of nodes end that a lost worker took along; `trace/columns.py` has these words. */
const LOST = ["worker lost", "value lost with its worker"];

export function isLost(stay: Stay): boolean {
  return stay.error !== null && LOST.includes(stay.error);
}

/** Where bars lie in a row of a worker at `top`. */
export function barsOf(row: WorkerRow, top: number): Band {
  return { top: top + 2, height: Math.min(BAR, row.height - 7) };
}

export function drawWorkerRow(scene: Scene, row: WorkerRow, top: number): void {
  drawGround(scene, row, top);
  const band = barsOf(row, top);
  let before = 0;
  for (const [index, stay] of row.stays.entries()) {
    if (stay.start > scene.to) break;
    drawWait(scene, stay, band, before);
    drawStay(scene, stay, band, row.stays[index + 1]);
    before = Math.max(before, stay.end);
  }
}

function drawGround(scene: Scene, row: WorkerRow, top: number): void {
  const { context, run, colours, x } = scene;
  const worker = run.events.lanes.get(row.worker);
  if (!worker) return;
  const end = isKnown(worker.end) ? worker.end : scene.to;
  const left = x(worker.start);
  context.fillStyle = colours.panel;
  context.fillRect(left, top, x(end) - left, row.height);
  if (!isKnown(worker.end)) return;
  const [from, to] = [x(end), Math.min(x(run.elapsed), scene.width)];
  if (to <= from) return;
  context.save();
  context.beginPath();
  context.rect(from, top, to - from, row.height);
  context.clip();
  context.globalAlpha = 0.35;
  context.strokeStyle = colours.failed;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = from - row.height; at < to; at += STRIPES) {
    context.moveTo(at, top + row.height);
    context.lineTo(at + row.height, top);
  }
  context.stroke();
  context.restore();
}

/** Hatched before the bar; as a strip below another bar that the row still has then. */
function drawWait(scene: Scene, stay: Stay, band: Band, before: number): void {
  const { context, x, hatch } = scene;
  if (!isKnown(stay.since) || stay.since >= stay.start) return;
  const free = Math.max(stay.since, before);
  context.fillStyle = hatch;
  const width = x(stay.start) - x(free);
  if (width >= 1) context.fillRect(x(free), band.top + 2, width, band.height - 4);
  const covered = x(Math.min(free, stay.start)) - x(stay.since);
  if (covered >= 1) context.fillRect(x(stay.since), band.top + band.height + 1, covered, 3);
}

function drawStay(scene: Scene, stay: Stay, band: Band, next: Stay | undefined): void {
  const { context, run, x, colours, kin } = scene;
  const { node } = stay;
  const left = x(stay.start);
  const bar = { left, width: Math.max(x(stay.end) - left, 1), ...band };
  context.globalAlpha = kin && !kin.nodes[node] ? FADED : 1;
  const isLast = !(stay.end < run.endOf(node));
  const state = run.state(node);
  const hasFailed = stay.error !== null || (isLast && state === "failed");
  context.fillStyle = isLost(stay)
    ? colours["failed-fill"]
    : hasFailed
      ? colours.failed
      : isLast && state === "cancelled"
        ? colours.computed
        : colours.awaiting;
  const fill = context.fillStyle;
  fillBar(context, bar);
  if (isLost(stay)) outline(context, bar, colours.failed, 1);
  else if (isLast) {
    context.save();
    context.beginPath();
    context.rect(bar.left, bar.top, bar.width, bar.height);
    context.clip(); // what an attempt on another worker held belongs there
    drawHeld(scene, node, band);
    context.restore();
    if (run.critical[node]) outline(context, bar, colours.critical, 1.8);
  }
  if (scene.chosen === node) outline(context, bar, colours.chosen, 2);
  context.globalAlpha = 1;
  drawName(scene, stay, bar, fill, next);
}

/** In the bar, else beside it as far as nothing else is there. */
function drawName(
  scene: Scene,
  stay: Stay,
  bar: Rectangle,
  fill: string,
  next: Stay | undefined,
): void {
  const { context, run, model, colours, x } = scene;
  const title = oneLine(model.name(stay.node), 60);
  const name = isLost(stay) ? `${title}: ${stay.error}` : title;
  const from = Math.max(bar.left, 0);
  const inside = Math.min(bar.left + bar.width, scene.width) - from - 6;
  const then = next
    ? Math.min(isKnown(next.since) ? next.since : next.start, next.start)
    : scene.to;
  const right = bar.left + bar.width;
  const beside = x(Math.max(then, stay.end)) - right - 8;
  const needed = textWidth(name, SMALL);
  const isBeside = inside < needed && beside > Math.max(inside, NAMED);
  const room = isBeside ? beside : inside;
  if (room < Math.min(NAMED, needed)) return;
  const isHeld = run.held[stay.node] > 0.3 * (stay.end - stay.start);
  context.font = SMALL;
  context.textBaseline = "middle";
  context.fillStyle = isBeside ? colours.soft : scene.textOn(isHeld ? colours.holding : fill);
  const text = fitText(name, room, SMALL);
  if (text !== "…")
    context.fillText(text, isBeside ? right + 4 : from + 3, bar.top + bar.height / 2 + 0.5);
}
