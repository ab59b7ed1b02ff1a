/** The first line: the run's state and figures, the choice of runs, and the button that cancels. */

import type { RunSummary } from "../state/protocol";
import type { RunData } from "../state/run";
import { isKnown } from "../state/times";
import { Disposer, html, setAttribute, setText } from "../ui/dom";
import { count, plural, roughly, type Unit } from "../ui/format";
import type { Shown } from "../ui/shown";
import { oneLine } from "../ui/text";
import { SIGNS } from "../ui/words";

/** The sign of a run that goes on is a light. */
const RUN_SIGNS = { ...SIGNS, running: "●" };

export interface HeaderEvents {
  pick(key: string): void;
  compare(key: string | null): void;
  cancel(): void;
}

export class Header {
  readonly element = html("div", "ad-head");
  private readonly chip = html("span", "ad-chip");
  private readonly title = html("span", "ad-title");
  private readonly fill = html("i");
  private readonly bar = html("div", "ad-bar", this.fill);
  private readonly progress = html("span", "ad-count");
  private readonly times = html("span", "ad-muted ad-times");
  private readonly parallel = html("span", "ad-parallel");
  private readonly picker = html("select", "ad-pick");
  /** Stands in the toolbar: the header has no room for it. */
  readonly comparer = html("select", "ad-compare");
  private readonly button = html("button", "ad-cancel", "■ Cancel");
  private readonly disposer = new Disposer();
  private offered = "";
  /** The run that is shown, and the one that was asked to end. */
  private shown: string | null = null;
  private cancelling: string | null = null;

  constructor(events: HeaderEvents) {
    this.bar.setAttribute("role", "progressbar");
    this.bar.setAttribute("aria-label", "tasks that have ended");
    this.bar.setAttribute("aria-valuemin", "0");
    this.picker.setAttribute("aria-label", "which run to show");
    this.comparer.setAttribute("aria-label", "run to compare with");
    this.button.type = "button";
    this.element.append(
      this.chip,
      this.title,
      this.bar,
      this.progress,
      this.times,
      html("span", "ad-grow"),
      this.parallel,
      this.picker,
      this.button,
    );
    this.disposer.listen(this.picker, "change", () => events.pick(this.picker.value));
    this.disposer.listen(this.comparer, "change", () =>
      events.compare(this.comparer.value || null),
    );
    this.disposer.listen(this.button, "click", () => {
      this.cancelling = this.shown;
      this.drawButton();
      events.cancel();
    });
  }

  draw(shown: Shown, summaries: readonly RunSummary[], canCancel: boolean): void {
    const { run, unit, other } = shown;
    const summary = run ? summaries.find(({ key }) => key === run.key) : undefined;
    this.offer(summaries, summary, other?.key ?? null);
    if (!run || !summary) {
      setText(this.chip, "no run");
      setAttribute(this.chip, "data-state", "waiting");
      setText(this.title, "not invoked yet");
      for (const part of [this.progress, this.times, this.parallel]) setText(part, "");
      this.bar.hidden = this.button.hidden = true;
      return;
    }
    const state = stateOf(run, summary);
    setText(this.chip, `${RUN_SIGNS[state]} ${state}`);
    setAttribute(this.chip, "data-state", state);
    setText(this.title, titleOf(summary));
    const { tasks } = run.model;
    const settled = run.settled;
    const failed = run.count("failed");
    this.bar.hidden = false;
    this.fill.style.width = `${tasks ? (100 * settled) / tasks : 100}%`;
    setAttribute(this.fill, "data-state", failed ? "failed" : null);
    setAttribute(this.bar, "aria-valuemax", tasks);
    setAttribute(this.bar, "aria-valuenow", settled);
    setText(
      this.progress,
      `${count(settled)} / ${plural(tasks, "node")}${failed ? ` · ${count(failed)} failed` : ""}`,
    );
    setText(this.times, timesText(run, unit, other));
    this.drawParallel(run, summary);
    this.shown = run.key;
    this.button.hidden = !(state === "running" && canCancel);
    this.drawButton();
  }

  private drawButton(): void {
    const asked = this.cancelling !== null && this.cancelling === this.shown;
    this.button.disabled = asked;
    setText(this.button, asked ? "■ Cancelling" : "■ Cancel");
  }

  private drawParallel(run: RunData, summary: RunSummary): void {
    const parts: [string, string][] = [];
    if (!run.over) parts.push(["parallel now ", count(run.all.now)]);
    parts.push([run.over ? "parallel peak " : "peak ", count(run.all.peak)]);
    if (summary.max_concurrency !== null) parts.push(["limit ", count(summary.max_concurrency)]);
    const text = parts.map((part) => part.join("")).join(" · ");
    if (this.parallel.textContent === text) return;
    this.parallel.replaceChildren(
      ...parts.flatMap(([label, figure], index) => [
        (index ? " · " : "") + label,
        html("b", "", figure),
      ]),
    );
  }

  private offer(
    summaries: readonly RunSummary[],
    shown: RunSummary | undefined,
    compared: string | null,
  ): void {
    const options = summaries
      .map((each): [string, string] => [each.key, optionText(each)])
      .reverse();
    const stamp = JSON.stringify([options, shown?.key, compared]);
    if (stamp === this.offered) return;
    this.offered = stamp;
    const made = (value: string, text: string): HTMLOptionElement => {
      const option = html("option", "", text);
      option.value = value;
      return option;
    };
    this.picker.replaceChildren(...options.map(([value, text]) => made(value, text)));
    this.picker.value = shown?.key ?? "";
    this.picker.hidden = options.length < 2;
    this.comparer.replaceChildren(
      made("", "compare …"),
      ...options
        .filter(([value]) => value !== shown?.key)
        .map(([value, text]) => made(value, `vs ${text}`)),
    );
    this.comparer.value = compared ?? "";
    this.comparer.hidden = options.length < 2;
  }

  dispose(): void {
    this.disposer.dispose();
    this.comparer.remove();
    this.element.remove();
  }
}

export function titleOf(summary: RunSummary): string {
  return summary.title === null ? `invoke #${summary.number}` : oneLine(summary.title, 80);
}

/** The last frame of a run comes before the summary that says how it ended. */
export function stateOf(run: RunData, summary: RunSummary): RunSummary["state"] {
  if (summary.state !== "running" || !run.over) return summary.state;
  return run.count("failed") ? "failed" : run.settled < run.model.tasks ? "cancelled" : "done";
}

function optionText(summary: RunSummary): string {
  if (summary.state === "running") return `${titleOf(summary)} · now`;
  const took = roughlyExact(summary.elapsed);
  return `${titleOf(summary)} · ${took}${summary.state === "done" ? "" : ` ${summary.state}`}`;
}

function roughlyExact(seconds: number): string {
  return seconds >= 600
    ? `${(seconds / 60).toFixed(1)} min`
    : seconds >= 0.1
      ? `${seconds.toFixed(2)} s`
      : `${(seconds * 1000).toFixed(1)} ms`;
}

function timesText(run: RunData, unit: Unit, other: RunData | null): string {
  if (!run.over) {
    const left = run.expectedMakespan - run.elapsed;
    const rest =
      left > 0
        ? `about ${left < 10 ? unit.text(left) : roughly(left)} left`
        : "longer than expected";
    return `${unit.text(run.elapsed)} elapsed${isKnown(left) ? ` · ${rest}` : ""}`;
  }
  const took = unit.text(run.makespan);
  if (!other?.over) return took;
  const more = run.makespan - other.makespan;
  return `${took} · ${unit.text(Math.abs(more))} ${more >= 0 ? "longer" : "shorter"}`;
}
