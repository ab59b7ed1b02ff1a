/** What the boxes of the graph panel stand for: nodes, bundles, and groups that are folded. */

import type { GraphModel } from "../state/model";
import type { NodeState } from "../state/protocol";
import type { RunData } from "../state/run";
import type { Kin, Target } from "../state/target";

export interface Subject {
  /** That of the node or bundle in the graph's columns; groups come behind those. */
  index: number;
  title: string;
  kind: string;
  /** The nodes or bundles that it stands for: itself, or those of a group. */
  boxes: number[];
  /** What is chosen with it; null for a folded group. */
  target: Target | null;
  /** The group that it is in, or that it is; -1 for none. */
  group: number;
}

export interface Group {
  title: string;
  boxes: number[];
}

export class Subjects {
  readonly list: Subject[] = [];
  readonly groups: Group[];
  /** For each subject the places of those that it needs. */
  readonly dependencies: number[][];
  /** `from,to` → the number of dependencies between nodes behind an edge between subjects. */
  readonly weights = new Map<string, number>();
  /** For each node or bundle the place of its subject. */
  private readonly placeOf: Int32Array;

  /** `folded` are the titles of groups. */
  constructor(
    private readonly model: GraphModel,
    private readonly folded: ReadonlySet<string>,
  ) {
    this.groups = groupsOf(model);
    const groupOf = new Int32Array(model.boxes).fill(-1);
    for (const [group, { boxes }] of this.groups.entries()) {
      for (const box of boxes) groupOf[box] = group;
    }
    this.placeOf = new Int32Array(model.boxes);
    const placeOfGroup = new Map<number, number>();
    for (let box = 0; box < model.boxes; box++) {
      const group = groupOf[box];
      const isFolded = group >= 0 && folded.has(this.groups[group].title);
      const place = (isFolded ? placeOfGroup.get(group) : undefined) ?? this.list.length;
      this.placeOf[box] = place;
      if (place < this.list.length) continue;
      if (isFolded) placeOfGroup.set(group, place);
      this.list.push(isFolded ? this.ofGroup(group) : this.ofBox(box, group));
    }
    this.dependencies = this.between();
  }

  private ofBox(box: number, group: number): Subject {
    const { model } = this;
    return {
      ...{ index: box, title: model.boxTitle(box), kind: model.boxKind(box), boxes: [box], group },
      target: model.targetOfBox(box),
    };
  }

  private ofGroup(group: number): Subject {
    const { model } = this;
    const { title, boxes } = this.groups[group];
    return {
      ...{ index: model.boxes + group, title, kind: "task", boxes, group, target: null },
    };
  }

  private between(): number[][] {
    const { model, list, placeOf, weights } = this;
    const dependencies = list.map(() => new Set<number>());
    for (let box = 0; box < model.boxes; box++) {
      const to = placeOf[box];
      for (const needed of model.boxDependencies[box]) {
        const from = placeOf[needed];
        if (from === to) continue;
        dependencies[to].add(from);
        const key = `${list[from].index},${list[to].index}`;
        const weight = model.weights.get(`${needed},${box}`) ?? 1;
        weights.set(key, (weights.get(key) ?? 0) + weight);
      }
    }
    return dependencies.map((set) => [...set]);
  }

  get hasFolded(): boolean {
    return this.groups.some(({ title }) => this.folded.has(title));
  }

  isFolded(group: number): boolean {
    return this.folded.has(this.groups[group].title);
  }

  /** The subject of a node or bundle; undefined if the graph panel has none. */
  of(box: number): Subject | undefined {
    return this.list[this.placeOf[box]];
  }

  withIndex(index: number): Subject | undefined {
    const { boxes } = this.model;
    return this.of(index < boxes ? index : this.groups[index - boxes].boxes[0]);
  }
}

/** Groups and sub-DAGs in the order in which they first occur; a frame around a single bundle adds nothing. */
export function groupsOf(model: GraphModel): Group[] {
  const { frames, bundles } = model.graph;
  if (frames === null) return [];
  const found = new Map<string, number[]>();
  for (let box = 0; box < model.boxes; box++) {
    const own = new Set(model.bundles[box].members.map((node) => frames[node]));
    const [title] = own;
    if (own.size > 1 || title === null || title === undefined) continue;
    const boxes = found.get(title);
    if (boxes) boxes.push(box);
    else found.set(title, [box]);
  }
  const least = bundles === null ? 1 : 2;
  return [...found].flatMap(([title, boxes]) => (boxes.length < least ? [] : [{ title, boxes }]));
}

/** How many of the tasks that a subject stands for are in a state. */
export function countIn(run: RunData, { boxes }: Subject, state: NodeState): number {
  return boxes.reduce((sum, box) => sum + run.countIn(box, state), 0);
}

/** The rows that a subject stands for. */
export function membersOf(model: GraphModel, { boxes }: Subject): readonly number[] {
  return boxes.length === 1
    ? model.boxMembers(boxes[0])
    : boxes.flatMap((box) => model.boxMembers(box));
}

/** The relations of a subject to the target: those that any of its boxes has. */
export function relation({ boxes }: Kin, subject: Subject): number {
  return subject.boxes.reduce((bits, box) => bits | boxes[box], 0);
}

/** Whether it is drawn as one box for several. */
export function isSeveral({ target }: Subject): boolean {
  return target?.kind !== "node";
}
