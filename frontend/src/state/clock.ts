/**
 * The time of a run between two frames. Frames come when something has changed, and at least once a
 * second; a clock that stood still in between would look as if the run did.
 */
export class RunClock {
  /** Seconds since the invoke began. Never goes back while the run goes on. */
  elapsed = 0;
  private told = 0;
  private toldAt = NaN;

  /** Frames that come closer than this, in seconds, need no clock of the page's own. */
  static readonly FRAMES_APART = 0.15;
  /** It stops this many seconds after the last frame, as the run may have ended. */
  static readonly MOST_AHEAD = 5;

  /** A frame says what time it is; `now` is the page's own clock, in seconds. */
  tell(elapsed: number, isOver: boolean, now: number): void {
    this.told = elapsed;
    this.toldAt = isOver ? NaN : now;
    this.elapsed = isOver ? elapsed : Math.max(this.elapsed, elapsed);
  }

  /** Called before something is drawn. */
  tick(now: number): void {
    const since = this.silence(now);
    if (since <= RunClock.FRAMES_APART) return;
    const ahead = Math.min(since, RunClock.MOST_AHEAD);
    this.elapsed = Math.max(this.elapsed, this.told + ahead);
  }

  /** Seconds since the last frame of a run that goes on; else 0. */
  silence(now: number): number {
    return Number.isNaN(this.toldAt) ? 0 : now - this.toldAt;
  }
}
