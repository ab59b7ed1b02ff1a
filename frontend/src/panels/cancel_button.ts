import type { RunData } from "../state/run";
import { type Disposer, html, setText } from "../ui/dom";

/** Seconds after which the kernel should have heard that a run is to be cancelled. */
const PATIENCE = 2;
const NOT_HEARD =
  "Not heard: this kernel listens to the page only after the cell. Interrupt the kernel to stop the run.";

/** Asks the kernel to cancel the run, and says so where the kernel does not hear it. */
export class CancelButton {
  readonly element = html("button", "ad-cancel", "■ Cancel");
  readonly note = html("span", "ad-not-heard", NOT_HEARD);
  private run: RunData | null = null;
  /** The run that was asked to end, and when, in seconds. */
  private asked: { run: string; at: number } | null = null;

  constructor(cancel: () => void, disposer: Disposer) {
    this.element.type = "button";
    this.note.setAttribute("role", "alert");
    this.note.hidden = true;
    disposer.listen(this.element, "click", () => {
      if (!this.run) return;
      this.asked = { run: this.run.key, at: performance.now() / 1000 };
      this.draw(this.run, true);
      cancel();
    });
  }

  /** `isNeeded`: the run goes on, and there is a kernel. */
  draw(run: RunData | null, isNeeded: boolean): void {
    const { element, note } = this;
    this.run = run;
    const asked = run !== null && this.asked?.run === run.key ? this.asked : null;
    const waited = asked ? performance.now() / 1000 - asked.at : 0;
    const isUnheard = isNeeded && run?.heard === false && waited > PATIENCE;
    element.hidden = !isNeeded;
    element.disabled = asked !== null;
    setText(element, isUnheard ? "■ Not heard" : asked ? "■ Cancelling" : "■ Cancel");
    note.hidden = !isUnheard;
  }
}
