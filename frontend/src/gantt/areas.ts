/** The row of a closed bundle: an area whose height is how many of its nodes run at once. */

import type { RunData } from "../state/run";
import type { Band, Scene } from "./scene";
import { dashedOutline } from "./shapes";

/** The heights of an area, one for each column of pixels. */
interface Area extends Band {
  columns: Float32Array;
}

export function drawBundle(scene: Scene, bundle: number, band: Band): void {
  const { context, run, colours, other } = scene;
  drawExpected(scene, bundle, band);
  const most = Math.max(run.bundles[bundle].peak, other?.bundles[bundle].peak ?? 0, 1);
  const area = areaOf(scene, run, bundle, band, most);
  fillArea(context, area, colours.awaiting);
  drawHeld(scene, bundle, band, most);
  strokeArea(context, area, colours.holding);
  if (other) {
    context.setLineDash([2, 2]);
    strokeArea(context, areaOf(scene, other, bundle, band, most), colours.soft);
    context.setLineDash([]);
  }
  drawCritical(scene, bundle, band);
}

function areaOf(scene: Scene, run: RunData, bundle: number, band: Band, most: number): Area {
  const { from, to, width } = scene;
  const columns = run.bundles[bundle].columns(from, to, Math.ceil(width), run.elapsed);
  return { ...band, columns: columns.map((running) => (running / most) * band.height) };
}

function fillArea(
  context: CanvasRenderingContext2D,
  { columns, top, height }: Area,
  colour: string,
): void {
  context.fillStyle = colour;
  context.beginPath();
  for (let column = 0; column < columns.length; ) {
    let next = column + 1;
    while (next < columns.length && columns[next] === columns[column]) next++;
    const high = columns[column];
    if (high > 0) context.rect(column, top + height - high, next - column, high);
    column = next;
  }
  context.fill();
}

function strokeArea(
  context: CanvasRenderingContext2D,
  { columns, top, height }: Area,
  colour: string,
): void {
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
    else context.lineTo(x, bottom - before);
    context.lineTo(x, bottom - now);
    before = now;
  }
  context.stroke();
}

/** One node at a time holds the loop: it has its share of the height, at the bottom. */
function drawHeld(scene: Scene, bundle: number, { top, height }: Band, most: number): void {
  const { context, run, colours, x, model, width } = scene;
  const share = Math.max(height / most, 2);
  context.fillStyle = colours.holding;
  let drawnTo = -1;
  const fill = (from: number, to: number): void => {
    const left = x(from);
    const right = Math.max(x(to), left + 0.5);
    if (right <= drawnTo || right < 0 || left > width) return;
    context.fillRect(left, top + height - share, right - left, share);
    drawnTo = right;
  };
  for (const node of model.boxMembers(bundle)) {
    const steps = run.events.steps.get(node);
    for (let index = 0; steps && index < steps.length; index += 2) {
      fill(steps[index], steps[index] + steps[index + 1]);
    }
  }
  drawnTo = -1;
  const { holding } = run;
  if (holding && model.boxOf(holding.node) === bundle) fill(holding.since, run.elapsed);
}

function drawCritical(scene: Scene, bundle: number, { top, height }: Band): void {
  const { context, run, colours, x, model } = scene;
  context.fillStyle = colours.critical;
  for (const node of model.boxMembers(bundle)) {
    if (!run.critical[node]) continue;
    const left = x(run.started[node]);
    context.fillRect(left, top + height + 1, Math.max(x(run.endOf(node)) - left, 2), 2.5);
  }
}

function drawExpected(scene: Scene, bundle: number, band: Band): void {
  const { run, context, x, colours, model } = scene;
  if (run.over || run.expected === null) return;
  let from = Infinity;
  let to = -Infinity;
  for (const node of [...model.bundles[bundle].members, ...model.boxMembers(bundle)]) {
    const rest = run.restOf(node);
    if (!rest) continue;
    from = Math.min(from, rest.start);
    to = Math.max(to, rest.end);
  }
  if (to <= from) return;
  dashedOutline(context, { left: x(from), width: x(to) - x(from), ...band }, colours.holding);
}
