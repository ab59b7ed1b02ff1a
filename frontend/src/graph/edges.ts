/** The edges of the graph: their paths, and which of them are on the critical path. */

import type { Placement } from "../state/protocol";
import type { RunData } from "../state/run";
import { isKnown } from "../state/times";
import { setAttribute, svg } from "../ui/dom";
import type { Shown } from "../ui/shown";
import { membersOf, relation, type Subject, type Subjects } from "./subjects";

export class Edges {
  readonly element = svg("g", { class: "ad-edges" });
  private subjects: Subjects | null = null;
  private drawn: { from: number; to: number; path: SVGPathElement }[] = [];

  /** `prefix` is that of ids which no other element of the page has. */
  constructor(private readonly prefix: string) {}

  /** The heads of arrows, which paths refer to. */
  heads(): SVGDefsElement {
    const marker = (name: string): SVGMarkerElement =>
      svg(
        "marker",
        {
          id: `${this.prefix}-${name}`,
          class: `ad-arrow ad-arrow-${name}`,
          viewBox: "0 0 8 8",
          refX: 7.5,
          refY: 4,
          markerWidth: 8,
          markerHeight: 8,
          markerUnits: "userSpaceOnUse",
          orient: "auto",
        },
        svg("path", { d: "M0 0.5 8 4 0 7.5z" }),
      );
    return svg("defs", {}, marker("plain"), marker("critical"));
  }

  place(subjects: Subjects, edges: Placement["edges"]): void {
    this.subjects = subjects;
    this.drawn = edges.map(([from, to, points]) => {
      const weight = subjects.weights.get(`${from},${to}`) ?? 1;
      const path = svg("path", {
        d: splinePath(points),
        "marker-end": `url(#${this.prefix}-plain)`,
        "stroke-width": Math.min(1.3 + Math.log2(weight) / 5, 3.2).toFixed(2),
      });
      return { from, to, path };
    });
    this.element.replaceChildren(...this.drawn.map(({ path }) => path));
  }

  draw({ run, kin }: Shown): void {
    const { subjects } = this;
    if (!subjects) return;
    const onPath = run ? pathEdges(subjects, run) : NONE;
    const hasStarted = (index: number): boolean =>
      !run ||
      run.over ||
      subjects.withIndex(index)!.boxes.some((box) => isKnown(run.bundles[box].first)) ||
      membersOf(run.model, subjects.withIndex(index)!).some((n) => isKnown(run.started[n]));
    const isNearBox = (index: number): boolean =>
      kin === null || relation(kin, subjects.withIndex(index)!) !== 0;
    for (const { from, to, path } of this.drawn) {
      const isOnPath = onPath.has(`${from},${to}`);
      setAttribute(path, "class", isOnPath ? "ad-critical" : null);
      const isLeft = run !== null && this.isLeft(run, from, to);
      setAttribute(path, "data-state", isLeft ? "left" : hasStarted(to) ? null : "waiting");
      setAttribute(path, "marker-end", `url(#${this.prefix}-${isOnPath ? "critical" : "plain"})`);
      const isNear = isNearBox(from) && isNearBox(to);
      setAttribute(path, "data-kin", kin ? (isNear ? "near" : "none") : null);
    }
  }

  /** Whether it leads from the side that a choice did not take. */
  private isLeft(run: RunData, from: number, to: number): boolean {
    const choice = this.subjects?.withIndex(to);
    const side = this.subjects?.withIndex(from);
    if (choice?.kind !== "choice" || !side) return false;
    const nodesOf = ({ boxes }: Subject): number[] =>
      boxes.flatMap((box) => run.model.bundles[box].members);
    return run.model.isLeft(nodesOf(side), nodesOf(choice), run.events.taken);
  }
}

const NONE: ReadonlySet<string> = new Set();

/** The edges between boxes that the critical path takes, as `from,to`. */
function pathEdges(subjects: Subjects, run: RunData): ReadonlySet<string> {
  const indices = run.criticalPath.map((node) => subjects.of(run.model.boxOf(node))?.index);
  return new Set(indices.slice(1).map((index, before) => `${indices[before]},${index}`));
}

/** dot's points as a path: a start, then three points for each curve. */
export function splinePath(points: readonly number[]): string {
  let path = `M${points[0]},${points[1]}C`;
  for (let index = 2; index < points.length; index++) {
    path += `${index % 2 ? "," : " "}${points[index]}`;
  }
  return path;
}
