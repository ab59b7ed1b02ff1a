import type { RunData } from "./run";
import type { Store } from "./store";

/** Which run a view shows, and which other one it compares that with. */
export class RunChoice {
  private compared: string | null = null;

  /** `picked` is the key of a run, or null for the latest. If `isFixed`, it stays. */
  constructor(
    private readonly store: Store,
    private picked: string | null,
    private readonly isFixed: boolean,
  ) {}

  get run(): RunData | null {
    const { store } = this;
    const key = this.picked ?? store.summaries.at(-1)?.key;
    return key !== undefined && store.summary(key) ? store.run(key) : null;
  }

  get other(): RunData | null {
    const { compared } = this;
    return compared && compared !== this.run?.key ? this.store.run(compared) : null;
  }

  /** Shows a run; whoever picks the latest also follows the ones to come. */
  pick(key: string): void {
    this.picked = key === this.store.summaries.at(-1)?.key ? null : key;
    if (this.compared === key) this.compared = null;
    this.store.open(key);
  }

  compare(key: string | null): void {
    this.compared = key;
    if (key) this.store.open(key);
  }

  /** The list of runs has changed: some may be gone, others must be asked for. */
  update(): void {
    const { store } = this;
    if (this.picked && !store.summary(this.picked) && !this.isFixed) this.picked = null;
    if (this.compared && !store.summary(this.compared)) this.compared = null;
    const { run } = this;
    if (run) store.open(run.key);
  }
}
