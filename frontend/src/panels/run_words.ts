/** What is said of a run as a whole. */

import type { Expected } from "../state/expected";
import type { RunState, RunSummary } from "../state/protocol";
import type { RunData } from "../state/run";
import { count, plural, roughly, type Unit } from "../ui/format";
import { oneLine } from "../ui/text";
import { STATE_WORDS } from "../ui/words";

/** Seconds without a frame after which that is worth a word. */
const SILENT = 5;

export function titleOf(summary: RunSummary): string {
  return summary.title === null ? `invoke #${summary.number}` : oneLine(summary.title, 80);
}

/** The last frame of a run comes before the summary that says how it ended. */
export function stateOf(run: RunData, summary: RunSummary): RunState {
  if (run.whole) return "running";
  if (summary.state !== "running" || !run.over) return summary.state;
  if (run.count("failed")) return "failed";
  const isWhole = run.count("done") + run.count("reused") === run.model.tasks;
  return isWhole ? "done" : "cancelled";
}

export function optionText(summary: RunSummary): string {
  if (summary.state === "running") return `${titleOf(summary)} · now`;
  const { elapsed, state } = summary;
  const took =
    elapsed >= 600
      ? `${(elapsed / 60).toFixed(1)} min`
      : elapsed >= 0.1
        ? `${elapsed.toFixed(2)} s`
        : `${(elapsed * 1000).toFixed(1)} ms`;
  return `${titleOf(summary)} · ${took}${state === "done" ? "" : ` ${state}`}`;
}

/** `parse: ValueError: not a number`: what failed first; empty if nothing did. */
export function errorText({ events, finished, model }: RunData): string {
  const [first] = [...events.errors].sort(([a], [b]) => finished[a] - finished[b]);
  return first ? `${oneLine(model.name(first[0]), 40)}: ${oneLine(first[1], 160)}` : "";
}

/** `3 / 6 nodes · 1 failed · 2 never started`: what is done, and what will never be. */
export function countText(run: RunData): string {
  const done = run.count("done") + run.count("reused");
  const parts = [`${count(done)} / ${plural(run.model.tasks, "node")}`];
  for (const state of ["failed", "cancelled", "skipped"] as const) {
    if (run.count(state)) parts.push(`${count(run.count(state))} ${STATE_WORDS[state]}`);
  }
  return parts.join(" · ");
}

/** How long it has taken, and how long it will; `now` is the page's clock, in seconds. */
export function timesText(run: RunData, unit: Unit, other: RunData | null, now: number): string {
  if (!run.over) {
    if (run.whole) return `${unit.text(run.elapsed)} of ${unit.text(run.makespan)}`;
    const parts = [`${unit.text(run.elapsed)} elapsed`];
    const silence = run.silence(now);
    if (silence > SILENT) parts.push(`nothing heard for ${roughly(silence)}`);
    else if (run.expected) {
      parts.push(restText(run.expected, run.elapsed, unit));
    }
    return parts.join(" · ");
  }
  const took = unit.text(run.makespan);
  if (!other?.over) return took;
  const more = run.makespan - other.makespan;
  return `${took} · ${unit.text(Math.abs(more))} ${more >= 0 ? "longer" : "shorter"}`;
}

/** `about 4.50 s left (4.00–5.20)` */
function restText({ makespan, band }: Expected, elapsed: number, unit: Unit): string {
  const left = makespan - elapsed;
  if (left <= 0) return "longer than expected";
  if (left >= 10 && !band) return `about ${roughly(left)} left`;
  const range = band
    ? ` (${unit.number(band.start - elapsed)}–${unit.number(band.end - elapsed)})`
    : "";
  return `about ${unit.text(left)} left${range}`;
}
