/** What limits the run: sentences, with the nodes they are about. */

import type { Finding } from "../state/protocol";
import type { RunData } from "../state/run";
import type { Target } from "../state/target";
import { Disposer, html, morph } from "../ui/dom";
import { earlierRuns } from "../ui/expected_words";
import type { Shown } from "../ui/shown";
import { oneLine } from "../ui/text";
import type { FootEvents } from "./details";
import { findingsSoFar } from "./so_far";

const LONGEST = 4000;

export class Findings {
  readonly element = html("section", "ad-findings");
  private readonly disposer = new Disposer();
  private shown: readonly Finding[] | null = null;
  private stamp = "";

  constructor(events: FootEvents) {
    this.element.setAttribute("aria-label", "What limits this run");
    const firstOf = (event: Event): Target | null => {
      const item = event.target instanceof Element ? event.target.closest("[data-finding]") : null;
      const node = item && this.shown?.[Number(item.getAttribute("data-finding"))]?.nodes[0];
      return typeof node === "number" ? { kind: "node", index: node } : null;
    };
    this.disposer.listen(this.element, "pointerover", (event: Event) =>
      events.hover(firstOf(event)),
    );
    this.disposer.listen(this.element, "pointerleave", () => events.hover(null));
    this.disposer.listen(this.element, "click", (event: Event) => {
      const target = firstOf(event);
      if (target) events.choose(target);
    });
  }

  draw({ run, unit, model }: Shown): void {
    const { notes } = model.graph;
    const isSoFar = run !== null && !run.over;
    const findings = isSoFar ? findingsSoFar(run, unit) : (run?.analysis?.findings ?? []);
    const stamp = JSON.stringify([run?.key, run?.over, findings, notes]);
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    this.shown = findings;
    const list = html("ul");
    for (const [index, { text, nodes }] of findings.entries()) {
      const item = html("li");
      if (nodes.length) {
        const button = html("button", "ad-finding", ...sentence(text));
        button.type = "button";
        button.dataset["finding"] = String(index);
        item.append(button);
      } else {
        item.append(...sentence(text));
      }
      list.append(item);
    }
    const nothing = run?.over ? "Nothing stands out." : "Known when the run is over.";
    morph(this.element, [
      html("b", "", "What limits this run"),
      html("span", "ad-muted", isSoFar && findings.length ? ` · ${basisOf(run)}` : ""),
      findings.length ? list : html("p", "ad-muted", nothing),
      ...notes.map((note) => html("p", "ad-muted ad-note", oneLine(note, 400))),
    ]);
  }

  dispose(): void {
    this.disposer.dispose();
    this.element.remove();
  }
}

/** What is said while a run goes on rests on this. */
function basisOf({ expected }: RunData): string {
  return expected ? `so far, with what ${earlierRuns(expected.runs)} took` : "so far";
}

/** A sentence with code between backticks. */
function sentence(text: string): (Node | string)[] {
  return text
    .slice(0, LONGEST)
    .split("`")
    .map((part, index) => (index % 2 ? html("code", "", oneLine(part, 300)) : together(part)));
}

/** With each figure on the line of its unit. */
function together(text: string): string {
  return text.replace(/(\d) (?=(?:µs|ms|s|min|h)\b)/g, "$1\u00a0");
}
