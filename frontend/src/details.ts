/** What is known of the chosen node or bundle, and what limits the run: the two parts at the foot. */

import { Disposer, html, morph } from "./dom";
import { count, duration, fileName, oneLine, plural, type Unit } from "./format";
import type { GraphModel, Target } from "./model";
import type { Finding } from "./protocol";
import type { RunData } from "./run";
import { STATE_WORDS } from "./ui/words";

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

  constructor(private readonly events: FootEvents) {
    this.element.setAttribute("aria-label", "Details of the chosen node");
    this.disposer.listen(this.element, "click", (event: MouseEvent) => {
      const node = linkOf(event.target);
      if (node !== null) this.events.choose({ kind: "node", index: node });
    });
  }

  draw(model: GraphModel, run: RunData | null, target: Target | null, unit: Unit, hint: string): void {
    const version = target && run ? run.version : 0;
    const stamp = JSON.stringify([target, run?.key, version, unit.name, hint]);
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    morph(
      this.element,
      target === null
        ? [html("p", "ad-muted", hint)]
        : target.kind === "node"
          ? nodeDetails(model, run, target.index, unit)
          : bundleDetails(model, run, target.index, unit),
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
  const button = html("button", "ad-link", oneLine(model.graph.names[node], 60));
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
  parts.forEach((part, index) => made.append(...(index ? [muted(" · ")] : []), ...part));
  return made;
}

function figure(label: string, text: string): (Node | string)[] {
  return [muted(`${label} `), text];
}

function heading(name: string, where: string): HTMLDivElement {
  return html("div", "ad-line", html("b", "", html("bdi", "", name)), " ", muted(where));
}

function nodeDetails(
  model: GraphModel,
  run: RunData | null,
  node: number,
  unit: Unit,
): HTMLElement[] {
  const { graph } = model;
  const origin = graph.origins[graph.origin[node]];
  const where = origin?.[1]
    ? `${oneLine(fileName(origin[1]), 80)}${origin[2] === null ? "" : `:${origin[2]}`}`
    : "";
  const made: HTMLElement[] = [heading(oneLine(graph.names[node], 120), where)];
  const facts: (Node | string)[][] = [];
  if (origin?.[0] && origin[0] !== graph.names[node]) facts.push(figure("task", oneLine(origin[0], 80)));
  if (graph.groups?.[node]) facts.push(figure("group", oneLine(graph.groups[node], 60)));
  if (graph.limits?.[node]) facts.push(figure("limit", oneLine(graph.limits[node], 60)));
  if (run && model.isTask[node]) facts.unshift(figure("state", run.state(node)));
  if (facts.length) made.push(line(...facts));
  made.push(...neighbours(model, "depends on", graph.dependencies[node]));
  made.push(...neighbours(model, "needed by", model.dependents[node]));
  if (!run || !model.isTask[node]) return made;
  const at = (time: number): string | null => (time === time ? duration(time, unit) : null);
  const times: (Node | string)[][] = [];
  for (const [label, time] of [
    ["ready", run.ready[node]],
    ["started", run.started[node]],
    ["finished", run.finished[node]],
  ] as const) {
    const text = at(time);
    if (text !== null) times.push(figure(label, text));
  }
  if (times.length) made.push(line(...times));
  const started = run.started[node];
  if (started === started) {
    let held = run.held[node];
    if (run.holding?.node === node) held += Math.max(run.elapsed - run.holding.since, 0);
    const length = run.lengthOf(node);
    const parts = [
      figure("awaiting", duration(Math.max(length - held, 0), unit)),
      figure("holding the loop", duration(held, unit)),
    ];
    const slack = run.slack?.[node] ?? NaN;
    if (slack === slack) parts.push(figure("slack", duration(slack, unit)));
    if (run.critical[node]) parts.push(["on the critical path"]);
    made.push(line(...parts));
  }
  const progress = run.progress.get(node);
  if (progress) {
    const of = progress.total === null ? "" : ` / ${count(progress.total)}`;
    made.push(
      line(figure("progress", `${count(progress.done)}${of} ${oneLine(progress.message, 120)}`)),
    );
  }
  for (const wait of run.waits.get(node)?.values() ?? []) {
    const end = wait.end === wait.end ? wait.end : run.elapsed;
    made.push(line(figure(`waited for a ${wait.kind}`, duration(end - wait.start, unit))));
  }
  const attempts = [...(run.attempts.get(node)?.values() ?? [])];
  attempts.forEach((attempt, index) => {
    const end = attempt.end === attempt.end ? attempt.end : run.endOf(node);
    const ended = attempt.error === null ? "" : `, ${oneLine(attempt.error, 160)}`;
    made.push(
      line(
        figure(`attempt ${index + 1}`, `at ${duration(attempt.start, unit)}, ${duration(end - attempt.start, unit)}${ended}`),
      ),
    );
  });
  const cause = run.causes.get(node);
  if (cause !== undefined) {
    made.push(
      line([
        muted("because "),
        ...(cause === -1
          ? ["it was cancelled from outside"]
          : cause === -2
            ? ["no target of the invoke needs it"]
            : [link(model, cause), " failed"]),
      ]),
    );
  }
  const details = run.details.get(node);
  if (details?.value) made.push(block("value", details.value));
  const error = details?.traceback ?? run.errors.get(node);
  if (error) made.push(block("error", error));
  return made;
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

function bundleDetails(
  model: GraphModel,
  run: RunData | null,
  bundle: number,
  unit: Unit,
): HTMLElement[] {
  const members = model.boxMembers(bundle);
  const origin = model.graph.origins[model.graph.origin[members[0]]];
  const where = origin?.[1] ? `${oneLine(fileName(origin[1]), 80)}:${origin[2] ?? ""}` : "";
  const made = [heading(oneLine(model.boxTitle(bundle), 120), where)];
  if (!run) return made;
  const series = run.bundles[bundle];
  const states = (["done", "running", "failed", "cancelled", "skipped", "reused"] as const)
    .filter((state) => run.countIn(bundle, state))
    .map((state) => figure(STATE_WORDS[state], count(run.countIn(bundle, state))));
  made.push(line(figure("tasks", count(members.length)), ...states));
  if (series.first === series.first) {
    let work = 0;
    let held = 0;
    let longest = members[0];
    for (const node of members) {
      const length = run.lengthOf(node);
      if (!(length === length)) continue;
      work += length;
      held += run.held[node];
      if (!(run.lengthOf(longest) >= length)) longest = node;
    }
    made.push(
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
  }
  return made;
}

export class Findings {
  readonly element = html("section", "ad-findings");
  private readonly disposer = new Disposer();
  private shown: readonly Finding[] | null = null;
  private stamp = "";

  constructor(events: FootEvents) {
    this.element.setAttribute("aria-label", "What limits this run");
    const firstOf = (event: Event): Target | null => {
      const item = event.target instanceof Element ? event.target.closest("[data-finding]") : null;
      const node = item && this.shown?.[Number(item.getAttribute("data-finding"))]?.nodes[0];
      return typeof node === "number" ? { kind: "node", index: node } : null;
    };
    this.disposer.listen(this.element, "pointerover", (event: Event) => events.hover(firstOf(event)));
    this.disposer.listen(this.element, "pointerleave", () => events.hover(null));
    this.disposer.listen(this.element, "click", (event: Event) => {
      const target = firstOf(event);
      if (target) events.choose(target);
    });
  }

  draw(run: RunData | null, notes: readonly string[]): void {
    const findings = run?.analysis?.findings ?? [];
    const stamp = JSON.stringify([run?.key, run?.over, findings, notes]);
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    this.shown = findings;
    const list = html("ul");
    findings.forEach((finding, index) => {
      const item = html("li");
      if (finding.nodes.length) {
        const button = html("button", "ad-finding", ...sentence(finding.text));
        button.type = "button";
        button.dataset["finding"] = String(index);
        item.append(button);
      } else {
        item.append(...sentence(finding.text));
      }
      list.append(item);
    });
    this.element.replaceChildren(html("b", "", "What limits this run"));
    if (findings.length) this.element.append(list);
    else {
      const text = run?.over ? "Nothing stands out." : "Known when the run is over.";
      this.element.append(html("p", "ad-muted", text));
    }
    for (const note of notes) this.element.append(html("p", "ad-muted ad-note", oneLine(note, 400)));
  }

  dispose(): void {
    this.disposer.dispose();
    this.element.remove();
  }
}

/** A sentence in which what stands between backticks is code. */
function sentence(text: string): (Node | string)[] {
  return text
    .slice(0, MOST_TEXT)
    .split("`")
    .map((part, index) => (index % 2 ? html("code", "", oneLine(part, 300)) : part));
}

export function hintFor(model: GraphModel): string {
  return model.graph.bundles === null
    ? `${plural(model.tasks, "task")}; click one, or use the arrow keys, for its details`
    : "Click a box or a row for its details, the name of a row to open it into lanes of single bars.";
}
