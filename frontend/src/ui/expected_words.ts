/** What is said of a run's expected end, and of the earlier runs that tell of it. */

import type { Earlier } from "../state/earlier";
import type { Expected } from "../state/expected";
import { count, duration, type Unit } from "./format";

/** `an earlier run`, `3 earlier runs` */
export function earlierRuns(runs: number): string {
  return runs === 1 ? "an earlier run" : `${count(runs)} earlier runs`;
}

/** `80%: 8.90–10.10 s`, or of a few runs `by 3 runs: 8.90–10.10 s`; empty if a single run tells of it. */
export function bandText({ band, share, runs }: Expected, unit: Unit): string {
  if (!band) return "";
  const range = `${unit.number(band.start)}–${unit.text(band.end)}`;
  return share === null ? `by ${count(runs)} runs: ${range}` : `${percent(share)}: ${range}`;
}

/** What a node took in earlier runs, as a label and a figure. */
export function earlierFact(
  earlier: Earlier,
  node: number,
  unit: Unit,
): [label: string, text: string] {
  const { start, end } = earlier.of(node);
  const [low, high] = [duration(start, unit), duration(end, unit)];
  const { runs, share } = earlier;
  const label = share === null ? earlierRuns(runs) : `${percent(share)} of ${earlierRuns(runs)}`;
  return [label, low === high ? low : `${low} to ${high}`];
}

export function percent(share: number): string {
  return `${Math.round(100 * share)}%`;
}
