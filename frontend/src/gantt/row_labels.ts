/** The names at the left of the rows: elements for the rows in sight, used again and again. */

import type { GraphModel } from "../state/model";
import { sameInner } from "../state/nested";
import type { RunData } from "../state/run";
import { isKnown } from "../state/times";
import { html, setAttribute, setText, uniqueId } from "../ui/dom";
import { count, duration, plural } from "../ui/format";
import type { Shown } from "../ui/shown";
import { fitText, NORMAL, oneLine } from "../ui/text";
import { STATE_WORDS } from "../ui/words";
import { RowNames } from "./row_names";
import { isOpen, type Row, rowAt, TWO_LINES } from "./rows";
import { workerName } from "./workers";

const SIGN_OF = { open: "▾ ", closed: "▸ " };
/** Of no width that a page would collapse. */
const INDENT = "\u2003";

/** Attributes of a node's label, to be removed when the label is used for something else. */
const OF_A_NODE = ["data-node", "data-state", "data-started", "data-finished"];

/** The part of the rows that is in sight, in pixels, and the width that labels have. */
export interface VisibleRows {
  top: number;
  height: number;
  labelWidth: number;
}

type RowOf<Kind extends Row["kind"]> = Extract<Row, { kind: Kind }>;

export class RowLabels {
  readonly element = html("div", "ad-labels");
  private readonly pool: HTMLDivElement[] = [];
  private readonly prefix = uniqueId();
  private readonly names = new RowNames();

  constructor() {
    this.element.setAttribute("role", "presentation");
  }

