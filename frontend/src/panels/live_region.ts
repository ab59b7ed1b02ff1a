import type { RunSummary } from "../state/protocol";
import type { RunData } from "../state/run";
import { html, setText } from "../ui/dom";
import { plural, unitFor } from "../ui/format";
import { stateOf, titleOf } from "./run_words";

/** Tells screen readers that a run began and how it ended, and nothing in between. */
export class LiveRegion {
  readonly element = html("div", "ad-spoken");
  private stamp = "";

  constructor() {
    this.element.setAttribute("role", "status");
    this.element.setAttribute("aria-live", "polite");
  }

  draw(run: RunData | null, summary: RunSummary | undefined): void {
    if (!run || !summary) return;
    const state = stateOf(run, summary);
    const stamp = `${run.key} ${state}`;
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    const title = titleOf(summary);
    if (state === "running") {
      setText(this.element, `${title} is running`);
      return;
    }
    const failed = run.count("failed");
    const failures = failed ? `, ${plural(failed, "task")} failed` : "";
    const took = unitFor(run.makespan).text(run.makespan);
    setText(this.element, `${title}: ${state} after ${took}${failures}`);
  }
}
