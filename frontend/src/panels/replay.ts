/** Plays a run that is over again: a button, how fast, and a handle on the time axis to drag. */

import type { RunData } from "../state/run";
import { isKnown } from "../state/times";
import { Disposer, html, setAttribute, setText } from "../ui/dom";
import type { Unit } from "../ui/format";

export const REPLAY_HEIGHT = 32;
const SPEEDS = [0.25, 1, 4];
/** Seconds that a replay takes at the speed of 1: as long as the run, within these bounds. */
const [SHORTEST, LONGEST] = [2, 30];
const STEPS = 10_000;

export class Replay {
  readonly element = html("div", "ad-replay");
  private readonly button = html("button", "");
  private readonly speed = html("select", "");
  private readonly handle = html("input", "");
  private readonly disposer = new Disposer();
  private run: RunData | null = null;
  /** What is shown instead of the end, in seconds. */
  private moment: number | null = null;
  private past: RunData | null = null;
  private frame = 0;

  constructor(private readonly changed: () => void) {
    const { element, button, speed, handle, disposer } = this;
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", "replay");
    button.type = "button";
    handle.type = "range";
    handle.max = String(STEPS);
    handle.setAttribute("aria-label", "moment that is shown");
    speed.setAttribute("aria-label", "speed of the replay");
    for (const factor of SPEEDS) {
      const option = html("option", "", `${factor === 0.25 ? "¼" : factor}×`);
      option.value = String(factor);
      option.selected = factor === 1;
      speed.append(option);
    }
    element.append(html("span", "ad-replay-how", button, speed), handle);
    disposer.listen(button, "click", () => (this.frame ? this.stop() : this.play()));
    disposer.listen(handle, "input", () => {
      this.stop();
      this.show((handle.valueAsNumber / STEPS) * this.until);
    });
    disposer.listen(handle, "keydown", (event: KeyboardEvent) => this.onKey(event));
  }

  /** The run as it is shown: at the moment of the replay, if there is one. */
  shown(run: RunData | null): RunData | null {
    if (run !== this.run || !run?.over) {
      if (this.moment !== null) this.stop();
      this.moment = null;
      this.run = run;
    }
    if (!run || this.moment === null) return run;
    if (this.past?.elapsed !== this.moment || this.past.whole !== run) {
      this.past = run.asOf(this.moment);
    }
    return this.past;
  }

  /** `left`: where the time axis begins, and `width`: how long it is, in pixels. */
  draw(unit: Unit, left: number, width: number): void {
    const { button, handle, speed, run } = this;
    const isOff = !run?.over || this.until <= 0;
    for (const control of [button, handle, speed]) control.disabled = isOff;
    const isPlaying = this.frame !== 0;
    setText(button, isPlaying ? "❚❚" : "▶");
    const title = isOff ? "replay: once the run is over" : isPlaying ? "pause" : "replay the run";
    setAttribute(button, "aria-label", title);
    setAttribute(button, "title", title);
    const at = this.moment ?? this.until;
    handle.value = String(this.until > 0 ? Math.round((at / this.until) * STEPS) : STEPS);
    setAttribute(handle, "aria-valuetext", `${unit.text(at)} of ${unit.text(this.until)}`);
    this.element.style.setProperty("--ad-axis", `${left}px`);
    this.element.style.setProperty("--ad-axis-width", `${width}px`);
  }

  private get until(): number {
    return this.run?.makespan ?? 0;
  }

  private show(moment: number): void {
    this.moment = moment >= this.until ? null : Math.max(moment, 0);
    this.changed();
  }

  private play(): void {
    if (this.moment === null) this.moment = 0;
    let before = performance.now();
    const step = (now: number): void => {
      if (this.moment === null) return;
      this.frame = requestAnimationFrame(step);
      const takes = Math.min(Math.max(this.until, SHORTEST), LONGEST) / Number(this.speed.value);
      const next = this.moment + (Math.max(now - before, 0) / 1000 / takes) * this.until;
      before = now;
      if (next >= this.until) this.stop();
      this.show(next);
    };
    this.frame = requestAnimationFrame(step);
    this.changed();
  }

  private stop(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.changed();
  }

  /** Arrow keys go to the next start or end, and to the one before. */
  private onKey(event: KeyboardEvent): void {
    const isNext = event.key === "ArrowRight" || event.key === "ArrowUp";
    const isBefore = event.key === "ArrowLeft" || event.key === "ArrowDown";
    if (!(isNext || isBefore) || !this.run) return;
    event.preventDefault();
    this.stop();
    const { started, finished } = this.run;
    const at = this.moment ?? this.until;
    let nearest = isNext ? this.until : 0;
    for (const times of [started, finished]) {
      for (const time of times) {
        if (!isKnown(time)) continue;
        if (isNext ? time > at && time < nearest : time < at && time > nearest) nearest = time;
      }
    }
    this.show(nearest);
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
    this.disposer.dispose();
    this.element.remove();
  }
}
