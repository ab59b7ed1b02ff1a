/** The graph, drawn where dot put it, with the states of its nodes. */

import type { GraphModel } from "../state/model";
import type { Layout, Placement } from "../state/protocol";
import type { Target } from "../state/target";
import { Disposer, html, setAttribute, setText, svg, uniqueId } from "../ui/dom";
import { count, plural } from "../ui/format";
import type { Shown } from "../ui/shown";
import { zoomButtons } from "../ui/zoom_buttons";
import { type Arrangement, arrange, BAR_HEIGHT, MAP_BAR_HEIGHT, type Room } from "./arrangement";
import { Box, nearestBox } from "./boxes";
import { Edges } from "./edges";
import { Folding } from "./folding";
import { framesOf } from "./frames";
import { GraphMap } from "./map";
import { ownLayout } from "./natural_boxes";
import { Scroller } from "./scroller";
import type { Subjects } from "./subjects";

const DIRECTIONS: Record<string, [dx: number, dy: number]> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};
const NOTHING: Placement = { width: 0, height: 60, boxes: [], edges: [], frames: [] };

export interface GraphPanelEvents {
  /** `at` is where the pointer is, in pixels of the window. */
  hover(target: Target | null, at?: { x: number; y: number }): void;
  choose(target: Target | null): void;
  /** Groups were folded or opened: all has to be drawn anew. */
  changed(): void;
  /** Show the graph alone, or with the chart again. */
  enlarge(isAlone: boolean): void;
  /** Open the row of a bundle, or close it. */
  toggle(bundle: number): void;
}

export class GraphPanel {
  readonly element = html("section", "ad-graph");
  private readonly drawing = svg("svg", { class: "ad-graph-svg", tabindex: 0, role: "listbox" });
  private readonly prefix = uniqueId();
  private readonly edges = new Edges(this.prefix);
  private readonly scene = svg("g");
  private readonly disposer = new Disposer();
  private readonly scroller = new Scroller(this.drawing, () => this.onMoved(), this.disposer);
  private readonly map = new GraphMap((x, y) => this.scroller.center(x, y), this.disposer);
  private readonly sightText = html("span", "ad-muted ad-sight-text");
  private readonly large = html("button", "ad-large");
  private readonly folding: Folding;
  private boxes: Box[] = [];
  private model: GraphModel | null = null;
  /** The same with the items of the run that is shown. */
  private shownModel: GraphModel | null = null;
  private subjects: Subjects | null = null;
  /** As dot has it; null where there is no dot. */
  private given: Layout | null = null;
  private layout: Layout | null = null;
  private placement: Placement | null = null;
  private isAlone = false;
  /** It is laid out anew, or has another size, and has not been drawn since. */
  private isFresh = false;
  private isResized = false;

  constructor(private readonly events: GraphPanelEvents) {
    const { element, drawing, disposer } = this;
    drawing.append(this.edges.heads(), this.scene);
    element.setAttribute("aria-label", "Graph");
    this.large.type = "button";
    disposer.listen(this.large, "click", () => this.enlarge(!this.isAlone));
    const buttons = zoomButtons("zoom the graph", "natural size", disposer, (factor) =>
      factor === null ? this.scroller.reset() : this.scroller.zoomBy(factor),
    );
    const bar = html("div", "ad-graph-bar", this.map.element as Node, this.sightText);
    this.folding = new Folding(() => this.layOut(), disposer);
    bar.append(html("span", "ad-grow"), this.folding.button, buttons, this.large);
    element.append(this.scroller.element, bar);
    disposer.listen(drawing, "pointermove", (event: PointerEvent) =>
      events.hover(this.targetOf(event.target), { x: event.clientX, y: event.clientY }),
    );
    disposer.listen(drawing, "pointerleave", () => events.hover(null));
    disposer.listen(this.scroller.element, "click", (event: MouseEvent) => {
      if (this.folding.onPress(event.target)) return;
      const target = this.targetOf(event.target);
      events.choose(target);
      this.open(target);
    });
    disposer.listen(drawing, "keydown", (event: KeyboardEvent) => this.onKey(event));
    this.enlarge(false);
  }

  /** Several tasks are seen one by one in their row. */
  private open(target: Target | null): void {
    if (target?.kind === "bundle") this.events.toggle(target.index);
  }

  private targetOf(element: EventTarget | null): Target | null {
    const group = element instanceof Element ? element.closest("[data-box]") : null;
    if (!group || !this.model) return null;
    return this.subjects?.withIndex(Number(group.getAttribute("data-box")))?.target ?? null;
  }

  /** Draws another graph, or the same laid out otherwise. */
  setGraph(model: GraphModel, layout: Layout | null): void {
    this.model = model;
    this.given = layout;
    this.layOut();
    const bundles = model.graph.bundles ? ` in ${plural(model.boxes, "bundle")}` : "";
    const label = `Graph of ${plural(model.tasks, "task")}${bundles}; arrow keys go from box to box`;
    const folds = this.subjects?.groups.length ? ", Enter folds or opens a group" : "";
    setAttribute(this.drawing, "aria-label", label + folds);
  }

  /** Where everything lies: as dot has it, or by the page itself where groups are folded. */
  private layOut(): void {
    if (!this.model) return;
    const subjects = this.folding.subjectsOf(this.model);
    this.subjects = subjects;
    this.layout = subjects.hasFolded ? null : this.given;
    this.layout ??= ownLayout(subjects);
    this.placement = null; // until it is known how much room there is
    this.events.changed();
  }

