/** Groups that are folded into one box each. */

import type { GraphModel } from "../state/model";
import { type Disposer, html, setText } from "../ui/dom";
import { Subjects } from "./subjects";

export class Folding {
  readonly button = html("button", "ad-fold");
  /** The group, folded, that the keyboard is on; -1 for none. */
  active = -1;
  private folded: ReadonlySet<string> = new Set();
  private subjects: Subjects | null = null;

  constructor(
    private readonly changed: () => void,
    disposer: Disposer,
  ) {
    this.button.type = "button";
    disposer.listen(this.button, "click", () => this.toggleAll());
  }

  subjectsOf(model: GraphModel): Subjects {
    this.subjects = new Subjects(model, this.folded);
    const { groups, hasFolded } = this.subjects;
    this.button.hidden = groups.length === 0;
    setText(this.button, hasFolded ? "Open groups" : "Fold groups");
    return this.subjects;
  }

  /** Whether a press was on the name of a frame or on a folded group, which it then folds or opens. */
  onPress(element: EventTarget | null): boolean {
    const group = element instanceof Element ? element.closest("[data-group]") : null;
    if (!group) return false;
    this.toggle(Number(group.getAttribute("data-group")));
    return true;
  }

  toggle(group: number): void {
    if (!this.subjects) return;
    const { title } = this.subjects.groups[group];
    const folded = new Set(this.folded);
    if (!folded.delete(title)) folded.add(title);
    this.active = folded.has(title) ? group : -1;
    this.set(folded);
  }

  private toggleAll(): void {
    if (!this.subjects) return;
    const { groups, hasFolded } = this.subjects;
    this.active = -1;
    this.set(new Set(hasFolded ? [] : groups.map(({ title }) => title)));
  }

  private set(folded: ReadonlySet<string>): void {
    this.folded = folded;
    this.changed();
  }
}
