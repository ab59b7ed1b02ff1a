/** What is known of the chosen node or bundle. */

import type { GraphModel } from "../state/model";
import type { InnerPlace } from "../state/nested";
import type { RunData } from "../state/run";
import type { Target } from "../state/target";
import { isKnown } from "../state/times";
import { Disposer, html, morph } from "../ui/dom";
import { count, duration, plural, type Unit } from "../ui/format";
import type { Shown } from "../ui/shown";
import { oneLine } from "../ui/text";
import { ending, STATE_WORDS } from "../ui/words";
import {
  attemptsOf,
  callsOf,
  earlierOf,
  expectedOf,
  innerFacts,
  lateOf,
  nestedOf,
  partsOf,
  progressOf,
  timesOf,
  waitsOf,
  whereOf,
} from "./facts";

const MOST_NEIGHBOURS = 8;
const MOST_TEXT = 4000;

export interface FootEvents {
  choose(target: Target): void;
  hover(target: Target | null): void;
}

export class Details {
  readonly element = html("section", "ad-details");
  private readonly disposer = new Disposer();
  private stamp = "";
  private model: GraphModel | null = null;

  constructor(private readonly events: FootEvents) {
    this.element.setAttribute("aria-label", "Details of the chosen node");
    this.disposer.listen(this.element, "click", (event: MouseEvent) => {
      const node = linkOf(event.target);
      if (node !== null && this.model) this.events.choose(this.model.targetOf(node));
    });
  }

  draw(shown: Shown): void {
    const { model, run, unit, chosen } = shown;
    this.model = model;
    const hint = hintFor(model);
    const version = chosen && run ? run.version : 0;
    const stamp = JSON.stringify([chosen, run?.key, version, unit.name, hint]);
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    morph(
      this.element,
      chosen === null
        ? [html("p", "ad-muted", hint)]
        : chosen.inner && run?.events.nested.task(chosen.inner)
          ? innerDetails(shown, run, chosen.index, chosen.inner)
          : chosen.kind === "node"
            ? nodeDetails(shown, chosen.index)
            : bundleDetails(shown, chosen.index),
    );
  }

  dispose(): void {
    this.disposer.dispose();
    this.element.remove();
  }
}

function linkOf(element: EventTarget | null): number | null {
  const link = element instanceof Element ? element.closest("[data-link]") : null;
  return link ? Number(link.getAttribute("data-link")) : null;
}

function link(model: GraphModel, node: number): HTMLButtonElement {
  const button = html("button", "ad-link", oneLine(model.name(node), 60));
  button.type = "button";
  button.dataset["link"] = String(node);
  return button;
}

function muted(text: string): HTMLSpanElement {
  return html("span", "ad-muted", text);
}

/** `label figure · label figure` */
function line(...parts: (Node | string)[][]): HTMLDivElement {
  const made = html("div", "ad-line");
  for (const [index, part] of parts.entries()) {
    made.append(...(index ? [muted(" · ")] : []), ...part);
  }
  return made;
}

function figure(label: string, text: string): (Node | string)[] {
  return [muted(`${label} `), text];
}

function heading(name: string, where: string): HTMLDivElement {
  return html("div", "ad-line", html("b", "", html("bdi", "", name)), " ", muted(where));
}

function nodeDetails({ model, run, unit }: Shown, node: number): HTMLElement[] {
  const name = oneLine(model.name(node), 120);
  const parts = [heading(name, whereOf(model, node)), ...factsOf(model, run, node)];
  parts.push(...neighbours(model, "depends on", model.dependenciesOf(node)));
  parts.push(...neighbours(model, "needed by", model.dependentsOf(node)));
  if (!run || !model.isTask(node)) return parts;
  parts.push(...courseOf(model, run, node, unit));
  const details = run.details.get(node);
  if (details?.value) parts.push(block("value", details.value));
  const error = details?.traceback ?? run.events.errors.get(node);
  if (error) parts.push(block("error", error));
  if (!details && !run.over && run.heard === false && isKnown(run.finished[node])) {
    parts.push(
      line([
        muted("Its value comes when the cell has ended: until then the kernel hears nothing."),
      ]),
    );
  }
  return parts;
}

/** A task of an invoke within a node. */
function innerDetails(
  { model, unit }: Shown,
  run: RunData,
  node: number,
  inner: InnerPlace,
): HTMLElement[] {
  const name = run.events.nested.task(inner)?.name ?? "";
  return [
    heading(oneLine(name, 120), ""),
    line([muted("in an invoke within "), link(model, node)]),
    line(...innerFacts(run, inner, unit).map((fact) => figure(...fact))),
  ];
}

