/** What the colours and lines of the chart mean: a sample of each that is drawn, and a word. */

import type { RunEvents } from "../state/events";
import type { Expected } from "../state/expected";
import { isKnown } from "../state/times";
import { html } from "../ui/dom";
import { earlierRuns, percent } from "../ui/expected_words";
import type { Shown } from "../ui/shown";
import { LEGEND_WORDS } from "../ui/words";

type Entry = [swatch: string, words: string];

export class Legend {
  readonly element = html("ul", "ad-legend");
  private stamp = "";

  constructor() {
    this.element.setAttribute("aria-label", "Legend");
  }

  draw(shown: Shown): void {
    const entries = entriesOf(shown);
    const stamp = JSON.stringify(entries);
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    this.element.replaceChildren(
      ...entries.map(([swatch, words]) =>
        html("li", "", html("i", `ad-swatch ad-swatch-${swatch}`), words),
      ),
    );
  }
}

function entriesOf({ model, run, other, chosen }: Shown): Entry[] {
  const entries: Entry[] = [
    ["awaiting", LEGEND_WORDS.awaiting],
    ["holding", LEGEND_WORDS.holding],
    ["queued", run?.events.hasLate ? `${LEGEND_WORDS.queued}, or late` : LEGEND_WORDS.queued],
  ];
  if (run?.over === false) {
    if (run.expected) entries.push(["critical", `${LEGEND_WORDS.critical}, as expected`]);
  } else entries.push(["critical", LEGEND_WORDS.critical]);
  if (model.hasSeveral) entries.push(["area", LEGEND_WORDS.area]);
  if (run) {
    // On a cluster an attempt may be lost with its worker, which is drawn in another way.
    const hasRetries = run.events.retried > 0 && !run.events.lanes.size;
    if (run.count("failed")) entries.push(["failed", LEGEND_WORDS.failed]);
    if (hasRetries) entries.push(["retried", LEGEND_WORDS.retried]);
    entries.push(...clusterEntries(run.events));
    if (hasRetries) entries.push(["pause", LEGEND_WORDS.pause]);
    if (run.count("cancelled")) entries.push(["cancelled", LEGEND_WORDS.cancelled]);
    if (run.events.progress.size) entries.push(["progress", "progress that a task reports"]);
    if (!run.over && run.expected) entries.push(...expectedEntries(run.expected));
  }
  if (other) entries.push(["other", "the run compared with"]);
  if (chosen) entries.push(["chosen", "chosen"]);
  return entries;
}

function clusterEntries({ lanes, moves }: RunEvents): Entry[] {
  const entries: Entry[] = [];
  if (moves.length) entries.push(["moved", LEGEND_WORDS.moved]);
  const isLost = [...lanes.values()].some(({ end }) => isKnown(end));
  if (isLost) entries.push(["lost", LEGEND_WORDS.lost]);
  return entries;
}

function expectedEntries({ runs, band, share }: Expected): Entry[] {
  const entries: Entry[] = [["expected", `expected, by ${earlierRuns(runs)}`]];
  if (band) {
    const band = share === null ? "range" : `${percent(share)} band`;
    entries.push(["band", `${band} of the expected end`]);
  }
  return entries;
}
