/** Where a run that goes on stands, beside what was expected of it when Python last told. */

import type { RunData } from "../state/run";
import { isKnown } from "../state/times";
import type { Band } from "../state/ways";

/** Its own band at this moment: what has not started, or not ended, is put off. */
export function asOfNow(band: Band, run: RunData): Band {
  const [start, end] = [band.start.slice(), band.end.slice()];
  const lag = run.expected?.lag ?? 0;
  for (const [index, row] of band.rows.entries()) {
    if (!isKnown(run.started[row])) {
      start[index] += lag;
      end[index] += lag;
    } else if (run.isRunning(row) && !run.events.attemptCount(row)) {
      end[index] = Math.max(end[index], run.elapsed);
    }
  }
  return { ...band, start, end };
}

/** Seconds that what has run so far would have taken one by one. */
export function workSoFar(run: RunData): number {
  let seconds = 0;
  for (let row = 0; row < run.model.size; row++) {
    if (run.model.isTask(row) && isKnown(run.started[row])) seconds += run.lengthOf(row);
  }
  return seconds;
}
