import type { GraphModel } from "../state/model";
import type { RunData } from "../state/run";
import { isKnown } from "../state/times";
import { duration, plural, type Unit } from "../ui/format";
import { SIGNS, STATE_WORDS } from "../ui/words";

/** The second line of a box: how the node does, as short as it can be said. */
export function stateText(model: GraphModel, run: RunData, node: number, unit: Unit): string {
  const took = (): string => duration(run.lengthOf(node), unit);
  const state = run.state(node);
  const sign = SIGNS[state];
  switch (state) {
    case "waiting": {
      if (run.over) return STATE_WORDS.skipped;
      const open = model.graph.dependencies[node].filter(
        (dependency) => !isKnown(run.finished[dependency]),
      );
      return open.length ? `waits for ${plural(open.length, "node")}` : "waits";
    }
    case "ready": {
      const open = run.events.waitsOf(node).find((wait) => !isKnown(wait.end));
      return `${sign} ready, waits${open ? ` for a ${open.kind}` : ""}`;
    }
    case "running":
      return `${sign} ${took()}`;
    case "done": {
      const slack = run.slack?.[node] ?? NaN;
      return `${sign} ${took()}${slack > run.makespan / 100 ? ` · slack ${duration(slack, unit)}` : ""}`;
    }
    case "failed":
      return `${sign} after ${took()}`;
    default:
      return `${sign} ${STATE_WORDS[state]}`;
  }
}
