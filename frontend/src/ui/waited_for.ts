import type { Wait } from "../state/events";
import type { GraphModel } from "../state/model";
import { oneLine } from "./text";

/** What a node waits for: `api (4)` of a limit that has a name, else `a slot` and the like. */
export function waitedFor(model: GraphModel, node: number, kind: Wait["kind"]): string {
  const limit = kind === "limit" ? model.graph.limits?.[model.nodeOf(node)] : null;
  return limit ? oneLine(limit, 40) : `a ${kind}`;
}
