import { isKnown } from "../state/times";
import { attemptWords } from "../ui/attempt_words";
import { duration, plural } from "../ui/format";
import type { Shown } from "../ui/shown";
import { waitedFor } from "../ui/waited_for";
import { NOT_CHOSEN, REASON_OF, SIGNS, STATE_WORDS } from "../ui/words";

/**
 * The second line of a box: how the node does, as short as it can be said. What follows ` · ` may be
 * left out.
 */
export function stateText({ model, run, unit }: Shown, node: number): string {
  if (!run) return "";
  const took = (): string => duration(run.lengthOf(node), unit);
  const state = run.state(node);
  const sign = SIGNS[state];
  switch (state) {
    case "waiting": {
      if (run.over) return STATE_WORDS.skipped;
      const open = model
        .dependenciesOf(node)
        .filter((dependency) => !isKnown(run.finished[dependency]));
      return open.length ? `waits for ${plural(open.length, "node")}` : "waits";
    }
    case "ready": {
      const open = run.events.waitsOf(node).find((wait) => !isKnown(wait.end));
      return open ? `${sign} waits for ${waitedFor(model, node, open.kind)}` : `${sign} ready`;
    }
    case "running": {
      const attempts = attemptWords(run, node, unit);
      if (attempts) return `↻ ${attempts.replace(", ", " · ")}`;
      const expected = run.expected?.lengthOf(run, node);
      return `${sign} ${took()}${isKnown(expected) ? ` · of ~${duration(expected, unit)}` : ""}`;
    }
    case "done": {
      const slack = run.slack?.[node] ?? NaN;
      const isMuch = slack > run.makespan / 100;
      return `${sign} ${took()}${isMuch ? ` · slack ${duration(slack, unit)}` : ""}`;
    }
    case "failed":
      return `${sign} after ${took()}`;
    default: {
      const cause = run.events.causes.get(node);
      return `${sign} ${cause === NOT_CHOSEN ? REASON_OF[cause] : STATE_WORDS[state]}`;
    }
  }
}
