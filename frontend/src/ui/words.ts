/** Generated from async_dag/views/common/words.py by scripts/generate_words.py. */

export const STATE_WORDS = {
  waiting: "waiting",
  ready: "ready",
  running: "running",
  done: "done",
  failed: "failed",
  cancelled: "cancelled",
  skipped: "never started",
  reused: "reused",
} as const;

export const SIGNS = {
  waiting: "…",
  ready: "◔",
  running: "▶",
  done: "✓",
  failed: "✗",
  cancelled: "⊘",
  skipped: "–",
  reused: "↺",
} as const;

export const WORST_FIRST = ["failed", "running", "cancelled", "ready", "waiting", "skipped", "done", "reused"] as const;

/** By state and reason; `{name}` is the node that failed. */
export const REASONS = {
  "cancelled, failure": "cancelled: {name} failed",
  "cancelled, outside": "cancelled from outside",
  "skipped, failure": "never started: {name} failed",
  "skipped, outside": "never started: the run was cancelled",
  "skipped, not needed": "never started: no target needs it",
  "skipped, not chosen": "never started: not chosen",
} as const;

/** What colours and shapes mean. */
export const LEGEND_WORDS = {
  awaiting: "awaiting",
  holding: "holding the event loop",
  queued: "ready, waiting to start",
  failed: "failed",
  retried: "failed, and tried again",
  cancelled: "cancelled",
  pause: "pause between attempts",
  critical: "critical path",
  "critical bundle": "on the critical path",
  area: "how many run at once, relative to the row's peak",
  cause: "cancelled by a failure",
  moved: "a value moved, as wide as it is large",
  lost: "worker gone",
} as const;

export const OUTSIDE = -1;
export const NOT_NEEDED = -2;
export const NOT_CHOSEN = -3;

/** The causes that are no node. */
export const REASON_OF: Record<number, string> = {
  [OUTSIDE]: "outside",
  [NOT_NEEDED]: "not needed",
  [NOT_CHOSEN]: "not chosen",
};

/**
 * The words of a state, with the reason if there is one. `cause` is what the trace gives: a node (whose
 * name is `name`), OUTSIDE, NOT_NEEDED or NOT_CHOSEN.
 */
export function ending(
  state: keyof typeof STATE_WORDS,
  cause: number | undefined = undefined,
  name = "",
): string {
  const texts: Record<string, string> = REASONS;
  const text = cause === undefined ? undefined : texts[`${state}, ${REASON_OF[cause] ?? "failure"}`];
  return text?.replace("{name}", () => name) ?? STATE_WORDS[state];
}
