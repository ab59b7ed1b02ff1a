import type { GraphModel } from "../state/model";
import { KINDS } from "../state/protocol";
import { count } from "./format";
import type { Shown } from "./shown";

export function isMap(model: GraphModel, node: number): boolean {
  return KINDS[model.graph.kinds[node]] === "map";
}

/** Behind the name of a map how many items it has, ` ×212`, or ` ×?` until that is known; else nothing. */
export function mapWidth({ model, run }: Pick<Shown, "model" | "run">, node: number): string {
  if (!isMap(model, node)) return "";
  const total = run?.events.progress.get(node)?.total ?? null;
  return total === null ? " ×?" : ` ×${count(total)}`;
}
