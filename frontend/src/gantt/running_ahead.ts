/** How many tasks are expected to run at once, from now on. */

import type { RunData } from "../state/run";

/** With more nodes than this it is not worth the time that it takes in each frame. */
const MOST = 1000;

/** From each of the times on so many run, until the next; empty if nothing is expected. */
export function runningAhead(run: RunData): [time: number, running: number][] {
  if (run.over || run.expected === null || run.model.size > MOST) return [];
  const changes: [time: number, by: number][] = [];
  for (let node = 0; node < run.model.size; node++) {
    if (!run.model.isTask(node) && !run.model.isMap(node)) continue;
    const rest = run.restOf(node);
    // What runs for longer than expected may end at any moment.
    if (rest) changes.push([rest.start, 1], [rest.end, -1]);
  }
  changes.sort((a, b) => a[0] - b[0]);
  const steps: [number, number][] = [];
  let running = 0;
  for (const [index, [time, by]] of changes.entries()) {
    running += by;
    if (changes[index + 1]?.[0] !== time) steps.push([time, running]);
  }
  return steps;
}
