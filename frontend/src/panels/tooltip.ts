/** What is known of the bar under the pointer, beside it. */

import type { InnerPlace } from "../state/nested";
import type { RunData } from "../state/run";
import type { Target } from "../state/target";
import { isKnown } from "../state/times";
import { html } from "../ui/dom";
import { count, plural } from "../ui/format";
import type { Shown } from "../ui/shown";
import { oneLine } from "../ui/text";
import { ending, SIGNS, STATE_WORDS } from "../ui/words";
import {
  attemptsOf,
  callsOf,
  earlierOf,
  expectedOf,
  type Fact,
  innerFacts,
  lateOf,
  nestedOf,
  partsOf,
  timesOf,
  waitsOf,
  whereOf,
} from "./facts";

const TIMES = ["", " once", " twice"];
/** Of waits the last ones. */
const MOST_EACH = 4;
/** Pixels between the pointer and the tooltip. */
const AWAY = 14;

export interface Point {
  /** In pixels of the window. */
  x: number;
  y: number;
}

export class Tooltip {
  /** Its text is also in the details of the chosen node. */
  readonly element = html("div", "ad-tip");

  constructor() {
    this.element.setAttribute("aria-hidden", "true");
    this.element.hidden = true;
  }

  draw(shown: Shown, target: Target | null, at: Point | null): void {
    const { element } = this;
    const isShown = target !== null && at !== null && shown.run !== null;
    element.hidden = !isShown;
    if (!isShown) return;
    element.replaceChildren(
      ...(target.inner
        ? ofInner(shown, target.inner)
        : target.kind === "node"
          ? ofNode(shown, target.index)
          : ofBundle(shown, target.index)),
    );
    this.place(at);
  }

  /** Below the pointer and to its right, or where there is room. */
  private place({ x, y }: Point): void {
    const { element } = this;
    const around = element.parentElement!.getBoundingClientRect();
    const { width, height } = element.getBoundingClientRect();
    const left = Math.min(x - around.left + AWAY, around.width - width - 4);
    const below = y - around.top + AWAY;
    const isRoom = below + height < around.height && y + AWAY + height < window.innerHeight;
    const top = isRoom ? below : y - around.top - AWAY - height;
    element.style.transform = `translate(${Math.max(left, 4)}px, ${Math.max(top, 4)}px)`;
  }
}

function ofNode(shown: Shown, node: number): HTMLElement[] {
  const { model, run, unit } = shown;
  if (!run) return [];
  const state = run.state(node);
  const cause = run.events.causes.get(node);
  const name = oneLine(model.name(cause ?? -1), 60);
  const suffix = run.critical[node] ? " · critical path" : "";
  const lines = [
    heading(model.name(node), `${SIGNS[state]} ${ending(state, cause, name)}${suffix}`),
  ];
  const times = timesOf(run, node, unit);
  if (times.length) lines.push(html("div", "", times.map((fact) => fact.join(" ")).join(" · ")));
  if (isKnown(run.started[node])) {
    const [awaiting, holding] = partsOf(run, node, unit);
    lines.push(part("awaiting", awaiting), part("holding", holding));
  }
  for (const fact of nestedOf(run, node, unit)) lines.push(part("none", fact));
  for (const fact of lateOf(run, node, unit)) lines.push(part("queued", fact));
  for (const fact of callsOf(run, node, unit)) lines.push(part("none", fact));
  for (const fact of earlierOf(run, node, unit)) lines.push(part("none", fact));
  for (const fact of expectedOf(run, node, unit)) lines.push(part("expected", fact));
  for (const fact of waitsOf(run, node, unit).slice(-MOST_EACH)) lines.push(part("queued", fact));
  const attempts = attemptsOf(run, node, unit);
  if (attempts.length > 1 || run.events.attemptsOf(node).some(({ error }) => error !== null)) {
    const isLost = state === "failed";
    lines.push(part(isLost ? "failed" : "retried", ["", triesText(run, node)]));
    if (state === "running") lines.push(part("none", attempts[attempts.length - 1]));
  }
  const error = run.events.errors.get(node);
  if (error) lines.push(html("div", "ad-tip-error", oneLine(error, 160)));
  const where = whereOf(model, node);
  if (where) lines.push(html("div", "ad-muted", where));
  return lines;
}

/** `3 attempts: OSError twice`; errors by their types. */
function triesText(run: RunData, node: number): string {
  const attempts = run.events.attemptsOf(node);
  const times = new Map<string, number>();
  for (const { error } of attempts) {
    if (error === null) continue;
    const type = oneLine(/^[\w.]+/.exec(error)?.[0] ?? error, 40);
    times.set(type, (times.get(type) ?? 0) + 1);
  }
  const words = [...times].map(([type, often]) => type + (TIMES[often] ?? ` ${often} times`));
  return `${plural(attempts.length, "attempt")}: ${words.join(", ")}`;
}

/** A task of an invoke within a node. */
function ofInner({ run, unit }: Shown, inner: InnerPlace): HTMLElement[] {
  const task = run?.events.nested.task(inner);
  if (!run || !task) return [];
  const [, ...times] = innerFacts(run, inner, unit);
  return [
    heading(task.name, `${SIGNS[task.state]} ${STATE_WORDS[task.state]}`),
    html("div", "", times.map((fact) => fact.join(" ")).join(" · ")),
  ];
}

function ofBundle({ model, run, unit }: Shown, bundle: number): HTMLElement[] {
  if (!run) return [];
  const members = model.boxMembers(bundle);
  const lines = [heading(model.boxTitle(bundle), plural(members.length, "task"))];
  const states = (["done", "reused", "running", "failed", "cancelled", "skipped"] as const)
    .filter((state) => run.countIn(bundle, state))
    .map((state) => `${count(run.countIn(bundle, state))} ${STATE_WORDS[state]}`);
  if (states.length) lines.push(html("div", "", states.join(" · ")));
  const series = run.bundles[bundle];
  if (isKnown(series.first)) {
    const span = `${unit.text(series.first)} to ${unit.text(series.last(run.elapsed))}`;
    lines.push(html("div", "", `${span} · peak ${count(series.peak)}`));
  }
  return lines;
}

function heading(name: string, state: string): HTMLElement {
  return html(
    "div",
    "ad-tip-head",
    html("b", "", html("bdi", "", oneLine(name, 80))),
    html("span", "", state),
  );
}

/** A figure behind the colour that it has in the chart. */
function part(swatch: string, [label, text]: Fact): HTMLElement {
  return html(
    "div",
    "ad-tip-part",
    html("i", `ad-swatch ad-swatch-${swatch}`),
    html("span", "", label),
    html("span", "ad-tip-figure", text),
  );
}
