/**
 * A graph as views need it: dependencies both ways, boxes, and the kin of a target. The graph of a run
 * has rows for the items of maps behind those of the nodes.
 */

import { commonStart } from "./common_parts";
import { type Bundle, type Events, type Graph, KINDS, type Kind } from "./protocol";
import { DOWN, type Kin, SELF, sameTarget, type Target, UP } from "./target";

/** Items of a map, or parts of what streams, in consecutive rows. */
interface Born {
  first: number;
  node: number;
  /** The row that streams these parts; null for items. */
  owner: number | null;
  isTask: boolean;
  offset: number;
  /** What stands in their names before the number, and behind it. */
  before: string;
  after: string;
}

export class GraphModel {
  /** How many nodes the graph has; rows behind those are of items. */
  readonly nodes: number;
  /** What the boxes of the graph panel stand for. */
  readonly bundles: readonly Bundle[];
  readonly boxDependencies: number[][];
  /** `from,to` → the number of dependencies between nodes behind an edge between bundles. */
  readonly weights = new Map<string, number>();
  /** Whether some boxes stand for several tasks. */
  readonly hasSeveral: boolean;
  private readonly boxOfNode: Int32Array;
  private readonly boxDependents: number[][];
  /** What each choice takes: its flag and its sides, each as nodes; none for a plain value. */
  private readonly choices = new Map<number, readonly (readonly number[])[]>();

  /** Whether the run is over, so that no more rows come. */
  isOver = false;
  /** How many rows there are, and how many of them are tasks. */
  size: number;
  tasks: number;
  private dependencies: readonly (readonly number[])[];
  private dependentsMade: number[][] | null = null;
  private born: Born[] = [];
  /** For each row behind those of the nodes its place in `born`. */
  private bornAt: number[] = [];
  private items = new Map<number, number[]>();
  /** How many items a map will have, as far as that is known. */
  private totals = new Map<number, number>();
  /** The parts of what streams, by its row. */
  private parts = new Map<number, number[]>();
  /** For each box how many characters the names of its nodes have in common. */
  private starts = new Map<number, number>();
  private lastKin: { target: Target; kin: Kin } | null = null;

  constructor(readonly graph: Graph) {
    const { dependencies, kinds, names } = graph;
    this.nodes = this.size = kinds.length;
    this.dependencies = dependencies;
    for (const [node, ...parts] of graph.choices ?? []) this.choices.set(node, parts);
    this.bundles =
      graph.bundles ??
      kinds.map((kind, node) => {
        return { title: names[node], kind, members: [node], dependencies: dependencies[node] };
      });
    this.hasSeveral = graph.bundles !== null || kinds.some((_, node) => this.isMap(node));
    this.tasks = kinds.reduce((sum, kind) => sum + (KINDS[kind] === "task" ? 1 : 0), 0);
    this.boxOfNode = new Int32Array(this.nodes).fill(-1);
    for (const [index, { members }] of this.bundles.entries()) {
      for (const node of members) this.boxOfNode[node] = index;
    }
    this.boxDependencies = this.bundles.map((bundle) => bundle.dependencies);
    this.boxDependents = dependentsOf(this.boxDependencies);
    if (graph.bundles === null) return;
    for (let node = 0; node < this.nodes; node++) {
      for (const needed of dependencies[node]) {
        const key = `${this.boxOf(needed)},${this.boxOf(node)}`;
        this.weights.set(key, (this.weights.get(key) ?? 0) + 1);
      }
    }
  }

  /** The same graph, to which a run adds rows of its own. */
  forRun(): GraphModel {
    const model: GraphModel = Object.create(this);
    model.born = [];
    model.bornAt = [];
    model.items = new Map();
    model.totals = new Map();
    model.parts = new Map();
    model.starts = new Map();
    model.lastKin = null;
    return model;
  }

