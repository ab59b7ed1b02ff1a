/** The boxes of the graph: a node with its state, or a bundle with strips of how many are done. */

import type { GraphModel } from "../state/model";
import type { RunData } from "../state/run";
import { relationName, type Target } from "../state/target";
import { setAttribute, setText, svg } from "../ui/dom";
import { count } from "../ui/format";
import type { Shown } from "../ui/shown";
import { fitText, NORMAL, oneLine, SMALL, textWidth } from "../ui/text";
import { stateText } from "./state_text";

/** A box as the placement has it. */
export type PlacedBox = [index: number, x: number, y: number, width: number, height: number];

export class Box {
  readonly group: SVGGElement;
  readonly target: Target;
  private second: SVGTextElement | null = null;
  /** Of a bundle: how many of its nodes are done, failed, running. */
  private strips: SVGRectElement[] = [];
  private text = "";

  constructor(
    private readonly model: GraphModel,
    readonly placed: PlacedBox,
    id: string,
  ) {
    const [index, x, y, width, height] = placed;
    this.target = model.targetOfBox(index);
    const kind = model.boxKind(index);
    const isBundle = this.target.kind === "bundle";
    this.group = svg("g", {
      class: `ad-box ad-${kind}${isBundle ? " ad-bundle" : ""}`,
      "data-box": index,
      id,
      role: "option",
      "aria-label": oneLine(model.boxTitle(index), 400),
      transform: `translate(${x},${y})`,
    });
    this.group.append(
      svg("rect", { class: "ad-frame", width, height, rx: kind === "task" ? 7 : height / 2 }),
    );
    this.addTexts(kind === "task" && height >= 34);
    if (isBundle) {
      this.strips = ["done", "failed", "running"].map((state) =>
        svg("rect", { class: `ad-strip-${state}`, x: 3, y: height - 6, width: 0, height: 4 }),
      );
      this.group.append(...this.strips);
    }
  }

  /** The name; and of what runs, below it, how it does. */
  private addTexts(hasSecond: boolean): void {
    const [index, , , width, height] = this.placed;
    const up = this.target.kind === "bundle" ? 1 : 0; // its strips are below
    const first = svg("text", {
      x: hasSecond ? 10 : width / 2,
      y: hasSecond ? 16 - up : height / 2 + 4,
      "text-anchor": hasSecond ? "start" : "middle",
    });
    const title = oneLine(this.model.boxTitle(index));
    first.textContent = fitText(title, width - (hasSecond ? 16 : 8), hasSecond ? NORMAL : SMALL);
    this.group.append(first);
    if (hasSecond) {
      this.second = svg("text", { class: "ad-soft", x: 10, y: 31 - up });
      this.group.append(" ", this.second); // read aloud as two words
    }
  }

  /** Returns whether it is the chosen one. */
  draw(shown: Shown): boolean {
    const { run, kin, chosen } = shown;
    const { group, target } = this;
    const isChosen = chosen?.kind === target.kind && chosen.index === target.index;
    setAttribute(group, "aria-selected", isChosen ? "true" : "false");
    setAttribute(group, "data-kin", kin ? relationName(kin.boxes[this.placed[0]]) : null);
    if (target.kind === "bundle") this.drawBundle(run);
    else this.drawNode(shown);
    return isChosen;
  }

  private drawNode(shown: Shown): void {
    const { model, run } = shown;
    const { group, target } = this;
    const node = target.index;
    const isTask = Boolean(model.isTask[node]);
    const isCritical = Boolean(run?.critical[node]);
    setAttribute(group, "data-node", node);
    setAttribute(group, "data-state", isTask ? (run ? run.state(node) : "waiting") : null);
    setAttribute(group, "data-critical", isCritical ? "true" : null);
    if (!isTask) return;
    const text = stateText(shown, node);
    this.write(text);
    const suffix = isCritical ? ", on the critical path" : "";
    setAttribute(group, "aria-label", `${oneLine(model.graph.names[node])} ${text}${suffix}`);
  }

  /** The second line; what is beside its main figure is left out if there is no room. */
  private write(text: string): void {
    if (!this.second || this.text === text) return;
    this.text = text;
    const room = this.placed[3] - 14;
    const isRoom = textWidth(text, SMALL) <= room;
    setText(this.second, isRoom ? text : fitText(text.split(" · ")[0], room, SMALL));
  }

  private drawBundle(run: RunData | null): void {
    const { group, model } = this;
    const [index, , , width] = this.placed;
    const size = model.boxMembers(index).length;
    const running = run?.countIn(index, "running") ?? 0;
    const failed = run?.countIn(index, "failed") ?? 0;
    const done = (run?.countIn(index, "done") ?? 0) + (run?.countIn(index, "reused") ?? 0);
    let x = 3;
    for (const [strip, number] of [done, failed, running].entries()) {
      const wide = (number / size) * (width - 6);
      setAttribute(this.strips[strip], "x", x.toFixed(1));
      setAttribute(this.strips[strip], "width", wide.toFixed(1));
      x += wide;
    }
    const state = failed
      ? "failed"
      : running
        ? "running"
        : done === size
          ? "done"
          : done
            ? "partly"
            : "waiting";
    setAttribute(group, "data-state", state);
    setAttribute(group, "data-done", done);
    const isCritical = run && model.boxMembers(index).some((node) => run.critical[node]);
    setAttribute(group, "data-critical", isCritical ? "true" : null);
    const figures = [`${count(done)} done`];
    if (running) figures.push(`${count(running)} running`);
    if (failed) figures.push(`${count(failed)} failed`);
    this.write(run ? figures.join(" · ") : "");
    const title = oneLine(model.boxTitle(index));
    const suffix = isCritical ? ", partly on the critical path" : "";
    setAttribute(group, "aria-label", `${title} ${figures.join(" · ")}${suffix}`);
  }
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
