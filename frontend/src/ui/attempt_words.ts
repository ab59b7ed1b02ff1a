import type { RunData } from "../state/run";
import { duration, type Unit } from "./format";
import { oneLine } from "./text";

/**
 * How a node that runs stands with its attempts: `attempt 2, waits 1.20 s, HTTP 503`, or while the next
 * one runs `attempt 3, after HTTP 503`. Empty if no attempt has failed.
 */
export function attemptWords(run: RunData, node: number, unit: Unit): string {
  const attempts = run.events.attemptsOf(node);
  const failed = attempts.filter((attempt) => attempt.error !== null).at(-1);
  if (!failed || run.state(node) !== "running") return "";
  const error = oneLine(failed.error ?? "", 60);
  if (!run.isPaused(node)) return `attempt ${attempts.length}, after ${error}`;
  const waits = duration(Math.max(run.elapsed - failed.end, 0), unit);
  return `attempt ${attempts.length}, waits ${waits}, ${error}`;
}
