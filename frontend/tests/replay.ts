/** Replays what a page was told of runs, and says what it then shows; run by `tests/workbench/feed`. */

import { readFileSync } from "node:fs";
import { makeRows } from "../src/gantt/rows";
import { GraphModel } from "../src/state/model";
import {
  type AnalysisMessage,
  type ColumnsMessage,
  type Graph,
  STATES,
} from "../src/state/protocol";
import { RunData } from "../src/state/run";

interface Told {
  graph: Graph;
  /** Each with its buffers in base 64. */
  frames: [message: ColumnsMessage | AnalysisMessage, buffers: string[]][];
}

const FILTER = { onlyCritical: false, onlyFailed: false, single: false, query: "" };

/** The rows of the chart, each with how its tasks stand. */
function rowsOf(run: RunData): unknown[] {
  const { model } = run;
  const filter = { ...FILTER, order: "start" as const, open: new Set<string>() };
  return makeRows(model, run, filter).flatMap((row) => {
    if (row.kind !== "node" && row.kind !== "bundle") return [];
    const box = row.kind === "node" ? model.boxOf(row.node) : row.bundle;
    const series = run.bundles[box];
    const states = STATES.flatMap((state) => {
      const number = run.countIn(box, state);
      return number ? [[state, number]] : [];
    });
    return [
      {
        title: model.boxTitle(box),
        kind: row.kind,
        states: Object.fromEntries(states),
        peak: series.peak,
        start: series.first,
        end: series.last(run.elapsed),
      },
    ];
  });
}

const runs: Told[] = JSON.parse(readFileSync(process.argv[2], "utf8"));
const shown = runs.map(({ graph, frames }) => {
  const run = new RunData("k", new GraphModel(graph));
  const seen = frames.flatMap(([message, buffers]) => {
    const bytes = buffers.map((text) => new Uint8Array(Buffer.from(text, "base64")));
    if (message.kind === "analysis") {
      run.applyAnalysis(message, bytes);
      return [];
    }
    run.applyColumns(message, bytes);
    return [{ running: run.all.now, counts: STATES.map((state) => run.count(state)) }];
  });
  const { model } = run;
  const tasks = [...Array(model.size).keys()].filter((row) => model.isTask(row));
  return {
    seen,
    running: seen.map(({ running }) => running),
    peak: run.all.peak,
    makespan: run.makespan,
    counts: STATES.map((state) => run.count(state)),
    rows: rowsOf(run),
    tasks: tasks.map((row) => [
      model.name(row),
      run.state(row),
      run.started[row],
      run.finished[row],
      model.dependenciesOf(row).map((one) => model.name(one)),
    ]),
    critical: run.criticalPath.map((row) => model.name(row)),
  };
});
process.stdout.write(JSON.stringify(shown));