  /** Takes over the rows that were born, and returns those that are tasks. */
  grow(births: NonNullable<Events["born"]>): number[] {
    const added: number[] = [];
    for (const [first, size, node, given, kind, offset, before, after, total] of births) {
      const owner = given ?? null; // Pyodide has no null in lists
      if (total !== null && total !== undefined) this.totals.set(node, total);
      if (size === 0) continue;
      const isTask = owner === null && kind === 0;
      this.born.push({ first, node, owner, isTask, offset, before, after });
      const into = owner === null ? this.items : this.parts;
      const rows = into.get(owner ?? node) ?? [];
      into.set(owner ?? node, rows);
      for (let row = first; row < first + size; row++) {
        this.bornAt[row - this.nodes] = this.born.length - 1;
        rows.push(row);
        if (isTask) added.push(row);
      }
      this.size = first + size;
    }
    this.tasks += added.length;
    if (births.length) {
      this.lastKin = null;
      this.starts.clear();
    }
    return added;
  }

  /** What each row waited for, once the run is over. */
  setDependencies(counts: Uint32Array, needed: Uint32Array): void {
    let at = 0;
    this.dependencies = Array.from(counts, (count) => {
      at += count;
      return [...needed.subarray(at - count, at)];
    });
    this.dependentsMade = null;
    this.lastKin = null;
  }

  dependenciesOf(row: number): readonly number[] {
    return this.dependencies[row] ?? [];
  }

  dependentsOf(row: number): readonly number[] {
    if (!Object.hasOwn(this, "dependentsMade") || !this.dependentsMade) {
      this.dependentsMade = dependentsOf(this.dependencies);
    }
    return this.dependentsMade[row] ?? [];
  }

  private bornOf(row: number): Born | undefined {
    return this.born[this.bornAt[row - this.nodes]];
  }

  /** The node that a row belongs to: of an item its map. */
  nodeOf(row: number): number {
    return row < this.nodes ? row : (this.bornOf(row)?.node ?? -1);
  }

  kindOf(row: number): Kind {
    return KINDS[this.graph.kinds[this.nodeOf(row)]];
  }

  isMap(row: number): boolean {
    return row < this.nodes && this.kindOf(row) === "map";
  }

  /** Whether it runs, and so counts and has a bar of its own. */
  isTask(row: number): boolean {
    return row < this.nodes ? this.kindOf(row) === "task" : Boolean(this.bornOf(row)?.isTask);
  }

  name(row: number): string {
    if (row < this.nodes) return this.graph.names[row] ?? "";
    const born = this.bornOf(row);
    return born ? `${born.before}${born.offset + row - born.first}${born.after}` : "";
  }

  /** The row that streams, of one of its parts; null for what is no part. */
  ownerOf(row: number): number | null {
    return row < this.nodes ? null : (this.bornOf(row)?.owner ?? null);
  }

  partsOf(row: number): readonly number[] {
    return this.parts.get(row) ?? [];
  }

  get boxes(): number {
    return this.bundles.length;
  }

