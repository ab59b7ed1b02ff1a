/** The boxes of the graph: a node with its state; a bundle or a folded group with how many are done. */

import type { NodeState } from "../state/protocol";
import { relationName, sameTarget, type Target } from "../state/target";
import { setAttribute, setText, svg } from "../ui/dom";
import { count, plural } from "../ui/format";
import type { Shown } from "../ui/shown";
import { fitText, NORMAL, oneLine, SMALL, textWidth } from "../ui/text";
import { stateText } from "./state_text";
import { countIn, isSeveral, membersOf, relation, type Subject } from "./subjects";

/** A box as the placement has it. */
export type PlacedBox = [index: number, x: number, y: number, width: number, height: number];

export class Box {
  readonly group: SVGGElement;
  private readonly first: SVGTextElement;
  private second: SVGTextElement | null = null;
  private shownTitle = "";
  /** Of several nodes: how many of them are done, failed, running. */
  private strips: SVGRectElement[] = [];
  private text = "";

  constructor(
    readonly subject: Subject,
    readonly placed: PlacedBox,
    id: string,
  ) {
    const [index, x, y, width, height] = placed;
    const { kind } = subject;
    const isBundle = isSeveral(subject);
    const { title } = this;
    this.group = svg("g", {
      class: `ad-box ad-${kind}${isBundle ? " ad-bundle" : ""}`,
      "data-box": index,
      id,
      role: "option",
      "aria-label": title,
      transform: `translate(${x},${y})`,
    });
    this.group.append(
      kind === "choice"
        ? svg("path", { class: "ad-frame", d: diamond(width, height) })
        : svg("rect", { class: "ad-frame", width, height, rx: kind === "task" ? 7 : height / 2 }),
    );
    this.shownTitle = this.title;
    this.first = this.addTexts(kind === "task" && height >= 34);
    if (subject.target === null) setAttribute(this.group, "data-group", subject.group);
    if (isBundle) {
      this.strips = ["done", "failed", "running"].map((state) =>
        svg("rect", { class: `ad-strip-${state}`, x: 3, y: height - 6, width: 0, height: 4 }),
      );
      this.group.append(...this.strips);
    }
  }

  /** What is chosen with it; null for a folded group. */
  get target(): Target | null {
    return this.subject.target;
  }

  private get isChoice(): boolean {
    return this.subject.kind === "choice";
  }

  private get title(): string {
    const title = oneLine(this.subject.title, 400);
    return this.target === null ? `▸ ${title}` : title;
  }

  /** The name; and of what runs, below it, how it does. */
  private addTexts(hasSecond: boolean): SVGTextElement {
    const [, , , width, height] = this.placed;
    const up = isSeveral(this.subject) ? 1 : 0; // its strips are below
    const first = svg("text", {
      x: hasSecond ? 10 : width / 2,
      y: hasSecond ? 16 - up : height / 2 + 4,
      "text-anchor": hasSecond ? "start" : "middle",
    });
    const room = this.isChoice ? 0.62 * width : width - (hasSecond ? 16 : 8);
    first.textContent = fitText(this.title, room, hasSecond ? NORMAL : SMALL);
    this.group.append(first);
    if (hasSecond) {
      this.second = svg("text", { class: "ad-soft", x: 10, y: 31 - up });
      this.group.append(" ", this.second); // read aloud as two words
    }
    return first;
  }

  /** The name of a map tells how many items it has: that stays where the name is cut. */
  private writeTitle(title: string): void {
    if (this.shownTitle === title) return;
    this.shownTitle = title;
    const [, name, width] = /^(.*?)( ×[\d,?]+(?: of \?)?)?$/s.exec(title)!;
    const room = this.placed[3] - 16 - textWidth(width ?? "", NORMAL);
    this.first.textContent = fitText(name, room, NORMAL) + (width ?? "");
  }

  /** Returns whether it is the chosen one. `active` is the folded group that the keyboard is on. */
  draw(shown: Shown, active: number): boolean {
    const { kin, chosen } = shown;
    const { group, subject, target } = this;
    const isChosen = target ? sameTarget(target, chosen) : !chosen && subject.group === active;
    setAttribute(group, "aria-selected", isChosen ? "true" : "false");
    setAttribute(group, "data-kin", kin ? relationName(relation(kin, subject)) : null);
    if (target?.kind === "node") this.drawNode(shown, target.index);
    else this.drawSeveral(shown);
    return isChosen;
  }

