/** What is known of a node, as labels and figures; the details and the tooltip show the same. */

import type { GraphModel } from "../state/model";
import type { InnerPlace } from "../state/nested";
import type { RunData } from "../state/run";
import { isKnown } from "../state/times";
import { numbered } from "../ui/attempt_words";
import { earlierFact } from "../ui/expected_words";
import { count, duration, plural, type Unit } from "../ui/format";
import { fileName, oneLine } from "../ui/text";
import { waitedFor } from "../ui/waited_for";
import { STATE_WORDS } from "../ui/words";

export type Fact = [label: string, text: string];

/** `pipeline.py:12` */
export function whereOf(model: GraphModel, node: number): string {
  const { graph } = model;
  const [, file, line] = graph.origins[graph.origin[model.nodeOf(node)]] ?? [];
  if (!file) return "";
  return `${oneLine(fileName(file), 80)}${isKnown(line) ? `:${line}` : ""}`;
}

/** When it was ready, started, and finished, as far as it has come. */
export function timesOf(run: RunData, node: number, unit: Unit): Fact[] {
  const times: [label: string, time: number][] = [
    ["ready", run.ready[node]],
    ["started", run.started[node]],
    ["finished", run.finished[node]],
  ];
  return times
    .filter(([, time]) => isKnown(time))
    .map(([label, time]) => [label, duration(time, unit)]);
}

/** Into what its time divides. */
export function partsOf(run: RunData, node: number, unit: Unit): Fact[] {
  if (!isKnown(run.started[node])) return [];
  let held = run.held[node];
  if (run.holding?.node === node) held += Math.max(run.elapsed - run.holding.since, 0);
  return [
    ["awaiting", duration(Math.max(run.lengthOf(node) - held, 0), unit)],
    ["holding the loop", duration(held, unit)],
  ];
}

/** How long what it awaited was there while others held the loop. */
export function lateOf(run: RunData, node: number, unit: Unit): Fact[] {
  const late = run.events.lateOf(node);
  if (!late.length) return [];
  const least = duration(
    late.reduce((sum, { atLeast }) => sum + atLeast, 0),
    unit,
  );
  const most = duration(
    late.reduce((sum, { atMost }) => sum + atMost, 0),
    unit,
  );
  return [["late, the loop was held", least === most ? least : `${least} to ${most}`]];
}

/** Calls of `in_thread` and `in_process`, the last ones. */
export function callsOf(run: RunData, node: number, unit: Unit): Fact[] {
  return run.events
    .callsOf(node)
    .slice(-4)
    .map(({ kind, start, end, processor }) => {
      const own = processor === null ? "" : `, ${duration(processor, unit)} of processor time`;
      return [`in a ${kind}`, `at ${duration(start, unit)}, ${duration(end - start, unit)}${own}`];
    });
}

/** What is expected of it, by earlier runs. */
export function expectedOf(run: RunData, node: number, unit: Unit): Fact[] {
  const rest = run.restOf(node);
  if (!rest) return [];
  if (!isKnown(run.started[node])) {
    return [["expected", `${duration(rest.start, unit)} to ${duration(rest.end, unit)}`]];
  }
  return [["expected end", duration(rest.end, unit)]];
}

/** What it took in earlier runs. */
export function earlierOf(run: RunData, node: number, unit: Unit): Fact[] {
  return run.over || !run.earlier?.knows(node) ? [] : [earlierFact(run.earlier, node, unit)];
}

export function progressOf(run: RunData, node: number): Fact[] {
  const progress = run.events.progress.get(node);
  if (!progress) return [];
  const total = progress.total === null ? "" : ` / ${count(progress.total)}`;
  return [["progress", `${count(progress.done)}${total} ${oneLine(progress.message, 120)}`]];
}

/** The invokes within it, as a whole. */
export function nestedOf(run: RunData, node: number, unit: Unit): Fact[] {
  const { nested } = run.events;
  const within = nested.within(node);
  if (!within.length) return [];
  const unshown = nested.unshownIn(node);
  if (within.length + unshown > 1) {
    const first = unshown ? `, of which the first ${count(within.length)} have rows` : "";
    return [["within it", `${count(within.length + unshown)} invokes${first}`]];
  }
  const [{ size, tasks, start, end, state }] = within;
  const done = tasks.filter((task) => task.state === "done").length;
  const figures = tasks.length
    ? `${count(done)} of ${plural(size, "task")} done`
    : plural(size, "task");
  const took = duration((isKnown(end) ? end : run.elapsed) - start, unit);
  return [["within it", `an invoke: ${STATE_WORDS[state]}, ${figures}, ${took}`]];
}

/** A task of an invoke within a node. */
export function innerFacts(run: RunData, inner: InnerPlace, unit: Unit): Fact[] {
  const task = run.events.nested.task(inner);
  if (!task) return [];
  const facts: Fact[] = [["state", STATE_WORDS[task.state]]];
  if (isKnown(task.start)) facts.push(["started", duration(task.start, unit)]);
  if (isKnown(task.end)) facts.push(["finished", duration(task.end, unit)]);
  if (isKnown(task.start)) {
    const end = isKnown(task.end) ? task.end : run.elapsed;
    facts.push([isKnown(task.end) ? "took" : "so far", duration(end - task.start, unit)]);
  }
  return facts;
}

export function waitsOf(run: RunData, node: number, unit: Unit): Fact[] {
  return run.events.waitsOf(node).map(({ kind, start, end }) => {
    const length = duration((isKnown(end) ? end : run.elapsed) - start, unit);
    const what = waitedFor(run.model, node, kind);
    return [isKnown(end) ? `waited for ${what}` : `waits for ${what}`, length];
  });
}

export function attemptsOf(run: RunData, node: number, unit: Unit): Fact[] {
  return run.events.attemptsOf(node).map(({ start, end, error, most, lane }, index) => {
    const where = lane === null ? undefined : run.events.lanes.get(lane)?.name;
    const place = where === undefined ? "" : `on ${oneLine(where, 40)} `;
    const length = duration((isKnown(end) ? end : run.endOf(node)) - start, unit);
    const failure = error === null ? "" : `, ${oneLine(error, 160)}`;
    return [numbered(index + 1, most), `${place}at ${duration(start, unit)}, ${length}${failure}`];
  });
}