  boxOf(row: number): number {
    return this.boxOfNode[this.nodeOf(row)] ?? -1;
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

  /** Whether a box stands for several tasks: those of a bundle, or the items of a map. */
  isSeveral(box: number): boolean {
    const { members } = this.bundles[box];
    return members.length > 1 || this.isMap(members[0]);
  }

  targetOfBox(box: number): Target {
    return this.isSeveral(box)
      ? { kind: "bundle", index: box }
      : { kind: "node", index: this.bundles[box].members[0] };
  }

  /** What shows a row: itself, or of a map its box. */
  targetOf(row: number): Target {
    return this.isMap(row)
      ? { kind: "bundle", index: this.boxOf(row) }
      : { kind: "node", index: row };
  }

  /** With a map's name, how many items it has: ` ×12`, ` ×3 of ?`. */
  boxTitle(box: number): string {
    const { title, members } = this.bundles[box];
    const maps = members.filter((node) => this.isMap(node));
    if (!maps.length) return title;
    const name = title.replace(/ ×[\d,]+$/, "");
    const born = this.boxMembers(box).length;
    const totals = maps.map((map) => this.totals.get(map) ?? NaN);
    const others = members.filter((node) => this.isTask(node)).length;
    const whole = totals.reduce((sum, total) => sum + total, others);
    if (!Number.isNaN(whole)) return `${name} ×${figure(whole)}`;
    if (this.isOver) return `${name} ×${figure(born)}`; // no more will come
    return born ? `${name} ×${figure(born)} of ?` : `${name} ×?`;
  }

  /** The name of a row without what the names of its box begin with: `[17]` of `fetch[17]`. */
  ownPart(row: number): string {
    const box = this.boxOf(row);
    const name = this.name(row);
    if (box < 0 || !this.isSeveral(box)) return name;
    let start = this.starts.get(box);
    if (start === undefined) {
      start = commonStart(this.boxMembers(box).map((member) => this.name(member)));
      this.starts.set(box, start);
    }
    return name.slice(start) || name;
  }

  /** The rows that a box stands for: of a map its items. */
  boxMembers(box: number): readonly number[] {
    const { members } = this.bundles[box];
    if (members.length === 1) {
      return this.isMap(members[0]) ? (this.items.get(members[0]) ?? []) : members;
    }
    return members.flatMap((node) => (this.isMap(node) ? (this.items.get(node) ?? []) : [node]));
  }

  boxKind(box: number): Kind {
    const kind = KINDS[this.bundles[box].kind];
    return kind === "map" ? "task" : kind;
  }

  title(target: Target): string {
    return target.kind === "node" ? this.name(target.index) : this.boxTitle(target.index);
  }

  /** A target of an earlier graph may point at nothing. */
  has(target: Target | null): target is Target {
    return target !== null && target.index < (target.kind === "node" ? this.size : this.boxes);
  }

  kin(target: Target): Kin {
    if (this.lastKin && sameTarget(this.lastKin.target, target)) return this.lastKin.kin;
    const nodes = new Uint8Array(this.size);
    const boxes = new Uint8Array(this.boxes);
    // Until the run is over nobody tells what single items wait for: that of their map is known.
    const isRow = target.kind === "node" && this.dependencies.length > target.index;
    if (isRow) {
      walk((row) => this.dependenciesOf(row), target.index, UP, nodes);
      walk((row) => this.dependentsOf(row), target.index, DOWN, nodes);
      for (let row = 0; row < this.size; row++) {
        if (this.boxOf(row) >= 0) boxes[this.boxOf(row)] |= nodes[row];
      }
    } else {
      const box = target.kind === "node" ? this.boxOf(target.index) : target.index;
      walk((one) => this.boxDependencies[one], box, UP, boxes);
      walk((one) => this.boxDependents[one], box, DOWN, boxes);
      for (let row = 0; row < this.size; row++) {
        if (this.boxOf(row) >= 0) nodes[row] = boxes[this.boxOf(row)];
      }
      if (target.kind === "bundle") for (const row of this.boxMembers(box)) nodes[row] = SELF;
      boxes[box] = SELF;
    }
    if (target.kind === "node") nodes[target.index] = SELF;
    if (isRow) boxes[this.boxOf(target.index)] |= SELF;
    const kin = { nodes, boxes };
    this.lastKin = { target, kin };
    return kin;
  }
}

function figure(value: number): string {
  return value.toLocaleString("en");
}

/** For each node the nodes that depend on it. */
export function dependentsOf(dependencies: readonly (readonly number[])[]): number[][] {
  const dependents: number[][] = dependencies.map(() => []);
  for (let node = 0; node < dependencies.length; node++) {
    for (const needed of dependencies[node]) dependents[needed].push(node);
  }
  return dependents;
}

function walk(
  neighbours: (one: number) => readonly number[],
  start: number,
  bit: number,
  marks: Uint8Array,
): void {
  const stack = [start];
  while (stack.length) {
    for (const next of neighbours(stack.pop()!)) {
      if (!(marks[next] & bit)) {
        marks[next] |= bit;
        stack.push(next);
      }
    }
  }
}
