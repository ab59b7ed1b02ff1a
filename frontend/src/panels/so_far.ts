/** What limits a run while it goes on, as far as earlier runs tell. */

import type { Finding } from "../state/protocol";
import type { RunData } from "../state/run";
import { isKnown } from "../state/times";
import { duration, plural, type Unit } from "../ui/format";
import { oneLine } from "../ui/text";

const MOST_NAMES = 6;
const MOST_RETRIED = 3;

/** Sentences like those of a run that is over. */
export function findingsSoFar(run: RunData, unit: Unit): Finding[] {
  return [...pathSoFar(run, unit), ...retried(run, unit)];
}

function pathSoFar(run: RunData, unit: Unit): Finding[] {
  const { expected, criticalPath } = run;
  if (!expected || !criticalPath.length) return [];
  const name = (node: number): string => oneLine(run.model.name(node), 60);
  const begun = criticalPath.filter((node) => isKnown(run.started[node]));
  const shown = begun.length > MOST_NAMES ? begun.slice(-MOST_NAMES) : begun;
  const names = shown.map((node) => `\`${name(node)}\``).join(" → ");
  const before = begun.length > MOST_NAMES ? "… → " : "";
  const lengthOf = (node: number): number => {
    const rest = run.restOf(node);
    const start = isKnown(run.started[node]) ? run.started[node] : rest?.start;
    return (rest?.end ?? run.endOf(node)) - (start ?? NaN);
  };
  const longest = criticalPath.reduce((a, b) => (lengthOf(b) > lengthOf(a) ? b : a));
  const share = Math.round((100 * lengthOf(longest)) / expected.makespan);
  const so = begun.length ? `The critical path so far is ${before}${names}; ` : "";
  const verb = isKnown(run.finished[longest]) ? "took" : "is expected to take";
  return [
    {
      text: `${so}\`${name(longest)}\` ${verb} ${share}% of the whole ${unit.text(expected.makespan)}.`,
      nodes: [longest],
      seconds: null,
    },
  ];
}

/** Nodes that run and have failed before. */
function retried(run: RunData, unit: Unit): Finding[] {
  const findings: Finding[] = [];
  for (let node = 0; node < run.model.size && findings.length < MOST_RETRIED; node++) {
    if (!run.isRunning(node) || !run.events.attemptCount(node)) continue;
    const failed = run.events.attemptsOf(node).filter(({ error }) => error !== null);
    const error = failed.at(-1)?.error;
    if (!error) continue;
    const name = oneLine(run.model.name(node), 60);
    const text = `\`${name}\` has failed ${plural(failed.length, "time")}, last with ${oneLine(error, 80)}`;
    findings.push({ text: `${text}${slackText(run, node, unit)}.`, nodes: [node], seconds: null });
  }
  return findings;
}

/** How much later a node that is tried again may end. */
function slackText(run: RunData, node: number, unit: Unit): string {
  const slack = run.expected?.slackOf(run, node) ?? NaN;
  if (!isKnown(slack)) return "";
  if (run.critical[node]) return "; it is on the critical path";
  const some = slack > run.elapsed / 1000 ? `${duration(slack, unit)} of` : "no";
  const left = `, and has ${some} slack left`;
  const last = run.criticalPath.find((other) => run.isRunning(other));
  if (last === undefined || attemptLength(run, node) <= slack) return left;
  const other = oneLine(run.model.name(last), 60);
  return `${left}; one more failed attempt and it, not \`${other}\`, decides the end`;
}

/** How long an attempt that fails takes, with the pause behind it: as those before, in the middle. */
function attemptLength(run: RunData, node: number): number {
  const attempts = run.events.attemptsOf(node);
  const lengths = attempts
    .filter(({ error }) => error !== null)
    .map(({ start }, index) => (attempts[index + 1]?.start ?? run.elapsed) - start);
  return lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
}
