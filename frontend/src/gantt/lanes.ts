import type { RunData } from "../state/run";
import { isKnown } from "../state/times";
import { Heap } from "./heap";

/**
 * Nodes in as few lanes as nodes run at once, each in the first lane that is free when it starts; so
 * the lanes of a run that goes on only grow.
 */
export function lanesOf(run: RunData, members: readonly number[]): number[][] {
  const started = members.filter((node) => isKnown(run.started[node]));
  started.sort((a, b) => run.started[a] - run.started[b] || a - b);
  const lanes: number[][] = [];
  const free = new Heap<number>((lane) => lane);
  const busy = new Heap<{ end: number; lane: number }>(({ end }) => end);
  for (const node of started) {
    while (busy.size && busy.first.end <= run.started[node]) free.push(busy.pop().lane);
    const lane = free.size ? free.pop() : lanes.push([]) - 1;
    lanes[lane].push(node);
    const end = run.finished[node];
    busy.push({ end: isKnown(end) ? end : Infinity, lane });
  }
  return lanes;
}