  /** Shows the labels of the rows in sight, and returns the id of the chosen one. */
  draw(shown: Shown, rows: readonly Row[], window: VisibleRows): string | null {
    // Set in by their depth, rows within others stand at the left.
    this.element.classList.toggle(
      "ad-tree",
      rows.some((row) => row.kind === "inner"),
    );
    let used = 0;
    let active: string | null = null;
    const room = window.labelWidth - 12;
    const first = Math.max(rowAt(rows, window.top), 0);
    let beyond = first;
    while (beyond < rows.length && rows[beyond].top < window.top + window.height) beyond++;
    const inSight = rows.slice(first, beyond);
    const nodes = inSight.flatMap((row) => (row.kind === "node" ? [row.node] : []));
    const canOpen = inSight.some((row) => row.kind === "node" && row.open !== null);
    const fitted = this.names.of(shown.model, nodes, room - (canOpen ? 16 : 0));
    const names = new Map(nodes.map((node, index) => [node, fitted[index]]));
    for (const [place, row] of inSight.entries()) {
      const index = first + place;
      this.pool[used] ??= this.newLabel();
      const label = this.pool[used++];
      label.hidden = false;
      label.id = `${this.prefix}-${index}`;
      label.style.transform = `translateY(${row.top}px)`;
      label.style.height = `${row.height}px`;
      label.style.width = `${room}px`;
      const isChosen = isRowOf(row, shown);
      if (isChosen) active = label.id;
      setAttribute(label, "aria-selected", isChosen ? "true" : "false");
      setAttribute(label, "aria-posinset", index + 1);
      setAttribute(label, "aria-setsize", rows.length);
      const name = row.kind === "node" ? names.get(row.node)! : fittedTitle(shown, row, room);
      fill(label, shown, row, name);
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
}

/** The name of a node, as wide as it may become, with the sign that it can be opened. */
export function nodeTitle(model: GraphModel, { node, open }: RowOf<"node">): string {
  const sign = open === null ? "" : SIGN_OF.closed;
  return sign + model.name(node);
}

/** The name of a task of a nested run, set in by its depth. */
export function innerTitle(run: RunData | null, { inner, level, open }: RowOf<"inner">): string {
  const sign = open === null ? "" : open ? SIGN_OF.open : SIGN_OF.closed;
  const name = oneLine(run?.events.nested.task(inner)?.name ?? "", 60);
  return INDENT.repeat(level) + sign + name;
}

/** The title of a bundle or of what is within a node, or the name of a worker. */
function fittedTitle({ model, run }: Shown, row: Row, room: number): string {
  if (row.kind === "inner") return fitText(innerTitle(run, row), room, NORMAL);
  if (row.kind === "worker") {
    return fitText(oneLine(workerName(run, row.worker)), room, NORMAL);
  }
  return fitText(oneLine(model.boxTitle(row.kind === "node" ? 0 : row.bundle)), room - 16, NORMAL);
}

function fill(label: HTMLDivElement, shown: Shown, row: Row, name: string): void {
  setAttribute(label, "data-kind", row.kind);
  const level = row.kind === "inner" ? row.level + 1 : row.kind === "lane" ? 2 : 1;
  setAttribute(label, "aria-level", level);
  const open = isOpen(row);
  setAttribute(label, "aria-expanded", open === null ? null : String(open));
  if (row.kind === "lane") fillLane(label, row);
  else if (row.kind === "worker") fillWorker(label, shown, row, name);
  else if (row.kind === "bundle") fillBundle(label, shown, row, name);
  else if (row.kind === "inner") fillInner(label, shown, row, name);
  else fillNode(label, shown, row, name);
}

function isRowOf(row: Row, { chosen }: Shown): boolean {
  if (chosen !== null && row.kind === "worker") {
    return chosen.kind === "node" && row.stays.some(({ node }) => node === chosen.index);
  }
  if (chosen === null) return false;
  if (row.kind === "inner") return chosen.inner !== undefined && sameInner(row.inner, chosen.inner);
  if (row.kind !== chosen.kind || chosen.inner !== undefined) return false;
  return (row.kind === "node" ? row.node : row.bundle) === chosen.index;
}

function fillLane(label: HTMLDivElement, row: RowOf<"lane">): void {
  const [name, under] = label.children;
  setText(name, "");
  setText(under, `lane ${row.lane + 1}`);
  for (const attribute of [...OF_A_NODE, "data-bundle", "data-kin"]) {
    setAttribute(label, attribute, null);
  }
  setAttribute(label, "aria-label", `lane ${row.lane + 1}: ${count(row.nodes.length)} tasks`);
}

function fillWorker(
  label: HTMLDivElement,
  { run, unit }: Shown,
  row: RowOf<"worker">,
  text: string,
): void {
  const [name, under] = label.children;
  const worker = run?.events.lanes.get(row.worker);
  const threads = worker === undefined ? "" : `${plural(worker.threads, "thread")} · `;
  const isGone = worker !== undefined && isKnown(worker.end);
  const busy = `busy ${Math.round(100 * row.busy)}%`;
  const figures = isGone ? `lost at ${unit.text(worker.end)}` : `${threads}${busy}`;
  setText(name, row.first ? text : "");
  setText(under, row.first ? figures : "");
  setAttribute(label, "data-worker", row.worker);
  for (const attribute of [...OF_A_NODE, "data-bundle", "data-kin"]) {
    setAttribute(label, attribute, null);
  }
  const nodes = count(row.stays.length);
  setAttribute(
    label,
    "aria-label",
    `${oneLine(workerName(run, row.worker))}: ${figures}, ${nodes} nodes`,
  );
}

function fillBundle(
  label: HTMLDivElement,
  { model, run, kin }: Shown,
  { bundle, open, height }: RowOf<"bundle">,
  text: string,
): void {
  const [name, under] = label.children;
  const title = oneLine(model.boxTitle(bundle));
  setText(name, `${open ? "▾" : "▸"} ${text}`);
  const figures = run ? bundleText(run, bundle) : "";
  setText(under, height >= TWO_LINES ? figures : "");
  setAttribute(label, "data-bundle", bundle);
  for (const attribute of OF_A_NODE) setAttribute(label, attribute, null);
  setAttribute(label, "data-kin", kin ? (kin.boxes[bundle] ? "near" : "none") : null);
  setAttribute(label, "aria-label", `${title}: ${figures}`);
}

function fillInner(
  label: HTMLDivElement,
  { run, unit }: Shown,
  { inner }: RowOf<"inner">,
  text: string,
): void {
  const [name, under] = label.children;
  const task = run?.events.nested.task(inner);
  setText(name, text);
  setText(under, "");
  for (const attribute of [...OF_A_NODE, "data-bundle", "data-kin"]) {
    setAttribute(label, attribute, null);
  }
  if (!task) return;
  setAttribute(label, "data-state", task.state);
  if (isKnown(task.start)) setAttribute(label, "data-started", task.start);
  if (isKnown(task.end)) setAttribute(label, "data-finished", task.end);
  const took = isKnown(task.end) ? `, took ${duration(task.end - task.start, unit)}` : "";
  setAttribute(label, "aria-label", `${oneLine(task.name)}, ${STATE_WORDS[task.state]}${took}`);
}

function fillNode(
  label: HTMLDivElement,
  shown: Shown,
  { node, open }: RowOf<"node">,
  text: string,
): void {
  const { run, kin } = shown;
  const [name, under] = label.children;
  const sign = open === null ? "" : open ? SIGN_OF.open : SIGN_OF.closed;
  setText(name, sign + text);
  setText(under, "");
  setAttribute(label, "data-bundle", null);
  setAttribute(label, "data-node", node);
  setAttribute(label, "data-state", run ? run.state(node) : null);
  setAttribute(label, "data-kin", kin ? (kin.nodes[node] ? "near" : "none") : null);
  const started = run?.started[node];
  const finished = run?.finished[node];
  setAttribute(label, "data-started", isKnown(started) ? started : null);
  setAttribute(label, "data-finished", isKnown(finished) ? finished : null);
  setAttribute(label, "aria-label", spokenNode(shown, node));
}

function spokenNode({ model, run, unit }: Shown, node: number): string {
  const parts = [oneLine(model.name(node))];
  if (run) {
    parts.push(STATE_WORDS[run.state(node)]);
    if (isKnown(run.started[node])) {
      parts.push(`started at ${duration(run.started[node], unit)}`);
      parts.push(`took ${duration(run.lengthOf(node), unit)}`);
    }
    if (run.critical[node]) parts.push("on the critical path");
  }
  return parts.join(", ");
}

function bundleText(run: RunData, bundle: number): string {
  const parts = [`${count(run.countIn(bundle, "done") + run.countIn(bundle, "reused"))} done`];
  const failed = run.countIn(bundle, "failed");
  const running = run.countIn(bundle, "running");
  if (failed) parts.push(`${count(failed)} failed`);
  if (running) parts.push(`${count(running)} run`);
  return `${parts.join(", ")} · peak ${count(run.bundles[bundle].peak)}`;
}
