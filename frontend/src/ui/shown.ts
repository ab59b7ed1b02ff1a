import type { GraphModel } from "../state/model";
import type { RunData } from "../state/run";
import type { Kin, Target } from "../state/target";
import type { Unit } from "./format";

/** What all panels draw: one run of a graph, and what the reader points at. */
export interface Shown {
  model: GraphModel;
  /** Null before the first run. */
  run: RunData | null;
  /** Another run to compare it with. */
  other: RunData | null;
  unit: Unit;
  /** Relations to what is pointed at or searched for; what has none is faded. Null: nothing is. */
  kin: Kin | null;
  chosen: Target | null;
}
