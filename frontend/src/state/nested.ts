/** The invokes within the nodes of a run, and within theirs, as rows that stand below the node. */

import { type Events, type NodeState, STATES } from "./protocol";

/** A task of a nested run. Times are those of the run around it, NaN for 'not yet'. */
export interface InnerTask {
  name: string;
  start: number;
  end: number;
  state: NodeState;
}

export interface NestedRun {
  place: number;
  /** The nested run in whose task it is; -1 for the run that is shown. */
  around: number;
  /** That task: a node of the run that is shown, or the row of a task of the nested run around it. */
  node: number;
  start: number;
  /** NaN while it goes on. */
  end: number;
  state: NodeState;
  /** How many tasks it has. */
  size: number;
  /** Empty if they are too many to be told of each. */
  tasks: InnerTask[];
}

/** What a row within a node shows: a task of a nested run, or, with task -1, the run as a whole. */
export interface InnerPlace {
  run: number;
  task: number;
}

export function sameInner(one?: InnerPlace, other?: InnerPlace): boolean {
  return one?.run === other?.run && one?.task === other?.task;
}

export class NestedRuns {
  private readonly runs = new Map<number, NestedRun>();
  /** How many more took place within a node of the run that is shown. */
  private readonly unshown = new Map<number, number>();

  get size(): number {
    return this.runs.size;
  }

  at(place: number): NestedRun | undefined {
    return this.runs.get(place);
  }

  /** Those within a node, the earliest first. */
  within(node: number, around = -1): NestedRun[] {
    if (!this.runs.size) return [];
    return [...this.runs.values()].filter((run) => run.around === around && run.node === node);
  }

  unshownIn(node: number): number {
    return this.unshown.get(node) ?? 0;
  }

  task({ run, task }: InnerPlace): InnerTask | undefined {
    const nested = this.runs.get(run);
    if (!nested || task >= 0) return nested?.tasks[task];
    const { start, end, state } = nested;
    return { name: titleOf(nested, this), start, end, state };
  }

  apply({ nested = [], inner = [], unshown = [] }: Events): void {
    for (const [place, around, node, start, end, state, size, names] of nested) {
      const known = this.runs.get(place);
      const tasks =
        known?.tasks ??
        (names ?? []).map((name): InnerTask => ({ name, start: NaN, end: NaN, state: "waiting" }));
      const how = STATES[state];
      this.runs.set(place, {
        place,
        around,
        node,
        start,
        end: end ?? NaN,
        state: how,
        size,
        tasks,
      });
    }
    for (const [place, row, start, end, state] of inner) {
      const task = this.runs.get(place)?.tasks[row];
      if (!task) continue;
      task.start = start ?? NaN;
      task.end = end ?? NaN;
      task.state = STATES[state];
    }
    for (const [node, count] of unshown) this.unshown.set(node, count);
  }
}

/** `invoke 3 of 12`, of those in one task. */
function titleOf(run: NestedRun, nested: NestedRuns): string {
  const all = nested.within(run.node, run.around);
  return all.length < 2 ? "invoke" : `invoke ${all.indexOf(run) + 1} of ${all.length}`;
}