  private drawNode(shown: Shown, node: number): void {
    const { model, run } = shown;
    const { group } = this;
    const isTask = model.isTask(node);
    const hasState = isTask || this.isChoice;
    const isCritical = Boolean(run?.critical[node]);
    setAttribute(group, "data-node", node);
    setAttribute(group, "data-state", hasState ? (run ? run.state(node) : "waiting") : null);
    setAttribute(group, "data-critical", isCritical ? "true" : null);
    if (hasState && !isTask) {
      const then = run?.events.taken.get(node);
      const took = then === undefined ? "" : then ? " took then" : " took else";
      setAttribute(group, "aria-label", `${oneLine(model.name(node))}${took}`);
    }
    if (!isTask) return;
    const text = stateText(shown, node);
    this.write(text);
    const suffix = isCritical ? ", on the critical path" : "";
    setAttribute(group, "aria-label", `${oneLine(model.name(node))} ${text}${suffix}`);
  }

  /** The second line; what is beside its main figure is left out if there is no room. */
  private write(text: string): void {
    if (!this.second || this.text === text) return;
    this.text = text;
    const room = this.placed[3] - 14;
    const isRoom = textWidth(text, SMALL) <= room;
    setText(this.second, isRoom ? text : fitText(text.split(" · ")[0], room, SMALL));
  }

  private drawSeveral({ model, run }: Shown): void {
    const { group, subject } = this;
    const [, , , width] = this.placed;
    const members = membersOf(model, subject);
    const title = this.target ? oneLine(model.boxTitle(subject.index), 400) : this.title;
    this.writeTitle(title);
    const size = members.filter((node) => model.isTask(node)).length;
    const number = (state: NodeState): number => (run ? countIn(run, subject, state) : 0);
    const running = number("running");
    const failed = number("failed");
    const done = number("done") + number("reused");
    let x = 3;
    for (const [strip, part] of [done, failed, running].entries()) {
      const wide = size ? (part / size) * (width - 6) : 0;
      setAttribute(this.strips[strip], "x", x.toFixed(1));
      setAttribute(this.strips[strip], "width", wide.toFixed(1));
      x += wide;
    }
    const isAll = done === size && (size > 0 || run?.over);
    const waits = done ? "partly" : "waiting";
    const state = failed ? "failed" : running ? "running" : isAll ? "done" : waits;
    setAttribute(group, "data-state", state);
    setAttribute(group, "data-done", done);
    const isCritical = run && members.some((node) => run.critical[node]);
    setAttribute(group, "data-critical", isCritical ? "true" : null);
    const figures = this.target
      ? [`${count(done)} done`]
      : [`${count(done)} of ${count(size)} done`];
    if (running) figures.push(`${count(running)} running`);
    if (failed) figures.push(`${count(failed)} failed`);
    this.write(run ? figures.join(" · ") : this.target ? "" : plural(size, "task"));
    const suffix = isCritical ? ", partly on the critical path" : "";
    const folded = this.target ? "" : ", a folded group";
    setAttribute(group, "aria-label", `${title} ${figures.join(" · ")}${folded}${suffix}`);
  }
}

/** The outline of a choice. */
function diamond(width: number, height: number): string {
  return `M0,${height / 2}L${width / 2},0L${width},${height / 2}L${width / 2},${height}Z`;
}

/** The nearest box to another in a direction, one step right or down. */
export function nearestBox(boxes: readonly Box[], from: Box, dx: number, dy: number): Box | null {
  const middle = ({ placed: [, x, y, width, height] }: Box): [number, number] => [
    x + width / 2,
    y + height / 2,
  ];
  const [x, y] = middle(from);
  let nearest: Box | null = null;
  let least = Infinity;
  for (const box of boxes) {
    const [otherX, otherY] = middle(box);
    const along = (otherX - x) * dx + (otherY - y) * dy;
    if (along <= 1) continue;
    const aside = Math.abs((otherX - x) * dy) + Math.abs((otherY - y) * dx);
    if (along + 2 * aside < least) {
      least = along + 2 * aside;
      nearest = box;
    }
  }
  return nearest;
}
