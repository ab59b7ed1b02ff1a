/** The first line: the run's state and figures, the choice of runs, and the button that cancels. */

import type { RunSummary } from "../state/protocol";
import type { RunData } from "../state/run";
import { Disposer, html, setAttribute, setText } from "../ui/dom";
import { bytes, count } from "../ui/format";
import type { Shown } from "../ui/shown";
import { SIGNS } from "../ui/words";
import { CancelButton } from "./cancel_button";
import { RunPickers } from "./run_pickers";
import { countText, errorText, stateOf, timesText, titleOf } from "./run_words";

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
  private readonly done = html("i", "ad-fill-done");
  private readonly failed = html("i", "ad-fill-failed");
  private readonly bar = html("div", "ad-bar", this.done, this.failed);
  private readonly error = html("span", "ad-head-error");
  private readonly count = html("span", "ad-count");
  private readonly times = html("span", "ad-muted ad-times");
  private readonly parallel = html("span", "ad-parallel");
  private readonly disposer = new Disposer();
  private readonly pickers: RunPickers;
  private readonly cancel: CancelButton;

  constructor(events: HeaderEvents) {
    const { element, bar, disposer } = this;
    bar.setAttribute("role", "progressbar");
    bar.setAttribute("aria-label", "tasks that are done");
    bar.setAttribute("aria-valuemin", "0");
    this.pickers = new RunPickers(events.pick, events.compare, disposer);
    this.cancel = new CancelButton(events.cancel, disposer);
    element.append(this.chip, this.error, this.title, bar, this.count, this.times);
    const right = html("div", "ad-head-right", this.parallel);
    right.append(this.pickers.shown, this.cancel.element);
    element.append(right, this.cancel.note);
  }

  /** Stands in the toolbar: the header has no room for it. */
  get comparer(): HTMLElement {
    return this.pickers.compared;
  }

  /** `isLive`: the page is connected to a kernel. */
  draw(shown: Shown, summaries: readonly RunSummary[], isLive: boolean): void {
    const { run, unit, other } = shown;
    const summary = run ? summaries.find(({ key }) => key === run.key) : undefined;
    this.pickers.draw(summaries, summary?.key ?? null, other?.key ?? null);
    if (!run || !summary) {
      setText(this.chip, "no run");
      setAttribute(this.chip, "data-state", "waiting");
      setText(this.title, "not invoked yet");
      for (const part of [this.error, this.count, this.times, this.parallel]) setText(part, "");
      this.bar.hidden = true;
      this.cancel.draw(null, false);
      return;
    }
    const state = stateOf(run, summary);
    setText(this.chip, `${RUN_SIGNS[state]} ${state}`);
    setAttribute(this.chip, "data-state", state);
    // Where failures are outcomes that others take, a run that has some may well be done.
    setText(this.error, run.whole || state === "done" ? "" : errorText(run));
    setText(this.title, titleOf(summary));
    this.drawBar(run);
    setText(this.count, countText(run));
    setText(this.times, timesText(run, unit, other, performance.now() / 1000));
    this.drawParallel(run, summary);
    this.cancel.draw(run, state === "running" && isLive && !run.whole);
  }

  private drawBar(run: RunData): void {
    // What a choice did not take was never to run.
    const tasks = run.model.tasks - run.notChosen;
    const done = run.count("done") + run.count("reused");
    const share = (number: number): string => `${tasks ? (100 * number) / tasks : 0}%`;
    this.bar.hidden = false;
    this.done.style.width = share(done);
    this.failed.style.width = share(run.count("failed"));
    setAttribute(this.bar, "aria-valuemax", tasks);
    setAttribute(this.bar, "aria-valuenow", done);
  }

  private drawParallel(run: RunData, summary: RunSummary): void {
    const parts: [string, string][] = [];
    const { lanes, moves } = run.events;
    if (lanes.size) parts.push(["workers ", count(lanes.size)]);
    const moved = moves.reduce((sum, { size }) => sum + size, 0);
    if (moved) parts.push(["moved ", bytes(moved)]);
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

  dispose(): void {
    this.disposer.dispose();
    this.comparer.remove();
    this.element.remove();
  }
}
