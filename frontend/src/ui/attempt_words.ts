import type { RunData } from "../state/run";
import { duration, type Unit } from "./format";
import { oneLine } from "./text";

/**
 * How a node that runs stands with its attempts: `attempt 2 of 5, waits 1.20 s, HTTP 503`, or while the
 * next one runs `attempt 3 of 5, after HTTP 503`. Empty if no attempt has failed.
 */
export function attemptWords(run: RunData, node: number, unit: Unit): string {
  const attempts = run.events.attemptsOf(node);
  const failed = attempts.filter((attempt) => attempt.error !== null).at(-1);
  if (!failed || run.state(node) !== "running") return "";
  const error = oneLine(failed.error ?? "", 60);
  const number = numbered(attempts.length, failed.most);
  if (!run.isPaused(node)) return `${number}, after ${error}`;
  const waits = duration(Math.max(run.elapsed - failed.end, 0), unit);
  return `${number}, waits ${waits}, ${error}`;
}

/** `attempt 2 of 5`, where the most is known. */
export function numbered(number: number, most: number | null): string {
  return most === null ? `attempt ${number}` : `attempt ${number} of ${most}`;
}