function factsOf(model: GraphModel, run: RunData | null, node: number): HTMLElement[] {
  const { graph } = model;
  const facts: (Node | string)[][] = [];
  const of = model.nodeOf(node);
  const task = graph.origins[graph.origin[of]]?.[0];
  const group = graph.groups?.[of];
  const limit = graph.limits?.[of];
  if (run && model.isTask(node)) facts.push(figure("state", STATE_WORDS[run.state(node)]));
  if (task && task !== model.name(node)) facts.push(figure("task", oneLine(task, 80)));
  const lane = run?.events.laneOf.get(node);
  const worker = lane === undefined ? undefined : run?.events.lanes.get(lane);
  if (worker) facts.push(figure("on", oneLine(worker.name, 40)));
  if (group) facts.push(figure("group", oneLine(group, 60)));
  if (limit) facts.push(figure("limit", oneLine(limit, 60)));
  return facts.length ? [line(...facts)] : [];
}

/** Times, the parts of its duration, and what happened meanwhile. */
function courseOf(model: GraphModel, run: RunData, node: number, unit: Unit): HTMLElement[] {
  const parts = partsOf(run, node, unit);
  const slack = run.slack?.[node];
  if (isKnown(slack)) parts.push(["slack", duration(slack, unit)]);
  const facts = parts.map((fact) => figure(...fact));
  if (run.critical[node]) facts.push(["on the critical path"]);
  const lines = [timesOf(run, node, unit), expectedOf(run, node, unit), earlierOf(run, node, unit)]
    .filter((each) => each.length)
    .map((each) => line(...each.map((fact) => figure(...fact))));
  if (facts.length) lines.push(line(...facts));
  for (const fact of [
    ...nestedOf(run, node, unit),
    ...progressOf(run, node),
    ...lateOf(run, node, unit),
    ...callsOf(run, node, unit),
    ...waitsOf(run, node, unit),
    ...attemptsOf(run, node, unit),
  ]) {
    lines.push(line(figure(...fact)));
  }
  const cause = run.events.causes.get(node);
  if (cause !== undefined) {
    // The place of the node that failed is marked by a character that no word has.
    const [before, after] = ending(run.state(node), cause, "\0").split("\0");
    lines.push(line(after === undefined ? [before] : [before, link(model, cause), after]));
  }
  return lines;
}

function block(label: string, text: string): HTMLElement {
  const cut = text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)} …` : text;
  const pre = html("pre", "ad-text", cut);
  pre.tabIndex = 0;
  pre.setAttribute("aria-label", label);
  return html("div", `ad-block ad-${label}`, muted(label), pre);
}

function neighbours(model: GraphModel, label: string, nodes: readonly number[]): HTMLElement[] {
  if (!nodes.length) return [];
  const parts: (Node | string)[] = [muted(`${label} `)];
  nodes.slice(0, MOST_NEIGHBOURS).forEach((node, index) => {
    if (index) parts.push(", ");
    parts.push(link(model, node));
  });
  if (nodes.length > MOST_NEIGHBOURS) {
    parts.push(muted(` and ${count(nodes.length - MOST_NEIGHBOURS)} more`));
  }
  return [line(parts)];
}

function bundleDetails({ model, run, unit }: Shown, bundle: number): HTMLElement[] {
  const members = model.boxMembers(bundle);
  const title = oneLine(model.boxTitle(bundle), 120);
  const [first] = model.bundles[bundle].members;
  const parts: HTMLElement[] = [heading(title, whereOf(model, first))];
  if (model.bundles[bundle].members.length === 1) {
    parts.push(...neighbours(model, "depends on", nodesOf(model, model.boxDependencies[bundle])));
  }
  if (!run) return parts;
  const series = run.bundles[bundle];
  const states = (["done", "running", "failed", "cancelled", "skipped", "reused"] as const)
    .filter((state) => run.countIn(bundle, state))
    .map((state) => figure(STATE_WORDS[state], count(run.countIn(bundle, state))));
  parts.push(line(figure("tasks", count(members.length)), ...states));
  if (!isKnown(series.first)) return parts;
  const started = members.filter((node) => isKnown(run.started[node]));
  const work = started.reduce((sum, node) => sum + run.lengthOf(node), 0);
  const held = started.reduce((sum, node) => sum + run.held[node], 0);
  const longest = started.reduce((a, b) => (run.lengthOf(b) > run.lengthOf(a) ? b : a));
  parts.push(
    line(
      figure("first start", duration(series.first, unit)),
      figure("last end", duration(series.last(run.elapsed), unit)),
      figure("peak", count(series.peak)),
    ),
    line(
      figure("awaiting", duration(Math.max(work - held, 0), unit)),
      figure("holding the loop", duration(held, unit)),
    ),
    line([muted("longest "), link(model, longest), ` ${duration(run.lengthOf(longest), unit)}`]),
  );
  return parts;
}

/** The nodes of boxes that stand for one node, or map, each. */
function nodesOf(model: GraphModel, boxes: readonly number[]): number[] {
  return boxes.flatMap((box) => model.bundles[box].members.slice(0, 1));
}

function hintFor(model: GraphModel): string {
  return !model.hasSeveral
    ? `${plural(model.tasks, "task")}; click one, or use the arrow keys, for its details`
    : "Click a box or a row for its details, the name of a row to open it into lanes of single bars.";
}