  /** Takes the room that there is, and returns what it makes of it. */
  arrange(room: Room): Arrangement {
    const layout = this.layout ?? { down: NOTHING, right: NOTHING };
    const arrangement = arrange(layout, room);
    this.place(arrangement.placement);
    return arrangement;
  }

  private place(placement: Placement): void {
    const { model, subjects, edges, prefix } = this;
    if (placement === this.placement || !model || !subjects) return;
    this.placement = placement;
    this.isFresh = true;
    edges.place(subjects, placement.edges);
    this.boxes = placement.boxes.flatMap((placed) => {
      const subject = subjects.withIndex(placed[0]);
      return subject ? [new Box(subject, placed, `${prefix}-${placed[0]}`)] : [];
    });
    const groups = this.boxes.map((box) => box.group);
    const { frames, names } = framesOf(model, subjects.groups, placement);
    this.scene.replaceChildren(frames, edges.element, names, svg("g", {}, ...groups));
    this.scroller.setNatural(placement.width, placement.height);
    this.map.place(placement);
  }

  /** `height` is that of the whole panel, with the bar below the graph. */
  resize(width: number, height: number, hasMap: boolean): void {
    this.element.classList.toggle("ad-has-map", hasMap);
    const room = height - (hasMap ? MAP_BAR_HEIGHT : BAR_HEIGHT);
    this.isResized = this.scroller.resize(width, room);
    if (this.isResized && this.isAlone) this.scroller.fill();
  }

  private onMoved(): void {
    const { placement } = this;
    if (!placement) return;
    const { x, y, width, height } = this.scroller.sight;
    this.map.show({ x, y, width, height });
    const inSight = placement.boxes.filter(
      ([, left, top, wide, high]) =>
        left >= x - 1 &&
        top >= y - 1 &&
        left + wide <= x + width + 1 &&
        top + high <= y + height + 1,
    );
    const all = placement.boxes.length;
    setText(this.sightText, `${count(inSight.length)} of ${plural(all, "box", "boxes")} in sight`);
  }

  private enlarge(isAlone: boolean): void {
    this.isAlone = isAlone;
    setText(this.large, isAlone ? "Back to the chart" : "Enlarge");
    setAttribute(this.large, "aria-pressed", String(isAlone));
    if (!isAlone) this.scroller.reset();
    this.events.enlarge(isAlone);
  }

  /** Where the arrows begin; of several such boxes the one at the top, or at the left. */
  private get first(): Box | undefined {
    const isRight = this.placement === this.layout?.right;
    const place = ({ placed: [, x, y] }: Box): [number, number] => (isRight ? [x, y] : [y, x]);
    return this.boxes.reduce<Box | undefined>((first, box) => {
      if (!first) return box;
      const [along, across] = place(box);
      const [least, second] = place(first);
      return along < least || (along === least && across < second) ? box : first;
    }, undefined);
  }

  /** Shows the states of a run, and what is related to the target. */
  draw(shown: Shown): void {
    let active: string | null = null;
    this.shownModel = shown.model;
    for (const box of this.boxes) {
      if (box.draw(shown, this.folding.active)) active = box.group.id;
    }
    setAttribute(this.drawing, "aria-activedescendant", active);
    this.edges.draw(shown);
    this.map.draw(this.boxes);
    // What was in sight in another layout, or in a larger panel, is anywhere now.
    const target = shown.chosen ?? (this.isFresh ? this.first?.target : null);
    if (target && (this.isFresh || this.isResized)) this.reveal(target);
    this.isFresh = this.isResized = false;
  }

  /** Brings the box of a target into sight. */
  reveal(target: Target): void {
    const index = target.kind === "node" ? this.shownModel?.boxOf(target.index) : target.index;
    if (index === undefined) return;
    const subject = this.subjects?.of(index);
    const placed = this.boxes.find((box) => box.subject === subject)?.placed;
    if (!placed) return;
    const [, x, y, width, height] = placed;
    this.scroller.reveal({ x, y, width, height });
  }

  /** Chooses a box; a folded group is nothing that can be chosen, but the keyboard can be on it. */
  private goTo({ target, subject, placed }: Box): void {
    this.folding.active = target === null ? subject.group : -1;
    this.events.choose(target);
    const [, x, y, width, height] = placed;
    if (target === null) this.scroller.reveal({ x, y, width, height });
  }

  private onKey(event: KeyboardEvent): void {
    const direction = DIRECTIONS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (direction) {
      const id = this.drawing.getAttribute("aria-activedescendant");
      const here = this.boxes.find((box) => box.group.id === id);
      const next = here ? nearestBox(this.boxes, here, ...direction) : this.boxes[0];
      if (next) this.goTo(next);
    } else if (event.key === "Enter" || event.key === " ") {
      const id = this.drawing.getAttribute("aria-activedescendant");
      const here = this.boxes.find((box) => box.group.id === id);
      if (here && here.subject.group >= 0) this.folding.toggle(here.subject.group);
      else this.open(here?.target ?? null);
    } else if (event.key === "+" || event.key === "=") this.scroller.zoomBy(1.3);
    else if (event.key === "-") this.scroller.zoomBy(1 / 1.3);
    else if (event.key === "0") this.scroller.reset();
    else if (event.key === "Escape" && this.isAlone) this.enlarge(false);
    else if (event.key === "Escape") this.events.choose(null);
    else return;
    event.preventDefault();
  }

  dispose(): void {
    this.disposer.dispose();
    this.element.remove();
  }
}
