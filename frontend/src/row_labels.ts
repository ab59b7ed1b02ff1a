/** The names at the left of the Gantt chart's rows: elements for what is in sight, used again and again. */

import { FONT } from "./bars";
import { html, setAttribute, setText, uniqueId } from "./dom";
import { count, duration, fitText, oneLine, type Unit } from "./format";
import type { GraphModel, Kin, Target } from "./model";
import { type Row, rowAt } from "./rows";
import type { RunData } from "./run";

/** What tells of a node, and must go when its label is used for something else. */
const OF_A_NODE = ["data-node", "data-state", "data-started", "data-finished"];

export class RowLabels {
  readonly element = html("div", "ad-labels");
  private readonly pool: HTMLDivElement[] = [];
  private readonly prefix = uniqueId();

  constructor() {
    this.element.setAttribute("role", "presentation");
  }

  /**
   * Shows the labels of the rows between `top` and `top + high`, and returns the id of the chosen one.
   */
  draw(
    rows: readonly Row[],
    labelWidth: number,
    model: GraphModel,
    run: RunData | null,
    unit: Unit,
    top: number,
    high: number,
    kin: Kin | null,
    chosen: Target | null,
  ): string | null {
    let used = 0;
    let active: string | null = null;
    const room = labelWidth - 12;
    for (let index = Math.max(rowAt(rows, top), 0); index < rows.length; index++) {
      const row = rows[index];
      if (row.top >= top + high) break;
      const label = (this.pool[used] ??= this.newLabel());
      used++;
      label.hidden = false;
      label.id = `${this.prefix}-${index}`;
      label.style.transform = `translateY(${row.top}px)`;
      label.style.height = `${row.height}px`;
      label.style.width = `${room}px`;
      const isChosen =
        chosen !== null &&
        row.kind === chosen.kind &&
        (row.kind === "node" ? row.node : row.bundle) === chosen.index;
      if (isChosen) active = label.id;
      setAttribute(label, "aria-selected", isChosen ? "true" : "false");
      setAttribute(label, "aria-posinset", index + 1);
      setAttribute(label, "aria-setsize", rows.length);
      this.fillLabel(label, model, run, unit, row, room, kin);
    }
    for (const label of this.pool.slice(used)) {
      label.hidden = true;
      setAttribute(label, "aria-selected", "false");
    }
    return active;
  }

  private newLabel(): HTMLDivElement {
    const label = html("div", "ad-label", html("span", "ad-name"), html("span", "ad-under"));
    label.setAttribute("role", "treeitem");
    this.element.append(label);
    return label;
  }

  private fillLabel(
    label: HTMLDivElement,
    model: GraphModel,
    run: RunData | null,
    unit: Unit,
    row: Row,
    room: number,
    kin: Kin | null,
  ): void {
    const [name, under] = label.children;
    setAttribute(label, "data-kind", row.kind);
    setAttribute(label, "aria-level", row.kind === "lane" ? 2 : 1);
    setAttribute(label, "aria-expanded", row.kind === "bundle" ? String(row.open) : null);
    if (row.kind === "lane") {
      setText(name, "");
      setText(under, row.lane === 0 || row.lane % 10 === 9 ? `lane ${row.lane + 1}` : "");
      for (const attribute of [...OF_A_NODE, "data-bundle", "data-kin"]) {
        setAttribute(label, attribute, null);
      }
      setAttribute(label, "aria-label", `lane ${row.lane + 1}: ${count(row.nodes.length)} tasks`);
      return;
    }
    if (row.kind === "bundle") {
      const bundle = row.bundle;
      setText(name, `${row.open ? "▾" : "▸"} ${fitText(oneLine(model.boxTitle(bundle)), room - 16, `12px ${FONT}`)}`);
      const figures = run ? bundleText(run, bundle) : "";
      setText(under, figures);
      setAttribute(label, "data-bundle", bundle);
      for (const attribute of OF_A_NODE) {
        setAttribute(label, attribute, null);
      }
      setAttribute(label, "data-kin", kin ? (kin.boxes[bundle] ? "near" : "none") : null);
      setAttribute(label, "aria-label", `${oneLine(model.boxTitle(bundle))}: ${figures}`);
      return;
    }
    const node = row.node;
    const title = oneLine(model.graph.names[node]);
    setText(name, fitText(title, room, `12px ${FONT}`));
    setText(under, "");
    setAttribute(label, "data-bundle", null);
    setAttribute(label, "data-node", node);
    setAttribute(label, "data-state", run ? run.state(node) : null);
    setAttribute(label, "data-kin", kin ? (kin.nodes[node] ? "near" : "none") : null);
    const started = run?.started[node] ?? NaN;
    const finished = run?.finished[node] ?? NaN;
    setAttribute(label, "data-started", started === started ? started : null);
    setAttribute(label, "data-finished", finished === finished ? finished : null);
    let spoken = title;
    if (run) {
      spoken += `, ${run.state(node)}`;
      if (started === started) {
        spoken += `, started at ${duration(started, unit)}, took ${duration(run.lengthOf(node), unit)}`;
      }
      if (run.critical[node]) spoken += ", on the critical path";
    }
    setAttribute(label, "aria-label", spoken);
  }
}

function bundleText(run: RunData, bundle: number): string {
  const parts = [`${count(run.countIn(bundle, "done") + run.countIn(bundle, "reused"))} done`];
  const failed = run.countIn(bundle, "failed");
  const running = run.countIn(bundle, "running");
  if (failed) parts.push(`${count(failed)} failed`);
  if (running) parts.push(`${count(running)} run`);
  return `${parts.join(", ")} · peak ${count(run.bundles[bundle].peak)}`;
}
