/** What is pointed at or chosen, and how everything else is related to it. */

import { type InnerPlace, sameInner } from "./nested";

export interface Target {
  kind: "node" | "bundle";
  index: number;
  /** What it is within the node, if it is in an invoke that took place there. */
  inner?: InnerPlace;
}

export function sameTarget(one: Target | null, other: Target | null): boolean {
  if (one === other) return true;
  if (one?.kind !== other?.kind || one?.index !== other?.index) return false;
  return sameInner(one?.inner, other?.inner);
}

/** Relations to the target, as bits. */
export const UP = 1; // an ancestor: the target depends on it
export const DOWN = 2; // a descendant
export const SELF = 4;
/** The filter lets it through, or the search finds it. */
export const FOUND = 8;

/** The relations of all nodes and boxes to what is pointed at, chosen, or searched for. */
export interface Kin {
  /** For each node its relations, as bits; 0 for none. */
  nodes: Uint8Array;
  /** The same for each box of the graph panel. */
  boxes: Uint8Array;
}

export function relationName(bits: number): string {
  if (bits & SELF) return "self";
  if (bits & UP) return "up";
  if (bits & DOWN) return "down";
  return bits & FOUND ? "found" : "none";
}
