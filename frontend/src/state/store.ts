/**
 * What is known of one manager's runs, shared by all views of it. It is fed by the widget's comm or by
 * a recording, and knows neither.
 */

import { completeGraph, completeMessage, completeSummary } from "./complete";
import { GraphModel } from "./model";
import type { Graph, Layout, Message, Options, Request, RunSummary, State } from "./protocol";
import { type Bytes, RunData } from "./run";

/** What has changed: `graph` means that everything has to be drawn again. */
export type Change = "graph" | "runs" | "data";
export type Subscriber = (change: Change) => void;

const NO_GRAPH: Graph = {
  names: [],
  kinds: [],
  dependencies: [],
  choices: null,
  origins: [],
  origin: [],
  groups: null,
  frames: null,
  limits: null,
  bundles: null,
  notes: [],
};

export class Store {
  model = new GraphModel(NO_GRAPH);
  placement: Layout | null = null;
  summaries: RunSummary[] = [];
  options: Options = { theme: "auto", live: false };
  private readonly runs = new Map<string, RunData>();
  private readonly subscribers = new Set<Subscriber>();
  private readonly asked = new Set<string>();
  private acknowledging = 0;
  private readonly unacknowledged = new Map<string, number>();

  private send: ((request: Request) => void) | null = null;

  /** From now on the page is connected to a kernel, and this sends requests to it. */
  attach(send: (request: Request) => void): void {
    this.send = send;
  }

  get live(): boolean {
    return this.send !== null && this.options.live;
  }

  /** The kernel's side is gone: what is known stays, and nothing more is asked for. */
  detach(): void {
    this.send = null;
    cancelAnimationFrame(this.acknowledging);
    this.acknowledging = 0;
    this.unacknowledged.clear();
    this.tell("runs");
  }

  subscribe(subscriber: Subscriber): () => void {
    this.subscribers.add(subscriber);
    if (this.subscribers.size === 1) this.tellShown(true);
    return () => {
      if (this.subscribers.delete(subscriber) && !this.subscribers.size) this.tellShown(false);
    };
  }

  get views(): number {
    return this.subscribers.size;
  }

  /** So that a run which is shown here is not shown elsewhere as well. */
  private tellShown(shown: boolean): void {
    this.send?.({ kind: "shown", shown });
  }

  private tell(change: Change): void {
    for (const subscriber of [...this.subscribers]) subscriber(change);
  }

  summary(key: string): RunSummary | undefined {
    return this.summaries.find((summary) => summary.key === key);
  }

  /** The run of that key; empty until its first frame arrives. */
  run(key: string): RunData {
    const known = this.runs.get(key);
    if (known) return known;
    const run = new RunData(key, this.model);
    this.runs.set(key, run);
    return run;
  }

  /** Takes over the traits that are given. */
  update(state: Partial<State>): void {
    if (state.options !== undefined) this.options = state.options;
    if (state.graph !== undefined) {
      this.model = new GraphModel(completeGraph(state.graph) ?? NO_GRAPH);
      this.runs.clear(); // their columns are those of another graph
      this.asked.clear();
    }
    if (state.placement !== undefined) this.placement = state.placement ?? null;
    if (state.runs !== undefined) {
      this.summaries = state.runs.map(completeSummary);
      const known = new Set(state.runs.map((summary) => summary.key));
      for (const key of [...this.runs.keys()]) if (!known.has(key)) this.runs.delete(key);
    }
    const anew = state.graph !== undefined || state.placement !== undefined;
    this.tell(anew || state.options !== undefined ? "graph" : "runs");
  }

  feed(incomplete: Message, buffers: Bytes[]): void {
    const message = completeMessage(incomplete);
    if (!this.summary(message.run)) return; // one that has been dropped from the last 20
    const run = this.run(message.run);
    switch (message.kind) {
      case "columns":
        if (!message.full && message.frame > run.frame + 1) this.open(message.run, true);
        run.applyColumns(message, buffers);
        this.acknowledge(message.run, message.frame);
        break;
      case "analysis":
        run.applyAnalysis(message, buffers);
        break;
      case "expected":
        run.applyExpected(message, buffers);
        break;
      case "earlier":
        run.applyEarlier(message, buffers);
        break;
      case "details":
        run.applyDetails(message);
        break;
    }
    this.tell("data");
  }

  /** Asks for all of a run that the page has not seen, once. */
  open(key: string, again = false): void {
    if (!this.live || (!again && (this.asked.has(key) || (this.runs.get(key)?.frame ?? 0) > 0))) {
      return;
    }
    this.asked.add(key);
    this.send!({ kind: "open", run: key });
  }

  cancel(key: string): void {
    if (this.live) this.send!({ kind: "cancel", run: key });
  }

  /** Asks for what is shown of a node beyond its columns, once for each state of it. */
  askDetails(key: string, node: number): void {
    const run = this.run(key);
    const stamp = `${key} ${node} ${run.states[node]}`;
    if (!this.live || this.asked.has(stamp)) return;
    this.asked.add(stamp);
    this.send!({ kind: "details", run: key, node });
  }

  /**
   * Answers a frame once it has been drawn, so that a page which can't keep up gets fewer: views drew
   * in callbacks of the same animation frame, asked for before this one. A page that nobody sees
   * answers at once.
   */
  private acknowledge(run: string, frame: number): void {
    if (!this.live) return;
    if (document.hidden || this.subscribers.size === 0) {
      this.send!({ kind: "ack", run, frame });
      return;
    }
    this.unacknowledged.set(run, frame);
    if (this.acknowledging) return;
    this.acknowledging = requestAnimationFrame(() => {
      this.acknowledging = 0;
      for (const [key, last] of this.unacknowledged) {
        this.send?.({ kind: "ack", run: key, frame: last });
      }
      this.unacknowledged.clear();
    });
  }
}
