/** The values that moved from one worker to another one, as curves as wide as these are large. */

import type { Move } from "../state/events";
import { bytes, unitFor } from "../ui/format";
import { oneLine, SMALL, textWidth } from "../ui/text";
import { BETWEEN_WORKERS, type Row } from "./rows";
import type { Scene } from "./scene";
import { barsOf } from "./worker_bars";

type WorkerRow = Extract<Row, { kind: "worker" }>;

/** The most that are drawn: those of the most bytes. */
const MOST = 60;
/** The share of the largest move's bytes, and of the run's time, below which none is drawn. */
const SMALL_MOVE = 0.02;

/** Bytes below which a value is small, however small the others are; `trace/columns.py` has them. */
const LARGE = 10_000;

/** What stands for how large and how long a move was: `blocks 20 MB · 90.2 ms`. */
export function moveText(name: string, { size, start, end }: Move): string {
  return `${oneLine(name, 30)} ${bytes(size)} · ${unitFor(end - start).text(end - start)}`;
}

/** Those that are worth drawing, the largest first. */
export function movesDrawn(moves: readonly Move[], took: number): Move[] {
  const largest = Math.max(0, ...moves.map(({ size }) => size));
  return moves
    .filter(
      ({ size, start, end }) => size >= SMALL_MOVE * largest || end - start >= SMALL_MOVE * took,
    )
    .sort((a, b) => b.size - a.size)
    .slice(0, MOST);
}

export function drawMoves(scene: Scene, rows: readonly Row[], scrollTop: number): void {
  const { run, context, colours } = scene;
  const workers = rows.filter((row): row is WorkerRow => row.kind === "worker");
  if (!workers.length) return;
  const moves = movesDrawn(run.events.moves, run.elapsed);
  const largest = Math.max(LARGE, moves[0]?.size ?? 0);
  const labels: { left: number; right: number; y: number }[] = [];
  for (const move of moves) {
    const ends = endsOf(scene, workers, move, scrollTop);
    if (!ends) continue;
    const { fromX, fromY, toX, toY } = ends;
    const width = 1 + 4 * Math.sqrt(move.size / largest);
    const middle = (fromY + toY) / 2;
    context.globalAlpha = 0.85;
    context.strokeStyle = context.fillStyle = colours.move;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.bezierCurveTo(fromX, middle, toX, middle, toX, toY);
    context.stroke();
    const back = toY + (toY > fromY ? -1 : 1) * (width + 3);
    context.beginPath();
    context.moveTo(toX, toY);
    context.lineTo(toX - width - 1.5, back);
    context.lineTo(toX + width + 1.5, back);
    context.fill();
    context.globalAlpha = 1;
    drawLabel(scene, move, ends, labels);
  }
}

interface Ends {
  fromX: number;
  fromY: number;
  toX: number;
  toY: number;
  /** The middle of the space between the target and the worker beside it. */
  between: number;
}

/** From the value's bar to the bar of what takes it, or to its worker's rows. */
function endsOf(
  { x, model }: Scene,
  rows: readonly WorkerRow[],
  move: Move,
  scrollTop: number,
): Ends | null {
  const sources = rows.filter(({ worker }) => worker === move.source);
  const targets = rows.filter(({ worker }) => worker === move.target);
  if (!sources.length || !targets.length) return null;
  const isDown = sources[0].top < targets[0].top;
  const edge = (row: WorkerRow, isLow: boolean): number => {
    const { top, height } = barsOf(row, row.top - scrollTop);
    return isLow ? top + height : top;
  };
  const source =
    sources.find(({ stays }) => stays.some(({ node }) => node === move.node)) ?? sources[0];
  const takers = new Set(model.dependentsOf(move.node));
  const target =
    targets.find(({ stays }) =>
      stays.some(({ node, start }) => takers.has(node) && start >= move.end - 1e-3),
    ) ?? targets[0];
  const last = targets[targets.length - 1];
  const half = BETWEEN_WORKERS / 2;
  const between = (isDown ? targets[0].top - half : last.top + last.height + half) - scrollTop;
  return {
    fromX: x(move.start),
    fromY: edge(source, isDown),
    toX: x(move.end),
    toY: edge(target, !isDown),
    between,
  };
}

/** Between two workers, beside the curve, where no other label is. */
function drawLabel(
  scene: Scene,
  move: Move,
  { fromX, toX, between }: Ends,
  taken: { left: number; right: number; y: number }[],
): void {
  const { context, model, colours } = scene;
  const text = moveText(model.name(move.node), move);
  const width = textWidth(text, SMALL);
  for (const left of [toX + 10, fromX - 10 - width]) {
    const right = left + width;
    if (left < 0 || right > scene.width) continue;
    const isFree = taken.every(
      (other) => other.y !== between || left > other.right + 6 || right < other.left - 6,
    );
    if (!isFree) continue;
    taken.push({ left, right, y: between });
    context.font = SMALL;
    context.textBaseline = "middle";
    context.fillStyle = colours.move;
    context.fillText(text, left, between);
    return;
  }
}
