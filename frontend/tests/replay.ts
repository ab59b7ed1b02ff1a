/** Replays what a page was told of runs, and says what it then shows; run by `tests/workbench/feed`. */

import { readFileSync } from "node:fs";
import { GraphModel } from "../src/state/model";
import { type ColumnsMessage, type Graph, STATES } from "../src/state/protocol";
import { RunData } from "../src/state/run";

interface Told {
  graph: Graph;
  /** Each with its buffers in base 64. */
  frames: [message: ColumnsMessage, buffers: string[]][];
}

const runs: Told[] = JSON.parse(readFileSync(process.argv[2], "utf8"));
const shown = runs.map(({ graph, frames }) => {
  const run = new RunData("k", new GraphModel(graph));
  const running = frames.map(([message, buffers]) => {
    run.applyColumns(
      message,
      buffers.map((text) => new Uint8Array(Buffer.from(text, "base64"))),
    );
    return run.all.now;
  });
  return {
    running,
    peak: run.all.peak,
    makespan: run.makespan,
    counts: STATES.map((state) => run.count(state)),
  };
});
process.stdout.write(JSON.stringify(shown));
