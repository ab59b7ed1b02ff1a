import type { RunSummary } from "../state/protocol";
import { type Disposer, html } from "../ui/dom";
import { optionText } from "./run_words";

/** Which run is shown, and which other one it is compared with; there from the second run on. */
export class RunPickers {
  readonly shown = html("select", "ad-pick");
  readonly compared = html("select", "ad-compare");
  private stamp = "";

  constructor(
    pick: (key: string) => void,
    compare: (key: string | null) => void,
    disposer: Disposer,
  ) {
    const { shown, compared } = this;
    shown.setAttribute("aria-label", "which run to show");
    compared.setAttribute("aria-label", "run to compare with");
    disposer.listen(shown, "change", () => pick(shown.value));
    disposer.listen(compared, "change", () => compare(compared.value || null));
  }

  draw(summaries: readonly RunSummary[], shown: string | null, compared: string | null): void {
    const options = summaries
      .map((summary): [string, string] => [summary.key, optionText(summary)])
      .reverse();
    const stamp = JSON.stringify([options, shown, compared]);
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    this.shown.replaceChildren(...options.map(([value, text]) => option(value, text)));
    this.shown.value = shown ?? "";
    this.compared.replaceChildren(
      option("", "compare …"),
      ...options
        .filter(([value]) => value !== shown)
        .map(([value, text]) => option(value, `vs ${text}`)),
    );
    this.compared.value = compared ?? "";
    this.shown.hidden = this.compared.hidden = options.length < 2;
  }
}

function option(value: string, text: string): HTMLOptionElement {
  const made = html("option", "", text);
  made.value = value;
  return made;
}
