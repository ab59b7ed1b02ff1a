/**
 * Puts null where a value is missing. Pyodide drops the keys of a dict whose value is None, and makes
 * None in a list undefined; everything behind this module compares with null alone.
 */

import type { Graph, Message, RunSummary, WaysMessage } from "./protocol";

type Texts = (string | null)[] | null;

export function completeGraph(graph: Graph | null | undefined): Graph | null {
  if (!graph) return null;
  return {
    ...graph,
    origins: graph.origins.map(([task, file, line]) => [task ?? null, file ?? null, line ?? null]),
    groups: completeTexts(graph.groups),
    frames: completeTexts(graph.frames),
    limits: completeTexts(graph.limits),
    bundles: graph.bundles ?? null,
    choices: graph.choices ?? null,
    notes: graph.notes ?? [],
  };
}

function completeTexts(texts: Texts | undefined): Texts {
  // Array.from, as map passes over the holes of a list.
  return texts ? Array.from(texts, (text) => text ?? null) : null;
}

export function completeSummary(summary: RunSummary): RunSummary {
  return {
    ...summary,
    title: summary.title ?? null,
    max_concurrency: summary.max_concurrency ?? null,
  };
}

export function completeMessage(message: Message): Message {
  switch (message.kind) {
    case "columns":
      return { ...message, holding: message.holding ?? null };
    case "analysis":
      return {
        ...message,
        ways: completeWays(message.ways),
        findings: message.findings.map((finding) => ({
          ...finding,
          seconds: finding.seconds ?? null,
        })),
      };
    case "expected":
      return {
        ...message,
        band: message.band ?? null,
        share: message.share ?? null,
        critical_path: message.critical_path ?? [],
        ways: completeWays(message.ways),
      };
    case "earlier":
      return { ...message, share: message.share ?? null };
    case "details":
      return { ...message, value: message.value ?? null, traceback: message.traceback ?? null };
  }
}

function completeWays(ways: WaysMessage | null | undefined): WaysMessage | null {
  return ways ? { ...ways, saved: ways.saved ?? null } : null;
}
