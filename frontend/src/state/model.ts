/** A graph as views need it: dependencies both ways, bundles, and the kin of a target. */

import { commonStart } from "./common_parts";
import { type Graph, KINDS, type Kind } from "./protocol";
import { DOWN, type Kin, SELF, sameTarget, type Target, UP } from "./target";

/** Whether nodes of a kind run, and so have a bar: a map is one for all of its items. */
function runs(kind: Kind): boolean {
  return kind === "task" || kind === "map";
}

export class GraphModel {
  readonly size: number;
  readonly isTask: Uint8Array;
  readonly tasks: number;
  /** Whether some of its nodes are maps: of their items the page has no rows. */
  readonly hasMaps: boolean;
  readonly dependents: number[][];
  /** For each node its bundle; null where each node has a box of its own. */
  readonly bundleOf: Int32Array | null;
  /** Boxes of the graph panel: bundles, or nodes. */
  readonly boxes: number;
  readonly boxDependencies: number[][];
  private readonly boxDependents: number[][];
  /** `from,to` → the number of dependencies between nodes behind an edge between bundles. */
  readonly weights = new Map<string, number>();
  /** For each bundle how many characters the names of its nodes have in common. */
  private readonly starts = new Map<number, number>();
  /** What each choice takes: its flag and its sides, each as nodes; none for a plain value. */
  private readonly choices = new Map<number, readonly (readonly number[])[]>();
  private lastKin: { target: Target; kin: Kin } | null = null;

  constructor(readonly graph: Graph) {
    const { dependencies, kinds, bundles } = graph;
    this.size = kinds.length;
    for (const [node, ...parts] of graph.choices ?? []) this.choices.set(node, parts);
    this.hasMaps = kinds.includes(KINDS.indexOf("map"));
    this.isTask = Uint8Array.from(kinds, (kind) => (runs(KINDS[kind]) ? 1 : 0));
    this.tasks = this.isTask.reduce((sum, isTask) => sum + isTask, 0);
    this.dependents = dependentsOf(dependencies);
    if (bundles === null) {
      this.bundleOf = null;
      this.boxes = this.size;
      this.boxDependencies = dependencies;
      this.boxDependents = this.dependents;
      return;
    }
    this.bundleOf = new Int32Array(this.size).fill(-1);
    for (let index = 0; index < bundles.length; index++) {
      for (const node of bundles[index].members) this.bundleOf[node] = index;
    }
    this.boxes = bundles.length;
    this.boxDependencies = bundles.map((bundle) => bundle.dependencies);
    this.boxDependents = dependentsOf(this.boxDependencies);
    for (let node = 0; node < this.size; node++) {
      for (const needed of dependencies[node]) {
        const key = `${this.bundleOf[needed]},${this.bundleOf[node]}`;
        this.weights.set(key, (this.weights.get(key) ?? 0) + 1);
      }
    }
  }

  boxOf(node: number): number {
    return this.bundleOf === null ? node : this.bundleOf[node];
  }

  /** Whether choices, of which `taken` says what they took, took nothing from some other nodes. */
  isLeft(
    from: readonly number[],
    choices: readonly number[],
    taken: ReadonlyMap<number, boolean>,
  ): boolean {
    let isLeft = false;
    for (const node of this.choices.size ? choices : []) {
      const parts = this.choices.get(node);
      const then = taken.get(node);
      if (!parts || then === undefined) return false;
      const isFrom = (part: readonly number[]): boolean => part.some((one) => from.includes(one));
      const [flag, side, other] = then ? parts : [parts[0], parts[2], parts[1]];
      if (isFrom(flag) || isFrom(side)) return false;
      isLeft ||= isFrom(other);
    }
    return isLeft;
  }

  targetOfBox(box: number): Target {
    const bundle = this.graph.bundles?.[box];
    if (bundle === undefined) return { kind: "node", index: box };
    return bundle.members.length === 1
      ? { kind: "node", index: bundle.members[0] }
      : { kind: "bundle", index: box };
  }

  boxTitle(box: number): string {
    return this.graph.bundles?.[box].title ?? this.graph.names[box];
  }

  /** The name of a node without what the names of its bundle begin with: `[17]` of `fetch[17]`. */
  ownPart(node: number): string {
    const box = this.boxOf(node);
    const name = this.graph.names[node];
    if (this.bundleOf === null || box < 0) return name;
    let start = this.starts.get(box);
    if (start === undefined) {
      start = commonStart(this.boxMembers(box).map((member) => this.graph.names[member]));
      this.starts.set(box, start);
    }
    return name.slice(start) || name;
  }

  boxMembers(box: number): number[] {
    return this.graph.bundles?.[box].members ?? [box];
  }

  boxKind(box: number): string {
    const kind = KINDS[this.graph.bundles?.[box].kind ?? this.graph.kinds[box]];
    return runs(kind) ? "task" : kind;
  }

  title(target: Target): string {
    return target.kind === "node"
      ? this.graph.names[target.index]
      : (this.graph.bundles?.[target.index].title ?? "");
  }

  /** A target of an earlier graph may point at nothing. */
  has(target: Target | null): target is Target {
    return (
      target !== null &&
      target.index < (target.kind === "node" ? this.size : (this.graph.bundles?.length ?? 0))
    );
  }

  kin(target: Target): Kin {
    if (this.lastKin && sameTarget(this.lastKin.target, target)) return this.lastKin.kin;
    const nodes = new Uint8Array(this.size);
    let boxes: Uint8Array;
    if (target.kind === "node") {
      walk(this.graph.dependencies, target.index, UP, nodes);
      walk(this.dependents, target.index, DOWN, nodes);
      nodes[target.index] = SELF;
      boxes = nodes;
      if (this.bundleOf !== null) {
        boxes = new Uint8Array(this.boxes);
        for (let node = 0; node < this.size; node++) {
          if (this.bundleOf[node] >= 0) boxes[this.bundleOf[node]] |= nodes[node];
        }
      }
    } else {
      boxes = new Uint8Array(this.boxes);
      walk(this.boxDependencies, target.index, UP, boxes);
      walk(this.boxDependents, target.index, DOWN, boxes);
      boxes[target.index] = SELF;
      for (let node = 0; node < this.size; node++) {
        const bundle = this.bundleOf?.[node] ?? -1;
        if (bundle >= 0) nodes[node] = boxes[bundle];
      }
    }
    const kin = { nodes, boxes };
    this.lastKin = { target, kin };
    return kin;
  }
}

/** For each node the nodes that depend on it. */
export function dependentsOf(dependencies: number[][]): number[][] {
  const dependents: number[][] = dependencies.map(() => []);
  for (let node = 0; node < dependencies.length; node++) {
    for (const needed of dependencies[node]) dependents[needed].push(node);
  }
  return dependents;
}

function walk(neighbours: number[][], start: number, bit: number, marks: Uint8Array): void {
  const stack = [start];
  while (stack.length) {
    for (const next of neighbours[stack.pop()!]) {
      if (!(marks[next] & bit)) {
        marks[next] |= bit;
        stack.push(next);
      }
    }
  }
}
